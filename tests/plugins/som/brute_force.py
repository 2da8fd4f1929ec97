"""Distances on a grid by nothing but loops over units and all the ways round a torus."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np


def place(row: int, column: int, hexagonal: bool) -> tuple[float, float]:
    """Where a unit stands on the endless plane."""
    if hexagonal:
        return column + (0.5 if row % 2 else 0.0), row * math.sqrt(3) / 2
    return float(column), float(row)


@functools.cache
def grid_distances(rows: int, columns: int, hexagonal: bool, toroidal: bool) -> np.ndarray:
    """From each unit to the nearest of all copies of each unit."""
    places = np.array([place(*divmod(unit, columns), hexagonal) for unit in range(rows * columns)])
    if not toroidal:
        copies = [(0.0, 0.0)]
    else:
        # n maps below begins row n · rows; an odd row of hexagons begins half a cell to the right.
        height, shift = (math.sqrt(3) / 2, 0.5 * (rows % 2)) if hexagonal else (1.0, 0.0)
        copies = [
            (m * columns + n * shift, n * rows * height) for n, m in itertools.product(range(-9, 10), range(-9, 10))
        ]
    gaps = places[:, None, None] - (places[None, :, None] + np.array(copies))  # (units, units, copies, 2)
    return np.sqrt((gaps**2).sum(axis=3)).min(axis=2)
