"""What was recorded of every epoch, and the decisions that are pure functions of it: best weights, stopping, plateaus.

Because they look at nothing else, a resumed run decides as the uninterrupted one did.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from zoo.core.metrics import Metric

Curve = list[float]


class History:
    """One value per epoch of every figure of every phase: `history["train"]["validation/loss"]`.

    A figure's name may be a path; what stands before the last "/" says where it was measured ("validation/accuracy").
    """

    def __init__(self, phases: Mapping[str, Mapping[str, Sequence[float]]] | None = None) -> None:
        self.phases: dict[str, dict[str, Curve]] = {
            phase: {figure: list(curve) for figure, curve in curves.items()} for phase, curves in (phases or {}).items()
        }
        self.monitors: dict[str, Metric] = {}  # by phase, what decided which epoch was best; where it is known

    def record(self, phase: str, metrics: Mapping[str, float]) -> None:
        """Appends an epoch. A figure that starts late or is missing once is filled up with NaN."""
        curves = self.phases.setdefault(phase, {})
        done = self.epochs(phase)
        for name in [*curves, *(name for name in metrics if name not in curves)]:
            curve = curves.setdefault(name, [])
            curve.extend([math.nan] * (done - len(curve)))
            curve.append(float(metrics.get(name, math.nan)))

    def epochs(self, phase: str) -> int:
        return max((len(curve) for curve in self.phases.get(phase, {}).values()), default=0)

    def __getitem__(self, phase: str) -> dict[str, Curve]:
        return self.phases.get(phase, {})

    def last(self, phase: str) -> dict[str, float]:
        """The figures of the phase's last epoch."""
        return {name: curve[-1] for name, curve in self[phase].items()}


def best_epoch(curves: Mapping[str, Curve], metric: Metric | None) -> int | None:
    """The epoch with the best value of the metric, the first of equals; None where it was not recorded."""
    curve = curves.get(metric.name, []) if metric is not None else []
    if metric is None or not curve:
        return None
    best = 0
    for epoch, value in enumerate(curve):
        if metric.better(value, curve[best]):
            best = epoch
    return best


def out_of_patience(curves: Mapping[str, Curve], patience: int, metric: Metric | None) -> bool:
    """Early stopping: the best epoch lies `patience` or more epochs back."""
    best = best_epoch(curves, metric)
    return patience > 0 and metric is not None and best is not None and len(curves[metric.name]) - 1 - best >= patience
