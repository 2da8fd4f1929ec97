"""Plot a net of dense layers with its numbers on it, and its weights as Hinton diagrams."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from zoo import Array, Model
from zoo.nn import GradientModel
from zoo.plots import COLOURS, INK, MOST_SQUARES, draw_hinton, input_names, shown_name

MOST_UNITS = 12  # of a layer, drawn as circles
NUMBERS_UNTIL = 14  # connections whose numbers are written
PALE = "#777777"
POSITIVE, NEGATIVE = COLOURS[0], COLOURS[1]


def dense_layers(model: Model) -> list[str]:
    """The paths of the layers with weights from every unit to every unit, from input to output."""
    if not isinstance(model, GradientModel):
        return []
    return [path for path, layer in model.layers.items() if layer.kind == "dense" and "W" in layer.parameters]


def is_small_net(model: Model) -> bool:
    """A chain of dense layers whose units can be drawn one by one."""
    paths = dense_layers(model)
    if model.architecture.family != "feedforward" or not paths or any("/" in path for path in paths):
        return False
    return all(max(model.weights[f"{path}/W"].shape) <= MOST_UNITS for path in paths)


def has_hinton(model: Model) -> bool:
    return model.architecture.family == "feedforward" and bool(hinton_layers(model))


def hinton_layers(model: Model) -> list[str]:
    """The dense layers whose weights are few enough for squares."""
    return [path for path in dense_layers(model) if max(model.weights[f"{path}/W"].shape) <= MOST_SQUARES]


def activities(model: GradientModel, inputs: Array) -> list[Array]:
    """What the units of each column give for one encoded input (1, …): inputs, hidden layers, outputs."""
    seen, paths = model.activations(inputs), dense_layers(model)
    order = list(seen)
    columns = [inputs.reshape(-1)]
    for path, following in itertools.pairwise(paths):
        inside = order[order.index(path) : order.index(following)]
        columns.append(seen[inside[-1]].reshape(-1))
    return [*columns, model.loss.outputs(seen[paths[-1]]).reshape(-1)]


def draw_network(model: Model, data: Any, figure: Any) -> None:
    """Units as circles with what they give for the first sample, connections with their weights: blue is positive,
    orange negative, the thicker the larger. Where there is room, weights and biases are written beside."""
    assert isinstance(model, GradientModel)
    batch = data.rows(np.arange(1))
    columns, paths = activities(model, batch.inputs), dense_layers(model)
    tall = max(map(len, columns))
    numbers = max(model.weights[f"{path}/W"].size for path in paths) <= NUMBERS_UNTIL
    across, down = 3.4, 1.6 if numbers else 1.05
    width, height = (len(columns) - 1) * across + 3.4, (tall - 1) * down + 1.9
    inches = 0.74 if numbers else 0.62  # of one unit of the drawing
    size = max(4.8, width * inches), height * inches + 0.4
    figure.set_size_inches(*size)
    axes = figure.add_axes((0, 0, 1, 1 - 0.4 / size[1]))
    axes.set_axis_off()
    axes.set_aspect("equal")
    places = [
        [(column * across, (len(units) - 1) * down / 2 - number * down) for number in range(len(units))]
        for column, units in enumerate(columns)
    ]
    for column, path in enumerate(paths):
        _connect(axes, places[column], places[column + 1], model.weights[f"{path}/W"], numbers)
        bias = model.weights.get(f"{path}/b")
        for (x, y), value in zip(places[column + 1], [] if bias is None or not numbers else bias, strict=False):
            axes.text(x, y - 0.62, f"{value:.3g}", ha="center", va="center", fontsize=8, color=PALE)
    for column, units in enumerate(columns):
        hidden = 0 < column < len(columns) - 1
        _units(axes, places[column], units, [f"h{n + 1}" if hidden and numbers else "" for n in range(len(units))])
    for (x, y), name in zip(places[0], input_names(model), strict=False):
        axes.text(x - 0.6, y, name, ha="right", va="center", fontsize=9, color=INK)
    labels, targets = [shown_name(label) for label in model.signature.labels], _targets(model, batch, len(columns[-1]))
    for number, (x, y) in enumerate(places[-1]):
        name = labels[number] if len(labels) == len(columns[-1]) else ""
        target = f"target {targets[number]:.4g}" if number < len(targets) else ""
        axes.text(x + 0.6, y, f"{name}\n{target}".strip(), ha="left", va="center", fontsize=9, color=INK)
    axes.set_xlim(-1.5, width - 1.5)
    axes.set_ylim(-height / 2, height / 2)
    loss = float(model.gradients(batch).loss)
    title = f"the net on its first sample{', biases below their units' if numbers else ''}; error {loss:.9g}"
    figure.text(0.02, 1 - 0.28 / size[1], title, fontsize=11, color=INK)


def _targets(model: GradientModel, batch: Any, outputs: int) -> Array:
    """What the output units should give; nothing where these are classes that one unit stands for."""
    if batch.targets is None:
        return np.zeros(0)
    if batch.targets.ndim > 1:
        return np.asarray(batch.targets[0])
    return np.asarray(np.arange(outputs) == batch.targets[0], float) if outputs > 1 else np.asarray(batch.targets[:1])


def _connect(
    axes: Any, left: list[tuple[float, float]], right: list[tuple[float, float]], W: Array, numbers: bool
) -> None:
    largest = float(np.abs(W).max()) or 1.0
    for i, (x0, y0) in enumerate(left):
        for j, (x1, y1) in enumerate(right):
            w = float(W[i, j])
            colour, share = POSITIVE if w >= 0 else NEGATIVE, abs(w) / largest
            axes.plot([x0, x1], [y0, y1], color=colour, linewidth=0.4 + 2.4 * share, alpha=0.25 + 0.6 * share, zorder=1)
            if numbers:
                near = 0.30 if i % 2 == j % 2 else 0.24  # crossing lines have their numbers apart
                x, y = x0 + near * (x1 - x0), y0 + near * (y1 - y0)
                turn = math.degrees(math.atan2(y1 - y0, x1 - x0))
                axes.text(
                    x, y, f"{w:.6g}", ha="center", va="center", fontsize=7.5, color=INK, rotation=turn,
                    rotation_mode="anchor", zorder=3, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
                )  # fmt: skip


def _units(axes: Any, places: list[tuple[float, float]], units: Array, names: list[str]) -> None:
    from matplotlib.patches import Circle

    for (x, y), value, name in zip(places, units, names, strict=True):
        axes.add_patch(Circle((x, y), 0.42, facecolor="white", edgecolor=INK, linewidth=1.2, zorder=4))
        shown = f"{value:.4g}" if abs(value) >= 1e-3 or value == 0 else f"{value:.0e}"
        axes.text(x, y, shown, ha="center", va="center", fontsize=8, color=INK, zorder=5)
        axes.text(x, y + 0.5, name, ha="center", va="bottom", fontsize=8, color=PALE, zorder=5)


def draw_layers_hinton(model: Model, data: Any, figure: Any) -> None:
    """A Hinton diagram of each layer of few units, from input to output."""
    draw_hinton({shown_name(path): model.weights[f"{path}/W"] for path in hinton_layers(model)}, figure)
