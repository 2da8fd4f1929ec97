"""Networks over the plane of two inputs: which class is answered where, with the samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zoo.core.model import Model
from zoo.plots.plain_names import shown_name
from zoo.plots.style import COLOURS, plain_axes
from zoo.types import Array

Extent = tuple[float, float, float, float]

MOST_POINTS = 1000  # samples in one plot
GRID_POINTS = 160  # points a side at which the model is asked
AFFINE = ("standardized", "unit", "signed")  # inputs that were shifted and scaled, and can be shifted and scaled back


def spread_rows(data: Any) -> Any:
    """Evenly spread rows, as many as a plot can show."""
    count = min(len(data), MOST_POINTS)
    return data.rows(np.linspace(0, len(data) - 1, count).astype(np.int64))


def decode_inputs(model: Any, x: Array) -> Array:
    """Encoded inputs of a table of numbers in their own units; others as they are."""
    preprocessing = model.preprocessing
    if getattr(preprocessing, "has_text", True) or preprocessing.inputs not in AFFINE:
        return x
    scale = np.where(preprocessing.scale == 0, 1, preprocessing.scale)
    return np.asarray(x / scale + preprocessing.shift)


def decode_outputs(model: Any, y: Array) -> Array:
    """Outputs as answers in the targets' own units."""
    return y if model.preprocessing is None else np.asarray(model.preprocessing.decode(y))


def input_names(model: Any) -> tuple[str, ...]:
    """What the inputs are called, as plots show it."""
    names: tuple[str, ...] = getattr(model.preprocessing, "input_names", ())
    numbered = tuple(f"input {n + 1}" for n in range(model.signature.inputs))
    return tuple(map(shown_name, names)) if len(names) == model.signature.inputs else numbered


def plane_grid(rows: Any) -> tuple[Array, Extent]:
    """Points of a grid over the rows and a little around them, and its extent (left, right, bottom, top)."""
    own = rows.inputs.reshape(len(rows), 2)
    low, high = own.min(axis=0), own.max(axis=0)
    margin = (0.08 if len(rows) > 10 else 0.4) * np.where(high > low, high - low, 1)  # a few points fill no plane
    low, high = low - margin, high + margin
    x, y = (np.linspace(low[k], high[k], GRID_POINTS, dtype=own.dtype) for k in (0, 1))
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return points, (float(low[0]), float(high[0]), float(low[1]), float(high[1]))


def predict_points(model: Model, points: Array) -> Array:
    """The model's outputs at many points, some at a time."""
    return np.concatenate([model.predict(points[start : start + 2048]) for start in range(0, len(points), 2048)])


def draw_regions(
    model: Any,
    data: Any,
    figure: Any,
    title: str = "which class is answered where",
    own_units: bool = True,
    mark: Callable[[Any, Any], None] = lambda model, axes: None,
) -> None:
    """Which class the model answers where, in shades, and the samples in the colours of their classes.

    In the inputs' own units, or as the model sees them; `mark(model, axes)` adds what a family has to show besides.
    """
    from matplotlib.colors import ListedColormap

    rows = spread_rows(data)
    points, (left, right, bottom, top) = plane_grid(rows)
    own = rows.inputs.reshape(len(rows), 2)
    if own_units:
        (left, bottom), (right, top) = decode_inputs(model, np.array([[left, bottom], [right, top]])).tolist()
        own = decode_inputs(model, own)
    figure.set_size_inches(6.6, 5.6)
    axes = plain_axes(
        figure.add_subplot(), title, *(name + ", encoded" * (not own_units) for name in input_names(model))
    )
    axes.grid(False)
    classes = model.signature.outputs
    shades = ListedColormap([COLOURS[n % len(COLOURS)] for n in range(classes)])
    answer = predict_points(model, points).argmax(axis=1).reshape(GRID_POINTS, GRID_POINTS)
    axes.imshow(
        answer,
        origin="lower",
        extent=(left, right, bottom, top),
        cmap=shades,
        vmin=0,
        vmax=classes - 1,
        alpha=0.18,
        aspect="auto",
    )
    for number in range(classes):
        mine = rows.targets == number
        label = shown_name(model.signature.labels[number])
        axes.plot(*own[mine].T, ".", color=COLOURS[number % len(COLOURS)], ms=5 if len(rows) > 10 else 12, label=label)
    mark(model, axes)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    if classes <= 10:
        axes.legend(frameon=False, fontsize=9, loc="lower right", bbox_to_anchor=(1, 1), ncols=5)
    figure.tight_layout()
