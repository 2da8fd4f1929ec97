"""Plot the map in the space of two inputs: units where their weights are, joined to their neighbours on the map."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import Array, Model
from zoo.plots import COLOURS, input_names, plain_axes, spread_rows
from zoo_som.model import SomModel

MOST_UNITS = 2500


def has_mesh(model: Model) -> bool:
    """Two inputs, and distances that know lengths."""
    plane = isinstance(model, SomModel) and model.signature.input_shape == (2,) and model.grid.units <= MOST_UNITS
    return plane and isinstance(model, SomModel) and model.kind.name != "cosine"


def edges(model: SomModel) -> Array:
    """Pairs of neighbouring units, each once: (edges, 2); on squares those over a side, not over the corner."""
    grid = model.grid
    pairs = [
        (unit, other)
        for unit, around in enumerate(grid.neighbours.tolist())
        for other in around
        if other > unit and (grid.hexagonal or grid.squared(unit)[other] <= 1.0 + 1e-9)
    ]
    return np.array(pairs, np.intp).reshape(-1, 2)


def draw_mesh(model: Model, data: Any, figure: Any) -> None:
    """The samples, and over them the map: as it learns, it unfolds among them."""
    from matplotlib.collections import LineCollection

    assert isinstance(model, SomModel)
    points = model.decode_inputs(spread_rows(data).inputs)
    units = model.units.reshape(-1, 2)
    figure.set_size_inches(6.0, 6.0)
    axes = plain_axes(figure.add_subplot(), "the map among the data", *input_names(model))
    axes.plot(*points.T, ".", color="#9A9A9A", ms=3 if len(points) > 200 else 9, zorder=1)
    axes.add_collection(LineCollection(list(units[edges(model)]), colors=COLOURS[0], linewidths=1.1, zorder=2))
    axes.plot(*units.T, "o", color=COLOURS[1], ms=3.0 if len(units) > 60 else 4.5, zorder=3)
    both = np.concatenate([points, units])
    low, high = both.min(axis=0), both.max(axis=0)
    margin = 0.05 * np.where(high > low, high - low, 1)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    figure.tight_layout()
