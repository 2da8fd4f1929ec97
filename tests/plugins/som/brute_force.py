"""Maps by nothing but loops over samples, units and all the ways round a torus: what the fast versions are compared
with."""

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


def far(kind: str, x: np.ndarray, w: np.ndarray) -> float:
    """Distance of a sample, NaN where a value is missing, from a unit's weights."""
    pairs = [(float(a), float(b)) for a, b in zip(x, w, strict=True) if not math.isnan(a)]
    if kind == "manhattan":
        return sum(abs(a - b) for a, b in pairs)
    if kind == "euclidean":
        return math.sqrt(sum((a - b) ** 2 for a, b in pairs))
    lengths = math.sqrt(sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs))
    return 1 - sum(a * b for a, b in pairs) / lengths if lengths else 1.0


def strength(kind: str, d: float, radius: float) -> float:
    if kind == "bubble":
        return 1.0 if d <= radius + 1e-9 else 0.0
    if kind == "triangle":
        return max(0.0, 1 - d / radius)
    gaussian = math.exp(-(d**2) / (2 * radius**2))
    return gaussian * (1 - d**2 / (2 * radius**2)) if kind == "mexican_hat" else gaussian
