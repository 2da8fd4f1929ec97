"""Plot component planes: one column of the data over the map; for images, the weights of each unit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zoo import Model
from zoo.plots import INK, shown_name, tile_columns
from zoo_som.map_measures import component_names, component_planes
from zoo_som.model import SomModel
from zoo_som.plots.tiles import bare, colour_bar, draw_tiles, extent, sheet

MOST = 36  # planes in one plot


def is_table(model: Model) -> bool:
    return isinstance(model, SomModel) and len(model.signature.input_shape) == 1


def is_images(model: Model) -> bool:
    return isinstance(model, SomModel) and len(model.signature.input_shape) in (2, 3)


def is_coloured(model: Model) -> bool:
    return is_table(model) and isinstance(model, SomModel) and component_names(model) == ("red", "green", "blue")


def draw_planes(model: Model, data: Any, figure: Any) -> None:
    """A map for every column, each with its own scale, in the units of the data."""
    assert isinstance(model, SomModel)
    grid, names, planes = model.grid, component_names(model), component_planes(model)
    shown = planes[:MOST]
    left, right, top, bottom = extent(grid)
    tile = min(0.3, 3.2 / max(right - left, bottom - top))
    columns = tile_columns(len(shown), (right - left) * tile + 0.85, (bottom - top) * tile + 0.5)
    down = math.ceil(len(shown) / columns)
    tile = min(tile, 11.0 / columns / (right - left + 2))
    width, height = (right - left) * tile, (bottom - top) * tile
    cell, row = width + 0.85, height + 0.5
    whole = columns * cell + 0.3, down * row + 0.3
    figure.set_size_inches(*whole)
    for number, plane in enumerate(shown):
        x = 0.25 + number % columns * cell
        y = whole[1] - 0.4 - number // columns * row - height
        axes = figure.add_axes((x / whole[0], y / whole[1], width / whole[0], height / whole[1]))
        bare(axes, grid)
        axes.set_title(shown_name(names[number]), loc="left", fontsize=10, color=INK, pad=6)
        colour_bar(figure, axes, draw_tiles(axes, grid, plane, cmap="viridis"), size=0.09)
    if len(planes) > MOST:
        note = f"the first {MOST} of {len(planes):,} values"
        figure.text(0.25 / whole[0], 0.1 / whole[1], note, fontsize=8, color=INK)


def draw_images(model: Model, data: Any, figure: Any) -> None:
    """The weights of every unit as an image, where it stands."""
    assert isinstance(model, SomModel)
    grid, planes = model.grid, component_planes(model)
    images = planes.reshape(len(planes), -1).T.reshape(grid.units, *model.signature.input_shape)
    low, high = np.percentile(images, [0.5, 99.5])
    tall, wide = images.shape[1:3]
    axes = sheet(figure, grid, "the weights of each unit, as an image", right=0.0)
    size = 0.47 if grid.hexagonal else 0.5
    for (x, y), image in zip(grid.positions, images, strict=True):
        half = size * wide / max(tall, wide), size * tall / max(tall, wide)
        box = (x - half[0], x + half[0], y + half[1], y - half[1])
        shown = np.clip((image - low) / max(high - low, 1e-12), 0, 1)
        axes.imshow(shown, cmap="gray_r", vmin=0, vmax=1, extent=box, interpolation="bilinear", aspect="equal")
    bare(axes, grid)


def draw_colours(model: Model, data: Any, figure: Any) -> None:
    """Every unit in the colour that its weights are."""
    assert isinstance(model, SomModel)
    colours = np.clip(component_planes(model).reshape(3, -1).T, 0, 1)
    axes = sheet(figure, model.grid, "each unit in its own colour", right=0.0)
    draw_tiles(axes, model.grid, facecolors=colours)
