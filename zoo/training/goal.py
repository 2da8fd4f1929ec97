"""A goal that ends a phase: "validation/accuracy >= 0.99", or several with "or" between them.

Besides recorded metrics it may name Prechelt's measures of early stopping: generalization_loss, 100 (E(t) / E_opt − 1)
of the validation loss E and the least there was, and progress, 1000 (mean / least − 1) of the training loss in the last
five epochs. Source: L. Prechelt (1994), Proben1, section 3.3.
"""

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
STRIP = 5  # epochs between two looks at either of Prechelt's measures, and over which progress is measured

Curves = Mapping[str, Sequence[float]]


def _generalization_loss(curves: Curves) -> float:
    """At the end of a strip, by the losses at the ends of strips; NaN between."""
    every = curves.get("validation/loss", ())
    curve = every[STRIP - 1 :: STRIP] if len(every) % STRIP == 0 else ()
    least = min(curve, default=math.nan)
    return 100 * (curve[-1] / least - 1) if curve and least > 0 else math.nan


def _progress(curves: Curves) -> float:
    """At the end of a strip; NaN between."""
    curve = curves.get("loss", ())
    strip = curve[-STRIP:]
    if not strip or len(curve) % STRIP or min(strip) <= 0:
        return math.nan
    return 1000 * (sum(strip) / STRIP / min(strip) - 1)


DERIVED: dict[str, Callable[[Curves], float]] = {
    "generalization_loss": _generalization_loss,
    "progress": _progress,
}


@dataclass(frozen=True)
class Comparison:
    """A recorded metric or a derived measure, how it is compared, and with what."""

    metric: str
    comparison: str
    value: float

    def holds(self, curves: Curves) -> bool:
        """Whether it holds after the last recorded epoch; of an epoch without the metric, or NaN, it does not."""
        curve = curves.get(self.metric, ())
        value = DERIVED[self.metric](curves) if self.metric in DERIVED else curve[-1] if curve else math.nan
        return not math.isnan(value) and COMPARED[self.comparison](value, self.value)


@dataclass(frozen=True)
class Goal:
    """Comparisons of which one has to hold. Whether it is reached follows from the recorded epochs alone, so a resumed
    run decides as the uninterrupted one did."""

    comparisons: tuple[Comparison, ...]

    @classmethod
    def parse(cls, text: str) -> Goal:
        """From "validation/accuracy >= 0.99" or "loss < 0.01 or accuracy >= 1"; `OptionError` where it reads
        otherwise."""
        return cls(tuple(_comparison(each, text) for each in text.split(" or ")))

    def reached(self, curves: Curves) -> bool:
        """Whether the last recorded epoch has reached it; an epoch without the metric has not."""
        return any(each.holds(curves) for each in self.comparisons)


def _comparison(part: str, text: str) -> Comparison:
    found = re.fullmatch(r"\s*(\S+?)\s*(>=|<=|>|<)\s*(\S+)\s*", part)
    try:
        value = float(found[3]) if found else math.nan
    except ValueError:
        value = math.nan
    if found is None or not math.isfinite(value):
        raise OptionError(
            f"training: --until is {text!a}, expected a metric, one of {', '.join(COMPARED)}, and a number, as in"
            " 'validation/accuracy >= 0.99'"
        )
    return Comparison(found[1], found[2], value)


def check_recorded(goal: str, recorded: Sequence[Metric], has_validation: bool, who: str) -> None:
    """`UsageError` where no phase records a metric of a goal."""
    names = [metric.name for metric in recorded]
    for name in (each.metric for each in Goal.parse(goal).comparisons):
        if name in names or (name in DERIVED and (has_validation or name != "generalization_loss")):
            continue
        if (name.startswith("validation/") or name in DERIVED) and not has_validation:
            raise UsageError(
                f"{who}: --until {goal!a}: no part is held out for validation; hold one out with --validation 0.1"
            )
        raise UsageError(f"{who}: --until {goal!a}: {name!a} is not recorded{did_you_mean(name, (*names, *DERIVED))}")
