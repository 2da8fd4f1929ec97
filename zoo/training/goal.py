"""A goal that ends a phase: "validation/accuracy >= 0.99"."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from zoo.core.metrics import Metric
from zoo.errors import OptionError, UsageError, did_you_mean

COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Goal:
    """A recorded metric, how it is compared, and with what. Whether it is reached follows from the recorded epochs
    alone, so a resumed run decides as the uninterrupted one did."""

    metric: str
    comparison: str
    value: float

    @classmethod
    def parse(cls, text: str) -> Goal:
        """From "validation/accuracy >= 0.99"; `OptionError` where it reads otherwise."""
        found = re.fullmatch(r"\s*(\S+?)\s*(>=|<=|>|<)\s*(\S+)\s*", text)
        try:
            value = float(found[3]) if found else math.nan
        except ValueError:
            value = math.nan
        if found is None or not math.isfinite(value):
            raise OptionError(
                f"training: --until is {text!a}, expected a metric, one of {', '.join(COMPARED)}, and a number, as in"
                " 'validation/accuracy >= 0.99'"
            )
        return cls(found[1], found[2], value)

    def reached(self, curves: Mapping[str, Sequence[float]]) -> bool:
        """Whether the last recorded epoch has reached it; an epoch without the metric has not."""
        curve = curves.get(self.metric, ())
        return bool(curve) and COMPARED[self.comparison](curve[-1], self.value)


def check_recorded(goal: str, recorded: Sequence[Metric], has_validation: bool, who: str) -> None:
    """`UsageError` where no phase records the metric of a goal."""
    name = Goal.parse(goal).metric
    names = [metric.name for metric in recorded]
    if name in names:
        return
    if name.startswith("validation/") and not has_validation:
        raise UsageError(
            f"{who}: --until {goal!a}: no part is held out for validation; hold one out with --validation 0.1"
        )
    raise UsageError(f"{who}: --until {goal!a}: {name!a} is not recorded{did_you_mean(name, names)}")
