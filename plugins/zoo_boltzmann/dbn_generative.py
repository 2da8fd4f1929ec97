"""A generative deep belief net: predictions and reconstructions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo import ACCURACY, Architecture, Array, Batch, Metric, Model, RandomStream, Signature, Sums, Value
from zoo_boltzmann.class_labels import held, label_number
from zoo_boltzmann.machine_stack import Tower
from zoo_boltzmann.metrics import RECONSTRUCTION_ERROR
from zoo_boltzmann.rbm import label_probabilities, label_probabilities_in_onnx
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.settings import NEGATIVE_PHASE
from zoo_boltzmann.visible_units import with_label


class GenerativeDbn(Model):
    """The arrays of a `Tower`; with labels beside the visible units of the machine at its top."""

    output_kind = "probabilities"

    def __init__(
        self, architecture: Architecture, signature: Signature, weights: dict[str, Array], layers: int, labels: int
    ) -> None:
        super().__init__(architecture, signature, weights)
        self.layers, self.label_units = layers, labels

    @property
    def tower(self) -> Tower:
        return Tower(self.weights, self.layers, self.label_units)

    def machine(self, layer: int = 0) -> Machine:
        return self.tower.machine(layer)

    def values(self, inputs: Array) -> Array:
        return np.ascontiguousarray(inputs.reshape(len(inputs), -1), self.weights["hidden1/W"].dtype)

    def clamped(self, batch: Batch, stream: RandomStream, layer: int = 0) -> Array:
        """Mean activity of the layers below, for the machine of a layer; at the top with the labels."""
        tower = self.tower
        h = tower.features(self.values(batch.inputs), layer)
        if not tower.labels or layer < tower.layers - 1:
            return h
        assert batch.targets is not None
        return with_label(h, tower.labels, batch.targets)

    def predict(self, inputs: Array) -> Array:
        """p(class | what the layers below the top make of the inputs), by free energy; without labels the topmost
        units' activity."""
        tower, v = self.tower, self.values(inputs)
        if not tower.labels:
            return tower.features(v, tower.layers)
        return label_probabilities(tower.machine(tower.layers - 1), tower.features(v, tower.layers - 1))

    def sample(self, count: int, steps: int, label: str | None, stream: RandomStream) -> Array:
        """Gibbs sampling in the machine at the top, then down: (count, *input_shape)."""
        return self.sample_labelled(count, steps, label, stream)[0]

    def sample_labelled(
        self, count: int, steps: int, label: str | None, stream: RandomStream
    ) -> tuple[Array, Array | None]:
        """(`sample`, the means of the label units beside those of the machine at the top)."""
        number = label_number("dbn", self.signature, label, self.tower.labels > 0)
        v, classes = self.tower.sample_labelled(count, steps, stream(NEGATIVE_PHASE), number)
        inputs = v.reshape(count, *self.signature.input_shape)
        return inputs, held(classes, number) if self.tower.labels else None

    def reconstruct(self, inputs: Array) -> Array:
        """Up to the topmost units and down again: (rows, *input_shape)."""
        tower = self.tower
        top, h = tower.machine(tower.layers - 1), tower.features(self.values(inputs), tower.layers - 1)
        units = h.shape[1]
        if tower.labels:
            h = np.concatenate([h, label_probabilities(top, h)], axis=1)
        return tower.bottom(top.reconstruction(h)[:, :units]).reshape(inputs.shape)

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        return (RECONSTRUCTION_ERROR, *((ACCURACY,) if self.tower.labels else ()))

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        difference = batch.inputs - self.reconstruct(batch.inputs)
        sums: Sums = {
            "reconstruction": np.array(np.square(difference).sum(dtype=np.float64)),
            "rows": np.array(float(len(batch))),
        }
        if self.tower.labels:
            assert batch.targets is not None
            right = self.predict(batch.inputs).argmax(axis=1) == batch.targets
            sums["right"] = np.array(float(right.sum()))
        return sums

    def metrics(self, sums: Sums) -> dict[str, float]:
        """reconstruction_error: mean square of an input's, up and down the whole net. accuracy: of the labels."""
        rows = float(sums["rows"])
        metrics = {"reconstruction_error": float(sums["reconstruction"]) / rows / self.signature.inputs}
        if "right" in sums:
            metrics["accuracy"] = float(sums["right"]) / rows
        return metrics

    def to_onnx(self, x: Value) -> Value:
        tower, h = self.tower, x.flattened().cast(self.weights["hidden1/W"].dtype)
        for layer in range(tower.layers - (1 if tower.labels else 0)):
            machine = tower.machine(layer)
            h = (h @ machine.W + machine.b).sigmoid()
        return label_probabilities_in_onnx(tower.machine(tower.layers - 1), h) if tower.labels else h
