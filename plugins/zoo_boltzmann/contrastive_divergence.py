"""Learning by positive minus negative statistics: contrastive divergence, persistent chains, tempered chains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from zoo import AdditiveStep, Array, Batch, Model, PartialSums, RandomStream, StepContext, Sums, TrainingSettings
from zoo.nn import BufferPool, ScratchBuffers, scheduled
from zoo_boltzmann.kernels.contrastive_divergence import statistics
from zoo_boltzmann.likelihood import log_pseudo_likelihood
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.rules.contrastive_divergence import cd_k, difference, persistent
from zoo_boltzmann.rules.tempered import tempered_step
from zoo_boltzmann.rules.units import sigmoid, total
from zoo_boltzmann.settings import NEGATIVE_PHASE, DivergenceSettings
from zoo_boltzmann.visible_units import Bernoulli, Labelled


class Stack(Protocol):
    """What has machines in it, numbered from below, and knows what each of them sees."""

    def machine(self, layer: int = 0) -> Machine:
        """The machine, its arrays being the model's weights."""
        ...

    def clamped(self, batch: Batch, stream: RandomStream, layer: int = 0) -> Array:
        """What the machine's visible units are held at for these rows: (rows, visible)."""
        ...


class Divergence(AdditiveStep):
    """W += η (⟨v p(h|v)ᵀ⟩ data − ⟨v p(h|v)ᵀ⟩ model − decay · W) + momentum · (the last step), a and b likewise.

    Negative phase: CD-k starts a Gibbs chain at the data and takes k steps (G. E. Hinton 2002, Training products of
    experts by minimizing contrastive divergence); persistent chains continue from the last batch (T. Tieleman 2008,
    Training restricted Boltzmann machines using approximations to the likelihood gradient); tempered ones have company
    at lower β, with which they change places (G. Desjardins et al. 2010, Parallel tempering for training of restricted
    Boltzmann machines). A chain belongs to a lane of the batch: there are as many as a batch has rows.
    """

    def __init__(self, model: Model, settings: DivergenceSettings, layer: int = 0) -> None:
        super().__init__(model)
        self.settings = settings
        self.layer = layer
        self.stack: Stack = model  # type: ignore[assignment]
        machine = self.stack.machine(layer)
        self.state = {name: np.zeros(shape, machine.W.dtype) for name, shape in shapes_of(settings, machine)}
        self.carried = ("chain",) if settings.chains != "contrastive" else ()
        self._buffers = BufferPool(self._vectors, settings.shards)

    def _vectors(self) -> Array:
        return np.empty_like(self.stack.machine(self.layer).W)

    # measure

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """Sums over these rows of positive minus negative statistics."""
        with self._buffers.scratch() as scratch:
            return self._measure(batch, carried, stream, scratch)

    def _measure(
        self, batch: Batch, carried: dict[str, Array], stream: RandomStream, scratch: ScratchBuffers
    ) -> PartialSums:
        settings, machine, random = self.settings, self.stack.machine(self.layer), stream(NEGATIVE_PHASE)
        v0, chain = self.stack.clamped(batch, stream, self.layer), carried.get("chain")
        sums: Sums
        if settings.by_the_rule:
            sums, p0, chain = by_rule(machine, v0, settings.chains, chain, settings.steps, random)
        else:
            allocate, dW = scratch.empty_like, self._buffers.vectors()
            sums, p0, chain = statistics(
                machine, v0, settings.chains, chain, settings.steps, random, allocate, dW, self.trace
            )
        sums["rows"] = np.array(float(len(batch)))
        goes_on = {} if chain is None else {"chain": chain}
        if settings.sparsity_cost:
            sums["seen"] = np.ones(len(batch), v0.dtype) @ v0
        if settings.watch:
            sums |= self._watched(machine, v0, p0, batch, stream)
        return PartialSums(sums, goes_on)

    def _watched(self, machine: Machine, v: Array, p: Array, batch: Batch, stream: RandomStream) -> Sums:
        """Reconstruction error and pseudo-likelihood of the rows whose number is a multiple of `watch`."""
        chosen = np.flatnonzero(batch.numbers % self.settings.watch == 0)
        v, p = v[chosen], p[chosen]
        again = machine.visible.mean(machine.visible_net(p))
        sums: Sums = {
            "reconstruction": np.array(np.square(v - again).sum(dtype=np.float64)),
            "watched": np.array(float(len(chosen))),
        }
        units = binary_units(machine)
        if units:
            random = stream("pseudo-likelihood")
            pseudo = log_pseudo_likelihood(machine, v, random, units)
            sums["pseudo"] = np.array(pseudo.sum(dtype=np.float64))
        return sums

    # metrics

    def metrics(self, sums: Sums) -> dict[str, float]:
        """hidden_activity: mean p(h | data). reconstruction_error: mean square of a visible unit's. pseudo_likelihood:
        its logarithm, in nats per row."""
        units, visible = len(sums["b"]), len(sums["a"])
        metrics = {"hidden_activity": float(sums["active"].sum(dtype=np.float64)) / float(sums["rows"]) / units}
        watched = float(sums.get("watched", 0))
        if watched:
            metrics["reconstruction_error"] = float(sums["reconstruction"]) / watched / visible
            if "pseudo" in sums:
                metrics["pseudo_likelihood"] = float(sums["pseudo"]) / watched
        return metrics

    # update

    def update(self, sums: Sums, context: StepContext) -> None:
        """One step along the mean statistics."""
        settings, machine = self.settings, self.stack.machine(self.layer)
        rate = settings.learning_rate * scheduled(context.progress, settings)
        count = float(sums["rows"])
        if settings.sparsity_cost:
            self._hold_to_target(sums, count)
        for name, weights in (("W", machine.W), ("a", machine.a), ("b", machine.b)):
            change = sums[name]
            if self.trace is not None:
                self.trace(f"statistics/{name}", change / change.dtype.type(count))
            change *= rate / count
            if name == "W" and settings.weight_decay:
                if settings.momentum:
                    change -= (rate * settings.weight_decay) * weights
                else:
                    weights *= 1 - rate * settings.weight_decay
            if settings.momentum:
                velocity = self.state[f"velocity/{name}"]
                velocity *= settings.momentum
                velocity += change
                change = velocity
            weights += change
        self.release()

    def changing(self) -> Sequence[Array]:
        machine = self.stack.machine(self.layer)
        return machine.W, machine.a, machine.b

    def release(self) -> None:
        """What was measured since the last update is measured into again."""
        self._buffers.release()

    def _hold_to_target(self, sums: Sums, count: float) -> None:
        """Adds cost · (target − q) to the gradient of a unit's net input, q its mean activity over the last batches.

        Source: G. E. Hinton (2010), A practical guide to training restricted Boltzmann machines, section 11.
        """
        settings, q = self.settings, self.state["activity"]
        q *= 0.9
        q += 0.1 * sums["active"] / count
        push = settings.sparsity_cost * (settings.sparsity_target - q)
        sums["b"] += count * push
        sums["W"] += np.outer(sums["seen"], push)


def by_rule(
    machine: Machine, v0: Array, chains: str, chain: Array | None, steps: int, random: np.random.Generator
) -> tuple[Sums, Array, Array | None]:
    """(sums, p(h | v0), the chain to go on from) by the rules themselves."""
    W, a, b, sample = machine.W, machine.a, machine.b, machine.visible.draw
    p0 = sigmoid(v0 @ W + b)
    if chains == "contrastive" or chain is None:
        _, v, p = cd_k(v0, W, a, b, steps, sample, random)
    elif chains == "persistent":
        v, p, chain = persistent(chain, W, a, b, steps, sample, random)
    else:
        for _ in range(steps):
            ladders, chain = tempered_step(chain, W, a, b, machine.base, sample, random)
        v = ladders[:, -1]
        p = sigmoid(v @ W + b)
    dW, da, db = difference(v0, p0, v, p)
    return {"W": dW, "a": da, "b": db, "active": total(p0)}, p0, chain


def shapes_of(settings: TrainingSettings, machine: Machine) -> list[tuple[str, tuple[int, ...]]]:
    """Name and shape of all state of `Divergence`."""
    assert isinstance(settings, DivergenceSettings)
    shapes: list[tuple[str, tuple[int, ...]]] = []
    hidden = len(machine.b)
    if settings.momentum:
        shapes += [(f"velocity/{name}", getattr(machine, name).shape) for name in ("W", "a", "b")]
    if settings.chains == "persistent":
        shapes.append(("chain", (settings.batch_size, hidden)))
    if settings.chains == "tempered":
        shapes.append(("chain", (settings.batch_size, settings.temperatures, hidden)))
    if settings.sparsity_cost:
        shapes.append(("activity", (hidden,)))
    return shapes


def binary_units(machine: Machine) -> int:
    """How many visible units are binary; labels and Gaussian ones are not."""
    if isinstance(machine.visible, Labelled):
        return len(machine.a) - machine.visible.classes if isinstance(machine.visible.others, Bernoulli) else 0
    return len(machine.a) if isinstance(machine.visible, Bernoulli) else 0
