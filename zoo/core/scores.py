"""The metrics of a task, as sums that add up over any number of rows and what is made of them at the end.

One rule for all families: a loss is measured in what is trained on (targets may be standardized); every metric with the
name of one here is in the targets' own units, as whoever compares `zoo.predict` with the table finds it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zoo.core.metrics import (
    ACCURACY,
    LABEL_ACCURACY,
    MEAN_ABSOLUTE_ERROR,
    MEAN_SQUARED_ERROR,
    R_SQUARED,
    ROOT_MEAN_SQUARED_ERROR,
    Metric,
)
from zoo.core.sum_tree import Sums
from zoo.types import Array

CLASSES = ("classification", "labelling", "language")  # tasks whose answers are classes
OF_CLASSES = (ACCURACY,)
OF_LABELS = (ACCURACY, LABEL_ACCURACY)
OF_NUMBERS = (MEAN_SQUARED_ERROR, ROOT_MEAN_SQUARED_ERROR, MEAN_ABSOLUTE_ERROR, R_SQUARED)


def scores_of(task: str) -> tuple[Metric, ...]:
    """What `scores` makes of a task."""
    if task in CLASSES:
        return OF_CLASSES
    return OF_LABELS if task == "multi-label" else OF_NUMBERS


def target_unit(preprocessing: Any) -> Array | float:
    """What 1 of an encoded target is in the target's own units, by target; 1 where targets are not scaled."""
    unit = getattr(preprocessing, "target_unit", None)
    return 1.0 if unit is None else unit


def score_sums(task: str, z: Array, outputs: Array, targets: Array, mask: Array | None = None) -> Sums:
    """Sums over rows, out of which `scores` makes the task's metrics. mask (rows, time): 1 where a step counts."""
    if task in CLASSES:
        chosen = z[..., 0] > 0 if z.shape[-1] == 1 else z.argmax(axis=-1)
        return {"correct": _total(chosen == targets, mask)}
    if task == "multi-label":
        right = (outputs > 0.5) == (targets > 0.5)
        return {"exact": _total(right.all(axis=-1), mask), "correct": _total(right.mean(axis=-1), mask)}
    t, y = targets.astype(np.float64), outputs.astype(np.float64)
    if mask is not None:
        y, t = y * mask[..., None], t * mask[..., None]
    y, t = y.reshape(-1, y.shape[-1]), t.reshape(-1, t.shape[-1])
    return {
        "squared": ((y - t) ** 2).sum(axis=0),
        "absolute": np.abs(y - t).sum(axis=0),
        "targets": t.sum(axis=0),
        "targets_squared": (t * t).sum(axis=0),
    }


def score_metrics(task: str, sums: Sums, unit: Array | float = 1.0) -> dict[str, float]:
    """Classification: accuracy. Multi-label: accuracy, of rows with every label right, and label_accuracy, of labels.

    Regression and forecasts, of targets t and answers y: mean_squared_error, its root, mean_absolute_error, where 1 of
    an output is `unit` of the targets' own units, and r_squared = 1 − Σ (t − y)² / Σ (t − mean t)²; each is the mean
    over the outputs, the root is that of the mean. An output that does not vary has r_squared 1 when it is met exactly,
    else 0.
    """
    count = float(sums["count"])
    if "exact" in sums:
        return {"accuracy": float(sums["exact"]) / count, "label_accuracy": float(sums["correct"]) / count}
    if "correct" in sums:
        return {"accuracy": float(sums["correct"]) / count}
    squared = sums["squared"]
    varies = sums["targets_squared"] - sums["targets"] ** 2 / count
    fixed = varies <= 1e-12 * sums["targets_squared"]
    r_squared = np.where(fixed, squared == 0, 1 - squared / np.where(fixed, 1, varies))
    mean_squared_error = float((squared * np.square(unit)).mean() / count)
    return {
        "mean_squared_error": mean_squared_error,
        "root_mean_squared_error": math.sqrt(mean_squared_error),
        "mean_absolute_error": float((sums["absolute"] * unit).mean() / count),
        "r_squared": float(r_squared.mean()),
    }


def _total(right: Array, mask: Array | None) -> Array:
    if mask is None and right.dtype == bool:
        return np.asarray(float(np.count_nonzero(right)))
    return np.asarray((right if mask is None else right * mask).sum(dtype=np.float64))
