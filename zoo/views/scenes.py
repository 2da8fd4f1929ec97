"""Scenes: what a page can draw, as data alone. The page has one renderer for each of these kinds.

Arrays are NumPy's. Classes are numbers from 0, −1 for none, and get the same colours in every scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.types import Array

Extent = tuple[float, float, float, float]  # left, right, bottom, top


@dataclass(frozen=True)
class Scene:
    """Something the page draws, under its title."""

    title: str


@dataclass(frozen=True)
class Regions(Scene):
    """Values over a rectangle of the plane: classes (height, width) with how sure each is, shares from 0 to 1; or
    numbers alone, `values` (height, width) between `low` and `high`. The first row is the lowest."""

    extent: Extent
    classes: Array | None = None
    shares: Array | None = None
    values: Array | None = None
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Points(Scene):
    """Points xy (points, 2), by class or in colours (points, 3) from 0 to 255; `edges` (edges, 2) joins pairs of them.
    Points that are `hollow` are rings."""

    xy: Array
    classes: Array | None = None
    colours: Array | None = None
    edges: Array | None = None
    hollow: bool = False
    size: float = 3.0  # pixels


@dataclass(frozen=True)
class Boxes(Scene):
    """Boxes from corner low (boxes, 2) to corner high (boxes, 2), by class; `round` ones are ellipses in the boxes."""

    low: Array
    high: Array
    classes: Array | None = None
    round: bool = False


@dataclass(frozen=True)
class Plane(Scene):
    """Regions, points, boxes and curves on one another, with the names of both axes and of the classes.

    `flip` counts y downwards, as rows of a map are. `square`: one unit is as long on both axes.
    """

    extent: Extent
    layers: tuple[Scene, ...]
    axes: tuple[str, str] = ("", "")
    labels: tuple[str, ...] = ()
    flip: bool = False
    square: bool = False


@dataclass(frozen=True)
class Graph(Scene):
    """A network as layers of units with weights (below, above) between one layer and the next. `names` are the weights'
    names in the model; those that are not empty can be changed on the page. `labels` name input and output units."""

    layers: tuple[int, ...]
    weights: tuple[Array, ...]
    names: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    biases: tuple[Array, ...] = ()
    units: tuple[Array | None, ...] = ()  # by layer a small picture of each unit: (units, height, width) of −1 to 1


@dataclass(frozen=True)
class Images(Scene):
    """Pictures of one size: (images, height, width) of grey values or (images, height, width, 3) of colours, bytes from
    0 to 255. `signed` ones are drawn from blue (0) over white (128) to red (255). `columns` 0: as many as fit."""

    images: Array
    labels: tuple[str, ...] = ()
    columns: int = 0
    signed: bool = False
    size: int = 0  # pixels a side on the page; 0: as fits
    smooth: bool = False


@dataclass(frozen=True)
class Matrix(Scene):
    """Numbers (rows, columns) as shades from `low` to `high`; `signed`: blue below 0, red above. `hexagonal` rows stand
    half a cell to the right in turn. `colours` (rows, columns, 3) of 0 to 255 are drawn as they are."""

    values: Array
    low: float = 0.0
    high: float = 1.0
    signed: bool = False
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    hexagonal: bool = False
    square: bool = False
    colours: Array | None = None
    axes: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Curve(Scene):
    """Lines over x: each y by its name. `log`: the y axis is logarithmic."""

    x: Array
    lines: tuple[tuple[str, Array], ...]
    log: bool = False
    axes: tuple[str, str] = ("", "")
    steps: bool = False  # drawn as bars of a histogram: a step for each value


@dataclass(frozen=True)
class Text(Scene):
    """Lines of text; with `columns` a table, whose lines are its rows."""

    lines: tuple[str | tuple[str, ...], ...]
    columns: tuple[str, ...] = ()


def bounds(values: Array, signed: bool = False) -> tuple[float, float]:
    """The lowest and highest finite value, about 0 where they are signed; (0, 1) of none."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return (-1.0, 1.0) if signed else (0.0, 1.0)
    if signed:
        largest = float(np.abs(finite).max()) or 1.0
        return -largest, largest
    low, high = float(finite.min()), float(finite.max())
    return low, high if high > low else low + 1.0


def in_bytes(values: Array, low: float, high: float) -> Array:
    """Values from low to high as bytes of 0 to 255."""
    scaled = (np.asarray(values, np.float64) - low) * (255 / (high - low or 1))
    return np.asarray(np.nan_to_num(np.clip(np.rint(scaled), 0, 255)), np.uint8)


def named(names: Sequence[object], most: int = 40) -> tuple[str, ...]:
    """Names as the page shows them: cut to a length that fits."""
    return tuple(text if len(text := str(name)) <= most else text[: most - 1] + "…" for name in names)
