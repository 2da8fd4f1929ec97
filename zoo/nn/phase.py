"""The phase of every gradient-trained family."""

from __future__ import annotations

from collections.abc import Iterator

from zoo.errors import OptionError
from zoo.model import Model
from zoo.nn.model import GradientModel
from zoo.nn.settings import GradientSettings
from zoo.nn.step import GradientStep
from zoo.options import options_of
from zoo.phase import Phase
from zoo.settings import Settings
from zoo.step import TrainingStep


class GradientPhase(Phase):
    """Training by gradient under one optimizer."""

    settings: GradientSettings
    uses = tuple(options_of(GradientSettings))

    def __init__(self, name: str, settings: Settings) -> None:
        if not isinstance(settings, GradientSettings):
            raise OptionError(f"phase {name}: got {type(settings).__name__}, expected GradientSettings")
        super().__init__(name, settings)

    def step(self, model: Model) -> TrainingStep:
        assert isinstance(model, GradientModel)
        return GradientStep(model, self.settings, self.carried(model))

    def carried(self, model: GradientModel) -> dict[str, tuple[int, ...]]:
        """What a slot carries from one sample to the next, by path: (slots, …). Nothing, unless a family says so."""
        return {}

    def state_shapes(self, model: Model) -> Iterator[tuple[str, tuple[int, ...]]]:
        assert isinstance(model, GradientModel)
        for slot in self.settings.make_optimizer().slots:
            for name, place in model.layout.parameters.items():
                yield f"{slot}/{name}", place.shape
        yield from self.carried(model).items()
