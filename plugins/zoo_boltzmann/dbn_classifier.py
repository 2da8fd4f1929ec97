"""A deep belief net with a softmax layer on top: machines while it is pretrained, a layer tree when fine-tuned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo import Array, Batch, RandomStream, Signature
from zoo.nn import GradientModel, Layer
from zoo_boltzmann.class_labels import label_number
from zoo_boltzmann.machine_stack import Tower, below_shapes
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.settings import NEGATIVE_PHASE

if TYPE_CHECKING:
    from zoo_boltzmann.dbn import Dbn


class DiscriminativeDbn(GradientModel):
    """softmax(hₙ W + b), hᵢ = sigmoid(hᵢ₋₁ Wᵢ + bᵢ); beside the tree's weights those of the machines' visible units."""

    architecture: Dbn

    def __init__(self, architecture: Dbn, signature: Signature, layers: Layer, stream: RandomStream) -> None:
        super().__init__(architecture, signature, layers, stream, precision=architecture.dtype)
        for number, visible in enumerate((signature.inputs, *architecture.hidden[:-1]), 1):
            self.weights |= {name: np.zeros(shape, self.dtype) for name, shape in below_shapes(number, visible)}

    @property
    def tower(self) -> Tower:
        return Tower(self.weights, len(self.architecture.hidden))

    def machine(self, layer: int = 0) -> Machine:
        return self.tower.machine(layer)

    def clamped(self, batch: Batch, stream: RandomStream, layer: int = 0) -> Array:
        """Mean activity of the layers below, for the machine of a layer."""
        return self.tower.features(self.encoded(batch.inputs.reshape(len(batch), -1)), layer)

    def sample(self, count: int, steps: int, label: str | None, stream: RandomStream) -> Array:
        """Gibbs sampling in the machine at the top, then down: (count, *input_shape)."""
        number = label_number("dbn", self.signature, label, False)
        v = self.tower.sample(count, steps, stream(NEGATIVE_PHASE), number)
        return v.reshape(count, *self.signature.input_shape)

    def reconstruct(self, inputs: Array) -> Array:
        """Up to the topmost units and down again: (rows, *input_shape)."""
        v = self.encoded(inputs.reshape(len(inputs), -1))
        top = self.machine(len(self.architecture.hidden) - 1)
        h = self.tower.features(v, len(self.architecture.hidden) - 1)
        return self.tower.bottom(top.reconstruction(h)).reshape(inputs.shape)
