"""Parse the criterion that ends training: "validation/accuracy >= 0.99", or several with "or" between them.

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

from zoo.core.metrics import Metric, of_validation
from zoo.errors import OptionError, UsageError

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
FORM = re.compile(r"\s*([A-Za-z_][\w/.-]*)\s*(>=|<=|>|<)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")


STRIP = 5  # epochs between two looks at either, and over which progress is measured


def _generalization_loss(curves: Mapping[str, Sequence[float]]) -> float:
    """At the end of a strip, by the losses at the ends of strips; NaN between."""
    every = curves.get("validation/loss", ())
    curve = every[STRIP - 1 :: STRIP] if len(every) % STRIP == 0 else ()
    least = min(curve, default=math.nan)
    return 100 * (curve[-1] / least - 1) if curve and least > 0 else math.nan


def _progress(curves: Mapping[str, Sequence[float]]) -> float:
    """At the end of a strip; NaN between."""
    curve = curves.get("loss", ())
    strip = curve[-STRIP:]
    if not strip or len(curve) % STRIP or min(strip) <= 0:
        return math.nan
    return 1000 * (sum(strip) / STRIP / min(strip) - 1)


DERIVED: dict[str, Callable[[Mapping[str, Sequence[float]]], float]] = {
    "generalization_loss": _generalization_loss,
    "progress": _progress,
}


@dataclass(frozen=True)
class Comparison:
    """A recorded metric or a derived measure, how it is compared, and with what."""

    metric: str
    comparison: str
    value: float

    def met(self, curves: Mapping[str, Sequence[float]]) -> bool:
        """Whether the last recorded epoch meets it; NaN never does."""
        curve = curves.get(self.metric, ())
        value = DERIVED[self.metric](curves) if self.metric in DERIVED else curve[-1] if curve else math.nan
        return not math.isnan(value) and COMPARISONS[self.comparison](value, self.value)


@dataclass(frozen=True)
class Criterion:
    """Comparisons of which one has to hold."""

    comparisons: tuple[Comparison, ...]

    def met(self, curves: Mapping[str, Sequence[float]]) -> bool:
        """Whether the last recorded epoch meets it."""
        return any(each.met(curves) for each in self.comparisons)


def parse_until(text: str) -> Criterion | None:
    """The criterion in a text; None of an empty one, `OptionError` for anything else."""
    return Criterion(tuple(_comparison(each, text) for each in text.split(" or "))) if text else None


def _comparison(part: str, text: str) -> Comparison:
    found = FORM.fullmatch(part)
    try:
        value = float(found[3]) if found else math.nan
    except ValueError:
        value = math.nan
    if found is None or math.isnan(value):
        raise OptionError(
            f"training: until is {text[:80]!a}, expected a metric, >=, <=, > or <, and a number, such as"
            " 'validation/accuracy >= 0.99'"
        )
    return Comparison(found[1], found[2], value)


def check_until(text: str, training: Sequence[Metric], validation: Sequence[Metric] | None, who: str) -> None:
    """`UsageError` where a criterion names a metric that the phase does not record. validation: None without rows."""
    criterion = parse_until(text)
    known = [each.name for each in (*training, *of_validation(validation or ()))]
    derived = [name for name in DERIVED if validation is not None or name != "generalization_loss"]
    for each in criterion.comparisons if criterion is not None else ():
        if each.metric not in (*known, *derived):
            hold = "; hold rows out with --validation 0.1" if validation is None and "/" in each.metric else ""
            raise UsageError(
                f"{who}: until {text!a} names {each.metric!a}, which is not recorded{hold}; expected one of"
                f" {', '.join((*known, *derived))}"
            )
