"""The U-matrix: a tile for every unit and one for every border between two, shaded by how far the weights are apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import Array, Model
from zoo.plots import shown_name
from zoo_som.grid import AROUND_HEXAGON, AROUND_SQUARE
from zoo_som.map_measures import unit_classes
from zoo_som.model import SomModel
from zoo_som.plots.tiles import beside, class_colours, colour_bar, draw_tiles, legend, sheet, tile_inches
from zoo_som.rules.map_quality import borders


def relief(model: SomModel) -> tuple[Array, Array]:
    """Centres (tiles, 2) and heights (tiles,) of tiles half as wide as the units.

    Between two units their distance for each cell that they are apart, so that over a corner it is divided by √2;
    where two borders cross, on squares at every corner, the mean of both; at a unit the mean of the borders around it.
    On a torus the borders that lead round it stand on either side.
    """
    grid = model.grid
    around = np.array(AROUND_HEXAGON if grid.hexagonal else AROUND_SQUARE)
    steps = np.stack([around[:, 1] / 2, around[:, 0] * grid.row_height], axis=1)
    heights = borders(model.weights["W"], grid.neighbours, model.kind.between) / np.sqrt(np.square(steps).sum(axis=1))
    between = grid.positions[:, None] + steps / 2
    there = np.isfinite(heights)
    centres = np.concatenate([grid.positions, between[there]])
    values = np.concatenate([np.nanmean(heights, axis=1), heights[there]])
    keys = np.round(centres * 16).astype(np.int64)
    first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)[1:]
    which = which.ravel()
    return centres[first], np.bincount(which, values) / np.bincount(which)


def draw_u_matrix(model: Model, data: Any, figure: Any) -> None:
    """Valleys are light, the ridges between clusters dark. With classes, each unit that won samples shows its label."""
    import matplotlib
    from matplotlib.colors import LinearSegmentedColormap

    assert isinstance(model, SomModel)
    grid, labels = model.grid, [shown_name(label) for label in model.signature.labels]
    labelled = model.signature.task == "classification" and bool(model.weights["hits"].any())
    centres, heights = relief(model)
    margin = 0.25 if grid.toroidal else 0.0
    written = labelled and max(map(len, labels)) <= 3  # short enough to write them on the map
    right = 0.75 + (beside(labels) if labelled and not written else 0.0)
    axes = sheet(figure, grid, "U-matrix: distance between neighbouring units", right=right, margin=margin)
    # The lightest shade is not the paper's, so that valleys at the edge belong to the map.
    shades = LinearSegmentedColormap.from_list("relief", matplotlib.colormaps["bone_r"](np.linspace(0.06, 1, 256)))
    tiles = draw_tiles(axes, grid, heights, centres, width=0.5, cmap=shades)
    low, high = np.percentile(heights, [1, 99])
    tiles.set_clim(low, max(high, low + 1e-12))
    bar = colour_bar(figure, axes, tiles)
    if not labelled:
        return
    colours = class_colours(labels)
    classes = unit_classes(model).ravel()
    if written:
        from matplotlib.patheffects import withStroke

        size = min(11.0, 72 * tile_inches(grid) * 0.55)
        for (x, y), number in zip(grid.positions, classes, strict=True):
            if number >= 0:
                text = axes.text(x, y, labels[number], ha="center", va="center", fontsize=size, color=colours[number])
                text.set_path_effects([withStroke(linewidth=size / 5, foreground="white")])
        return
    won = classes >= 0
    places = grid.positions[won]
    dots = (72 * tile_inches(grid) * 0.27) ** 2
    dyes = [colours[number] for number in classes[won]]
    axes.scatter(places[:, 0], places[:, 1], s=dots, c=dyes, edgecolors="white", linewidths=0.8, zorder=3)
    legend(figure, bar.ax, labels, colours, gap=0.55)
