"""Parse the criterion that ends training: "validation/accuracy >= 0.99"."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from zoo.errors import OptionError

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
FORM = re.compile(r"\s*([A-Za-z_][\w/.-]*)\s*(>=|<=|>|<)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)\s*")


@dataclass(frozen=True)
class Criterion:
    """A recorded metric, how it is compared, and with what."""

    metric: str
    comparison: str
    value: float

    def holds(self, value: float) -> bool:
        """Whether a recorded value meets it; NaN never does."""
        return not math.isnan(value) and COMPARISONS[self.comparison](value, self.value)

    def met(self, curves: Mapping[str, Sequence[float]]) -> bool:
        """Whether the last recorded epoch meets it."""
        curve = curves.get(self.metric, ())
        return bool(curve) and self.holds(curve[-1])


def parse_until(text: str) -> Criterion | None:
    """The criterion in a text; None of an empty one, `OptionError` for anything else."""
    if not text:
        return None
    found = FORM.fullmatch(text)
    try:
        value = float(found[3]) if found else math.nan
    except ValueError:
        value = math.nan
    if found is None or math.isnan(value):
        raise OptionError(
            f"training: until is {text[:80]!a}, expected a metric, >=, <=, > or <, and a number, such as"
            " 'validation/accuracy >= 0.99'"
        )
    return Criterion(found[1], found[2], value)
