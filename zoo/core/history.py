"""Record the metrics of every epoch.

Best weights, early stopping and schedules that wait for a plateau are decided from this record alone, so a resumed run
decides as the uninterrupted one did.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from zoo.core.metrics import Metric, metrics_line
from zoo.printable import printable

Curve = list[float]
SHOWN = ("", "validation")  # paths of metrics that a line shows; others ("gradient/hidden1") are for plots


class History:
    """One value per epoch of every metric of every phase: `history["train"]["validation/loss"]`.

    A metric's name may be a path; the part before the last "/" says where it was measured ("validation/accuracy").
    """

    def __init__(self, phases: Mapping[str, Mapping[str, Sequence[float]]] | None = None) -> None:
        self.phases: dict[str, dict[str, Curve]] = {
            phase: {name: list(curve) for name, curve in curves.items()} for phase, curves in (phases or {}).items()
        }
        self.monitors: dict[str, Metric] = {}  # by phase: the metric that decided which epoch was best

    def record(self, phase: str, metrics: Mapping[str, float]) -> None:
        """Append an epoch. A metric that starts late or is missing once is filled with NaN."""
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

    def __repr__(self) -> str:
        """Each phase with its last epoch, and the names of what was recorded besides."""
        lines = []
        for phase, curves in self.phases.items():
            plain = {name: value for name, value in self.last(phase).items() if name.rpartition("/")[0] in SHOWN}
            others = len(curves) - len(plain)
            more = f"  and {others} more: history[{phase!r}]" if others else ""
            count = self.epochs(phase)
            lines.append(f"{phase}, {count:,} epoch{'s' * (count != 1)}: {metrics_line(plain)}{more}")
        return printable(f"<History {'; '.join(lines) or 'of no epoch'}>")

    def last(self, phase: str) -> dict[str, float]:
        """The metrics of the phase's last epoch."""
        return {name: curve[-1] for name, curve in self[phase].items()}
