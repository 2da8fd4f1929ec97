"""Plot the confusion matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.core.model import Model
from zoo.inference.batched import in_batches
from zoo.plots.plain_names import shown_name
from zoo.plots.plot import Plot
from zoo.plots.style import INK
from zoo.types import Array


def classifies(model: Model) -> bool:
    return model.signature.task == "classification" and model.signature.outputs <= 100


def confusion(model: Model, data: Any) -> Array:
    """Counts (true class, answer) over all samples."""
    classes = model.signature.outputs
    counts = np.zeros((classes, classes), np.int64)
    for batch in in_batches(data):
        assert batch.targets is not None
        np.add.at(counts, (batch.targets, model.answer(batch).argmax(axis=1)), 1)
    return counts


def draw_confusion(model: Model, data: Any, figure: Any) -> None:
    """Each row a true class, each column an answer; shaded by the share of the row, counts written in."""
    counts = confusion(model, data)
    classes = len(counts)
    side = min(14.0, max(3.4, 0.42 * classes + 1.2))
    figure.set_size_inches(side + 0.4, side)
    axes = figure.add_subplot()
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [shown_name(label) for label in model.signature.labels]
    axes.set_xticks(range(classes), names, rotation=0 if max(map(len, names)) <= 3 else 45, ha="center")
    axes.set_yticks(range(classes), names)
    axes.set_xlabel("answer", color=INK)
    axes.set_ylabel("true class", color=INK)
    right = counts.trace() / max(1, counts.sum())
    axes.set_title(f"{100 * right:.2f} % of {counts.sum():,} right", loc="left", fontsize=11, color=INK)
    axes.spines[:].set_visible(False)
    if classes <= 30:
        for true, answer in zip(*np.nonzero(counts), strict=True):
            shade = "white" if shares[true, answer] > 0.5 else INK
            axes.text(answer, true, f"{counts[true, answer]}", ha="center", va="center", fontsize=8, color=shade)
    figure.tight_layout()


CONFUSION = Plot("confusion", "confusion matrix on the held-out part", classifies, draw_confusion, needs_data=True)
