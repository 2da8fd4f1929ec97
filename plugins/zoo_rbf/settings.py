"""Training settings of the family."""

from __future__ import annotations

from dataclasses import dataclass

from zoo import option
from zoo.nn import GradientSettings


@dataclass(frozen=True)
class RbfSettings(GradientSettings):
    """How radial basis functions are placed and trained: phases that add up sums take all data at each epoch."""

    pass_size: int = option(
        4096, "samples taken together where sums over all data are added up", low=1, high=10_000_000
    )

    def adding(self, monitor: str = "") -> RbfSettings:
        """The settings of a phase that applies its sums once an epoch; `monitor` is the metric that decides."""
        return self.replace(update="epoch", batch_size=self.pass_size, monitor=monitor or self.monitor, patience=0)

    def at_once(self) -> RbfSettings:
        """The settings of a phase that is one step."""
        return self.replace(update="batch", epochs=min(1, self.epochs), monitor="", patience=0)
