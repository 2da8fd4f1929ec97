"""GRNN and PNN: a basis function at every sample, nothing to solve, one width for all (Specht 1990, 1991)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo import (
    LOSS,
    AdditiveStep,
    Architecture,
    Array,
    Batch,
    Batches,
    BatchIndices,
    GrowableArrays,
    InputSpec,
    Metric,
    Model,
    PartialSums,
    Phase,
    RandomStream,
    Signature,
    StepContext,
    Sums,
    TrainingPlan,
    TrainingSettings,
    TrainingStep,
    Value,
    in_order,
    option,
    score_metrics,
    score_sums,
    scores_of,
    target_unit,
)
from zoo.nn import as_outputs
from zoo_rbf.basis_functions import squared_distances_in_onnx
from zoo_rbf.kernels.parzen import parzen, sums_by_class
from zoo_rbf.metrics import METRICS, NORMALIZED_ERROR, STORED, WIDTH
from zoo_rbf.model import normalized_error, width_in_units
from zoo_rbf.rules import grnn

if TYPE_CHECKING:
    from zoo.data import Samples


WIDTHS = np.geomspace(0.01, 1.0, 17)  # tried, times the root of the number of inputs
SETTINGS = TrainingSettings(epochs=1, batch_size=512, shards=2)
FEW_CLASSES = 64  # up to which one product adds the kernels up by class


@dataclass(frozen=True)
class Lazy(Architecture):
    """What GRNN and PNN share: stored samples and a width."""

    family: ClassVar[str] = "rbf"
    settings: ClassVar[TrainingSettings] = SETTINGS
    declared_metrics: ClassVar[tuple[Metric, ...]] = METRICS
    grows: ClassVar[bool] = True

    width: float | None = option(
        None, "σ in units of the encoded inputs; by default what leaving one out finds best", above=0.0, high=1e6
    )
    scaling: str = option(
        "standardized",
        "inputs: mean 0 and deviation 1 by column, in [0, 1], or as they are",
        choices=("standardized", "unit", "raw"),
    )
    precision: str = option("float32", "floating-point numbers of the weights", choices=("float32", "float64"))

    @property
    def effective_input_spec(self) -> InputSpec:
        return InputSpec(inputs=self.scaling)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        """The samples are stored in one pass; another finds the width, where none is given."""
        once = {"epochs": min(1, plan.common.epochs), "patience": 0}
        phases: list[Phase] = [Store("samples", plan.phase("samples").replace(**once, update="batch", monitor=""))]
        if self.width is None:
            phases.append(LeaveOneOut("width", plan.phase("width").replace(**once, update="epoch", monitor="")))
        return phases


class LazyModel(Model):
    """Weights samples (samples, inputs), what is known of each, and width (1,)."""

    architecture: Lazy

    def kernels(self, inputs: Array, widths: Array, leave_out: Array | None = None) -> Array:
        """`parzen` of the stored samples: (widths, rows, samples)."""
        stored = self.weights["samples"]
        return parzen(inputs.reshape(len(inputs), -1).astype(stored.dtype), stored, widths, leave_out)

    @property
    def centres(self) -> Array:
        """The stored samples in the units of the data: (samples, *input_shape)."""
        stored = self.weights["samples"]
        return self.decode_inputs(stored.reshape(len(stored), *self.signature.input_shape))

    @property
    def widths(self) -> Array:
        """How far one width reaches along each input, in the units of the data, the same of every sample: (samples,
        *input_shape)."""
        return width_in_units(self, np.repeat(self.weights["width"], len(self.weights["samples"])))

    def design_matrix(self, inputs: Array) -> Array:
        """Φ (rows, samples) of encoded inputs (rows, *input_shape): e^(−D²/2σ²), but for a factor of each row."""
        return np.asarray(self.kernels(inputs, self.weights["width"])[0])

    def estimates_by_rule(self, inputs: Array, widths: Array, leave_out: Array) -> Array:
        """Outputs (widths, rows, outputs) by the rule itself, in double precision; sample `leave_out` of each row does
        not count."""
        x = inputs.reshape(len(inputs), -1).astype(np.float64)
        others = np.arange(len(self.weights["samples"])) != leave_out[:, None]
        return np.array([[self.rule(*each, w) for each in zip(x, others, strict=True)] for w in widths])

    @abstractmethod
    def rule(self, x: Array, counted: Array, width: float) -> Array:
        """The output (outputs,) for x (inputs,) out of the stored samples that are counted (samples,)."""

    @abstractmethod
    def estimates(self, kernels: Array) -> Array:
        """Outputs (…, rows, outputs) from kernels (…, rows, samples)."""

    @abstractmethod
    def errors(self, answers: Array, batch: Batch) -> Array:
        """How wrong answers (widths, rows, outputs) are, summed over the rows: (widths,)."""

    @abstractmethod
    def store(self, growing: GrowableArrays, batch: Batch) -> None:
        """Adds what is known of the rows."""

    def predict(self, inputs: Array) -> Array:
        if not len(self.weights["samples"]):
            return np.zeros((len(inputs), *self.signature.output_shape), self.weights["samples"].dtype)
        return np.asarray(self.estimates(self.kernels(inputs, self.weights["width"]))[0])

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        of_numbers = (NORMALIZED_ERROR,) if self.signature.task == "regression" else ()
        return (LOSS, *scores_of(self.signature.task), *of_numbers)

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        outputs = self.predict(batch.inputs)
        assert batch.targets is not None
        loss = self.errors(outputs[None], batch)[0]
        sums = score_sums(self.signature.task, outputs, outputs, batch.targets)
        return {**sums, "loss": np.asarray(float(loss)), "count": np.asarray(float(len(batch)))}

    def metrics(self, sums: Sums) -> dict[str, float]:
        """loss, of the encoded targets, and the metrics of the task, which are in the targets' own units."""
        found = {
            "loss": float(sums["loss"] / sums["count"]),
            **score_metrics(self.signature.task, sums, target_unit(self.preprocessing)),
        }
        if self.signature.task == "regression":
            found["normalized_error"] = normalized_error(sums)
        return found

    def notes(self, data: Samples) -> Iterator[str]:
        how = "given" if self.architecture.width is not None else "found by leaving one out"
        yield f"{len(self.weights['samples']):,} samples stored; width {float(self.weights['width'][0]):.3g}, {how}"

    def to_onnx(self, x: Value) -> Value:
        stored = self.weights["samples"]
        if not len(stored):
            return x.flattened() @ np.zeros((self.signature.inputs, self.signature.outputs), stored.dtype)
        D = squared_distances_in_onnx(x.flattened().cast(stored.dtype), stored)
        D = D - D.min()
        kernels = (D * (-0.5 / float(self.weights["width"][0]) ** 2)).exp()
        sums = kernels @ self.shares_of_samples()
        total = self.total_in_onnx(kernels, sums)
        return (sums / x.graph.where(total > 0, total, 1)).cast(stored.dtype)

    @abstractmethod
    def shares_of_samples(self) -> Array:
        """What a kernel of 1 at each stored sample adds to the outputs: (samples, outputs)."""

    @abstractmethod
    def total_in_onnx(self, kernels: Value, sums: Value) -> Value:
        """What the sums are divided by: (rows, 1)."""


# --- GRNN ---


@dataclass(frozen=True)
class Grnn(Lazy):
    """y = Σ t_i e^(−D_i²/2σ²) / Σ e^(−D_i²/2σ²), D_i the distance from sample i: the mean of the targets nearby.

    Source: D. F. Specht (1991), A general regression neural network.
    """

    name: ClassVar[str] = "grnn"
    summary: ClassVar[str] = "general regression: the mean of the targets nearby (Specht 1991)"
    tasks: ClassVar[tuple[str, ...]] = ("regression",)
    data: ClassVar[str] = "sinc"

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        yield "samples", ("samples", signature.inputs)
        yield "targets", ("samples", signature.outputs)
        yield "width", (1,)

    def build(self, signature: Signature, stream: RandomStream) -> GrnnModel:
        weights = {
            "samples": np.zeros((0, signature.inputs), self.precision),
            "targets": np.zeros((0, signature.outputs), self.precision),
            "width": np.full(1, self.width or 1.0, self.precision),
        }
        return GrnnModel(self, signature, weights)


class GrnnModel(LazyModel):
    """Weights samples (samples, inputs), targets (samples, outputs), width (1,)."""

    def estimates(self, kernels: Array) -> Array:
        total = kernels.sum(axis=-1, keepdims=True)
        return np.asarray(kernels @ self.weights["targets"] / np.where(total > 0, total, 1))

    def rule(self, x: Array, counted: Array, width: float) -> Array:
        samples, targets = (self.weights[name][counted].astype(np.float64) for name in ("samples", "targets"))
        return grnn.grnn(x, samples, targets, width)

    def errors(self, answers: Array, batch: Batch) -> Array:
        """½ Σ (t − y)²."""
        assert batch.targets is not None
        return np.asarray(0.5 * np.square(answers - batch.targets, dtype=np.float64).sum(axis=(1, 2)))

    def store(self, growing: GrowableArrays, batch: Batch) -> None:
        assert batch.targets is not None
        growing.extend("targets", batch.targets)

    def shares_of_samples(self) -> Array:
        return self.weights["targets"].astype(np.float64)

    def total_in_onnx(self, kernels: Value, sums: Value) -> Value:
        return kernels.sum()


# --- PNN ---


@dataclass(frozen=True)
class Pnn(Lazy):
    """P(c | x) ∝ h_c · mean over the samples of class c of e^(−D_i²/2σ²): Bayes' rule with Parzen's densities.

    Source: D. F. Specht (1990), Probabilistic neural networks.
    """

    name: ClassVar[str] = "pnn"
    summary: ClassVar[str] = "probabilistic: classes by the density of their samples (Specht 1990)"
    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    data: ClassVar[str] = "moons"

    priors: str = option(
        "data", "h: how likely classes are beforehand, as in the data or all alike", choices=("data", "equal")
    )

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        yield "samples", ("samples", signature.inputs)
        yield "classes", ("samples",)
        yield "width", (1,)

    def build(self, signature: Signature, stream: RandomStream) -> PnnModel:
        weights = {
            "samples": np.zeros((0, signature.inputs), self.precision),
            "classes": np.zeros(0, np.int64),
            "width": np.full(1, self.width or 1.0, self.precision),
        }
        return PnnModel(self, signature, weights)


class PnnModel(LazyModel):
    """Weights samples (samples, inputs), classes (samples,), width (1,)."""

    architecture: Pnn
    output_kind = "probabilities"

    def estimates(self, kernels: Array) -> Array:
        stored, outputs = self.weights["classes"], self.signature.outputs
        if outputs > FEW_CLASSES:
            densities = sums_by_class(kernels, stored, outputs)
            if self.architecture.priors == "equal":
                densities /= np.maximum(1, np.bincount(stored, minlength=outputs)).astype(kernels.dtype)
        else:
            classes = as_outputs(stored, np.empty((0, outputs), kernels.dtype))
            if outputs == 1:
                classes = np.ones((len(stored), 1), kernels.dtype)
            if self.architecture.priors == "equal":
                classes = classes / np.maximum(1, classes.sum(axis=0))
            densities = kernels @ classes
        total = densities.sum(axis=-1, keepdims=True)
        return np.asarray(densities / np.where(total > 0, total, 1))

    def rule(self, x: Array, counted: Array, width: float) -> Array:
        """The priors are of all stored samples, but for "data" of those that are counted."""
        samples, classes = self.weights["samples"][counted].astype(np.float64), self.weights["classes"]
        outputs = self.signature.outputs
        h = np.bincount(classes[counted], minlength=outputs).astype(np.float64)
        if self.architecture.priors == "equal":
            h /= np.maximum(1, np.bincount(classes, minlength=outputs))
        return grnn.pnn(x, samples, classes[counted], h, width)

    def errors(self, answers: Array, batch: Batch) -> Array:
        """−Σ log P(right class)."""
        assert batch.targets is not None
        right = answers[:, np.arange(len(batch)), batch.targets].astype(np.float64)
        return np.asarray(-np.log(np.maximum(right, 1e-12)).sum(axis=1))

    def store(self, growing: GrowableArrays, batch: Batch) -> None:
        assert batch.targets is not None
        growing.extend("classes", batch.targets)

    def shares_of_samples(self) -> Array:
        shares = np.eye(self.signature.outputs)[self.weights["classes"]]
        return shares / np.maximum(1, shares.sum(axis=0)) if self.architecture.priors == "equal" else shares

    def total_in_onnx(self, kernels: Value, sums: Value) -> Value:
        return sums.sum()


# --- how they learn ---


class Store(Phase):
    """One pass in the order of the data."""

    uses = ("epochs", "batch_size")

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (STORED,)

    def step(self, model: Model) -> Storing:
        assert isinstance(model, LazyModel)
        return Storing(model)

    def order(self, data: Samples, stream: RandomStream) -> Batches:
        return in_order(data, self.settings.batch_size)

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        return bool(curves)


class Storing(TrainingStep):
    """What is learned is kept: the samples, behind those stored already."""

    model: LazyModel

    def __init__(self, model: LazyModel) -> None:
        super().__init__(model)
        self._growing = GrowableArrays(model.weights)

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        self._growing.extend("samples", batch.inputs.reshape(len(batch), -1))
        self.model.store(self._growing, batch)
        return {"stored": float(len(self.model.weights["samples"]))}


class LeaveOneOut(Phase):
    """One pass over the samples that were stored last."""

    uses = ("epochs", "batch_size", "shards")
    has_kernels = True

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (LOSS, WIDTH)

    def step(self, model: Model) -> BestWidth:
        assert isinstance(model, LazyModel)
        return BestWidth(model, self.settings)

    def order(self, data: Samples, stream: RandomStream) -> list[BatchIndices]:
        """A sample's lane says how many were stored after it, which finds it again among them."""
        return [(numbers, len(data) - 1 - numbers) for numbers, _ in in_order(data, self.settings.batch_size)]

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        return bool(curves)


class BestWidth(AdditiveStep):
    """σ ← that of seventeen widths with the least error when each sample is predicted by all others.

    Metrics: loss, the mean error with that width, left out; width.
    """

    model: LazyModel
    prefers_threads = True

    def __init__(self, model: LazyModel, settings: TrainingSettings) -> None:
        super().__init__(model)
        self.settings = settings
        self.widths = WIDTHS * model.signature.inputs**0.5

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """The error of every width, over these rows."""
        stored = len(self.model.weights["samples"])
        if stored < 2:
            return PartialSums({"errors": np.zeros(len(self.widths)), "count": np.asarray(float(len(batch)))})
        if self.settings.by_the_rule:
            answers = self.model.estimates_by_rule(batch.inputs, self.widths, stored - 1 - batch.lanes)
            return PartialSums({"errors": self.model.errors(answers, batch), "count": np.asarray(float(len(batch)))})
        errors = np.zeros(len(self.widths))
        for part in np.array_split(np.arange(len(batch)), -(-len(batch) * stored * len(self.widths) // 2**22)):
            some = batch.part(int(part[0]), int(part[-1]) + 1) if len(part) else None
            if some is not None:
                kernels = self.model.kernels(some.inputs, self.widths, stored - 1 - some.lanes)
                errors += self.model.errors(self.model.estimates(kernels), some)
        return PartialSums({"errors": errors, "count": np.asarray(float(len(batch)))})

    def changing(self) -> Sequence[Array]:
        """None: samples are compared with each other at all widths."""
        return ()

    def metrics(self, sums: Sums) -> dict[str, float]:
        best = int(sums["errors"].argmin())
        return {"loss": float(sums["errors"][best] / sums["count"]), "width": float(self.widths[best])}

    def update(self, sums: Sums, context: StepContext) -> None:
        self.model.weights["width"][...] = self.widths[int(sums["errors"].argmin())]
