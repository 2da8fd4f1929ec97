"""Hopfield networks: patterns stored in symmetric weights, recalled from part of them by going down in energy."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

import zoo


@dataclass(frozen=True)
class Hopfield(zoo.Architecture):
    """sᵢ ← sign(Σⱼ Wᵢⱼ sⱼ), unit by unit, until nothing changes. J. J. Hopfield (1982), Neural networks and physical
    systems with emergent collective computational abilities."""

    name: ClassVar = "hopfield"
    family: ClassVar = "hopfield"
    summary: ClassVar = "associative memory, Hebbian and Storkey rules (Hopfield 1982)"
    tasks: ClassVar = ("unsupervised",)
    data: ClassVar = "hopfield-letters"
    settings: ClassVar = zoo.TrainingSettings(epochs=1)
    declared_metrics: ClassVar = (
        zoo.Metric("stable", higher_is_better=True),
        zoo.Metric("energy", higher_is_better=None),
        zoo.Metric("patterns", higher_is_better=None),
    )
    input_spec: ClassVar = zoo.InputSpec(inputs="raw")
    rule: str = zoo.option("storkey", "how patterns are stored", choices=("hebbian", "storkey"))
    sweeps: int = zoo.option(20, "times a recall goes through all units, at most", low=1, high=1000)

    def output_signature(self, signature):
        return replace(signature, output_shape=(signature.inputs,))

    def shapes(self, signature):
        yield "W", (signature.inputs, signature.inputs)

    def build(self, signature, stream):
        return HopfieldModel(self, signature, {name: np.zeros(size, "f4") for name, size in self.shapes(signature)})

    def phases(self, plan):
        return [Storing("train", plan.phase("train"))]


class HopfieldModel(zoo.Model):
    """W (units, units), symmetric, zero on the diagonal; states (rows, units) of −1 and 1."""

    def path(self, inputs):
        """The states of a recall: at the beginning, and after each sweep over the units."""
        W, state = self.weights["W"], signs(inputs)
        yield state
        for _ in range(self.architecture.sweeps):
            before, state = state, state.copy()
            for unit in range(state.shape[1]):
                net = state @ W[:, unit]
                state[:, unit] = np.where(np.abs(net) > 1e-4, np.sign(net), state[:, unit])  # at 0 a unit stays
            yield state
            if (state == before).all():
                return

    def predict(self, inputs):
        return list(self.path(inputs))[-1]

    def energy(self, state):
        """E = −½ sᵀWs, which no step of a recall raises: (rows,)."""
        return -0.5 * ((state @ self.weights["W"]) * state).sum(axis=1)

    def evaluate(self, batch, stream):
        state = signs(batch.inputs)
        stable = (self.predict(state) == state).all(axis=1).sum()
        return {
            "stable": np.float64(stable),
            "energy": self.energy(state).sum(dtype="f8"),
            "rows": np.float64(len(batch)),
        }

    def metrics(self, sums):
        """stable: the share of patterns that a recall leaves as they are."""
        return {name: float(sums[name] / sums["rows"]) for name in ("stable", "energy")}


class Storing(zoo.Phase):
    def step(self, model):
        return {"hebbian": HebbianRule, "storkey": StorkeyRule}[model.architecture.rule](model)


class HebbianRule(zoo.AdditiveStep):
    """Wᵢⱼ += Σ sᵢ sⱼ / units, i ≠ j: a sum over patterns. D. O. Hebb (1949), The organization of behavior."""

    def measure(self, batch, carried, stream):
        s = signs(batch.inputs)
        return zoo.PartialSums({"ss": s.T @ s, "patterns": np.float64(len(s))})

    def metrics(self, sums):
        return {"patterns": float(sums["patterns"])}

    def update(self, sums, context):
        self.model.weights["W"] += off_diagonal(sums["ss"])


class StorkeyRule(zoo.TrainingStep):
    """Wᵢⱼ += (sᵢsⱼ − sᵢhⱼᵢ − hᵢⱼsⱼ) / units, hᵢⱼ = Σ Wᵢₖsₖ over k ≠ i, j: each pattern sees those before it.
    A. Storkey (1997), Increasing the capacity of a Hopfield network without sacrificing functionality."""

    def __call__(self, batch, context):
        W = self.model.weights["W"]
        for s in signs(batch.inputs):
            h = (W @ s)[:, None] - W * s
            W += off_diagonal(np.outer(s, s) - s[:, None] * h.T - h * s)
        return {"patterns": float(len(batch))}


def signs(inputs):
    return np.where(inputs.reshape(len(inputs), -1) > 0, np.float32(1), np.float32(-1))


def off_diagonal(change):
    """A change of the weights divided by the number of units; no unit acts on itself."""
    return change * (1 - np.eye(len(change), dtype="f4")) / np.float32(len(change))
