"""Hinton diagrams: a square for each weight, its area as large as the weight; white is positive, black negative.

Source: D. E. Rumelhart, J. L. McClelland and the PDP research group (1986), Parallel distributed processing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.plots.style import plain_axes
from zoo.types import Array

MOST_SQUARES = 128  # along each side
GREY = "#999999"


def draw_hinton(matrices: Mapping[str, Array], figure: Any, across: str = "from unit", down: str = "to unit") -> None:
    """A diagram for each matrix (from, to) under its title, all with squares of one size, side by side."""
    from matplotlib.collections import PolyCollection
    from matplotlib.ticker import MaxNLocator

    cell = min(0.34, 7.0 / max(max(W.shape) for W in matrices.values()))  # inches of a square
    wide = [max(1.7, cell * W.shape[0]) for W in matrices.values()]
    tall = cell * max(W.shape[1] for W in matrices.values())
    whole = sum(wide) + 0.8 * len(wide) + 0.2, tall + 1.0
    figure.set_size_inches(*whole)
    left = 0.65
    for (title, W), width in zip(matrices.items(), wide, strict=True):
        height, largest = cell * W.shape[1], float(np.abs(W).max())
        box = (left, whole[1] - 0.4 - height, cell * W.shape[0], height)
        axes = figure.add_axes([value / whole[place % 2] for place, value in enumerate(box)], facecolor=GREY)
        left += width + 0.8
        side = np.sqrt(np.abs(W) / (largest or 1.0)) * 0.94
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
        i, j = np.indices(W.shape)
        centres = np.stack([i.ravel(), j.ravel()], axis=1)
        squares = centres[:, None] + side.ravel()[:, None, None] * corners
        colours = np.where(W.ravel() >= 0, "white", "black").tolist()
        axes.add_collection(PolyCollection(list(squares), facecolors=colours, edgecolors="none"))
        plain_axes(axes, f"{title}, largest {largest:.3g}", across, down)
        axes.grid(False)
        axes.set_xlim(-0.5, W.shape[0] - 0.5)
        axes.set_ylim(W.shape[1] - 0.5, -0.5)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
