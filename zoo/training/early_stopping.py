"""Decide which epoch of a phase is the best so far, and when training stops early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zoo.core.metrics import Metric


class EarlyStopping:
    """The best epoch of a monitored metric, and whether it lies `patience` or more epochs back.

    Both follow from the recorded curve alone, so a resumed run decides as the uninterrupted one did. Each value is read
    once: a phase of n epochs costs O(n).

    metric: what decides; None decides nothing. patience: epochs without improvement; 0 never stops.
    """

    def __init__(self, metric: Metric | None, patience: int = 0) -> None:
        self.metric, self.patience = metric, patience
        self._best, self._read = 0, 0

    def best_epoch(self, curves: Mapping[str, Sequence[float]]) -> int | None:
        """The epoch with the best value, the first of equals; None where the metric was not recorded."""
        curve = curves.get(self.metric.name, ()) if self.metric is not None else ()
        if self.metric is None or not curve:
            return None
        for epoch in range(self._read, len(curve)):
            if self.metric.better(curve[epoch], curve[self._best]):
                self._best = epoch
        self._read = len(curve)
        return self._best

    def should_stop(self, curves: Mapping[str, Sequence[float]]) -> bool:
        """Whether the metric has not improved for `patience` epochs."""
        best = self.best_epoch(curves)
        if not self.patience or self.metric is None or best is None:
            return False
        return len(curves[self.metric.name]) - 1 - best >= self.patience
