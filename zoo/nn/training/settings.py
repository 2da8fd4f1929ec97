"""Training settings of the gradient-trained families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.core.settings import TrainingSettings
from zoo.errors import OptionError, did_you_mean
from zoo.nn.optimizers import OPTIMIZERS, Optimizer
from zoo.nn.schedules import SCHEDULES, settings_of
from zoo.nn.training.rates import parse_rate
from zoo.options import Needs, option, options_of

# Optimizers whose steps follow the learning rate and so its schedule.
WITH_RATE = OPTIMIZERS.names(where=lambda kind: kind.follows_rate)


def _of_optimizers(name: str) -> Needs:
    """The optimizers that have this setting."""
    return {"optimizer": OPTIMIZERS.names(where=lambda kind: name in options_of(kind))}


def _of_schedules(name: str, *others: str) -> Needs:
    """The schedules that take this setting."""
    return {
        "optimizer": WITH_RATE,
        "schedule": SCHEDULES.names(where=lambda schedule: name in settings_of(schedule), last=others),
    }


def _default(name: str) -> str:
    """What an optimizer setting is by default, for a help line: "by default 0.9 of rmsprop, 0.999 of adam, adamw"."""
    values: dict[Any, list[str]] = {}
    for kind in OPTIMIZERS.own.values():
        if name in options_of(kind):
            values.setdefault(options_of(kind)[name].default, []).append(kind.name)
    return "by default " + ", ".join(f"{value:g} of {', '.join(kinds)}" for value, kinds in values.items())


@dataclass(frozen=True)
class GradientSettings(TrainingSettings):
    """How to train by gradient: the optimizer and its rate, what keeps weights small, how the work is cut."""

    exclusive: ClassVar[tuple[str, ...]] = ("shards", "blocks")

    optimizer: str = option("adam", "how a gradient changes the weights", choices=OPTIMIZERS.names())
    learning_rate: float = option(0.001, "size of a step; rprop: of the first one", above=0.0, high=1e6)
    momentum: float | None = option(
        None,
        f"share of the last step kept; {_default('momentum')}",
        low=0.0,
        below=1.0,
        needs=_of_optimizers("momentum"),
    )
    beta1: float | None = option(
        None,
        f"share of the mean gradient kept; {_default('beta1')}",
        low=0.0,
        below=1.0,
        needs=_of_optimizers("beta1"),
    )
    beta2: float | None = option(
        None, f"share of the mean square kept; {_default('beta2')}", low=0.0, below=1.0, needs=_of_optimizers("beta2")
    )
    optimizer_settings: tuple[str, ...] = option(
        (), "settings of the optimizer that have no option of their own, such as epsilon=1e-6"
    )
    weight_decay: float | None = option(
        None,
        "times the rate, the share taken off the weights at each update; by default 0.01 of adamw, else 0",
        low=0.0,
        high=1e6,
    )
    freeze: tuple[str, ...] = option(
        (), "paths of weights that stay as they are, such as hidden1 or hidden*; averages go on following the data"
    )
    layer_rates: tuple[str, ...] = option(
        (), "factors of the learning rate by the path of weights, such as hidden*=0.1; the last that matches counts"
    )
    schedule: str = option(
        "constant",
        "how the learning rate changes over the phase",
        choices=SCHEDULES.names(last=("plateau",)),
        needs={"optimizer": WITH_RATE},
    )
    warmup: float = option(
        0.0,
        "share of the phase over which the rate first rises from 0",
        low=0.0,
        below=1.0,
        needs={"optimizer": WITH_RATE},
    )
    rate_decay: float = option(
        0.1,
        "exponential: what is left of the rate at the end; step, plateau: its factor each time",
        above=0.0,
        high=1.0,
        needs=_of_schedules("rate_decay", "plateau"),
    )
    rates: tuple[float, ...] = option(
        (),
        "for schedule listed: the share of the learning rate in each epoch",
        low=0.0,
        high=1e6,
        needs=_of_schedules("rates"),
    )
    milestones: tuple[float, ...] = option(
        (0.5, 0.75),
        "shares of the phase at which schedule step falls",
        low=0.0,
        high=1.0,
        needs=_of_schedules("milestones"),
    )
    plateau_patience: int = option(
        5,
        "epochs without an improvement of the monitored metric before schedule plateau falls",
        low=1,
        needs={"optimizer": WITH_RATE, "schedule": ("plateau",)},
    )
    l1: float = option(0.0, "L1 penalty on weights: this times their absolute values", low=0.0, high=1e6)
    l2: float = option(0.0, "L2 penalty on weights: half of this times their squares", low=0.0, high=1e6)
    max_norm: float = option(0.0, "largest norm of a unit's incoming weights; 0: no limit", low=0.0, high=1e30)
    clip_norm: float = option(0.0, "largest norm of the whole gradient; 0: no limit", low=0.0, high=1e30)
    clip_value: float = option(
        0.0, "largest size of any one component of the gradient; 0: no limit", low=0.0, high=1e30
    )
    blocks: int = option(
        1, "pieces a large product is cut into, one worker each; part of the result's bits", low=1, high=4096
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shards > 1 and self.blocks > 1:
            raise OptionError(
                f"training: got shards {self.shards} and blocks {self.blocks}, expected one of them to be 1: a batch is"
                " cut into shards or its products into blocks, never both"
            )
        if self.schedule == "listed" and not self.rates:
            raise OptionError("training: got schedule listed, expected rates as well, one for each epoch")
        for text in self.layer_rates:
            parse_rate(text)
        if self.optimizer_settings:
            self.make_optimizer()  # refuses settings that the optimizer does not have

    def make_optimizer(self) -> Optimizer:
        """The optimizer with its settings: those that have an option here, and those of `optimizer_settings`.

        `OptionError` for a setting that the optimizer does not have, or whose value is out of range.
        """
        kind = OPTIMIZERS[self.optimizer]
        known, here = options_of(kind), options_of(type(self))
        values = {name: getattr(self, name) for name in known if name in here and getattr(self, name) is not None}
        return kind(**values, **dict(self._further_settings(kind)))

    def _further_settings(self, kind: type[Optimizer]) -> Iterator[tuple[str, Any]]:
        """Name and value of each of `optimizer_settings`."""
        known, here = options_of(kind), options_of(type(self))
        further = [name for name in known if name not in here]
        seen = set[str]()
        for text in self.optimizer_settings:
            name, equals, value = (part.strip() for part in text.partition("="))
            where = f"training: optimizer_settings: {text!a}"
            if not equals:
                raise OptionError(f"{where}: expected name=value, such as {(further or ['epsilon'])[0]}=0.1")
            if name in known and name in here:
                raise OptionError(f"{where}: {name} is an option of its own; give it as {here[name].flag} {value}")
            if name not in known:
                there = did_you_mean(name, further) or "; all of its settings are options of their own"
                raise OptionError(f"{where}: {self.optimizer} has no such setting{there}")
            if name in seen:
                raise OptionError(f"{where}: {name} is given twice")
            seen.add(name)
            yield name, known[name].parse(value, "training: optimizer_settings")

    @property
    def has_schedule(self) -> bool:
        falls = self.schedule not in ("constant", "plateau")  # a plateau is one of the history, however long the phase
        return self.optimizer in WITH_RATE and (falls or self.warmup > 0)

    @property
    def decay(self) -> float:
        """The weight decay in force."""
        return OPTIMIZERS[self.optimizer].weight_decay if self.weight_decay is None else self.weight_decay
