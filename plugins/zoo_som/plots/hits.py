"""Plot the hits of each unit, as pies by class or tiles by share, and the class of every unit."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import Array, Model
from zoo.plots import COLOURS, INK, shown_name
from zoo_som.map_measures import unit_classes
from zoo_som.model import SomModel
from zoo_som.plots.tiles import beside, class_colours, draw_tiles, legend, outline, sheet, tile_inches

PAPER = "#F1F1EE"  # of a unit that won nothing


def has_hits(model: Model) -> bool:
    return isinstance(model, SomModel) and bool(model.weights["hits"].any())


def has_classes(model: Model) -> bool:
    return has_hits(model) and model.signature.task == "classification"


def draw_hits(model: Model, data: Any, figure: Any) -> None:
    """The area of a pie, or of a tile within the tile, grows with the training samples the unit won."""
    assert isinstance(model, SomModel)
    grid, hits = model.grid, model.weights["hits"]
    total = hits.sum(axis=1)
    labels = [shown_name(label) for label in model.signature.labels]
    most = f"{int(total.max()):,} sample{'' if total.max() == 1 else 's'}"
    classes = model.signature.task == "classification"
    title = "training samples won, by class" if classes else "training samples won"
    right = max(1.5, beside(labels) if classes else 0.0)
    axes = sheet(figure, grid, f"{title}; the largest {'pie' if classes else 'tile'} is {most}", right=right)
    draw_tiles(axes, grid, facecolors=PAPER, edgecolors="white", linewidths=min(1.0, 2.5 * tile_inches(grid)))
    share = np.sqrt(total / max(1, total.max()))
    if not classes:
        from matplotlib.collections import PolyCollection

        sizes = 0.94 * share[:, None, None]
        axes.add_collection(
            PolyCollection(list(grid.positions[:, None] + sizes * outline(grid.hexagonal)), facecolors=COLOURS[0])
        )
        return
    colours = class_colours(labels)
    _pies(axes, grid.positions, 0.46 * share, hits, colours)
    legend(figure, axes, labels, colours)


def _pies(axes: Any, centres: Array, radii: Array, counts: Array, colours: list[str]) -> None:
    """A pie for every centre, from twelve o'clock clockwise, as one collection."""
    from matplotlib.collections import PolyCollection

    wedges, shades = [], []
    for centre, radius, count in zip(centres, radii, counts, strict=True):
        edges = np.concatenate([[0.0], np.cumsum(count)]) / max(1.0, count.sum()) * 2 * np.pi
        for number in np.flatnonzero(count):
            start, stop = edges[number], edges[number + 1]
            angles = np.linspace(start, stop, max(2, int(np.ceil((stop - start) / 0.1))))
            arc = np.stack([np.sin(angles), -np.cos(angles)], axis=1)
            whole = stop - start > 2 * np.pi - 1e-9
            wedges.append(centre + radius * (arc if whole else np.concatenate([np.zeros((1, 2)), arc])))
            shades.append(colours[number])
    axes.add_collection(PolyCollection(wedges, facecolors=shades, edgecolors="#666666", linewidths=0.2))


def draw_classes(model: Model, data: Any, figure: Any) -> None:
    """Every unit in the colour of the class that most of its samples have, paler the fewer; labels where they fit."""
    from matplotlib.colors import to_rgb

    assert isinstance(model, SomModel)
    grid, labels = model.grid, [shown_name(label) for label in model.signature.labels]
    colours = class_colours(labels)
    classes, shares = unit_classes(model).ravel(), model.classes.max(axis=1)
    axes = sheet(figure, grid, "class of each unit, paler where fewer of its samples agree", right=beside(labels))
    faces = np.array([to_rgb(PAPER) if number < 0 else to_rgb(colours[number]) for number in classes])
    chance = 1 / len(labels)
    strong = np.where(classes < 0, 1.0, 0.25 + 0.65 * (shares - chance) / (1 - chance))[:, None]
    faces = 1 - strong * (1 - faces)
    draw_tiles(axes, grid, facecolors=faces, edgecolors="white", linewidths=min(1.0, 2.5 * tile_inches(grid)))
    inches = tile_inches(grid)
    size = min(11.0, 72 * inches * 0.95 / (0.62 * max(2, max(map(len, labels)))))
    if size >= 4.5:
        for (x, y), number, face in zip(grid.positions, classes, faces, strict=True):
            if number >= 0:
                ink = "white" if face @ (0.299, 0.587, 0.114) < 0.5 else INK
                axes.text(x, y, labels[number], ha="center", va="center", fontsize=size, color=ink)
    legend(figure, axes, labels, colours)
