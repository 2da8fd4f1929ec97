"""The training phase of recurrent nets: text in lanes, sequences of similar length, or random order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from zoo import (
    Batch,
    BatchIndices,
    Model,
    RandomStream,
    StepContext,
    Sums,
    TrainingSettings,
    TrainingStep,
    by_length,
    in_lanes,
)
from zoo.nn import GradientModel, GradientPhase, GradientStep

if TYPE_CHECKING:
    from zoo.data import Samples

Lanes = Callable[[GradientModel, int], dict[str, tuple[int, ...]]]


class RecurrentStep(GradientStep):
    """Back-propagation through time, the state carried from window to window where there is one to carry.

    The gradient ends at the beginning of a window. Source: R. J. Williams and J. Peng (1990), An efficient
    gradient-based algorithm for on-line training of recurrent network trajectories.
    """

    def add_up(self, batch: Batch, context: StepContext) -> Sums:
        if context.stream.batch == 0:  # every lane is at its beginning again
            for name in self.carried:
                self.state[name][...] = 0
        return super().add_up(batch, context)


class RecurrentPhase(GradientPhase):
    """Training by gradient; `lanes(model, count)` gives the shapes, by path, of the state lanes carry."""

    def __init__(
        self,
        name: str,
        settings: TrainingSettings,
        lanes: Lanes | None,
        has_kernels: bool,
        has_compiled_kernels: bool,
    ) -> None:
        super().__init__(name, settings)
        self.lanes = lanes
        self.has_kernels = has_kernels
        self.has_compiled_kernels |= has_compiled_kernels  # else of the optimizer alone

    def step(self, model: Model) -> TrainingStep:
        assert isinstance(model, GradientModel)
        return RecurrentStep(model, self.settings, self.carried(model))

    def carried(self, model: GradientModel) -> dict[str, tuple[int, ...]]:
        return {} if self.lanes is None else self.lanes(model, self.settings.batch_size)

    def order(self, data: Samples, stream: RandomStream) -> Sequence[BatchIndices]:
        if self.lanes is not None:
            return in_lanes(len(data), self.settings.batch_size)
        lengths = getattr(data, "lengths", None)
        if lengths is not None:
            return by_length(lengths, self.settings.batch_size, stream)
        return super().order(data, stream)
