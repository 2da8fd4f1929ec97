"""One look for all plots: colours that colour-blind eyes tell apart, light axes, no frame that says nothing."""

from __future__ import annotations

from typing import Any

# Okabe and Ito (2008), Color universal design, without its yellow, which is faint on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
INK = "#333333"


def plain_axes(axes: Any, title: str = "", x: str = "", y: str = "") -> Any:
    """Axes with a title and labels, two spines and a faint grid behind the data."""
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#999999")
    axes.tick_params(colors=INK)
    axes.grid(True, color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    return axes


def integer_ticks(axes: Any) -> None:
    """Ticks at whole epochs only."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
