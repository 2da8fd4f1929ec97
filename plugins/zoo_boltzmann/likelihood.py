"""Log-likelihood: partition function by enumeration or annealed importance sampling; pseudo-likelihood."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from zoo import Array, RandomStream, UsageError, Workers
from zoo_boltzmann.kernels.annealing import anneal
from zoo_boltzmann.kernels.elementwise import softplus
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.visible_units import MOST, all_bits, log_sum_exp

GROUP = 50  # chains of annealing that share random numbers and one worker


@dataclass(frozen=True)
class LogPartition:
    """log Z in nats, and an interval about it; of an exact one the interval is the value."""

    value: float
    low: float
    high: float

    @property
    def exact(self) -> bool:
        return self.low == self.high


def can_enumerate(machine: Machine) -> bool:
    """Whether one of the two layers has 20 units or fewer that can be enumerated."""
    return len(machine.b) <= MOST or machine.visible.states(len(machine.a)) is not None


def exact_log_partition(machine: Machine, workers: Workers | None = None) -> float:
    """log Z = log Σ over h of exp(b·h + log Σ over v of exp((a + W h)·v − own(v))), or the layers exchanged.

    Enumerates the hidden layer where it has 20 units at most, else the visible one; `UsageError` where both are larger.
    Ends between some states and the next when the workers are asked to stop.
    """
    double = machine.in_double()
    if len(machine.b) <= MOST:
        parts = [log_sum_exp(h @ double.b + double.visible.log_partition(double.visible_net(h)))
                 for h in until_stopped(all_bits(len(machine.b)), workers)]  # fmt: skip
        return log_sum_exp(np.array(parts))
    states = machine.visible.states(len(machine.a))
    if states is None:
        raise UsageError(
            f"exact partition function: got {len(machine.a)} visible and {len(machine.b)} hidden units, expected"
            f" at most {MOST} of one kind, since all their states are summed over; take annealed importance sampling"
        )
    return log_sum_exp(np.array([log_sum_exp(-double.free_energy(v)) for v in until_stopped(states, workers)]))


def until_stopped(states: Iterable[Array], workers: Workers | None) -> Iterator[Array]:
    """The states, some at a time; raises `Stopped` before the next when the workers are asked to stop."""
    for some in states:
        if workers is not None:
            workers.check_stop()
        yield some


def exact_gradient(machine: Machine, v: Array) -> tuple[Array, Array, Array]:
    """d/d(W, a, b) of the mean over the rows v of log p(v): data statistics minus the machine's, by enumeration.

    dW = ⟨v p(h|v)ᵀ⟩ data − ⟨v p(h|v)ᵀ⟩ machine, and so on. Source: D. H. Ackley, G. E. Hinton and T. J. Sejnowski
    (1985), A learning algorithm for Boltzmann machines, equation 8.
    """
    double = machine.in_double()
    v = v.astype(np.float64)
    states = machine.visible.states(len(machine.a))
    if states is None:
        raise UsageError(f"exact gradient: got {len(machine.a)} visible units, expected at most {MOST} binary ones")
    log_z = exact_log_partition(machine)
    p = double.features(v)
    dW, da, db = v.T @ p / len(v), v.mean(axis=0), p.mean(axis=0)
    for each in states:
        probability = np.exp(-double.free_energy(each) - log_z)
        p = double.features(each)
        weighted = each * probability[:, None]
        dW -= weighted.T @ p
        da -= weighted.sum(axis=0)
        db -= probability @ p
    return dW, da, db


def annealed_log_partition(
    machine: Machine, steps: int, chains: int, stream: RandomStream, workers: Workers | None = None
) -> LogPartition:
    """log Z by annealed importance sampling: log(Z_base / chains · Σ over chains of Π over steps of
    p*_{β'}(v) / p*_β(v)), v drawn by a step of Gibbs at β, β rising evenly from 0 to 1.

    p*_β(v) = exp(((1 − β) base + β a)·v − own(v)) Π (1 + e^(β (v W + b))). The interval is three standard errors of the
    mean weight to either side; it is honest where there are steps enough: too few miss regions of large weight, read Z
    too small and likelihoods too high. Sources: R. M. Neal (2001), Annealed importance sampling; R. Salakhutdinov and
    I. Murray (2008), On the quantitative analysis of deep belief networks, section 3.
    """
    cuts = [(start, min(GROUP, chains - start)) for start in range(0, chains, GROUP)]
    work = partial(anneal, machine, steps, workers)
    numbered = [(count, stream.at(shard=number)) for number, (_, count) in enumerate(cuts)]
    parts = workers.in_order(work, numbered) if workers is not None else map(work, numbered)
    log_weights = np.concatenate(list(parts))
    double = machine.in_double()
    log_base = float(double.visible.log_partition(double.base[None])[0]) + len(machine.b) * math.log(2)
    top = log_weights.max()
    weights = np.exp(log_weights - top)
    mean, error = float(weights.mean()), float(weights.std(ddof=1)) / math.sqrt(chains) if chains > 1 else math.inf
    start = log_base + float(top)
    low = start + math.log(mean - 3 * error) if mean > 3 * error else -math.inf
    return LogPartition(start + math.log(mean), low, start + math.log(mean + 3 * error))


def log_pseudo_likelihood(machine: Machine, v: Array, random: np.random.Generator, units: int) -> Array:
    """units · log p(vᵢ | all other v), with one of the first `units` visible units drawn for each row: (rows,).

    An unbiased estimate of Σᵢ log p(vᵢ | v₋ᵢ), which is not the likelihood but rises with it. Binary units only.
    Source: J. Besag (1975), Statistical analysis of non-lattice data.
    """
    rows = np.arange(len(v))
    chosen = np.minimum((random.random(len(v)) * units).astype(np.int64), units - 1)
    net = machine.hidden_net(v)
    change = 1 - 2 * v[rows, chosen]  # what flipping it adds to it
    other = net + change[:, None] * machine.W[chosen]
    # F(flipped) − F(v); p(vᵢ | others) = sigmoid of it.
    rise = softplus(net).sum(axis=1) - softplus(other).sum(axis=1) - change * machine.a[chosen]
    return np.asarray(-units * softplus(-rise))


def exact_log_pseudo_likelihood(machine: Machine, v: Array, units: int) -> Array:
    """Σᵢ log p(vᵢ | all other v) over the first `units` visible units: (rows,). Binary units only."""
    net = machine.hidden_net(v)
    now = softplus(net).sum(axis=1)
    total = np.zeros(len(v))
    for i in range(units):
        change = 1 - 2 * v[:, i]
        rise = now - softplus(net + change[:, None] * machine.W[i]).sum(axis=1) - change * machine.a[i]
        total -= softplus(-rise)
    return total
