"""Plot predicted quantities beside the true ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.plots.decision_regions import MOST_POINTS, decode_outputs
from zoo.plots.plain_names import shown_name
from zoo.plots.style import COLOURS, plain_axes
from zoo.types import Array


def is_series(values: Array) -> bool:
    """Whether the order says something: neighbours differ by less than values picked at random do.

    The mean squared successive difference over the variance, which is near 2 where the order is by chance, is below 1.
    Von Neumann (1941), Distribution of the ratio of the mean square successive difference to the variance.
    """
    return bool(np.square(np.diff(values)).sum() < np.square(values - values.mean()).sum())


def r_squared(truth: Array, answer: Array) -> float:
    """1 − Σ (t − y)² / Σ (t − mean t)², as `zoo eval` prints it; of a truth that does not vary 1 when met, else 0."""
    missed, varies = float(np.square(truth - answer).sum()), float(np.square(truth - truth.mean()).sum())
    return 1 - missed / varies if varies else float(missed == 0)


def draw_predictions(model: Any, data: Any, figure: Any) -> None:
    """Truth and prediction of the first target, of a series in its order, else in order of the truth; and one against
    the other."""
    batch = data.rows(np.arange(min(len(data), MOST_POINTS)))
    truth, answer = decode_outputs(model, batch.targets)[:, 0], decode_outputs(model, model.predict(batch.inputs))[:, 0]
    figure.set_size_inches(9.6, 3.8)
    name = shown_name(model.signature.labels[0])
    size = 3 if len(batch) > 100 else 6
    series = is_series(truth)
    shown = f"the first {len(batch):,} of {len(data):,} samples" if len(data) > len(batch) else "sample"
    line, order = {"linewidth": 1.0, "linestyle": "--"}, np.arange(len(truth))
    if not series:
        shown, line = f"{shown}, in order of {name}", {"linestyle": "", "marker": ".", "ms": size}
        order = np.argsort(truth, kind="stable")
    grid = figure.add_gridspec(1, 2, width_ratios=(1.9, 1))
    axes = plain_axes(figure.add_subplot(grid[0]), f"{name}: truth and prediction", shown, name)
    axes.plot(truth[order], color=COLOURS[0], linewidth=1.4, label="truth", zorder=2 if series else 3)
    axes.plot(answer[order], color=COLOURS[1], label="prediction", **line)
    axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    title = f"r_squared {r_squared(truth, answer):.4g}"
    against = plain_axes(figure.add_subplot(grid[1]), title, "truth", "prediction")
    against.plot(truth, answer, ".", color=COLOURS[0], ms=size)
    ends = [min(truth.min(), answer.min()), max(truth.max(), answer.max())]
    against.plot(ends, ends, color="#999999", linewidth=1, zorder=0)
    figure.tight_layout()
