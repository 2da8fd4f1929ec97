"""Views of feedforward nets: the net as a graph, with what each unit answers over the plane beside it."""

from __future__ import annotations

import numpy as np

from zoo import Array, Model
from zoo.nn import GradientModel, Mode, quiet
from zoo.plots import input_names, shown_name
from zoo.views import Graph, Images, Look, Scene, View, as_bytes, is_plane, plane_grid

MOST_UNITS = 24  # of a layer
MOST_LAYERS = 9
MOST_FIELDS = 48
SIDE = 28  # points a side of a unit's picture


def has_graph(model: Model) -> bool:
    """A net small enough to be drawn with all its units."""
    arrays = [array for _, array in dense_weights(model)]
    sizes = [array.shape[0] for array in arrays[:1]] + [array.shape[1] for array in arrays]
    return bool(arrays) and max(sizes) <= MOST_UNITS and len(arrays) <= MOST_LAYERS


def dense_weights(model: Model) -> list[tuple[str, Array]]:
    """The weights between one layer and the next, from the inputs on; [] where a layer is none of the plain kind."""
    if model.architecture.family != "feedforward":
        return []
    found = [(name, array) for name, array in model.weights.items() if name.rpartition("/")[2] == "W"]
    units = model.signature.inputs
    for _, array in found:
        if array.ndim != 2 or array.shape[0] != units:
            return []
        units = array.shape[1]
    return found


def draw_graph(model: Model, look: Look) -> list[Scene]:
    """Units as circles, weights as lines: the wider the larger, by colour above and below zero."""
    found = dense_weights(model)
    layers = (model.signature.inputs, *(array.shape[1] for _, array in found))
    biases = tuple(model.weights[name[:-1] + "b"] for name, _ in found if name[:-1] + "b" in model.weights)
    can_edit = isinstance(model, GradientModel)
    labels = tuple(map(shown_name, model.signature.labels))
    outputs = labels if len(labels) == layers[-1] else (labels[1],) if len(labels) == 2 else ()
    units = unit_pictures(model, look, layers) if is_plane(model) else ()
    return [
        Graph(
            "the net: a line is a weight" + (", click one to change it" if can_edit else ""),
            layers,
            tuple(array for _, array in found),
            tuple(name if can_edit else "" for name, _ in found),
            tuple(input_names(model)),
            outputs,
            biases if len(biases) == len(found) else (),
            units,
        )
    ]


def unit_pictures(model: Model, look: Look, layers: tuple[int, ...]) -> tuple[Array | None, ...]:
    """What each unit gives over the plane, by layer (units, height, width), from −1 to 1."""
    points, _ = plane_grid(model, look, SIDE)
    found: list[Array | None] = [np.array(points).T]
    if isinstance(model, GradientModel):
        seen: dict[str, Array] = {}

        def watch(path: str, y: Array) -> None:
            if y.ndim == 2:
                seen[path] = np.array(y).T

        with quiet():
            model.network.forward(model.parameters.tree, model.encoded(points), Mode(watch=watch))
        for number, units in enumerate(layers[1:-1], 1):
            # A hidden layer's own sums, and the activation behind it: paths end with the number of the layer.
            mine = [y for path, y in seen.items() if path.endswith(str(number)) and len(y) == units]
            found.append(mine[-1] if mine else None)
    answer = model.predict(points).T
    found.append(answer if len(answer) == layers[-1] else answer[-1:] if layers[-1] == 1 else None)
    return tuple(None if each is None else _scaled(each) for each in found)


def _scaled(values: Array) -> Array:
    """Each unit's values about their middle, from −1 to 1."""
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    width = np.where(high > low, high - low, 1)
    return np.asarray((2 * (values - low) / width - 1).reshape(len(values), SIDE, SIDE), np.float32)


def sees_images(model: Model) -> bool:
    shape = model.signature.input_shape
    return model.architecture.family == "feedforward" and len(shape) in (2, 3) and bool(dense_weights(model))


def draw_fields(model: Model, look: Look) -> list[Scene]:
    """The weights into each unit of the first layer, laid out as the input is: blue below zero, red above."""
    W, shape = dense_weights(model)[0][1], model.signature.input_shape
    fields = W.T[:MOST_FIELDS].reshape(-1, *shape)
    fields = fields if len(shape) == 2 else fields.mean(axis=3)
    of = f"the first {len(fields)} of {W.shape[1]:,}" if W.shape[1] > len(fields) else f"all {W.shape[1]}"
    return [Images(f"weights into {of} units", as_bytes(fields, signed=True), signed=True, size=38)]


VIEWS = (
    View("graph", "the net as a graph, with what each unit answers", has_graph, draw_graph),
    View("fields", "the weights into the units of the first layer", sees_images, draw_fields),
)
