"""Draw a sweep: metrics against the option varied, with the spread over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.core.metrics import find_metric
from zoo.errors import UsageError, did_you_mean
from zoo.platform.output_files import new_file
from zoo.plots import render
from zoo.plots.plain_names import shown_name
from zoo.plots.style import COLOURS, INK, plain_axes
from zoo.sweeps.grid import as_text

if TYPE_CHECKING:
    from zoo.sweeps.table import Setting, Sweep

MOST_PANELS = 3  # metrics drawn where none is named
MOST_LINES = 14


def draw(sweep: Sweep, out: str | Path, metrics: Sequence[str] = (), who: str = "plot: out") -> Path:
    """Draws a sweep into a new file: a panel for each metric."""
    ending = render.check_picture(out, who)
    for name in metrics:
        if name not in sweep.metrics:
            raise UsageError(f"plot: the runs have no metric {name!a}{did_you_mean(name, sweep.metrics)}")
    shown = list(metrics) or sorted(sweep.metrics, key=lambda name: name == "loss")[:MOST_PANELS]
    if not shown:
        raise UsageError("plot: no run of this sweep was measured, so there is nothing to draw")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(f"plot: {render.NO_MATPLOTLIB}") from error
    lines: dict[tuple[str, ...], list[Setting]] = {}
    for each in sweep.summary:
        lines.setdefault(tuple(as_text(value) for value in list(each.values.values())[1:]), []).append(each)
    if len(lines) > MOST_LINES:
        raise UsageError(f"plot: {len(lines)} lines are too many for one plot, expected {MOST_LINES} at most")
    figure = Figure(figsize=(4.8 * len(shown), 3.5), layout="constrained")
    for number, metric in enumerate(shown, 1):
        _panel(figure.add_subplot(1, len(shown), number), sweep, metric, lines)
    target = Path(out)
    with new_file(target, who) as file:
        figure.savefig(file, format=ending, dpi=render.DOTS)
    return target


def _panel(axes: Any, sweep: Sweep, metric: str, lines: dict[tuple[str, ...], list[Setting]]) -> None:
    varied = sweep.names[0]
    declared = find_metric(metric, sweep.declared)
    times, unit = (100.0, " (%)") if declared is not None and declared.unit == "%" else (1.0, "")
    plain_axes(axes, sweep.architecture, shown_name(varied), shown_name(metric) + unit)
    values = list(dict.fromkeys(each.values[varied] for settings in lines.values() for each in settings))
    numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    places = {value: float(value) if numeric else float(number) for number, value in enumerate(values)}
    span = sorted(places.values())
    log = numeric and len(span) > 2 and span[0] > 0 and span[-1] / span[0] >= 8
    for number, (others, settings) in enumerate(lines.items()):
        colour, place = COLOURS[number % len(COLOURS)], number - (len(lines) - 1) / 2
        label = ", ".join(f"{shown_name(name)} {value}" for name, value in zip(sweep.names[1:], others, strict=True))
        x = [_beside(places[each.values[varied]], place, span, log) for each in settings]
        mean = [each.metrics[metric].mean * times for each in settings]
        sd = [0.0 if math.isnan(each.metrics[metric].sd) else each.metrics[metric].sd * times for each in settings]
        style = "-" if numeric else ""
        axes.errorbar(
            x,
            mean,
            sd,
            color=colour,
            marker="o" if number < len(COLOURS) else "s",
            linestyle=style,
            capsize=3,
            label=label,
        )
        for at, each in zip(x, settings, strict=True):
            runs = [run for run in sweep.runs if run.values == each.values and metric in run.metrics]
            axes.plot([at] * len(runs), [run.metrics[metric] * times for run in runs], ".", color=colour, alpha=0.4)
    if log:
        axes.set_xscale("log")
    axes.set_xticks([places[value] for value in values], [as_text(value) for value in values])
    axes.minorticks_off()
    if failed := sum(each.failed for settings in lines.values() for each in settings):
        axes.annotate(f"{failed} runs failed", (0.98, 0.04), xycoords="axes fraction", ha="right", color=INK)
    if len(lines) > 1:
        axes.legend(frameon=False, fontsize=8)


def _beside(at: float, place: float, span: Sequence[float], log: bool) -> float:
    """A place on the axis, with those of several lines beside each other."""
    if log:
        return float(at * (span[-1] / span[0]) ** (0.012 * place))
    return at + 0.012 * place * ((span[-1] - span[0]) or 1.0)
