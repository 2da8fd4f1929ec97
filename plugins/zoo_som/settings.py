"""Training settings of maps."""

from __future__ import annotations

from dataclasses import dataclass

from zoo import TrainingSettings, option
from zoo_som.rules.decay import DECAYS
from zoo_som.rules.neighbourhood import NEIGHBOURHOODS

BY_BATCH = {"update": ("batch",)}  # the online rule always does


@dataclass(frozen=True)
class SomSettings(TrainingSettings):
    """Rate and radius are functions of the position in training; the unit of a radius is a cell of the grid."""

    rule: str = option(
        "batch",
        "batch: sums over an epoch, or over a batch where update says so; online: each sample moves the map at once",
        choices=("batch", "online"),
    )
    neighbourhood: str = option("gaussian", "how strongly units near the winner learn", choices=tuple(NEIGHBOURHOODS))
    radius: float | None = option(
        None, "first radius in cells; by default half the map's longer side, on a torus a quarter", above=0.0, high=1e6
    )
    last_radius: float = option(
        1.0, "last radius: smaller for a closer fit, larger for a smoother map", above=0.0, high=1e6
    )
    radius_decay: str = option("exponential", "how the radius falls", choices=DECAYS)
    learning_rate: float = option(
        0.5,
        "first share of the way to a sample; sums over an epoch are applied whole",
        above=0.0,
        high=1.0,
        needs=BY_BATCH,
    )
    last_learning_rate: float = option(0.01, "last share", above=0.0, high=1.0, needs=BY_BATCH)
    rate_decay: str = option("linear", "how the share falls", choices=DECAYS, needs=BY_BATCH)

    @property
    def has_schedule(self) -> bool:
        """Always: the radius falls."""
        return True
