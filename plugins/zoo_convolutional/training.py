"""Training of image nets: gradient steps on augmented images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zoo import (
    SET,
    AdditiveStep,
    Array,
    Batch,
    Metric,
    Model,
    OptionError,
    PartialSums,
    Phase,
    RandomStream,
    StepContext,
    Sums,
    TrainingSettings,
    TrainingStep,
    option,
)
from zoo.nn import GradientModel, GradientPhase, GradientSettings, GradientStep
from zoo_convolutional.augmentation import Augmentation


@dataclass(frozen=True)
class ImageSettings(GradientSettings):
    """Training by gradient, and by how much images are changed at random each time they are seen; 0: not at all."""

    shift: float = option(0.0, "pixels an image is shifted along each axis, at most", low=0.0, high=1000.0)
    rotation: float = option(0.0, "degrees an image is turned either way, at most", low=0.0, high=180.0)
    scaling: float = option(0.0, "share by which an image is made larger or smaller, at most", low=0.0, below=1.0)
    elastic: float = option(0.0, "pixels a smooth random displacement moves an image's points", low=0.0, high=100.0)
    smoothness: float = option(
        4.0, "pixels over which an elastic displacement stays alike", above=0.0, high=1000.0, needs={"elastic": SET}
    )
    flip: str = option("none", "mirror every second image", choices=("none", "horizontal", "vertical", "both"))
    crop: int = option(0, "pixels of border put around an image before its own size is cut out again", low=0, high=1000)

    @property
    def augmentation(self) -> Augmentation:
        return Augmentation(
            self.shift, self.rotation, self.scaling, self.elastic, self.smoothness, self.flip, self.crop
        )


class ImagePhase(Phase):
    """Training by gradient, on images changed at random where the settings say so."""

    settings: ImageSettings
    starts_from_weights = True
    has_kernels = True

    def __init__(self, name: str, settings: TrainingSettings) -> None:
        if not isinstance(settings, ImageSettings):
            raise OptionError(f"phase {name}: got {type(settings).__name__}, expected ImageSettings")
        super().__init__(name, settings)
        self.has_compiled_kernels = GradientPhase(name, settings).has_compiled_kernels

    def step(self, model: Model) -> TrainingStep:
        assert isinstance(model, GradientModel)
        step = GradientStep(model, self.settings)
        return Augmented(step, self.settings.augmentation) if self.settings.augmentation.changes else step

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return GradientPhase(self.name, self.settings).declared_metrics(model)

    def state_shapes(self, model: Model) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        return GradientPhase(self.name, self.settings).state_shapes(model)


class Augmented(AdditiveStep):
    """A training step that sees every image changed at random; what is evaluated and predicted never is.

    Each shard draws its changes from its own stream, in the worker that measures it.
    """

    def __init__(self, step: GradientStep, augmentation: Augmentation) -> None:
        super().__init__(step.model)
        self.inner = step
        self.settings = step.settings
        self.state = step.state
        self.augmentation = augmentation

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        return self.inner.measure(self._changed(batch, stream), carried, stream)

    def changing(self) -> Sequence[Array] | None:
        return self.inner.changing()

    def release(self) -> None:
        self.inner.release()

    def metrics(self, sums: Sums) -> dict[str, float]:
        return self.inner.metrics(sums)

    def update(self, sums: Sums, context: StepContext) -> None:
        self.inner.update(sums, context)

    def locate_non_finite(self, batch: Batch, context: StepContext) -> str:
        return self.inner.locate_non_finite(batch, context)

    def _changed(self, batch: Batch, stream: RandomStream) -> Batch:
        images = self.augmentation(batch.inputs, stream("augmentation"))
        return Batch(images, batch.targets, batch.numbers, batch.lanes, batch.mask)
