"""Find the step between a column's values, to round sampled numbers to values that occur in the column."""

from __future__ import annotations

import numpy as np

from zoo.types import Array

DECIMALS = 4  # places behind the point that are looked for; with more, a column counts as continuous


class Steps:
    """The distance of neighbouring values, column by column, of values that come piece by piece: high − low where a
    column has two values alone, else 1 for whole numbers, 0.1 … 0.0001 for as many decimals; 0: any number."""

    def __init__(self, columns: int) -> None:
        self._pair = np.full((columns, 2), np.nan)  # the values, as long as there are no more than two
        self._two = np.ones(columns, bool)
        self._decimals = np.zeros(columns, np.int64)

    def add(self, x: Array) -> None:
        """Adds the values of float64 x (rows, columns); NaN is left out."""
        for column in np.flatnonzero(self._two | (self._decimals <= DECIMALS)):
            values = x[:, column]
            values = values[~np.isnan(values)]
            if not len(values):
                continue
            if self._two[column]:
                ends = (*self._pair[column], values.min(), values.max())
                low, high = np.nanmin(ends), np.nanmax(ends)
                known = self._pair[column][~np.isnan(self._pair[column])]
                both = ((values == low) | (values == high)).all() and np.isin(known, (low, high)).all()
                self._two[column] = bool(both)
                self._pair[column] = low, high
            while self._decimals[column] <= DECIMALS:
                scaled = values * 10.0 ** self._decimals[column]
                if (np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(1, np.abs(scaled))).all():
                    break
                self._decimals[column] += 1

    @property
    def steps(self) -> Array:
        apart = self._pair[:, 1] - self._pair[:, 0]
        two = self._two & (apart > 0)
        decimals = np.where(self._decimals > DECIMALS, 0.0, 10.0 ** -self._decimals.astype(np.float64))
        return np.where(two, apart, decimals)
