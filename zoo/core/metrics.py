"""Declare metrics: a name, a direction, a unit and a format.

Nothing is guessed from a name: a metric that nobody declared is printed as a plain number, and is neither monitored nor
expected of a recipe.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace

from zoo.printable import printable

VALIDATION = "validation/"  # before the name of a metric of the validation part


@dataclass(frozen=True)
class Metric:
    """`Metric("accuracy", higher_is_better=True, unit="%")`.

    higher_is_better: None where neither direction is better (a width, the number of categories): such a metric is
    recorded and printed, but decides nothing. unit: "%" of a share from 0 to 1, which is printed times 100; any other
    stands behind the number ("nats").
    """

    name: str
    _: KW_ONLY
    higher_is_better: bool | None
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.name or self.higher_is_better not in (True, False, None):
            raise ValueError(
                f"Metric: got name {self.name!a} and higher_is_better {self.higher_is_better!a}, expected a name, and"
                " True, False or None"
            )

    def better(self, new: float, old: float) -> bool:
        """Whether `new` is strictly better; NaN never is, and anything is better than NaN."""
        if self.higher_is_better is None:
            raise ValueError(f"{self.name}: neither direction is better")
        if math.isnan(new) or math.isnan(old):
            return math.isnan(old) and not math.isnan(new)
        return new > old if self.higher_is_better else new < old

    def format(self, value: float) -> str:
        """A value as people write it: shares in per cent, others with four digits and their unit."""
        if self.unit == "%":
            return f"{100 * value:.2f} %"
        return f"{value:.4g} {self.unit}".rstrip()


LOSS = Metric("loss", higher_is_better=False)
OBJECTIVE = Metric("objective", higher_is_better=False)
PENALTY = Metric("penalty", higher_is_better=False)
ACCURACY = Metric("accuracy", higher_is_better=True, unit="%")
LABEL_ACCURACY = Metric("label_accuracy", higher_is_better=True, unit="%")
MEAN_SQUARED_ERROR = Metric("mean_squared_error", higher_is_better=False)
ROOT_MEAN_SQUARED_ERROR = Metric("root_mean_squared_error", higher_is_better=False)
MEAN_ABSOLUTE_ERROR = Metric("mean_absolute_error", higher_is_better=False)
R_SQUARED = Metric("r_squared", higher_is_better=True)

CORE: tuple[Metric, ...] = (
    LOSS,
    OBJECTIVE,
    PENALTY,
    ACCURACY,
    LABEL_ACCURACY,
    MEAN_SQUARED_ERROR,
    ROOT_MEAN_SQUARED_ERROR,
    MEAN_ABSOLUTE_ERROR,
    R_SQUARED,
)  # what zoo itself declares, for whoever reports a metric of that name


def find_metric(name: str, declared: Iterable[Metric] = ()) -> Metric | None:
    """The declaration of a metric by name, `declared` before the core's; None where nobody declared it.

    "validation/accuracy" is declared as "accuracy"; what is found has the name that was asked for.
    """
    plain = name.removeprefix(VALIDATION)
    for metric in (*declared, *CORE):
        if metric.name == plain:
            return metric if name == plain else replace(metric, name=name)
    return None


def formatted(name: str, value: float | None, declared: Iterable[Metric] = ()) -> str:
    """A metric as people write it: in the unit it is declared with; a plain number where nobody declared it."""
    if value is None:
        return "-"
    metric = find_metric(name, declared)
    return printable(metric.format(value)) if metric is not None else f"{value:.4g}"


def metrics_line(metrics: Mapping[str, float], declared: Iterable[Metric] = ()) -> str:
    """Metrics side by side, as they are declared: "loss 0.0912  accuracy 97.41 %"."""
    declared = tuple(declared)
    return "  ".join(f"{printable(name)} {formatted(name, value, declared)}" for name, value in metrics.items())


def of_validation(metrics: Iterable[Metric]) -> list[Metric]:
    """These metrics as they are recorded of the validation part."""
    return [replace(metric, name=VALIDATION + metric.name) for metric in metrics]


def monitored(monitor: str, training: Sequence[Metric], validation: Sequence[Metric] | None) -> Metric | None:
    """The metric that decides which epoch of a phase is the best, under the name it is recorded by.

    training, validation: what is declared to be recorded of the training batches and of the validation part, None
    where there is no such part. An empty `monitor` means the validation loss. None where it is not recorded here, or
    has no direction.
    """
    known = {metric.name: metric for metric in (*training, *of_validation(validation or ()))}
    found = known.get(monitor or VALIDATION + LOSS.name)
    return None if found is None or found.higher_is_better is None else found


def unknown_monitor(monitor: str, training: Sequence[Metric], validation: Sequence[Metric] | None, who: str) -> str:
    """What to say of a monitor that no phase records, of all that is declared to be recorded."""
    known = {metric.name: metric for metric in (*training, *of_validation(validation or ()))}
    names = [name for name, metric in known.items() if metric.higher_is_better is not None]
    there = f"expected one of {', '.join(names)}" if names else "and there is none to monitor"
    if monitor in known:
        return f"{who}: monitor {monitor!a} has no direction in which it is better, {there}"
    plain = monitor.removeprefix(VALIDATION)
    if validation is None and plain != monitor:
        part = "no part is held out for validation; hold one out with --validation 0.1"
        return f"{who}: monitor {monitor!a}: {part}" + (f", or monitor one of {', '.join(names)}" if names else "")
    how = f"zoo.Metric({plain!a}, higher_is_better=True)"
    return (
        f"{who}: monitor {monitor!a} is not among the metrics that are declared here, {there}; a plugin declares its"
        f" own in Architecture.declared_metrics: {how}"
    )
