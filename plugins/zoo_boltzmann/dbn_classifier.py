"""A deep belief net with a softmax layer on top: machines while it is pretrained, a layer tree when fine-tuned."""

from __future__ import annotations

import numpy as np

from zoo import Architecture, Array, Batch, RandomStream, Signature
from zoo.nn import GradientModel, Layer
from zoo_boltzmann.class_labels import label_number
from zoo_boltzmann.machine_stack import Tower, below_shapes
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.settings import NEGATIVE_PHASE


class DiscriminativeDbn(GradientModel):
    """softmax(hₙ W + b), hᵢ = sigmoid(hᵢ₋₁ Wᵢ + bᵢ); beside the tree's weights those of the machines' visible units."""

    def __init__(
        self,
        architecture: Architecture,
        signature: Signature,
        layers: Layer,
        stream: RandomStream,
        hidden: tuple[int, ...],
    ) -> None:
        super().__init__(architecture, signature, layers, stream, precision=architecture.dtype)
        self.machines = len(hidden)
        for number, visible in enumerate((signature.inputs, *hidden[:-1]), 1):
            for name, shape in below_shapes(number, visible):
                self.weights.put(name, np.zeros(shape, self.dtype))

    @property
    def tower(self) -> Tower:
        return Tower(self.weights, self.machines)

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
        top = self.machine(self.machines - 1)
        h = self.tower.features(v, self.machines - 1)
        return self.tower.bottom(top.reconstruction(h)).reshape(inputs.shape)
