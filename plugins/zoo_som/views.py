"""Views of maps: the lattice over the data, colours, U-matrix, component planes, classes."""

from __future__ import annotations

import numpy as np

from zoo import Array, Model
from zoo.data import Preprocessing
from zoo.plots import decode_inputs, shown_name
from zoo.views import Images, Look, Matrix, Plane, Points, Scene, View, as_bytes
from zoo_som.map_measures import component_names, component_planes, unit_classes
from zoo_som.model import SomModel
from zoo_som.plots.planes import is_coloured, is_images, is_table

MOST_POINTS = 800
MOST_PLANES = 9
MOST_UNITS = 400  # as images


def is_map(model: Model) -> bool:
    return isinstance(model, SomModel)


def has_lattice(model: Model) -> bool:
    return is_table(model) and model.signature.inputs > 1


def axes_of(x: Array) -> tuple[Array, Array]:
    """The mean of the data and the two directions (2, inputs) in which they vary most; of two inputs these."""
    if x.shape[1] == 2:
        return np.zeros(2), np.eye(2)
    mean = x.mean(axis=0, dtype=np.float64)
    directions = np.linalg.svd(x - mean, full_matrices=False)[2][:2]
    # The same side up each time: the largest part of each direction is positive.
    signs = np.sign(directions[np.arange(2), np.abs(directions).argmax(axis=1)])
    return mean, directions * signs[:, None]


def draw_lattice(model: Model, look: Look) -> list[Scene]:
    """The data, and on them the units at their weights, neighbours joined: the map unfolds."""
    assert isinstance(model, SomModel)
    rows = look.spread(MOST_POINTS)
    x = rows.inputs.reshape(len(rows), -1)
    W = np.asarray(model.weights["W"], np.float64)
    if x.shape[1] == 2:
        x, W = decode_inputs(model, x), decode_inputs(model, W)
    mean, directions = axes_of(np.asarray(x, np.float64))
    points, units = (x - mean) @ directions.T, (W - mean) @ directions.T
    neighbours = model.grid.neighbours
    pairs = np.array([(a, b) for a, row in enumerate(neighbours.tolist()) for b in row if b > a], np.int32)
    if not model.grid.hexagonal and len(pairs):  # on squares the four nearest, without the diagonals
        d = np.abs(model.grid.positions[pairs[:, 0]] - model.grid.positions[pairs[:, 1]])
        pairs = pairs[~((d == 1).all(axis=1))]
    both = np.concatenate([points, units[np.isfinite(units).all(axis=1)]])
    low, high = both.min(axis=0), both.max(axis=0)
    room = 0.06 * np.where(high > low, high - low, 1)
    extent = (low[0] - room[0], high[0] + room[0], low[1] - room[1], high[1] + room[1])
    colours = data_colours(model, rows.inputs)
    unit_colours = data_colours(model, model.weights["W"]) if colours is not None else None
    names = component_names(model)
    axes = (names[0], names[1]) if len(names) == 2 else ("first principal component", "second")
    known = rows.targets if colours is None and rows.targets is not None and rows.targets.ndim == 1 else None
    layers = (
        Points("data", np.asarray(points, np.float32), None if known is None else known.astype(np.int16), colours),
        Points("units", np.asarray(units, np.float32), None, unit_colours, pairs, size=4.0),
    )
    return [Plane("the map over the data", tuple(map(float, extent)), layers, tuple(map(shown_name, axes)))]  # type: ignore[arg-type]


def data_colours(model: Model, inputs: Array) -> Array | None:
    """The colours that samples stand for, where they are red, green and blue."""
    if not is_coloured(model) or not isinstance(model.preprocessing, Preprocessing):
        return None
    own = decode_inputs(model, inputs.reshape(len(inputs), 3))
    top = 255.0 if float(own.max()) <= 1.5 else 1.0
    return np.clip(own * top, 0, 255).astype(np.uint8)


def draw_colours(model: Model, look: Look) -> list[Scene]:
    """Each unit in the colour it stands for."""
    assert isinstance(model, SomModel)
    colours, grid = data_colours(model, model.weights["W"]), model.grid
    shape = (grid.rows, grid.columns)
    shown = None if colours is None else colours.reshape(*shape, 3)
    values = np.zeros(shape, np.float32)
    return [Matrix("the map", values, hexagonal=grid.hexagonal, square=True, colours=shown)]


def draw_u_matrix(model: Model, look: Look) -> list[Scene]:
    """Mean distance of each unit to its neighbours: ridges part the clusters."""
    assert isinstance(model, SomModel)
    heights = np.asarray(model.u_matrix(), np.float32)
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    top = high if high > low else low + 1
    return [
        Matrix("U-matrix: distance to the neighbours", heights, low, top, hexagonal=model.grid.hexagonal, square=True)
    ]


def draw_planes(model: Model, look: Look) -> list[Scene]:
    """One column of the data over the map, in its own units."""
    assert isinstance(model, SomModel)
    scenes: list[Scene] = []
    for name, plane in list(zip(component_names(model), component_planes(model), strict=True))[:MOST_PLANES]:
        low, high = float(plane.min()), float(plane.max())
        top = high if high > low else low + 1
        values = np.asarray(plane, np.float32)
        scenes.append(Matrix(shown_name(name), values, low, top, hexagonal=model.grid.hexagonal, square=True))
    return scenes


def draw_images(model: Model, look: Look) -> list[Scene]:
    """The weights of each unit as an image, where it stands."""
    assert isinstance(model, SomModel)
    grid = model.grid
    images = np.asarray(model.weights["W"]).reshape(grid.units, *model.signature.input_shape)[:MOST_UNITS]
    if images.ndim == 4 and images.shape[3] != 3:
        images = images.mean(axis=3)
    return [Images("the weights of each unit", as_bytes(images), (), grid.columns, size=30)]


def has_classes(model: Model) -> bool:
    return isinstance(model, SomModel) and model.signature.task == "classification"


def draw_classes(model: Model, look: Look) -> list[Scene]:
    """The class that most of a unit's training samples have, counted at the end of training."""
    assert isinstance(model, SomModel)
    classes = unit_classes(model).ravel()
    grid = model.grid
    xy = np.asarray(grid.positions, np.float32)
    labels = tuple(map(shown_name, model.signature.labels))
    extent = (-0.8, float(xy[:, 0].max()) + 0.8, -0.8, float(xy[:, 1].max()) + 0.8)
    dots = Points("units", xy, classes.astype(np.int16), size=8.0)
    title = "class of each unit" + ("" if (classes >= 0).any() else " (counted in the last phase)")
    return [Plane(title, extent, (dots,), ("", ""), labels, flip=True, square=True)]


VIEWS = (
    View("lattice", "the map over the data", has_lattice, draw_lattice),
    View("colours", "each unit in the colour it stands for", is_coloured, draw_colours),
    View("images", "the weights of each unit as an image", is_images, draw_images),
    View("u-matrix", "distance of each unit to its neighbours", is_map, draw_u_matrix),
    View("planes", "one column of the data over the map", is_table, draw_planes, first=False),
    View("classes", "the class of each unit", has_classes, draw_classes, first=False),
)
