"""Where the units of a map stand: on squares or hexagons, on a flat sheet or on a torus.

Places are whole numbers, so distances between units are exact: `across` counts half cells, `down` counts rows. On
squares d² = (across/2)² + down²; on hexagons, whose odd rows stand half a cell to the right and whose rows are √3/2
apart, d² = (across² + 3 down²) / 4. Neighbouring units are one cell apart (on squares also √2, over the corner).

A torus is the plane with a map beside every map: one lies `columns` cells to the right, one `rows` rows down. With an
odd number of rows of hexagons the map below starts on a row that is shifted, so it stands half a cell to the right;
thus every unit has its six neighbours, whatever the number of rows.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from zoo import Array

AROUND_SQUARE = ((-1, -2), (-1, 0), (-1, 2), (0, -2), (0, 2), (1, -2), (1, 0), (1, 2))  # (down, across) of 8 neighbours
AROUND_HEXAGON = ((-1, -1), (-1, 1), (0, -2), (0, 2), (1, -1), (1, 1))


@dataclass(frozen=True)
class Grid:
    """Units numbered row by row, from the top left."""

    rows: int
    columns: int
    hexagonal: bool = False
    toroidal: bool = False

    @property
    def units(self) -> int:
        return self.rows * self.columns

    @functools.cached_property
    def down(self) -> Array:
        """Row of each unit: (units,)."""
        return np.repeat(np.arange(self.rows), self.columns)

    @functools.cached_property
    def across(self) -> Array:
        """Half cells from the left edge to each unit: (units,)."""
        across = np.tile(2 * np.arange(self.columns), self.rows)
        return across + self.down % 2 if self.hexagonal else across

    @functools.cached_property
    def positions(self) -> Array:
        """Centre of each unit in cells, x to the right and y down: (units, 2)."""
        return np.stack([self.across / 2, self.down * self.row_height], axis=1)

    @property
    def row_height(self) -> float:
        """From one row to the next, in cells."""
        return math.sqrt(3) / 2 if self.hexagonal else 1.0

    @property
    def skewed(self) -> bool:
        """Whether the map below this one stands half a cell to the right."""
        return self.hexagonal and self.toroidal and self.rows % 2 == 1

    def squared(self, units: Array | slice | int) -> Array:
        """d² in cells from these units to all: (…, units); on a torus the shortest way round."""
        across, down = self.across[units], self.down[units]
        return self.squared_of(across[..., None] - self.across, down[..., None] - self.down)

    def squared_of(self, across: Array, down: Array) -> Array:
        """d² in cells of steps of so many half cells and rows, on a torus by the shortest way round."""
        if not self.toroidal:
            return self._squared(across, down)
        if not self.skewed:
            return self._squared(_shortest(across, 2 * self.columns), _shortest(down, self.rows))
        # Going round n times downwards shifts by n half cells, so the shortest way may lead round more than once.
        most = 2 + self.columns // (3 * self.rows**2 + 1)
        ways = (
            self._squared(_shortest(across - n, 2 * self.columns), down - n * self.rows) for n in range(-most, most + 1)
        )
        return functools.reduce(np.minimum, ways)

    def _squared(self, across: Array, down: Array) -> Array:
        return np.asarray((across**2 + 3 * down**2) / 4 if self.hexagonal else across**2 / 4 + down**2)

    def adjacent(self, a: Array, b: Array) -> Array:
        """Whether units a and b, pair by pair, are neighbours: one of 8 around a square, of 6 around a hexagon."""
        squared = self.squared_of(self.across[a] - self.across[b], self.down[a] - self.down[b])
        return (squared > 0) & (squared <= (1 if self.hexagonal else 2))

    @functools.cached_property
    def neighbours(self) -> Array:
        """Numbers of the units around each: (units, 8 or 6), −1 beyond an edge and where a unit was named already."""
        around = np.array(AROUND_HEXAGON if self.hexagonal else AROUND_SQUARE)
        down = self.down[:, None] + around[:, 0]
        across = self.across[:, None] + around[:, 1]
        if self.toroidal:
            rounds, down = np.divmod(down, self.rows)
            across = across - rounds if self.skewed else across
        column = (across - (down % 2 if self.hexagonal else 0)) // 2
        if self.toroidal:
            column = column % self.columns
        inside = (down >= 0) & (down < self.rows) & (column >= 0) & (column < self.columns)
        numbers = np.where(inside, down * self.columns + column, -1)
        if self.toroidal:  # on a narrow torus the unit itself, or one unit from two sides
            numbers[numbers == np.arange(self.units)[:, None]] = -1
            for place in range(1, numbers.shape[1]):
                again = (numbers[:, :place] == numbers[:, place : place + 1]).any(axis=1)
                numbers[again, place] = -1
        return numbers


def _shortest(steps: Array, around: int) -> Array:
    """The shorter way round a ring of length `around`."""
    steps = np.abs(steps) % around
    return np.asarray(np.minimum(steps, around - steps))
