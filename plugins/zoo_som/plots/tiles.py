"""Draw a grid as touching hexagons or squares, sized in inches so that each is visible."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo import Array
from zoo.plots import COLOURS, INK
from zoo_som.grid import Grid

WIDEST = 8.5  # inches of a map's longer side
TILE = 0.48  # inches of a tile, where the map is small enough


def outline(hexagonal: bool, width: float = 1.0) -> Array:
    """Corners of a tile about its centre, one cell from side to side where `width` is 1: (corners, 2)."""
    if hexagonal:
        angles = np.pi / 6 + np.arange(6) * np.pi / 3
        return np.stack([np.cos(angles), np.sin(angles)], axis=1) * (width / math.sqrt(3))
    return np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2)


def extent(grid: Grid, margin: float = 0.0) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of the tiles, with a margin, in cells."""
    reach = np.abs(outline(grid.hexagonal)).max(axis=0) + margin
    low, high = grid.positions.min(axis=0) - reach, grid.positions.max(axis=0) + reach
    return low[0], high[0], low[1], high[1]


def tile_inches(grid: Grid, widest: float = WIDEST) -> float:
    """How wide one tile is drawn."""
    left, right, top, bottom = extent(grid)
    return min(TILE, widest / max(right - left, bottom - top))


def sheet(figure: Any, grid: Grid, title: str, right: float = 1.3, above: float = 0.5, margin: float = 0.0) -> Any:
    """One map on axes that fill `figure`, with `right` inches beside it for what explains it."""
    tile = tile_inches(grid)
    x0, x1, y0, y1 = extent(grid, margin)
    width, height = (x1 - x0) * tile, (y1 - y0) * tile
    side = 0.25
    whole = max(width + right + 2 * side, 0.085 * len(title) + 2 * side), height + above + side
    figure.set_size_inches(*whole)
    axes = figure.add_axes((side / whole[0], side / whole[1], width / whole[0], height / whole[1]))
    bare(axes, grid, margin)
    figure.text(side / whole[0], 1 - 0.2 / whole[1], title, ha="left", va="top", fontsize=11, color=INK)
    return axes


def bare(axes: Any, grid: Grid, margin: float = 0.0) -> None:
    """Axes in cells with the first row on top and nothing around the map."""
    x0, x1, y0, y1 = extent(grid, margin)
    axes.set_xlim(x0, x1)
    axes.set_ylim(y1, y0)
    axes.set_aspect("equal")
    axes.set_axis_off()


def draw_tiles(
    axes: Any, grid: Grid, values: Array | None = None, centres: Array | None = None, width: float = 1.0, **look: Any
) -> Any:
    """Tiles about these centres (the units', by default), shaded by values or by `facecolors`."""
    from matplotlib.collections import PolyCollection

    places = grid.positions if centres is None else centres
    # A hair wider than they are, so that no seam of the background shows between them.
    look = {"edgecolors": "face", "linewidths": 0.25, **look}
    tiles = PolyCollection(list(places[:, None] + outline(grid.hexagonal, width)), **look)
    if values is not None:
        tiles.set_array(np.asarray(values).ravel())
    axes.add_collection(tiles)
    return tiles


def colour_bar(figure: Any, axes: Any, tiles: Any, label: str = "", size: float = 0.13) -> Any:
    """A narrow bar right of a map, at most three inches high."""
    box, (width, height) = axes.get_position(), figure.get_size_inches()
    tall = min(box.height, 3.0 / height)
    bar = figure.colorbar(tiles, cax=figure.add_axes((box.x1 + 0.12 / width, box.y1 - tall, size / width, tall)))
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=INK, labelsize=8, length=2)
    bar.set_label(label, color=INK, fontsize=9)
    return bar


def class_colours(labels: Sequence[str]) -> list[str]:
    """A colour for each class: its own, where all classes are named by colours."""
    import matplotlib
    from matplotlib.colors import is_color_like, to_hex

    if all(is_color_like(label) and not label.replace(".", "").isdigit() for label in labels):
        return [to_hex(label) for label in labels]
    if len(labels) <= len(COLOURS):
        return list(COLOURS[: len(labels)])
    if len(labels) <= 10:
        return [to_hex(colour) for colour in matplotlib.colormaps["tab10"](range(len(labels)))]
    if len(labels) <= 20:
        strong_first = [*range(0, 20, 2), *range(1, 20, 2)]
        return [to_hex(colour) for colour in matplotlib.colormaps["tab20"](strong_first[: len(labels)])]
    return [to_hex(colour) for colour in matplotlib.colormaps["turbo"](np.linspace(0.03, 0.97, len(labels)))]


def legend(figure: Any, axes: Any, labels: Sequence[str], colours: Sequence[str], gap: float = 0.1) -> None:
    """Classes and their colours, `gap` inches right of a map or of its bar; 24 at most."""
    from matplotlib.patches import Patch

    box, width = axes.get_position(), figure.get_size_inches()[0]
    handles = [
        Patch(facecolor=colour, edgecolor="#999999", linewidth=0.5, label=label)
        for label, colour in zip(labels[:24], colours, strict=False)
    ]
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(box.x1 + gap / width, box.y1),
        frameon=False,
        fontsize=9,
        labelcolor=INK,
        handlelength=1.0,
        handleheight=1.0,
        borderaxespad=0.0,
    )


def beside(labels: Sequence[str]) -> float:
    """Inches that a legend of these labels takes."""
    return 0.55 + 0.085 * max((len(label) for label in labels), default=0)
