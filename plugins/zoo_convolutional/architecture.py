"""Base class of the convolutional architectures: images with channels last, augmented in training if asked."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from zoo import Phase, Signature, TrainingPlan, ZooError
from zoo.nn import GradientArchitecture, Layer, Serial
from zoo_convolutional.layers import Channels
from zoo_convolutional.training import ImagePhase, ImageSettings

TASKS = ("classification", "multi-label", "regression")
LARGEST = 512  # pixels; no net here needs larger images


@dataclass(frozen=True)
class ImageArchitecture(GradientArchitecture):
    """`body(height, width, outputs)` is the layer tree for images of that size and any number of channels."""

    family: ClassVar[str] = "convolutional"
    tasks: ClassVar[tuple[str, ...]] = TASKS
    data: ClassVar[str] = "glyphs"
    settings: ClassVar[ImageSettings]

    @abstractmethod
    def body(self, height: int, width: int, outputs: int) -> Layer:
        """The layers above the image; `outputs` are classes, labels or targets."""

    def network(self, signature: Signature) -> Layer:
        shape = signature.input_shape
        if len(shape) not in (2, 3):
            raise ZooError(
                f"{self.name}: got inputs of shape {shape}, expected images:"
                " (height, width) or (height, width, channels)"
            )
        if not self._fits(shape, signature.outputs):
            channels = shape[2:]
            smallest = next((s for s in range(1, LARGEST) if self._fits((s, s, *channels), signature.outputs)), None)
            expected = f"{smallest}×{smallest} at least" if smallest else "another number of channels"
            raise ZooError(f"{self.name}: got images of {shape[0]}×{shape[1]} pixels, expected {expected}")
        return self._layers(shape, signature.outputs)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        return [ImagePhase("train", plan.phase("train"))]

    def _layers(self, shape: tuple[int, ...], outputs: int) -> Layer:
        return Serial(channels=Channels(), net=self.body(shape[0], shape[1], outputs))

    def _fits(self, shape: tuple[int, ...], outputs: int) -> bool:
        try:
            self._layers(shape, outputs).shapes(shape)
        except ZooError:
            return False
        return True
