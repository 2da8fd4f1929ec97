"""How good a map is: distances to the winners, neighbours that stay neighbours, and ridges between clusters.

W (units, values), samples x (rows, values), far(x, W) the distances of x from every unit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Array
from zoo_som.rules.online import Far


def quantization_error(W: Array, x: Array, far: Far) -> float:
    """Mean distance of a sample to its best-matching unit."""
    return float(np.mean([far(sample, W).min() for sample in x]))


def topographic_error(W: Array, x: Array, far: Far, adjacent: Callable[[int, int], bool]) -> float:
    """Share of the samples whose second-best unit is no neighbour of the best. K. Kiviluoto (1996)."""
    nearest = [np.argsort(far(sample, W), kind="stable")[:2] for sample in x]
    return float(np.mean([not adjacent(int(first), int(second)) for first, second in nearest]))


def borders(W: Array, neighbours: Array, far: Far) -> Array:
    """Distance between the weights of each unit and of each neighbour: (units, 8 or 6); neighbours are numbers of
    units, −1 for none, whose distance is NaN."""
    return np.where(neighbours >= 0, far(W[:, None], W[neighbours]), np.nan)


def u_matrix(W: Array, neighbours: Array, far: Far) -> Array:
    """Mean distance from each unit's weights to its neighbours': (units,). Ridges part clusters.

    Source: A. Ultsch and H. P. Siemon (1990), Kohonen's self-organizing feature maps for exploratory data analysis.
    """
    return np.asarray(np.nanmean(borders(W, neighbours, far), axis=1))
