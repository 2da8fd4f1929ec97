"""Training settings every architecture has; a family adds its own by a subclass, an architecture proposes its
numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from zoo.errors import OptionError, did_you_mean
from zoo.options import MOST_ITEMS, SET, Options, option, options_of
from zoo.wording import CHOICES

SCHEDULES_FROM = ("start", "here")  # where the schedules of a resumed phase begin: at its start, or where it stands
CHOICES.update(SCHEDULES_FROM)
SAMPLE_ORDERS = ("random", "data")
OF_THE_RUN = ("seed", "split_seed", "weights_seed", "order_seed", "validation")  # not of single phases
KERNELS = ("auto", "numpy", "numba", "reference")  # what computes a step


@dataclass(frozen=True)
class TrainingSettings(Options):
    """How to train, as recipes and checkpoints hold it. What may change on resuming (threads, …) is not here, but
    `epochs` is."""

    name: ClassVar[str] = "training"
    exclusive: ClassVar[tuple[str, ...]] = ()  # options of which one at most is other than its neutral default

    epochs: int = option(10, "passes over the training data", low=0, high=10_000_000)
    stop_after: int = option(
        0, "epochs after which a phase ends, its schedules being made for all its epochs; 0: when these are done", low=0
    )
    batch_size: int = option(32, "samples of one step", low=1, high=10_000_000)
    sample_order: str = option(
        "random", "the order of an epoch: drawn anew each time, or that of the data", choices=SAMPLE_ORDERS
    )
    update: str = option(
        "batch", "when sums are applied: after each batch, or once an epoch", choices=("batch", "epoch")
    )
    seed: int = option(0, "what every random number is derived from", low=0)
    split_seed: int | None = option(None, "seed of the parts that are held out, where it is not the seed", low=0)
    weights_seed: int | None = option(None, "seed of the initial weights, where it is not the seed", low=0)
    order_seed: int | None = option(
        None, "seed of the order of samples and all else that training draws, where it is not the seed", low=0
    )
    shards: int = option(1, "pieces a batch is cut into, one worker each; part of the result's bits", low=1, high=4096)
    kernels: str = option(
        "auto",
        "what computes a step: its fast kernels (auto and numpy: those of NumPy, whatever is installed; numba: compiled"
        " ones besides, by the extra `fast`), or the rule itself as the documentation shows it, which is slower; both"
        " round differently",
        choices=KERNELS,
    )
    validation: float = option(0.0, "share of the training data held out to watch", low=0.0, below=1.0)
    patience: int = option(0, "epochs without a better metric before training stops; 0: never", low=0)
    monitor: str = option(
        "", "the metric that decides which weights are best; empty: validation loss, where there is any"
    )
    until: str = option("", "a goal at which a phase ends, such as 'validation/accuracy >= 0.99'")
    measure: str = option(
        "",
        "dear metrics to record after epochs as well, such as log_likelihood: on the validation part, else on that to"
        " train on",
        listed=True,
    )
    every: int = option(1, "epochs from one such measurement to the next", low=1, needs={"measure": SET})

    def seed_of(self, what: str) -> int:
        """The seed of the "split", of the "weights" or of the "order"."""
        own: int | None = getattr(self, f"{what}_seed")
        return self.seed if own is None else own

    @property
    def last_epoch(self) -> int:
        """The epochs that a phase learns."""
        return min(self.epochs, self.stop_after) if self.stop_after else self.epochs

    @property
    def by_the_rule(self) -> bool:
        """Whether steps that have kernels compute the rule itself instead."""
        return self.kernels == "reference"

    @property
    def compiled(self) -> bool:
        """Whether steps that have kernels compiled by numba use them."""
        return self.kernels == "numba"

    @property
    def has_schedule(self) -> bool:
        """Whether something falls or rises over a phase, and so depends on how many epochs that has."""
        return False


@dataclass(frozen=True)
class TrainingPlan:
    """The settings of a whole run: those of all phases, and by phase name what differs there (`[training.PHASE]`)."""

    common: TrainingSettings
    by_phase: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, kind: type[TrainingSettings], values: Mapping[str, Any], where: str) -> Self:
        """From a recipe's [training]: a table inside it is a phase's. Unknown names are `OptionError`s."""
        by_phase = {name: dict(value) for name, value in values.items() if isinstance(value, Mapping)}
        if len(by_phase) > MOST_ITEMS:
            raise OptionError(f"{where}: got settings of {len(by_phase):,} phases, expected {MOST_ITEMS:,} at most")
        plan = cls(kind.of({k: v for k, v in values.items() if k not in by_phase}, where), by_phase)
        for phase in by_phase:
            plan.phase(phase, where)
        return plan

    def phase(self, name: str, where: str = "training") -> TrainingSettings:
        """The settings of one phase."""
        changes = self.by_phase.get(name, {})
        known = options_of(type(self.common))
        checked = {}
        for key, value in changes.items():
            if key in OF_THE_RUN:
                raise OptionError(
                    f"{where}: [training.{name}] {key} is of the whole run, not of a phase; give it there"
                )
            if key not in known:
                raise OptionError(f"{where}: [training.{name}] has no option {key!a}{did_you_mean(str(key), known)}")
            checked[key] = known[key].check(value, f"{where} [training.{name}]")
        return self.common.replace(**checked)

    def as_dict(self) -> dict[str, Any]:
        return {**self.common.as_dict(), **{name: dict(values) for name, values in self.by_phase.items()}}
