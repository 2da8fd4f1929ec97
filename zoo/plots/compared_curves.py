"""Plot the learning curves of several runs together: a colour for each run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zoo.core.model import Model
from zoo.errors import UsageError
from zoo.plots.contact_sheet import tile_columns
from zoo.plots.learning_curves import GRADIENT, MOST_PANELS, drawable, has_curves, measured_epochs, phases_in_order
from zoo.plots.plain_names import shown_name
from zoo.plots.style import INK, integer_ticks, plain_axes

MOST_RUNS = 24


def names_of(paths: Sequence[str]) -> list[str]:
    """What runs are called: their files' names, with the folders before them as far as names are the same."""
    parts = [Path(path).with_suffix("").parts for path in paths]
    for count in range(1, max(map(len, parts)) + 1):
        names = ["/".join(each[-count:]) for each in parts]
        if len(set(names)) == len(names):
            return names
    return [f"{number}: {path}" for number, path in enumerate(paths, 1)]


def check_runs(models: Mapping[str, Model], wanted: Sequence[str]) -> None:
    """`UsageError` where these models have no curves, are too many, or another plot is asked for."""
    other = [name for name in wanted if name != "learning"]
    if other:
        raise UsageError(f"plot: {other[0]!a} is drawn of one model, got {len(models)}; expected learning, or one file")
    if len(models) > MOST_RUNS:
        raise UsageError(f"plot: got {len(models)} runs, expected {MOST_RUNS} at most in one plot")
    for name, model in models.items():
        if not has_curves(model):
            raise UsageError(f"plot: {name} has no recorded epochs, so there is nothing to compare; leave it out")


def draw_compared(models: Mapping[str, Model], figure: Any) -> None:
    """A panel for each metric in each phase, over the epochs: the validation part solid and training pale where both
    were recorded, else what there is."""
    import matplotlib

    recorded = {name: phases_in_order(model) for name, model in models.items()}
    panels: dict[tuple[str, str], None] = {}
    for phases in recorded.values():
        for phase, curves in phases.items():
            metrics = {name.removeprefix("validation/") for name in curves if not name.startswith(GRADIENT)}
            for metric in sorted(metrics, key=lambda name: (name != "loss", name)):
                if max(len(curves.get(metric, [])), len(curves.get(f"validation/{metric}", []))) > 1:
                    panels.setdefault((phase, metric))
    if not panels:
        raise UsageError("plot: these runs recorded one epoch each, which are no curves; train for more epochs")
    shown = list(panels)[:MOST_PANELS]
    several = len({phase for phase, _ in shown}) > 1
    columns = tile_columns(len(shown), 4.6, 3.4, most=4)
    rows = math.ceil(len(shown) / columns)
    figure.set_size_inches(4.6 * columns + 2.2, 3.4 * rows + 0.4)
    palette = matplotlib.colormaps["tab10" if len(models) <= 10 else "turbo"]
    handles: dict[str, Any] = {}
    for number, (phase, metric) in enumerate(shown, 1):
        title = f"{shown_name(phase)}: {shown_name(metric)}" if several else shown_name(metric)
        axes = plain_axes(figure.add_subplot(rows, columns, number), title, "epoch")
        positive = []
        for place, (name, phases) in enumerate(recorded.items()):
            colour = palette(place) if len(models) <= 10 else palette(place / max(1, len(models) - 1))
            curves = phases.get(phase, {})
            training, validation = curves.get(metric), curves.get(f"validation/{metric}")
            if training is not None:
                alpha = 0.35 if validation is not None else 1.0
                (line,) = axes.plot(*measured_epochs(training), color=colour, linewidth=1.5, alpha=alpha)
                handles.setdefault(name, line)
                positive += drawable(training)
            if validation is not None:
                (line,) = axes.plot(*measured_epochs(validation), color=colour, linewidth=1.8)
                handles[name] = line
                positive += drawable(validation)
        finite = [value for value in positive if not math.isnan(value)]
        if metric == "loss" and finite and min(finite) > 0 and max(finite) / min(finite) > 30:
            axes.set_yscale("log")
        integer_ticks(axes)
    names = {shown_name(name): handle for name, handle in handles.items()}
    every = [name for phases in recorded.values() for curves in phases.values() for name in curves]
    width = figure.get_size_inches()[0]
    figure.tight_layout(rect=(0, 0, 1 - 2.0 / width, 1))
    figure.legend(
        names.values(),
        names.keys(),
        frameon=False,
        fontsize=9,
        loc="upper left",
        labelcolor=INK,
        bbox_to_anchor=(1 - 1.95 / width, 0.97),
        title="validation; training pale" if any(name.startswith("validation/") for name in every) else None,
        alignment="left",
        title_fontsize=8,
    )
