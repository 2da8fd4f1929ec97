"""The perceptron: threshold units and Rosenblatt's learning rule (1958)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import (
    ACCURACY,
    LABEL_ACCURACY,
    Architecture,
    Array,
    Batch,
    InputSpec,
    Metric,
    Model,
    Phase,
    RandomStream,
    Signature,
    StepContext,
    Sums,
    TrainingPlan,
    TrainingSettings,
    TrainingStep,
    UsageError,
    Value,
    option,
    score_metrics,
    score_sums,
    scores_of,
)
from zoo.data import Samples


@dataclass(frozen=True)
class PerceptronSettings(TrainingSettings):
    """How a perceptron is trained."""

    learning_rate: float = option(
        1.0, "size of a correction; from zero weights it only scales them", above=0.0, high=1e6
    )


ERRORS = Metric("errors", higher_is_better=False, unit="%")  # of a unit's answers, while it learns


@dataclass(frozen=True)
class Perceptron(Architecture):
    """y = step(x·W + b): one unit for two classes, else one unit for each class or label.

    Source: F. Rosenblatt (1958), The perceptron: a probabilistic model for information storage and organization in
    the brain.
    """

    name: ClassVar[str] = "perceptron"
    family: ClassVar[str] = "feedforward"
    summary: ClassVar[str] = "step units that learn from their mistakes (Rosenblatt 1958)"
    tasks: ClassVar[tuple[str, ...]] = ("classification", "multi-label")
    data: ClassVar[str] = "nand"
    settings: ClassVar[PerceptronSettings] = PerceptronSettings(epochs=100)
    input_spec: ClassVar[InputSpec] = InputSpec(inputs="unit")
    declared_metrics: ClassVar[tuple[Metric, ...]] = (ACCURACY, LABEL_ACCURACY, ERRORS)

    scaling: str = option("unit", "of the inputs: to [0, 1], or raw: as they are", choices=("unit", "raw"))

    @property
    def effective_input_spec(self) -> InputSpec:
        return InputSpec(inputs=self.scaling)

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int, ...]]]:
        units = units_for(signature)
        yield "W", (signature.inputs, units)
        yield "b", (units,)

    def build(self, signature: Signature, stream: RandomStream) -> PerceptronModel:
        """Zero weights: with one layer there is no symmetry to break, and the rule itself is then free of scale."""
        weights = {name: np.zeros(shape, np.float32) for name, shape in self.shapes(signature)}
        return PerceptronModel(self, signature, weights)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        return [UntilNoMistake("train", plan.phase("train"))]


def units_for(signature: Signature) -> int:
    """One unit decides between two classes; more classes and labels have one each."""
    if signature.task == "classification" and signature.outputs < 2:
        raise UsageError(f"perceptron: got {signature.outputs} class, expected two or more to tell apart")
    return 1 if signature.task == "classification" and signature.outputs == 2 else signature.outputs


class PerceptronModel(Model):
    """Weights W (inputs, units), b (units,)."""

    output_kind = "the outputs of step units"

    def net(self, inputs: Array) -> Array:
        """The net input of each unit, x·W + b: (rows, units)."""
        return np.asarray(inputs.reshape(len(inputs), -1) @ self.weights["W"] + self.weights["b"])

    def predict(self, inputs: Array) -> Array:
        """Two classes: 1 for the answer, 0 for the other. More: the net input of each class's unit. Labels: 0 or 1."""
        net = self.net(inputs)
        if self.signature.task == "multi-label":
            return step(net)
        if net.shape[1] == 1:
            return np.concatenate([1 - step(net), step(net)], axis=1)
        return net

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        return scores_of(self.signature.task)

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        outputs = self.predict(batch.inputs)
        assert batch.targets is not None
        return {
            **score_sums(self.signature.task, outputs, outputs, batch.targets),
            "count": np.array(len(batch), np.float64),
        }

    def metrics(self, sums: Sums) -> dict[str, float]:
        return score_metrics(self.signature.task, sums)

    def notes(self, data: Samples) -> Iterator[str]:
        """Whether the training data are linearly separable, as far as the mistakes made can tell."""
        if self.history is None or not (errors := self.history["train"].get("errors")):
            return
        epochs = f"{len(errors)} epoch{'s' if len(errors) > 1 else ''}"
        if errors[-1] == 0:
            yield f"no mistake in the last of {epochs}: the training data are linearly separable"
            return
        longest = 0.0
        for start in range(0, len(data), 256):
            inputs = data.rows(np.arange(start, min(start + 256, len(data)))).inputs
            longest = max(longest, float(1 + np.square(inputs.reshape(len(inputs), -1)).sum(axis=1).max()))
        # Novikoff (1962): with inputs no longer than R and a margin g, a unit makes at most (R / g)² mistakes; some
        # unit made at least as many as the average one.
        margin = math.sqrt(longest / (sum(errors) * len(data)))
        yield (
            f"still {100 * errors[-1]:.1f} % mistakes after {epochs}: the training data are not linearly separable, or"
            f" by a margin under {margin:.2g} (Novikoff 1962); a net with a hidden layer can learn them: zoo train mlp"
        )

    def to_onnx(self, x: Value) -> Value:
        net = x.flattened() @ self.weights["W"] + self.weights["b"]
        fires = (net > 0).cast(net.dtype)
        if self.signature.task == "multi-label":
            return fires
        return x.graph.concat([1 - fires, fires]) if self.weights["b"].size == 1 else net


def step(net: Array) -> Array:
    """The step unit: 1 where the net input is above 0, else 0."""
    return (net > 0).astype(net.dtype)


class UntilNoMistake(Phase):
    """Trains until an epoch passes without a mistake, which for separable data it does (Novikoff 1962)."""

    objective = "errors"
    starts_from_weights = True
    learns_chunks = True
    # One sample after the other, in any batch.
    uses = ("epochs", "update", "sample_order", "patience", "monitor", "learning_rate")

    def step(self, model: Model) -> RosenblattsRule:
        return RosenblattsRule(model, self.settings)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (ERRORS,)

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        return bool(curves.get("errors")) and curves["errors"][-1] == 0


class RosenblattsRule(TrainingStep):
    """W += η (t − y) x and b += η (t − y), sample by sample: nothing changes where the answer is right.

    Each sample sees the corrections made by the last, so the rule is not additive.
    """

    def __init__(self, model: Model, settings: TrainingSettings) -> None:
        super().__init__(model)
        self.rate = np.float32(getattr(settings, "learning_rate", 1.0))

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        W, b = self.model.weights["W"], self.model.weights["b"]
        targets = target_outputs(batch, self.model.signature)
        mistakes = 0
        for x, t in zip(batch.inputs.reshape(len(batch), -1), targets, strict=True):
            error = t - (x @ W + b > 0)  # (units,) of −1, 0 and 1
            self._trace(x, t, error)
            if error.any():
                W += self.rate * np.outer(x, error)
                b += self.rate * error
                mistakes += int(np.count_nonzero(error))
        return {"errors": mistakes / targets.size}

    def _trace(self, x: Array, t: Array, error: Array) -> None:
        """Traces one sample before its correction."""
        if self.trace is not None:
            net = x @ self.model.weights["W"] + self.model.weights["b"]
            seen = {"inputs": x, "net": net, "outputs": step(net), "targets": t, "errors": error}
            for name, values in seen.items():
                self.trace(name, values[None])


def target_outputs(batch: Batch, signature: Signature) -> Array:
    """What each unit should answer: (rows, units) of 0 and 1."""
    assert batch.targets is not None
    if signature.task == "multi-label":
        return batch.targets.astype(np.float32)
    if signature.outputs == 2:
        return batch.targets[:, None].astype(np.float32)
    return np.asarray(batch.targets[:, None] == np.arange(signature.outputs), np.float32)
