"""Plot the history of training: learning curves, and the size of the gradient in each layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from zoo.core.model import Model
from zoo.core.phase_list import phases_of
from zoo.core.settings import TrainingPlan
from zoo.plots.contact_sheet import tile_columns
from zoo.plots.plain_names import shown_name
from zoo.plots.plot import Plot
from zoo.plots.style import COLOURS, INK, integer_ticks, plain_axes
from zoo.training.early_stopping import EarlyStopping

LARGEST = 1e100  # of a value that is drawn
MOST_PANELS = 12  # of learning curves in one plot
ONE_EPOCH = "one epoch: a point each, no curves yet"
GRADIENT = "gradient/"  # what the curves of gradient norms are called: "gradient/hidden1"


def has_curves(model: Model) -> bool:
    return model.history is not None and any(model.history.phases.values())


def phases_in_order(model: Model) -> dict[str, dict[str, list[float]]]:
    """The recorded curves by phase, as they were trained: a file holds them in the order of the alphabet."""
    assert model.history is not None
    plan = TrainingPlan(model.architecture.settings)
    names = [phase.name for phase in phases_of(model.architecture, plan)]
    recorded = model.history.phases
    rank = {name: place for place, name in enumerate(names)}
    return {phase: recorded[phase] for phase in sorted(recorded, key=lambda name: rank.get(name, len(rank)))}


def _place(layer: str, weights: list[str]) -> int:
    """Where a layer's first weights stand among all, from input to output."""
    places = (place for place, name in enumerate(weights) if name == layer or name.startswith(f"{layer}/"))
    return next(places, len(weights))


def draw_learning(model: Model, data: Any, figure: Any) -> None:
    """One panel for each metric, in each phase: on the training batches and on the validation part."""
    assert model.history is not None
    panels = [
        (phase, name)
        for phase, curves in phases_in_order(model).items()
        for name in sorted(
            {name.removeprefix("validation/") for name in curves if not name.startswith(GRADIENT)},
            key=lambda name: (name != "loss", name),
        )
    ]
    # A single value is no curve: it gets a panel only where there is nothing else to see.
    drawn = [each for each in panels if _longest(model.history[each[0]], each[1]) > 1]
    panels = (drawn or panels)[:MOST_PANELS]
    columns = tile_columns(len(panels), 4.6, 3.4, most=4)
    rows = math.ceil(len(panels) / columns)
    figure.set_size_inches(4.6 * columns + 0.4, 3.4 * rows + 0.4)
    for number, (phase, name) in enumerate(panels, 1):
        curves = model.history[phase]
        several = len(model.history.phases) > 1
        title = f"{shown_name(phase)}: {shown_name(name)}" if several else shown_name(name)
        axes = plain_axes(figure.add_subplot(rows, columns, number), title, "epoch")
        for key, label, colour in ((name, "training", COLOURS[0]), (f"validation/{name}", "validation", COLOURS[1])):
            if key in curves:
                epochs, values = measured_epochs(curves[key])
                axes.plot(epochs, values, color=colour, label=label, **_line(values))
        best = EarlyStopping(model.history.monitors.get(phase)).best_epoch(curves)
        if best is not None and f"validation/{name}" in curves:
            axes.plot(
                best + 1,
                drawable(curves[f"validation/{name}"])[best],
                "o",
                color=COLOURS[1],
                mfc="white",
                ms=7,
                label="kept as best",
            )
        if name == "loss" and _spans(curves, ("loss", "validation/loss")):
            axes.set_yscale("log")
        integer_ticks(axes)
        axes.legend(frameon=False, fontsize=9)
        _tell_left_out(axes, curves.get(name, []) + curves.get(f"validation/{name}", []))
    if not drawn:
        figure.suptitle(ONE_EPOCH, x=0.01, ha="left", fontsize=10, color=INK)
    figure.tight_layout()


def _longest(curves: Mapping[str, list[float]], name: str) -> int:
    """Epochs a metric was recorded for, in training or on the validation part."""
    return max(len(curves.get(name, [])), len(curves.get(f"validation/{name}", [])))


def has_gradients(model: Model) -> bool:
    return model.history is not None and any(
        name.startswith(GRADIENT) for curves in model.history.phases.values() for name in curves
    )


def draw_gradients(model: Model, data: Any, figure: Any) -> None:
    """Mean norm of the loss's gradient with respect to each layer's parameters, over the epochs, on a logarithmic axis.

    In a deep net of sigmoids the first layers' lie orders of magnitude below the last ones' (the gradient vanishes);
    with rectifiers they stay together. Hochreiter (1991); Glorot and Bengio (2010), figure 7.
    """
    assert model.history is not None
    phases = {
        phase: {name.removeprefix(GRADIENT): curve for name, curve in curves.items() if name.startswith(GRADIENT)}
        for phase, curves in phases_in_order(model).items()
    }
    weights = list(model.weights)
    phases = {
        phase: dict(sorted(layers.items(), key=lambda each: _place(each[0], weights)))
        for phase, layers in phases.items()
        if layers
    }
    import matplotlib

    for number, (phase, layers) in enumerate(phases.items(), 1):
        title = "size of the gradient by layer" + (f": {shown_name(phase)}" if len(phases) > 1 else "")
        if max(map(len, layers.values())) == 1:
            title += f"; {ONE_EPOCH}"
        axes = plain_axes(figure.add_subplot(len(phases), 1, number), title, "epoch", "mean norm of the gradient")
        colours = matplotlib.colormaps["viridis"]
        for place, (layer, curve) in enumerate(layers.items()):
            colour = colours(0.9 * place / max(1, len(layers) - 1))
            axes.plot(epochs_of(curve), drawable(curve), color=colour, label=shown_name(layer), **_line(curve))
        axes.set_yscale("log")
        integer_ticks(axes)
        _tell_left_out(axes, [value for curve in layers.values() for value in curve])
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(
            handles[::-1], labels[::-1], title="output\n  ↓\ninput", frameon=False, fontsize=9,
            loc="center left", bbox_to_anchor=(1.01, 0.5), alignment="left",
        )  # fmt: skip
    figure.tight_layout()


def epochs_of(curve: list[float]) -> range:
    return range(1, len(curve) + 1)


def measured_epochs(curve: list[float]) -> tuple[list[int], list[float]]:
    """Epochs and values, without the gaps of a metric that was measured every so many epochs alone."""
    kept = [(epoch, each) for epoch, each in enumerate(curve, 1) if not math.isnan(each)]
    return [epoch for epoch, _ in kept], drawable([each for _, each in kept])


def _is_beyond(value: float) -> bool:
    return abs(value) > LARGEST  # NaN is not


def drawable(curve: list[float]) -> list[float]:
    """The curve with gaps where no axis reaches (differences of larger values overflow), and 0 for what is as near."""
    return [math.nan if _is_beyond(each) else 0.0 if abs(each) * LARGEST < 1 else each for each in curve]


def _tell_left_out(axes: Any, values: list[float]) -> None:
    if beyond := sum(map(_is_beyond, values)):
        note = f"{beyond:,} values beyond ±{LARGEST:g} left out"
        axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center", fontsize=9, color=INK)


def _line(curve: list[float]) -> dict[str, Any]:
    """A line, with a marker where there is but one point."""
    return {"linewidth": 1.8, "marker": "o" if len(curve) == 1 else None}


def _spans(curves: Mapping[str, list[float]], names: tuple[str, ...]) -> bool:
    """Whether values are all positive and span more than a factor of 30, so that a logarithmic axis shows more."""
    values = [value for name in names for value in drawable(curves.get(name, [])) if not math.isnan(value)]
    return bool(values) and min(values) > 0 and max(values) / min(values) > 30


LEARNING = Plot("learning", "learning curves: every metric over the epochs", has_curves, draw_learning)
GRADIENTS = Plot("gradients", "size of the gradient in each layer over the epochs", has_gradients, draw_gradients)
