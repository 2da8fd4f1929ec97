"""The phase of every gradient-trained family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from zoo.core.metrics import LOSS, OBJECTIVE, PENALTY, Metric
from zoo.core.model import Model
from zoo.core.phase import Phase
from zoo.core.random import RandomStream
from zoo.core.scores import OF_NUMBERS, scores_of
from zoo.core.settings import TrainingSettings
from zoo.core.training_step import TrainingStep
from zoo.errors import OptionError, PluginError
from zoo.nn.kernels.matmul import LARGE, Largest
from zoo.nn.optimizers import OPTIMIZERS
from zoo.nn.training.model import GradientModel
from zoo.nn.training.settings import GradientSettings
from zoo.nn.training.step import COMPILED, GradientStep, gradients
from zoo.options import options_of

if TYPE_CHECKING:
    from zoo.data.samples.protocol import Samples


class GradientPhase(Phase):
    """Training by gradient with one optimizer."""

    settings: GradientSettings
    uses = tuple(options_of(GradientSettings))
    starts_from_weights = True

    def __init__(self, name: str, settings: TrainingSettings) -> None:
        if not isinstance(settings, GradientSettings):
            raise OptionError(f"phase {name}: got {type(settings).__name__}, expected GradientSettings")
        super().__init__(name, settings)
        self.has_compiled_kernels = OPTIMIZERS[settings.optimizer] in COMPILED

    def step(self, model: Model) -> TrainingStep:
        model = self._checked(model)
        return GradientStep(model, self.settings, self.carried(model))

    def _checked(self, model: Model) -> GradientModel:
        """The model; `PluginError` where it is none that layers make."""
        if not isinstance(model, GradientModel):
            raise PluginError(
                f"{model.architecture.name}: phase {self.name} got a {type(model).__name__}, expected a GradientModel"
            )
        return model

    def idle(self, name: str, model: Model, data: Samples) -> str:
        """Of `blocks`: that no product of the first batch is large enough to be cut."""
        if name != "blocks" or self.settings.blocks < 2:
            return ""
        stream = RandomStream(0)
        step, rows = self.step(model), data.rows(*self.order(data, stream)[0])
        if not isinstance(step, GradientStep):  # a phase of a plugin has its own
            return ""
        step.product = largest = Largest()
        step.measure(rows, {each: step.state[each][rows.lanes] for each in step.carried}, stream)
        if largest.multiplications >= LARGE:
            return ""
        return (
            f"here: products of {LARGE:,} multiplications or more are cut, and the largest of a batch of"
            f" {len(rows):,} takes {largest.multiplications:,}"
        )

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        model = self._checked(model)
        of_task = () if scores_of(model.signature.task) == OF_NUMBERS else scores_of(model.signature.task)
        penalty = (PENALTY,) if self.settings.l1 or self.settings.l2 else ()
        norms = [Metric(name, higher_is_better=None) for name in gradients(model, self.settings)]
        return (LOSS, OBJECTIVE, *penalty, *of_task, *norms)

    def carried(self, model: GradientModel) -> dict[str, tuple[int, ...]]:
        """Shapes (lanes, …) of the state a lane carries from one sample to the next, by path; empty by default."""
        return {}

    def state_shapes(self, model: Model) -> Iterator[tuple[str, tuple[int, ...]]]:
        model = self._checked(model)
        for state in self.settings.make_optimizer().state_names:
            for name, place in model.layout.parameters.items():
                yield f"{state}/{name}", place.shape
        yield from self.carried(model).items()
