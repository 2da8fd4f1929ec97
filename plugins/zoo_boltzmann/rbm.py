"""The restricted Boltzmann machine: a layer of visible and a layer of hidden units, each pair across them connected."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from zoo import (
    ACCURACY,
    Architecture,
    Array,
    Batch,
    DataError,
    InputSpec,
    Metric,
    Model,
    Phase,
    RandomStream,
    Signature,
    Sums,
    TrainingPlan,
    TrainingSettings,
    TrainingStep,
    UsageError,
    Workers,
    option,
)
from zoo.data import Samples
from zoo.nn import GradientModel
from zoo_boltzmann.class_labels import held, label_number
from zoo_boltzmann.contrastive_divergence import Divergence, binary_units, shapes_of
from zoo_boltzmann.likelihood import (
    LogPartition,
    annealed_log_partition,
    can_enumerate,
    exact_log_partition,
    exact_log_pseudo_likelihood,
    log_pseudo_likelihood,
)
from zoo_boltzmann.metrics import DIVERGENCE, FREE_ENERGY, METRICS, PSEUDO_LIKELIHOOD, RECONSTRUCTION_ERROR
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.settings import NEGATIVE_PHASE, DivergenceSettings
from zoo_boltzmann.small_data import BATCH, epochs_for, is_small
from zoo_boltzmann.visible_bias_start import Start
from zoo_boltzmann.visible_checks import check_inputs
from zoo_boltzmann.visible_units import Bernoulli, Gaussian, Labelled, Visible, with_label

SUMMED = 32  # visible units over which the pseudo-likelihood is a sum; of more one a row is drawn


STEPS_OF_EPOCH, MOST_STEPS = 250, 15_000  # of annealing, by default


@dataclass(frozen=True)
class Rbm(Architecture):
    """p(v, h) ∝ exp(a·v + b·h + v·W·h): given one layer, the units of the other are independent.

    Sources: P. Smolensky (1986), Information processing in dynamical systems: foundations of harmony theory; G. E.
    Hinton (2002), Training products of experts by minimizing contrastive divergence; with labels H. Larochelle and Y.
    Bengio (2008), Classification using discriminative restricted Boltzmann machines.
    """

    name: ClassVar[str] = "rbm"
    family: ClassVar[str] = "boltzmann"
    summary: ClassVar[str] = "restricted Boltzmann machine: CD-k, persistent and tempered chains (Hinton 2002)"
    tasks: ClassVar[tuple[str, ...]] = ("unsupervised", "classification")
    data: ClassVar[str] = "bars-and-stripes"
    declared_metrics: ClassVar[tuple[Metric, ...]] = METRICS
    small: ClassVar[Mapping[str, Any]] = {"hidden": 6}
    settings: ClassVar[DivergenceSettings] = DivergenceSettings(epochs=20, batch_size=100)

    hidden: int = option(100, "hidden units", low=1, high=1_000_000)
    visible: str = option("bernoulli", "binary visible units, or normal ones", choices=("bernoulli", "gaussian"))
    deviation: float = option(
        0.5,
        "of a Gaussian visible unit about its mean, in units of the scaled inputs",
        above=0.0,
        high=1e3,
        needs={"visible": ("gaussian",)},
    )
    scaling: str = option(
        "auto",
        "of the inputs; auto: in [0, 1] for binary units, mean 0 and deviation 1 for Gaussian ones",
        choices=("auto", "unit", "binary", "standardized", "raw"),
    )
    binarize: bool = option(
        True,
        "whether values between 0 and 1 are drawn as 0 or 1 with them as probability, anew at each use",
        needs={"visible": ("bernoulli",)},
    )
    labels: bool = option(False, "a label layer beside the visible units, for answers by free energy")
    initial: float = option(0.01, "deviation of the first weights", low=0.0, high=10.0)
    annealing_steps: int | None = option(
        None,
        "of annealed importance sampling, where states are too many to enumerate; by default 250 for each epoch of"
        " training, 15,000 at most; 0: no likelihood",
        low=0,
    )
    annealing_chains: int = option(100, "of annealed importance sampling", low=2, high=1_000_000)
    precision: str = option("float32", "type of the numbers", choices=("float32", "float64"))

    @classmethod
    def for_other_data(cls, kind: str, samples: int, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Of a table with labels: Gaussian units see by how much columns differ, which binary ones drawn from few rows
        do not."""
        if not asked.get("labels") or not is_small(kind, samples):
            return None
        shared: dict[str, Any] = {"epochs": epochs_for(samples, asked), "batch_size": BATCH}
        if kind != "table":
            return shared
        if asked.get("visible", "gaussian") == "gaussian":
            return {**shared, "visible": "gaussian", "initial": 0.1, "learning_rate": 0.01}
        return {**shared, "initial": 0.5, "learning_rate": 0.2, "weight_decay": 0.0}

    @property
    def effective_input_spec(self) -> InputSpec:
        natural = "unit" if self.visible == "bernoulli" else "standardized"
        return InputSpec(inputs=natural if self.scaling == "auto" else self.scaling)

    @property
    def supported_tasks(self) -> tuple[str, ...]:
        """Without a label layer only the inputs are learned, whether or not the data have classes."""
        return ("classification", "unsupervised") if self.labels else ("unsupervised",)

    def output_signature(self, signature: Signature) -> Signature:
        """Without labels a machine answers with p(h = 1 | v) of its hidden units."""
        return signature if self.labels else replace(signature, output_shape=(self.hidden,))

    def resolve(self, signature: Signature, data: Samples) -> Rbm:
        check_inputs(self.name, self.visible, data)
        return self

    def units(self, signature: Signature) -> Visible:
        """The kind of visible units, labels included."""
        plain = Bernoulli() if self.visible == "bernoulli" else Gaussian()
        return Labelled(plain, signature.outputs) if self.labels else plain

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int, ...]]]:
        """W (visible, hidden), the biases, and the base rates that annealing starts from; labels are visible units."""
        if self.labels and signature.task != "classification":
            raise UsageError(
                f"rbm: got a label layer (labels = true) and data without classes ({signature.task}), expected data"
                " with a label for each row; name other data, or leave the label layer out"
            )
        visible = signature.inputs + (signature.outputs if self.labels else 0)
        yield "W", (visible, self.hidden)
        yield "visible_bias", (visible,)
        yield "hidden_bias", (self.hidden,)
        yield "base", (visible,)

    def build(self, signature: Signature, stream: RandomStream) -> RbmModel:
        weights = {name: np.zeros(shape, self.dtype) for name, shape in self.shapes(signature)}
        weights["W"][...] = self.initial * stream("weights/W").standard_normal(weights["W"].shape)
        return RbmModel(self, signature, weights)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        """start: visible biases from the data; train: the rule."""
        return [Start("start", plan.common), Train("train", plan.phase("train"))]


class Train(Phase):
    """Trains by `Divergence`."""

    objective = "reconstruction_error"
    has_kernels = True

    def __init__(self, name: str, settings: TrainingSettings, layer: int = 0) -> None:
        super().__init__(name, settings)
        self.layer = layer

    def step(self, model: Model) -> TrainingStep:
        assert isinstance(self.settings, DivergenceSettings)
        return Divergence(model, self.settings, self.layer)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return DIVERGENCE

    def validation_metrics(self, model: Model) -> Sequence[Metric]:
        """None of a net that is fine-tuned as a whole later: its loss says nothing of one machine in it."""
        return () if isinstance(model, GradientModel) else model.declared_metrics

    def state_shapes(self, model: Model) -> Iterator[tuple[str, tuple[int | str, ...]]]:
        yield from shapes_of(self.settings, model.machine(self.layer))  # type: ignore[attr-defined]


class RbmModel(Model):
    """Weights W (visible, hidden), visible_bias, hidden_bias, base; with labels, their units come last."""

    architecture: Rbm
    output_kind = "probabilities"

    def machine(self, layer: int = 0) -> Machine:
        """The weights as a machine."""
        w = self.weights
        return Machine(w["W"], w["visible_bias"], w["hidden_bias"], w["base"], self.architecture.units(self.signature))

    def values(self, inputs: Array) -> Array:
        """Encoded inputs as rows of values: (rows, inputs)."""
        v = np.ascontiguousarray(inputs.reshape(len(inputs), -1), self.weights["W"].dtype)
        if self.architecture.visible == "bernoulli" and v.size and not (v.min() >= 0 and v.max() <= 1):
            raise DataError(
                f"rbm: got inputs from {v.min():g} to {v.max():g}, expected values in [0, 1] for Bernoulli units; scale"
                " them (scaling unit) or take Gaussian units"
            )
        return v if self.deviation == 1 else v / v.dtype.type(self.deviation)

    @property
    def deviation(self) -> float:
        """What one is to a visible unit, in the inputs: machines know Gaussian units of deviation 1 alone."""
        return self.architecture.deviation if self.architecture.visible == "gaussian" else 1.0

    @property
    def input_deviation(self) -> float | None:
        """Of a Gaussian unit about its mean, in the inputs; None: units of 0 and 1."""
        return self.architecture.deviation if self.architecture.visible == "gaussian" else None

    def clamped(self, batch: Batch, stream: RandomStream, layer: int = 0) -> Array:
        """Inputs with their labels behind them; grey values drawn as 0 or 1 where `binarize` says so."""
        v = self.values(batch.inputs)
        if self.architecture.visible == "bernoulli" and self.architecture.binarize:
            v = (stream("binarize").random(v.shape, v.dtype) < v).astype(v.dtype)
        if not self.architecture.labels:
            return v
        assert batch.targets is not None
        return with_label(v, self.signature.outputs, batch.targets)

    def predict(self, inputs: Array) -> Array:
        """p(h = 1 | v); with labels p(class | v) = softmax over the classes of −F(v, class)."""
        v = self.values(inputs)
        if not self.architecture.labels:
            return self.machine().features(v)
        return label_probabilities(self.machine(), v)

    def reconstruct(self, inputs: Array) -> Array:
        """The mean of v given the mean of the hidden units given the inputs: (rows, *input_shape)."""
        v = self.values(inputs)
        machine = self.machine()
        if self.architecture.labels:
            v = np.concatenate([v, label_probabilities(machine, v)], axis=1)
        return (self.deviation * machine.reconstruction(v)[:, : self.signature.inputs]).reshape(inputs.shape)

    def sample(self, count: int, steps: int, label: str | None, stream: RandomStream) -> Array:
        """Means of the visible units at the ends of Gibbs chains from the base rates: (count, *input_shape)."""
        return self.sample_labelled(count, steps, label, stream)[0]

    def sample_labelled(
        self, count: int, steps: int, label: str | None, stream: RandomStream
    ) -> tuple[Array, Array | None]:
        """(`sample`, the means of the label units beside)."""
        number = label_number("rbm", self.signature, label, self.architecture.labels)
        v = self.machine().sample(count, steps, stream(NEGATIVE_PHASE), number)
        v, classes = v[:, : self.signature.inputs], v[:, self.signature.inputs :]
        inputs = (self.deviation * v).reshape(count, *self.signature.input_shape)
        return inputs, held(classes, number) if self.architecture.labels else None

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        pseudo = (PSEUDO_LIKELIHOOD,) if binary_units(self.machine()) else ()
        accuracy = (ACCURACY,) if self.architecture.labels else ()
        return (RECONSTRUCTION_ERROR, FREE_ENERGY, *pseudo, *accuracy)

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        machine, v = self.machine(), self.clamped(batch, stream)
        double = machine.in_double()
        sums: Sums = {
            "free_energy": np.array(double.free_energy(v.astype(np.float64)).sum()),
            "reconstruction": np.array(
                self.deviation**2 * np.square(v - machine.reconstruction(v)).sum(dtype=np.float64)
            ),
            "rows": np.array(float(len(batch))),
        }
        units = binary_units(machine)
        if units:
            if units <= SUMMED:
                pseudo = exact_log_pseudo_likelihood(double, v.astype(np.float64), units)
            else:
                pseudo = log_pseudo_likelihood(machine, v, stream("pseudo-likelihood"), units)
            sums["pseudo"] = np.array(pseudo.sum(dtype=np.float64))
        if self.architecture.labels:
            assert batch.targets is not None
            answers = self.predict(batch.inputs).argmax(axis=1)  # of the inputs as they are, not as drawn
            sums["right"] = np.array(float((answers == batch.targets).sum()))
        return sums

    def metrics(self, sums: Sums) -> dict[str, float]:
        """reconstruction_error: mean square of a visible unit's. pseudo_likelihood: its logarithm in nats a row,
        estimated with one unit a row where there are more than `SUMMED`.
        free_energy: mean F(v). accuracy: of the label layer."""
        rows = float(sums["rows"])
        metrics = {
            "reconstruction_error": float(sums["reconstruction"]) / rows / len(self.weights["visible_bias"]),
            "free_energy": float(sums["free_energy"]) / rows,
        }
        if "pseudo" in sums:
            metrics["pseudo_likelihood"] = float(sums["pseudo"]) / rows
        if "right" in sums:
            metrics["accuracy"] = float(sums["right"]) / rows
        return metrics

    def log_partition(self, workers: Workers | None = None, seed: int = 0) -> LogPartition | None:
        """log Z: exact where 20 units or fewer can be enumerated, else by annealing as the options say, or None."""
        machine, steps = self.machine(), self.annealing_steps
        if can_enumerate(machine):
            value = exact_log_partition(machine, workers)
            return LogPartition(value, value, value)
        if not steps:
            return None
        return annealed_log_partition(machine, steps, self.architecture.annealing_chains, RandomStream(seed), workers)

    @property
    def annealing_steps(self) -> int:
        """What the options say; by default so many that the estimate takes no longer than training did."""
        if (steps := self.architecture.annealing_steps) is not None:
            return steps
        epochs = self.history.epochs("train") if self.history is not None else 0
        return min(MOST_STEPS, STEPS_OF_EPOCH * epochs) or MOST_STEPS

    def derived_metrics(self, metrics: Mapping[str, float], workers: Workers) -> dict[str, float]:
        """log_likelihood = −F − log Z, in nats a row, with labels of the pair; its interval where Z is estimated."""
        z = self.log_partition(workers)
        if z is None:
            return {}
        # A density per unit of the inputs: each Gaussian unit is measured in deviations.
        energy = metrics["free_energy"] + self.signature.inputs * math.log(self.deviation)
        found = {"log_likelihood": -energy - z.value, "log_partition": z.value}
        if not z.exact:
            found |= {"log_likelihood_low": -energy - z.high, "log_likelihood_high": -energy - z.low}
        return {name: value for name, value in found.items() if math.isfinite(value)}

    def notes(self, data: Samples) -> Iterator[str]:
        """What the likelihood rests on."""
        if can_enumerate(self.machine()):
            yield "log_likelihood is exact: the partition function is a sum over all states of one layer"
        elif steps := self.annealing_steps:
            few = f"; so few steps, {STEPS_OF_EPOCH} an epoch, may read too high: --annealing-steps {MOST_STEPS}"
            yield (
                f"log_likelihood by annealed importance sampling, {steps:,} steps ×"
                f" {self.architecture.annealing_chains} chains; low and high: three standard errors"
                f"{few if self.architecture.annealing_steps is None and steps < MOST_STEPS else ''}"
            )


def label_probabilities(machine: Machine, v: Array) -> Array:
    """p(class | v) = softmax over the classes of d_c + Σ log(1 + e^(v W + b + U_c)): (rows, classes).

    v without labels; U_c, the last rows of W, are the label units' weights, d_c their biases. Source: Larochelle and
    Bengio (2008), equation 2.
    """
    assert isinstance(machine.visible, Labelled)
    classes = machine.visible.classes
    net = v @ machine.W[:-classes] + machine.b
    scores = np.empty((len(v), classes), v.dtype)
    for k in range(classes):
        x = net + machine.W[k - classes]
        scores[:, k] = machine.a[k - classes] + np.logaddexp(0, x).sum(axis=1)
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores
