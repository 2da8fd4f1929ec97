"""Plots of RBF networks: centres and widths over the data, fitted curve, decision regions, predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import Array, Model, Plot
from zoo.plots import (
    COLOURS,
    GRID_POINTS,
    INK,
    decode_inputs,
    decode_outputs,
    draw_predictions,
    draw_regions,
    input_names,
    plain_axes,
    plane_grid,
    predict_points,
    shown_name,
    spread_rows,
)
from zoo_rbf.grnn_pnn import LazyModel
from zoo_rbf.model import RbfModel

MOST_CIRCLES = 200


def is_rbf(model: Model) -> bool:
    return isinstance(model, RbfModel | LazyModel)


def centres_of(model: Any) -> tuple[Array, Array]:
    """Centres (centres, inputs) and their widths (centres,); of the lazy ones every sample is one, without a width."""
    if isinstance(model, RbfModel):
        return model.weights["basis/centres"], model.weights["basis/widths"]
    samples = model.weights["samples"]
    return samples, np.zeros(len(samples))


def has_surface(model: Model) -> bool:
    """One or two inputs and one target."""
    return (
        is_rbf(model)
        and model.signature.task == "regression"
        and model.signature.inputs in (1, 2)
        and model.signature.outputs == 1
    )


def has_regions(model: Model) -> bool:
    return is_rbf(model) and model.signature.task == "classification" and model.signature.inputs == 2


def predicts_numbers(model: Model) -> bool:
    return is_rbf(model) and model.signature.task == "regression"


def draw_surface(model: Model, data: Any, figure: Any) -> None:
    """One input: the curve over the data, and below it each function times its weight. Two: the surface in shades."""
    if model.signature.inputs == 1:
        _draw_curve(model, data, figure)
    else:
        _draw_shades(model, data, figure)


def _draw_curve(model: Any, data: Any, figure: Any) -> None:
    rows = spread_rows(data)
    own = rows.inputs.reshape(-1, 1)
    margin = 0.05 * float(np.ptp(own))
    x = np.linspace(own.min() - margin, own.max() + margin, 600, dtype=own.dtype)[:, None]
    bumps = isinstance(model, RbfModel)
    figure.set_size_inches(7.0, 5.4 if bumps else 3.8)
    axes = plain_axes(
        figure.add_subplot(2 if bumps else 1, 1, 1), "the fitted curve", "", shown_name(model.signature.labels[0])
    )
    shown = decode_inputs(model, x)[:, 0]
    axes.plot(
        decode_inputs(model, own)[:, 0],
        decode_outputs(model, rows.targets)[:, 0],
        ".",
        color="#AAAAAA",
        ms=3,
        label="data",
    )
    axes.plot(shown, decode_outputs(model, model.predict(x))[:, 0], color=COLOURS[0], linewidth=1.8, label="net")
    axes.legend(frameon=False, fontsize=9)
    if not bumps:
        axes.set_xlabel(input_names(model)[0], color=INK)
        figure.tight_layout()
        return
    below = plain_axes(
        figure.add_subplot(2, 1, 2, sharex=axes), "its basis functions, times their weights", input_names(model)[0]
    )
    parts = model.design_matrix(x) * model.weights["output/W"][:, 0]
    heights = np.abs(parts).max(axis=0)
    for j in np.argsort(-heights)[:MOST_CIRCLES]:
        below.plot(shown, parts[:, j], color=COLOURS[1], linewidth=0.8, alpha=0.6)
    centres = decode_inputs(model, centres_of(model)[0])[:, 0]
    below.plot(centres, np.zeros(len(centres)), "|", color=INK, ms=8)
    figure.tight_layout()


def _circles(model: Any, axes: Any) -> None:
    """Centres as crosses, each with a circle of one width."""
    from matplotlib.patches import Circle

    centres, widths = centres_of(model)
    if not isinstance(model, RbfModel):
        return
    axes.plot(*centres.T, "+", color=INK, ms=5, mew=1)
    for centre, width in list(zip(centres, widths, strict=True))[:MOST_CIRCLES]:
        axes.add_patch(Circle(centre, abs(float(width)), fill=False, edgecolor=INK, linewidth=0.6, alpha=0.5))


def _draw_shades(model: Any, data: Any, figure: Any) -> None:
    rows = spread_rows(data)
    points, extent = plane_grid(rows)
    figure.set_size_inches(6.6, 5.2)
    axes = plain_axes(figure.add_subplot(), "the fitted surface", *input_names(model))
    axes.grid(False)
    values = decode_outputs(model, predict_points(model, points))[:, 0].reshape(GRID_POINTS, GRID_POINTS)
    shades = axes.imshow(values, origin="lower", extent=extent, cmap="viridis", aspect="auto")
    targets = decode_outputs(model, rows.targets)[:, 0]
    axes.scatter(
        *rows.inputs.reshape(len(rows), 2).T,
        c=targets,
        cmap="viridis",
        norm=shades.norm,
        s=10,
        edgecolors="white",
        lw=0.3,
    )
    _circles(model, axes)
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    figure.colorbar(shades, ax=axes, label=shown_name(model.signature.labels[0]))
    figure.tight_layout()


def draw_centres(model: Any, data: Any, figure: Any) -> None:
    """Which class the model answers where, the data, and the centres with their widths; in encoded inputs."""
    title = "regions, centres and widths" if isinstance(model, RbfModel) else "regions"
    draw_regions(model, data, figure, title, own_units=False, mark=_circles)


SURFACE = Plot("surface", "the fitted curve or surface, with the centres", has_surface, draw_surface, needs_data=True)
REGIONS = Plot("regions", "regions of the answers, centres and widths", has_regions, draw_centres, needs_data=True)
PREDICTIONS = Plot("predictions", "predictions against the truth", predicts_numbers, draw_predictions, needs_data=True)
