"""Draw a result: every run beside the published value and its spread; a curve where an option is varied."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from zoo.plots.style import COLOURS, INK, plain_axes
from zoo.registry.published import Published, Runs, values_of
from zoo.reproduction.study import Row, Study

DOTS = 110  # per inch
MOST_PANELS = 3  # published metrics drawn of one result


def draw(study: Study, path: Path) -> None:
    """Writes the picture of a result; an existing file of that name is replaced."""
    from matplotlib.figure import Figure

    papers = study.recipe.published[:MOST_PANELS]
    figure = Figure(figsize=(5.2 * len(papers), 3.2), layout="constrained")
    for axes, paper in zip(np.atleast_1d(figure.subplots(1, len(papers))), papers, strict=True):
        rows = [row for row in study.rows if row.published is paper]
        if len(rows) > 1:
            _curve(axes, study, paper, rows)
        else:
            _runs(axes, study, paper, rows[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=DOTS)


def _scale(row: Row) -> tuple[float, str]:
    """What values are multiplied by, and the unit that then stands at the axis."""
    name, unit = row.metric.name.replace("_", " "), row.metric.unit
    return (100.0, f"{name} (%)") if unit == "%" else (1.0, f"{name} ({unit})" if unit else name)


def _curve(axes: Any, study: Study, paper: Published, rows: list[Row]) -> None:
    """Published and reached over the settings, each with its range."""
    runs = study.recipe.runs or Runs()
    times, label = _scale(rows[0])
    places = np.arange(len(rows))
    plain_axes(axes, study.recipe.name, runs.vary.replace("_", " "), label)
    axes.set_xticks(places, values_of(runs.values))
    value = np.array([row.value for row in rows]) * times
    ranges = np.array([paper.range_of(number) for number in range(len(rows))]).T * times
    axes.errorbar(places - 0.06, value, abs(ranges - value), color=INK, marker="s", capsize=3, label="published")
    typical = np.array([row.reached.typical if math.isfinite(row.reached.typical) else np.nan for row in rows]) * times
    low = np.array([_finite(row.reached.low, row.reached.typical) for row in rows]) * times
    high = np.array([_finite(row.reached.high, row.reached.typical) for row in rows]) * times
    error = np.nan_to_num(np.array([typical - low, high - typical]))
    axes.errorbar(places + 0.06, typical, np.maximum(error, 0), color=COLOURS[0], marker="o", capsize=3, label="zoo")
    axes.legend(frameon=False)


def _finite(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise


def _runs(axes: Any, study: Study, paper: Published, row: Row) -> None:
    """A dot for each run, in order of its value; the published value as a line, its range as a band."""
    times, label = _scale(row)
    outcomes = study.outcomes[0]
    values = np.array([each.metrics.get(row.metric.name, math.nan) for each in outcomes]) * times
    finite = np.sort(values[np.isfinite(values)])
    plain_axes(axes, study.recipe.name, "runs, in order", label)
    low, high = paper.range_of(0)
    if high > low:
        axes.axhspan(low * times, high * times, color=INK, alpha=0.12, linewidth=0)
    axes.axhline(row.value * times, color=INK, linestyle="--", linewidth=1.2, label="published")
    axes.plot(np.arange(1, len(finite) + 1), finite, "o", color=COLOURS[0], markersize=4, alpha=0.7, label="zoo")
    if math.isfinite(row.reached.typical):
        axes.axhline(row.reached.typical * times, color=COLOURS[0], linewidth=1.2)
    if missing := len(values) - len(finite):
        axes.annotate(
            f"{missing} of {len(values)} runs: never", (0.98, 0.04), xycoords="axes fraction", ha="right", color=INK
        )
    if len(finite) and finite.min() > 0 and finite.max() > 30 * finite.min():
        axes.set_yscale("log")
    axes.legend(frameon=False, loc="upper left")
