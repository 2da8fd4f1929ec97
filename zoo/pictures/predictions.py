"""Quantities that were predicted, beside what they were."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.pictures.look import COLOURS, plain_axes
from zoo.pictures.plane import MOST_POINTS, decoded


def draw_predictions(model: Any, data: Any, figure: Any) -> None:
    """Truth and prediction of the first target in the order of the data, and one against the other."""
    rows = data.rows(np.arange(min(len(data), MOST_POINTS)))
    truth, answer = decoded(model, rows.targets)[:, 0], decoded(model, model.predict(rows.inputs))[:, 0]
    figure.set_size_inches(9.6, 3.8)
    name = model.signature.labels[0]
    spread = float(truth.std()) or 1.0
    error = float(np.sqrt(np.square(truth - answer).mean())) / spread
    grid = figure.add_gridspec(1, 2, width_ratios=(1.9, 1))
    axes = plain_axes(figure.add_subplot(grid[0]), f"{name}: truth and prediction", "sample", name)
    axes.plot(truth, color=COLOURS[0], linewidth=1.4, label="truth")
    axes.plot(answer, color=COLOURS[1], linewidth=1.0, linestyle="--", label="prediction")
    axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    against = plain_axes(figure.add_subplot(grid[1]), f"normalized error {error:.3g}", "truth", "prediction")
    against.plot(truth, answer, ".", color=COLOURS[0], ms=3 if len(rows) > 100 else 6)
    ends = [min(truth.min(), answer.min()), max(truth.max(), answer.max())]
    against.plot(ends, ends, color="#999999", linewidth=1, zorder=0)
    figure.tight_layout()
