"""Models of two inputs: what they answer over the plane, with the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.core.model import Model
from zoo.plots.decision_regions import decode_inputs, input_names
from zoo.plots.plain_names import shown_name
from zoo.types import Array
from zoo.views.look import Look
from zoo.views.scenes import Extent, Plane, Points, Regions, Scene, bounds, in_bytes

SIDE = 100  # points a side at which the model is asked
MOST_POINTS = 1000  # of the training part; half as many of those held out


def is_plane(model: Model) -> bool:
    """Whether its inputs are two numbers."""
    known: Any = model.preprocessing
    return model.signature.input_shape == (2,) and not getattr(known, "has_text", True)


def plane_grid(model: Model, look: Look, side: int = SIDE) -> tuple[Array, Extent]:
    """Encoded points (side², 2) over the data and a little around them, and their extent in the data's own units."""
    own = look.spread(MOST_POINTS).inputs.reshape(-1, 2)
    low, high = own.min(axis=0), own.max(axis=0)
    margin = (0.1 if len(own) > 10 else 0.35) * np.where(high > low, high - low, 1)
    low, high = low - margin, high + margin
    x, y = (np.linspace(low[k], high[k], side, dtype=own.dtype) for k in (0, 1))
    corners = decode_inputs(model, np.array([low, high]))
    (left, bottom), (right, top) = corners.tolist()
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2), (left, right, bottom, top)


def shown_points(model: Model, look: Look) -> tuple[Scene, ...]:
    """The training samples as dots and those held out as rings, in the data's own units."""
    found = []
    parts = [(look.train, MOST_POINTS, False)]
    if look.held_out is not None and look.held_out is not look.train:
        parts.append((look.held_out, MOST_POINTS // 2, True))
    for data, most, hollow in parts:
        rows = data.rows(np.linspace(0, len(data) - 1, min(most, len(data))).astype(np.int64))
        xy = decode_inputs(model, rows.inputs.reshape(-1, 2)).astype(np.float32)
        classes = None
        if rows.targets is not None and rows.targets.ndim == 1:
            classes = rows.targets.astype(np.int16)
        size = 3.0 if len(xy) > 20 else 7.0
        found.append(Points("held out" if hollow else "training data", xy, classes, hollow=hollow, size=size))
    return tuple(found)


def plane_layers(model: Model, look: Look) -> tuple[tuple[Scene, ...], Extent, tuple[str, ...]]:
    """The regions of the model's answers with the data on them, their extent, and the names of the classes."""
    points, extent = plane_grid(model, look)
    outputs = np.concatenate([model.predict(points[start : start + 2500]) for start in range(0, len(points), 2500)])
    if model.signature.task == "classification":
        answer = outputs.argmax(axis=1)
        regions = Regions(
            "answers", extent, answer.reshape(SIDE, SIDE).astype(np.int16), _shares(model, outputs).reshape(SIDE, SIDE)
        )
    else:
        values = outputs.reshape(len(points), -1)[:, 0].reshape(SIDE, SIDE)
        low, high = bounds(values)
        regions = Regions("answers", extent, values=in_bytes(values, low, high), low=low, high=high)
    return (regions, *shown_points(model, look)), extent, tuple(map(shown_name, model.signature.labels))


def _shares(model: Model, outputs: Array) -> Array:
    """How sure each answer is, as bytes: the probability of the answer above chance, where there are probabilities."""
    if model.output_kind != "probabilities" or outputs.shape[1] < 2:
        return np.full(len(outputs), 160, np.uint8)
    chance = 1 / outputs.shape[1]
    return in_bytes(outputs.max(axis=1), chance, 1.0)


def draw_plane(model: Model, look: Look) -> list[Scene]:
    """Which class is answered where; of numbers, how large the answer is."""
    layers, extent, labels = plane_layers(model, look)
    names = input_names(model)
    what = "what it answers everywhere" if model.signature.task == "classification" else "its output everywhere"
    classes = labels if model.signature.task == "classification" else ()
    return [Plane(what, extent, layers, (names[0], names[1]), classes)]
