"""What a map tells: how far units are from their neighbours, what each column of the data looks like on it."""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo.data import Preprocessing
from zoo_som.model import SomModel


def component_planes(model: SomModel) -> Array:
    """Each value of the weights over the map, in the data's own units where these are known: (values, rows,
    columns)."""
    W = model.units.reshape(model.grid.units, -1)
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
