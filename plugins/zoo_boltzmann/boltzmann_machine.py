"""The Boltzmann machine: any pair of units may be connected; it learns from clamped minus free statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from zoo import (
    AdditiveStep,
    Architecture,
    Array,
    Batch,
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
    UsageError,
    Value,
    Workers,
    option,
)
from zoo.data import Samples
from zoo.nn import scheduled
from zoo_boltzmann.class_labels import label_number
from zoo_boltzmann.general_machine import Network
from zoo_boltzmann.metrics import CODE_DISTANCE, CODES, DISAGREEMENT, FREE_ENERGY, METRICS, RECONSTRUCTION_ERROR
from zoo_boltzmann.rules.boltzmann_machine import change, statistics, sweep
from zoo_boltzmann.rules.units import sigmoid
from zoo_boltzmann.settings import DECAYING, FALLING, NEGATIVE_PHASE
from zoo_boltzmann.visible_checks import check_inputs
from zoo_boltzmann.visible_units import MOST, bits

SAMPLED = {"statistics": ("gibbs",)}
FEW = 12  # hidden units whose states are enumerated for every row


@dataclass(frozen=True)
class BoltzmannSettings(TrainingSettings):
    """How a Boltzmann machine is trained: how its two sets of statistics are gathered, and what they do."""

    learning_rate: float = option(0.1, "size of a step", above=0.0, high=1e6)
    schedule: str = option("constant", "how the learning rate changes over the phase", choices=FALLING)
    rate_decay: float = option(
        0.1, "exponential: what is left of the rate at the end", above=0.0, high=1.0, needs=DECAYING
    )
    weight_decay: float = option(0.0, "times the rate, the share taken off the weights", low=0.0, high=1e6)
    statistics: str = option("gibbs", "sampled by annealing, or summed over all states", choices=("gibbs", "exact"))
    temperatures: tuple[float, ...] = option(
        (2.0, 1.5, 1.2, 1.0),
        "annealing: from which to which temperature, before statistics",
        above=0.0,
        high=1e6,
        needs=SAMPLED,
    )
    sweeps: int = option(2, "sweeps over the units at each temperature", low=1, high=100_000, needs=SAMPLED)
    gather: int = option(
        10, "sweeps at temperature 1 over which statistics are gathered", low=1, high=100_000, needs=SAMPLED
    )
    copies: int = option(10, "chains for each row of a batch, clamped and free", low=1, high=100_000, needs=SAMPLED)
    increments: str = option(
        "proportional",
        "changes of the weights: as large as the difference, or all alike",
        choices=("proportional", "fixed"),
    )
    off: float = option(
        0.0, "probability of clamping a unit off that is on in the data", low=0.0, below=1.0, needs=SAMPLED
    )
    on: float = option(
        0.0, "probability of clamping a unit on that is off in the data", low=0.0, below=1.0, needs=SAMPLED
    )

    @property
    def has_schedule(self) -> bool:
        return self.schedule != "constant"


@dataclass(frozen=True)
class Boltzmann(Architecture):
    """p(s) ∝ exp(½ s·W·s + b·s) over visible and hidden units s; the hidden ones are whatever explains the visible.

    Source: D. H. Ackley, G. E. Hinton and T. J. Sejnowski (1985), A learning algorithm for Boltzmann machines.
    """

    name: ClassVar[str] = "boltzmann"
    family: ClassVar[str] = "boltzmann"
    summary: ClassVar[str] = "Boltzmann machine, any pair of units connected (Ackley, Hinton, Sejnowski 1985)"
    tasks: ClassVar[tuple[str, ...]] = ("unsupervised",)
    data: ClassVar[str] = "encoder"
    declared_metrics: ClassVar[tuple[Metric, ...]] = METRICS
    settings: ClassVar[BoltzmannSettings] = BoltzmannSettings(epochs=500, batch_size=32)
    input_spec: ClassVar[InputSpec] = InputSpec(inputs="binary")

    hidden: int = option(2, "hidden units", low=0, high=10_000)
    groups: tuple[int, ...] = option(
        (), "visible units in groups of these sizes, unconnected to each other; empty: all connected", low=1
    )
    lateral: bool = option(True, "whether hidden units are connected to each other")
    initial: float = option(0.0, "deviation of the first weights", low=0.0, high=10.0)
    precision: str = option("float64", "type of the numbers", choices=("float32", "float64"))

    def output_signature(self, signature: Signature) -> Signature:
        """The mean of the hidden units given the visible; without any, the visible ones again."""
        return replace(signature, output_shape=(self.hidden or signature.inputs,))

    def resolve(self, signature: Signature, data: Samples) -> Boltzmann:
        check_inputs(self.name, "bernoulli", data)
        return self

    def shapes(self, signature: Signature) -> Iterator[tuple[str, tuple[int, ...]]]:
        """W (units, units), symmetric, the visible units first; b (units,)."""
        if self.groups and sum(self.groups) != signature.inputs:
            raise UsageError(
                f"boltzmann: got groups of {' + '.join(map(str, self.groups))} = {sum(self.groups)} units, expected"
                f" {signature.inputs} in all, as many as there are inputs"
            )
        units = signature.inputs + self.hidden
        yield "W", (units, units)
        yield "b", (units,)

    def connected(self, visible: int) -> Array:
        """1 where two units are connected: (units, units)."""
        groups = np.repeat(np.arange(len(self.groups)), self.groups) if self.groups else np.zeros(visible, np.int64)
        units = visible + self.hidden
        mask = np.ones((units, units))
        mask[:visible, :visible] = groups[:, None] == groups
        if not self.lateral:
            mask[visible:, visible:] = 0
        np.fill_diagonal(mask, 0)
        return mask

    def build(self, signature: Signature, stream: RandomStream) -> BoltzmannModel:
        weights = {name: np.zeros(shape, self.dtype) for name, shape in self.shapes(signature)}
        drawn = np.triu(self.initial * stream("weights/W").standard_normal(weights["W"].shape), 1)
        weights["W"][...] = (drawn + drawn.T) * self.connected(signature.inputs)
        return BoltzmannModel(self, signature, weights)

    def phases(self, plan: TrainingPlan) -> list[Phase]:
        return [AwakeAndDreaming("train", plan.phase("train"))]


class BoltzmannModel(Model):
    """Weights W (units, units) and b (units,), the visible units first."""

    architecture: Boltzmann

    @property
    def network(self) -> Network:
        return Network(self.weights["W"], self.weights["b"], self.signature.inputs)

    def values(self, inputs: Array) -> Array:
        return np.ascontiguousarray(inputs.reshape(len(inputs), -1), self.weights["W"].dtype)

    def predict(self, inputs: Array) -> Array:
        """p(h = 1 | v): exact up to 12 hidden units, beyond by mean field. Without hidden units, each visible one
        given the others."""
        network, v = self.network, self.values(inputs)
        if not network.hidden:
            return sigmoid(v @ network.W + network.b)
        means = network.hidden_means(v) if network.hidden <= FEW else network.mean_field(v)
        return means.astype(v.dtype)

    def free_energy(self, inputs: Array) -> Array:
        """F(v) with p(v) = e^(−F(v)) / Z, in nats, by enumeration of the hidden units: (rows,)."""
        return self.network.free_energy(self.values(inputs))

    def sample_hidden(self, inputs: Array, steps: int = 100, random: int | np.random.Generator = 0) -> Array:
        """h after so many sweeps over the hidden units with v held: (rows, hidden) of 0 and 1."""
        n = self.network.visible
        return self._swept(self.values(inputs), np.ones((1, n), bool), steps, random)[:, n:]

    def sample_clamped(
        self, inputs: Array, clamped: Array, steps: int = 100, random: int | np.random.Generator = 0
    ) -> Array:
        """v after so many sweeps at temperature 1 with the inputs held where `clamped` is true: (rows, *input_shape).

        `clamped` (*input_shape), or (rows, *input_shape); the other units start at random and are drawn.
        """
        given = self.values(inputs)
        held = np.broadcast_to(np.asarray(clamped, bool), np.shape(inputs)).reshape(given.shape)
        return self._swept(given, held, steps, random)[:, : self.network.visible].reshape(np.shape(inputs))

    def _swept(self, given: Array, held: Array, steps: int, random: int | np.random.Generator) -> Array:
        """All units after so many sweeps; in each those visible ones that are held are put back as they are given."""
        network, source, n = self.network, np.random.default_rng(random), self.network.visible
        s = (source.random((len(given), len(network.b)), network.b.dtype) < 0.5).astype(network.b.dtype)
        s[:, :n] = np.where(held, given, s[:, :n])
        free = np.flatnonzero(np.concatenate([~held.all(axis=0), np.ones(network.hidden, bool)]))
        for _ in range(steps):
            for unit in free:  # one at a time, since a unit that is held in some rows is put back before the next
                s = sweep(s, network.W, network.b, np.array([unit]), 1.0, source)
                s[:, :n] = np.where(held, given, s[:, :n])
        return s

    def reconstruct(self, inputs: Array) -> Array:
        """Each visible unit's mean given the others and the mean hidden units: (rows, *input_shape)."""
        network, v = self.network, self.values(inputs)
        n = network.visible
        net = v @ network.W[:n, :n] + network.b[:n]
        if network.hidden:
            net += self.predict(inputs) @ network.W[n:, :n]
        return sigmoid(net).reshape(inputs.shape)

    def sample(self, count: int, steps: int, label: str | None, stream: RandomStream) -> Array:
        """Visible units after so many sweeps at temperature 1 from random states: (count, *input_shape)."""
        label_number("boltzmann", self.signature, label, False)
        network, random = self.network, stream(NEGATIVE_PHASE)
        units = len(network.b)
        s = (random.random((count, units), network.b.dtype) < 0.5).astype(network.b.dtype)
        for _ in range(steps):
            s = sweep(s, network.W, network.b, np.arange(units), 1.0, random)
        return s[:, : network.visible].reshape(count, *self.signature.input_shape)

    @property
    def declared_metrics(self) -> Sequence[Metric]:
        few = self.network.hidden <= FEW
        of_codes = (CODES, CODE_DISTANCE) if few and self.network.hidden else ()
        return (RECONSTRUCTION_ERROR, *((FREE_ENERGY,) if few else ()), *of_codes)

    def evaluate(self, batch: Batch, stream: RandomStream) -> Sums:
        network, v = self.network, self.values(batch.inputs)
        difference = v - self.reconstruct(v)
        sums: Sums = {
            "reconstruction": np.array(np.square(difference).sum(dtype=np.float64)),
            "rows": np.array(float(len(batch))),
        }
        if network.hidden <= FEW:
            sums["free_energy"] = np.array(network.free_energy(v).sum())
        if 0 < network.hidden <= FEW and len(v):
            sums["codes"] = np.bincount(self._codes(v), minlength=2**network.hidden).astype(np.float64)
        return sums

    def _codes(self, v: Array) -> Array:
        """The state of the hidden units for each row as a number: each unit as it is on more often or less."""
        on = self.network.hidden_means(v) > 0.5
        return np.asarray(on @ 2 ** np.arange(on.shape[1]), np.int64)

    def metrics(self, sums: Sums) -> dict[str, float]:
        """reconstruction_error: mean square of a visible unit's given all others. free_energy: mean F(v), where the
        hidden units can be enumerated."""
        rows = float(sums["rows"])
        metrics = {"reconstruction_error": float(sums["reconstruction"]) / rows / self.signature.inputs}
        if "free_energy" in sums:
            metrics["free_energy"] = float(sums["free_energy"]) / rows
        if "codes" in sums:
            metrics |= code_metrics(sums["codes"])
        return metrics

    def derived_metrics(self, metrics: Mapping[str, float], workers: Workers) -> dict[str, float]:
        """log_likelihood, exact, where all units can be enumerated."""
        if len(self.weights["b"]) > MOST or "free_energy" not in metrics:
            return {}
        log_z = self.network.log_partition(workers)
        return {"log_likelihood": -metrics["free_energy"] - log_z, "log_partition": log_z}

    def to_onnx(self, x: Value) -> Value:
        network, v = self.network, x.flattened()
        if not network.hidden:
            return (v @ network.W + network.b).sigmoid()
        if network.hidden > FEW:
            raise UsageError(
                f"export: boltzmann has an ONNX form with up to {FEW} hidden units, whose states are summed over; got"
                f" {network.hidden}, which mean field approximates; export the weights alone, to a .safetensors file"
            )
        n, h = network.visible, bits(network.hidden, 0, 2**network.hidden)
        W, b = network.W.astype(np.float64), network.b.astype(np.float64)
        own = 0.5 * np.einsum("si,si->s", h @ W[n:, n:], h) + h @ b[n:]  # what the visible units do not change
        states = (v.cast(np.float64) @ (W[:n, n:] @ h.T) + own).softmax()  # p(h | v)
        y: Value = (states @ h).cast(v.dtype)
        return y


def code_metrics(rows: Array) -> dict[str, float]:
    """codes: how many states of the hidden units stand for some row; code_distance: units in which the codes of two
    rows differ at least, 0 where two have the same. rows: how many have each code (2^hidden,)."""
    used = np.flatnonzero(rows)
    if len(used) < 2 or rows[used].max() > 1:
        return {"codes": float(len(used)), "code_distance": 0.0}
    units = (used[:, None] >> np.arange(len(rows).bit_length() - 1) & 1).astype(np.float64)
    on = units.sum(axis=1)
    distance = on[:, None] + on - 2 * units @ units.T  # of each pair: units that are on in one of the two
    np.fill_diagonal(distance, np.inf)
    return {"codes": float(len(used)), "code_distance": float(distance.min())}


class AwakeAndDreaming(Phase):
    """Trains by `BoltzmannRule`."""

    objective = "disagreement"
    starts_from_weights = True

    settings: BoltzmannSettings

    def step(self, model: Model) -> TrainingStep:
        return BoltzmannRule(model, self.settings)

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (DISAGREEMENT,)


class BoltzmannRule(AdditiveStep):
    """W += η (⟨s sᵀ⟩ clamped − ⟨s sᵀ⟩ free) where units are connected, b += η (⟨s⟩ clamped − ⟨s⟩ free).

    The gradient of the mean log-likelihood. Statistics are sampled: chains start from random states, are annealed, and
    then counted over some sweeps; or they are summed over all states, for small machines. Increments of fixed size,
    η sign(difference), shake a machine out of codes that two patterns share. Source: Ackley, Hinton and Sejnowski
    (1985), equation 8; noise on clamped units and fixed increments, section 4.1.
    """

    model: BoltzmannModel

    def __init__(self, model: Model, settings: BoltzmannSettings) -> None:
        super().__init__(model)
        self.settings = settings
        self.connected = self.model.architecture.connected(model.signature.inputs).astype(model.weights["W"].dtype)

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        settings, network = self.settings, self.model.network
        v = self.model.values(batch.inputs)
        if settings.statistics == "exact":
            clamped = network.clamped_statistics(v)
            pairs, means = network.free_statistics()
            free = (len(v) * pairs, len(v) * means)
        else:
            random = stream("gibbs")
            v = np.repeat(v, settings.copies, axis=0)
            u = random.random(v.shape, v.dtype)
            v = np.where(v > 0.5, u >= settings.off, u < settings.on).astype(v.dtype)
            clamped = self._sampled(network, v, random)
            free = self._sampled(network, None, random, len(v))
        return PartialSums(
            {
                "W": clamped[0] - free[0],
                "b": clamped[1] - free[1],
                "rows": np.array(float(len(batch))),
            }
        )

    def _sampled(
        self, network: Network, v: Array | None, random: np.random.Generator, chains: int = 0
    ) -> tuple[Array, Array]:
        """Sums over the rows of (s sᵀ, s), after annealing, with v clamped or all units free."""
        settings, n, units = self.settings, network.visible, len(network.b)
        chains = chains if v is None else len(v)
        s = (random.random((chains, units), network.b.dtype) < 0.5).astype(network.b.dtype)
        free = np.arange(units)
        if v is not None:
            s[:, :n], free = v, free[n:]
        temperatures = np.repeat(settings.temperatures, settings.sweeps).tolist()
        pairs, means = statistics(s, network.W, network.b, free, temperatures, settings.gather, random)
        share = 1 / (settings.gather * settings.copies)
        return pairs * share, means * share

    def changing(self) -> Sequence[Array]:
        return (self.model.weights["W"], self.model.weights["b"])

    def metrics(self, sums: Sums) -> dict[str, float]:
        """disagreement: mean distance of a connected pair's statistics, clamped and free; 0 when it has learned."""
        W = np.abs(sums["W"] * self.connected).sum() / float(sums["rows"])
        return {"disagreement": float(W / max(1.0, float(self.connected.sum())))}

    def update(self, sums: Sums, context: StepContext) -> None:
        settings, weights = self.settings, self.model.weights
        rate = settings.learning_rate * scheduled(context.progress, settings)
        difference = change(sums["W"] / float(sums["rows"]), self.connected)
        bias = sums["b"] / float(sums["rows"])
        if settings.increments == "fixed":
            difference, bias = np.sign(difference), np.sign(bias)
        weights["W"] += rate * (difference - settings.weight_decay * weights["W"])
        weights["b"] += rate * bias
