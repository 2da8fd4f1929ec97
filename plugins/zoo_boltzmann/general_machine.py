"""The general Boltzmann machine as a value: symmetric weights between any pair of units, energies, exact sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zoo import Array, UsageError, Workers
from zoo_boltzmann.likelihood import until_stopped
from zoo_boltzmann.rules.units import sigmoid
from zoo_boltzmann.visible_units import MOST, all_bits, bits, log_sum_exp


@dataclass(frozen=True)
class Network:
    """E(s) = −½ s·W·s − b·s; s (states, units) of 0 and 1, the visible units first; W symmetric, its diagonal 0.

    Source: D. H. Ackley, G. E. Hinton and T. J. Sejnowski (1985), A learning algorithm for Boltzmann machines.
    """

    W: Array
    b: Array
    visible: int

    @property
    def hidden(self) -> int:
        return len(self.b) - self.visible

    def energy(self, s: Array) -> Array:
        """E(s): (states,)."""
        return np.asarray(-0.5 * np.einsum("si,si->s", s @ self.W, s) - s @ self.b)

    def clamped(self, v: Array) -> Iterator[tuple[Array, Array, float]]:
        """For each row of v: all states with it clamped, p(h | v) of each, and F(v) = −log Σ over h of e^−E(v, h)."""
        self._check(self.hidden, "hidden units for exact inference")
        h = bits(self.hidden, 0, 2**self.hidden)
        for row in v:
            s = np.concatenate([np.repeat(row[None].astype(np.float64), len(h), axis=0), h], axis=1)
            minus = -self.energy(s)
            total = log_sum_exp(minus)
            yield s, np.exp(minus - total), -total

    def free_energy(self, v: Array) -> Array:
        """F(v), by enumeration of the hidden units: (rows,)."""
        return np.array([energy for _, _, energy in self.clamped(v)])

    def log_partition(self, workers: Workers | None = None) -> float:
        """log Z, by enumeration of all units; `UsageError` where there are more than 20. Ends between some states and
        the next when the workers are asked to stop."""
        self._check(len(self.b), "units for the exact partition function")
        states = until_stopped(all_bits(len(self.b)), workers)
        return log_sum_exp(np.array([log_sum_exp(-self.energy(s)) for s in states]))

    def free_statistics(self) -> tuple[Array, Array]:
        """(⟨s sᵀ⟩, ⟨s⟩) of the machine itself, by enumeration of all units."""
        log_z, units = self.log_partition(), len(self.b)
        pairs, means = np.zeros((units, units)), np.zeros(units)
        for s in all_bits(units):
            p = np.exp(-self.energy(s) - log_z)
            pairs += (s * p[:, None]).T @ s
            means += p @ s
        return pairs, means

    def clamped_statistics(self, v: Array) -> tuple[Array, Array]:
        """(Σ ⟨s sᵀ⟩, Σ ⟨s⟩) over the rows v, each clamped in turn, by enumeration of the hidden units."""
        units = len(self.b)
        pairs, means = np.zeros((units, units)), np.zeros(units)
        for s, p, _ in self.clamped(v):
            pairs += (s * p[:, None]).T @ s
            means += p @ s
        return pairs, means

    def hidden_means(self, v: Array) -> Array:
        """p(hⱼ = 1 | v), by enumeration: (rows, hidden)."""
        return np.array([p @ s[:, self.visible :] for s, p, _ in self.clamped(v)]).reshape(len(v), self.hidden)

    def mean_field(self, v: Array, rounds: int = 50) -> Array:
        """Means m of the hidden units with m = sigmoid(v·W + m·W + b) nearly: an approximation of p(h | v).

        Source: C. Peterson and J. R. Anderson (1987), A mean field theory learning algorithm for neural networks.
        """
        n = self.visible
        outside = v @ self.W[:n, n:] + self.b[n:]
        m = sigmoid(outside)
        for _ in range(rounds):
            m = 0.5 * m + 0.5 * sigmoid(outside + m @ self.W[n:, n:])
        return m

    def _check(self, units: int, what: str) -> None:
        if units > MOST:
            raise UsageError(
                f"boltzmann: got {units} {what}, expected at most {MOST}, since all their states are summed over; take"
                " fewer, or Gibbs sampling (--statistics gibbs)"
            )
