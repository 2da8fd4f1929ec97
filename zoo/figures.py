"""Figures: pictures that `zoo plot` draws of a model. Two are for any family; plugins offer more by `zoo_figures`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.data.samples import Samples
    from zoo.model import Model

MOST_CLASSES = 40  # that a confusion matrix shows legibly
MOST_NUMBERS = 16  # of classes, that it shows with their counts


@dataclass(frozen=True)
class Figure:
    """A picture by name. `draw(model, samples, figure)` draws into an empty matplotlib figure (or subfigure).

    `samples` are those held out for testing, behind the model's preprocessing; None where `needs_data` is false.
    matplotlib is imported inside `draw`, where at all: a figure is offered and listed without it.
    """

    name: str
    summary: str
    applies: Callable[[Model], bool]
    draw: Callable[[Model, Any, Any], None]
    needs_data: bool = False
    height: float = 4.0  # inches, at a width of 8


def _has_history(model: Model) -> bool:
    return model.history is not None and any(model.history.epochs(phase) for phase in model.history.phases)


def _draw_curves(model: Model, samples: Samples | None, figure: Any) -> None:
    """A panel per measure, epochs from left to right, phase after phase; training and validation share a panel."""
    from matplotlib.ticker import MaxNLocator

    assert model.history is not None
    panels: dict[str, list[tuple[str, int, list[float]]]] = {}  # measure → (label, epochs before it, curve)
    before, borders = 0, []
    for phase, curves in model.history.phases.items():
        for name, curve in curves.items():
            where, _, measure = name.rpartition("/")
            if where in ("", "validation"):  # other paths belong to figures of their own family
                label = where or "training"
                panels.setdefault(measure, []).append((label, before, curve))
        before += model.history.epochs(phase)
        borders.append((before, phase))
    axes = figure.subplots(1, max(1, len(panels)), squeeze=False)[0]
    for axis, (measure, curves_of) in zip(axes, panels.items(), strict=False):
        seen: set[str] = set()
        for label, start, curve in curves_of:
            epochs = range(start + 1, start + len(curve) + 1)
            mark = "o" if len(curve) == 1 else None
            color = "C1" if label == "validation" else "C0"
            axis.plot(epochs, curve, marker=mark, color=color, label=None if label in seen else label)
            seen.add(label)
        for border, _ in borders[:-1]:
            axis.axvline(border + 0.5, color="0.8", linewidth=1, zorder=0)
        axis.set(xlabel="epoch", title=measure)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
        if len(seen) > 1:
            axis.legend(frameon=False)


def _classifies(model: Model) -> bool:
    return model.signature.task == "classification" and 2 <= model.signature.outputs <= MOST_CLASSES


def _draw_confusion(model: Model, samples: Samples | None, figure: Any) -> None:
    """Rows: the true class; columns: the answer; shade: share of the row. The diagonal is what is right."""
    import numpy as np

    from zoo.evaluation import pieces

    assert samples is not None
    labels = [label if label.isprintable() else ascii(label) for label in model.signature.labels]
    counts = np.zeros((model.signature.outputs, model.signature.outputs), np.int64)
    for rows in pieces(samples):
        np.add.at(counts, (rows.targets, model.predict(rows.inputs).argmax(axis=1)), 1)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    axis = figure.subplots()
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axis.set_xticks(range(len(labels)), labels, rotation=45 if max(map(len, labels), default=0) > 3 else 0)
    axis.set_yticks(range(len(labels)), labels)
    axis.set(
        xlabel="answer", ylabel="true class", title=f"{np.trace(counts) / counts.sum():.2%} of {counts.sum():,} right"
    )
    figure.colorbar(image, ax=axis, label="share of the true class")
    if len(labels) <= MOST_NUMBERS:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                color = "white" if shares[row, column] > 0.5 else "black"
                axis.text(column, row, str(count), ha="center", va="center", fontsize=7, color=color)


CORE = (
    Figure("curves", "figures of every epoch, in training and on what was held out", _has_history, _draw_curves),
    Figure("confusion", "which class is taken for which", _classifies, _draw_confusion, needs_data=True, height=6.0),
)
