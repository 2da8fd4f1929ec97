"""Training settings of the gradient-trained families."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from zoo.core.settings import TrainingSettings
from zoo.errors import OptionError
from zoo.nn.optimizers import OPTIMIZERS, Optimizer
from zoo.nn.schedules import SCHEDULES
from zoo.options import Needs, option

WITH_RATE = tuple(name for name in OPTIMIZERS if name != "rprop")  # whose steps follow the rate of the schedule


def _with(name: str) -> Needs:
    """The optimizers that have this number."""
    kinds = OPTIMIZERS.items()
    return {"optimizer": tuple(kind for kind, each in kinds if name in {field.name for field in fields(each)})}


@dataclass(frozen=True)
class GradientSettings(TrainingSettings):
    """How to train by gradient: the optimizer and its rate, what keeps weights small, how the work is cut."""

    exclusive: ClassVar[tuple[str, ...]] = ("shards", "blocks")

    optimizer: str = option("adam", "how a gradient changes the weights", choices=tuple(OPTIMIZERS))
    learning_rate: float = option(0.001, "size of a step; rprop: of the first one", above=0.0, high=1e6)
    momentum: float = option(
        0.9, "share of the last step kept, of momentum and nesterov", low=0.0, below=1.0, needs=_with("momentum")
    )
    beta1: float = option(
        0.9, "share of the mean gradient kept, of adam and adamw", low=0.0, below=1.0, needs=_with("beta1")
    )
    beta2: float | None = option(
        None,
        "share of the mean square kept; by default 0.9 of rmsprop, 0.999 of adam and adamw",
        low=0.0,
        below=1.0,
        needs=_with("beta2"),
    )
    weight_decay: float | None = option(
        None,
        "times the rate, the share taken off the weights at each update; by default 0.01 of adamw, else 0",
        low=0.0,
        high=1e6,
    )
    schedule: str = option(
        "constant",
        "how the learning rate changes over the phase",
        choices=(*SCHEDULES, "plateau"),
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
        needs={"optimizer": WITH_RATE, "schedule": ("exponential", "step", "plateau")},
    )
    milestones: tuple[float, ...] = option(
        (0.5, 0.75),
        "shares of the phase at which schedule step falls",
        low=0.0,
        high=1.0,
        needs={"optimizer": WITH_RATE, "schedule": ("step",)},
    )
    plateau_patience: int = option(
        5,
        "epochs without a better figure before schedule plateau falls",
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

    def make_optimizer(self) -> Optimizer:
        """The optimizer these settings ask for."""
        kind = OPTIMIZERS[self.optimizer]
        given = {"momentum": self.momentum, "beta1": self.beta1, "beta2": self.beta2}
        known = {field.name for field in fields(kind)}
        return kind(**{name: value for name, value in given.items() if name in known and value is not None})

    @property
    def has_schedule(self) -> bool:
        falls = self.schedule not in ("constant", "plateau")  # a plateau is one of the history, however long the phase
        return self.optimizer in WITH_RATE and (falls or self.warmup > 0)

    @property
    def decay(self) -> float:
        """The weight decay in force."""
        if self.weight_decay is not None:
            return self.weight_decay
        return 0.01 if self.optimizer == "adamw" else 0.0
