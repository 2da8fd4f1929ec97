"""Accumulate count, mean, sum of squared deviations and range over blocks."""

from __future__ import annotations

import numpy as np

from zoo.types import Array


class Moments:
    """Means and squared deviations of columns, merged pairwise: exact to rounding whatever the pieces.

    With n₁, n₂ values of means m₁, m₂ in two pieces: m = m₁ + (m₂ − m₁) n₂/n, and S = S₁ + S₂ + (m₂ − m₁)² n₁ n₂/n
    (Chan, Golub and LeVeque 1979, eqs 2.1a and 2.1b). NaN is left out: a value that is missing.
    """

    def __init__(self, columns: int) -> None:
        self.count = np.zeros(columns)
        self.mean = np.zeros(columns)
        self.squares = np.zeros(columns)  # sum of (x − mean)²
        self.low = np.full(columns, np.inf)
        self.high = np.full(columns, -np.inf)

    def add(self, x: Array) -> None:
        """Adds the values of float64 x (rows, columns); one column may also come as (1, values)."""
        axis = 1 if len(self.mean) == 1 and x.shape[0] == 1 else 0
        total = x.sum(axis)
        if np.isnan(total).any():
            present = ~np.isnan(x)
            count = present.sum(axis).astype(np.float64)
            filled = np.where(present, x, 0.0)
            mean = filled.sum(axis) / np.maximum(count, 1)
            deviations = np.where(present, x - np.expand_dims(mean, axis), 0.0)
            low = np.where(present, x, np.inf).min(axis)
            high = np.where(present, x, -np.inf).max(axis)
        else:
            count = np.full(len(self.mean), float(x.shape[axis]))
            mean = total / count
            deviations = x - np.expand_dims(mean, axis)
            low, high = x.min(axis), x.max(axis)
        squares = np.einsum("ij,ij->i" if axis else "ij,ij->j", deviations, deviations)
        both = np.maximum(self.count + count, 1)
        apart = mean - self.mean
        self.mean += apart * (count / both)
        with np.errstate(over="ignore", invalid="ignore"):  # who reads the squares refuses what is not finite
            self.squares += squares + apart**2 * (self.count * count / both)
        self.count += count
        np.minimum(self.low, low, out=self.low)
        np.maximum(self.high, high, out=self.high)

    @property
    def deviation(self) -> Array:
        """Standard deviation √(S/n); exactly 0 where it is nothing but rounding of a constant."""
        deviation = np.sqrt(self.squares / np.maximum(self.count, 1))
        constant = (self.low == self.high) | (deviation <= 1e-14 * np.abs(self.mean))
        return np.where(constant, 0.0, deviation)
