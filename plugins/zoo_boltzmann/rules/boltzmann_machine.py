"""The learning rule of the general Boltzmann machine, its statistics sampled by annealing.

s (chains, units) of 0 and 1, the visible units first; W (units, units) symmetric, its diagonal 0; b (units,). Source:
D. H. Ackley, G. E. Hinton and T. J. Sejnowski (1985), A learning algorithm for Boltzmann machines, eq. 8, section 4.1.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from zoo import Array
from zoo_boltzmann.rules.units import sigmoid


def sweep(s: Array, W: Array, b: Array, units: Array, temperature: float, random: np.random.Generator) -> Array:
    """Each of `units` in turn: sᵢ is 1 with probability sigmoid((s·Wᵢ + bᵢ) / temperature)."""
    s, u = s.copy(), random.random((len(units), len(s)), s.dtype)
    for place, i in enumerate(units):
        s[:, i] = u[place] < sigmoid((s @ W[i] + b[i]) / temperature)
    return s


def statistics(
    s: Array, W: Array, b: Array, units: Array, temperatures: Iterable[float], gather: int, random: np.random.Generator
) -> tuple[Array, Array]:
    """(Σ s sᵀ, Σ s) over chains and `gather` sweeps, after annealing; `units` are free, the others clamped."""
    for temperature in temperatures:
        s = sweep(s, W, b, units, temperature, random)
    pairs, means = np.zeros(W.shape, W.dtype), np.zeros(b.shape, b.dtype)
    for _ in range(gather):
        s = sweep(s, W, b, units, 1.0, random)
        pairs += s.T @ s
        means += s.sum(axis=0)
    return pairs, means


def change(difference: Array, connected: Array) -> Array:
    """ΔW/η = ⟨s sᵀ⟩ clamped − ⟨s sᵀ⟩ free where units are connected: the gradient of the mean log-likelihood."""
    d = difference * connected
    return np.asarray(0.5 * (d + d.T))  # symmetric to the last bit
