"""What a map tells: how far units are from their neighbours, what each column of the data looks like on it, how far it
can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo import Array
from zoo.data import Preprocessing
from zoo_som.kernels.distance import DISTANCES

if TYPE_CHECKING:
    from zoo_som.som import SomModel


SAMPLED = 1000  # samples that a neighbourhood preservation is measured on: it needs all distances between them


def borders(model: SomModel) -> Array:
    """Distance between the weights of each unit and of each neighbour, NaN where there is none: (units, 8 or 6)."""
    W, neighbours = model.weights["W"], model.grid.neighbours
    between = DISTANCES[model.architecture.distance].between
    distances = np.full(neighbours.shape, np.nan)
    for place in range(neighbours.shape[1]):
        there = np.flatnonzero(neighbours[:, place] >= 0)
        distances[there, place] = between(W[there], W[neighbours[there, place]])
    return distances


def u_matrix(model: SomModel) -> Array:
    """Mean distance from each unit's weights to its neighbours': (rows, columns). Ridges part clusters.

    Source: A. Ultsch and H. P. Siemon (1990), Kohonen's self-organizing feature maps for exploratory data analysis.
    """
    return np.asarray(np.nanmean(borders(model), axis=1).reshape(model.grid.rows, model.grid.columns))


def component_planes(model: SomModel) -> Array:
    """Each value of the weights over the map, in the data's own units where these are known: (values, rows,
    columns)."""
    W = model.weights["W"].astype(np.float64)
    known = model.preprocessing
    scaled = isinstance(known, Preprocessing) and known.inputs != "binary" and not known.has_text
    if isinstance(known, Preprocessing) and scaled and model.architecture.distance != "cosine":
        scale = np.broadcast_to(known.scale, W.shape[1:])
        W = np.divide(W, scale, out=np.zeros_like(W), where=scale != 0) + known.shift
    return np.ascontiguousarray(W.T).reshape(-1, model.grid.rows, model.grid.columns)


def component_names(model: SomModel) -> tuple[str, ...]:
    """A name for each value."""
    known, values = model.preprocessing, model.weights["W"].shape[1]
    names = known.input_names if isinstance(known, Preprocessing) else ()
    return names if len(names) == values else tuple(f"value {number}" for number in range(1, values + 1))


def hit_histogram(model: SomModel) -> Array:
    """Training samples each unit won: (rows, columns)."""
    return np.asarray(model.weights["hits"].sum(axis=1).reshape(model.grid.rows, model.grid.columns))


def unit_classes(model: SomModel) -> Array:
    """The class most of a unit's training samples have, −1 where it won none: (rows, columns)."""
    hits = model.weights["hits"]
    classes = np.where(hits.any(axis=1), hits.argmax(axis=1), -1)
    return classes.reshape(model.grid.rows, model.grid.columns)


def trustworthiness(model: SomModel, inputs: Array, neighbours: int) -> float:
    """How far the k nearest samples on the map are among the k nearest in the data: 1 wholly, about ½ by chance.

    1 − 2 / (n k (2n − 3k − 1)) Σᵢ Σⱼ (r(i, j) − k), j over those of i's k nearest on the map whose rank r in the data
    is above k. Samples at equal distances on the map share the places left for them. Source: J. Venna and S. Kaski
    (2001), Neighborhood preservation in nonlinear projection methods, eq. 1.
    """
    x = model.samples(inputs)
    between = DISTANCES[model.architecture.distance].between
    data = np.stack([between(each, x) for each in x])
    winners = model.winners(inputs)
    across, down = model.grid.across[winners], model.grid.down[winners]
    shown = model.grid.squared_of(across[:, None] - across, down[:, None] - down)
    return preserved(data, shown, neighbours)


def preserved(data: Array, shown: Array, neighbours: int) -> float:
    """Trustworthiness out of distances (samples, samples) in the data and where they are shown."""
    n, k = len(data), neighbours
    if k < 1 or 2 * n - 3 * k - 1 <= 0:
        return float("nan")
    penalty = 0.0
    for i in range(n):
        others = np.arange(n) != i
        far = data[i, others]
        rank = np.empty(n - 1)
        rank[np.argsort(far, kind="stable")] = np.arange(1, n)
        place = shown[i, others]
        edge = np.partition(place, k - 1)[k - 1]
        inside, at_edge = place < edge, place == edge
        beyond = np.maximum(0, rank - k)
        penalty += beyond[inside].sum() + beyond[at_edge].mean() * (k - np.count_nonzero(inside))
    return float(1 - 2 * penalty / (n * k * (2 * n - 3 * k - 1)))
