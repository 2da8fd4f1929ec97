"""Learning-rate schedules: pure functions of the share of the phase done, and of the recorded history.

`warm_up` and `plateau`, which watches a metric, are factors on top of any of them. Rates of single layers and freezing
are in `training/rates.py`.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zoo.core.metrics import Metric
from zoo.core.open_registry import OpenRegistry
from zoo.errors import PluginError

Schedule = Callable[..., float]  # (progress in [0, 1), settings it names) to a share of the learning rate


@functools.cache
def settings_of(schedule: Schedule) -> tuple[str, ...]:
    """The training settings a schedule takes: the names of its parameters after `progress`."""
    return tuple(inspect.signature(schedule).parameters)[1:]


def check_schedule(schedule: Schedule) -> None:
    """`PluginError` unless a plugin's schedule is a function of progress and of settings that there are."""
    if not callable(schedule) or not list(inspect.signature(schedule).parameters)[:1] == ["progress"]:
        raise PluginError(f"got {ascii(schedule)[:80]}, expected a function of progress")
    for name in settings_of(schedule):
        if name not in SETTINGS:
            raise PluginError(f"its parameter {name!r} is no setting of a schedule, expected {' or '.join(SETTINGS)}")


SETTINGS = ("rate_decay", "milestones", "rates")  # the training settings that schedules may take
SCHEDULES: OpenRegistry[Schedule] = OpenRegistry("schedule", lambda schedule: schedule.__name__, check_schedule)


def scheduled(progress: float, settings: Any) -> float:
    """The share of the learning rate at this progress, under the `schedule` of the settings and what that takes."""
    schedule = SCHEDULES[settings.schedule]
    return schedule(progress, **{name: getattr(settings, name) for name in settings_of(schedule)})


@SCHEDULES.add
def constant(progress: float) -> float:
    """1."""
    return 1.0


@SCHEDULES.add
def linear(progress: float) -> float:
    """1 − progress: down to 0."""
    return 1.0 - progress


@SCHEDULES.add
def cosine(progress: float) -> float:
    """½ (1 + cos π progress). Loshchilov and Hutter, 2017, equation 5, without restarts."""
    return 0.5 * (1.0 + math.cos(math.pi * progress))


@SCHEDULES.add
def exponential(progress: float, rate_decay: float) -> float:
    """rate_decay^progress: `rate_decay` is the share that is left at the end."""
    return float(rate_decay**progress)


@SCHEDULES.add
def step(progress: float, rate_decay: float, milestones: Sequence[float] = (0.5, 0.75)) -> float:
    """rate_decay^(milestones passed): falls at each of them, shares of the phase. He et al., 2016, section 4.2."""
    return float(rate_decay ** sum(progress >= milestone for milestone in milestones))


@SCHEDULES.add
def listed(progress: float, rates: Sequence[float]) -> float:
    """The share that `rates` lists for the epoch: as many as there are epochs."""
    return float(rates[min(int(progress * len(rates) + 1e-9), len(rates) - 1)]) if rates else 1.0


def warm_up(progress: float, share: float, updates: int) -> float:
    """A straight line from 0 to 1 over the first `share` of the phase; the rate of the first update is not 0."""
    if progress >= share:
        return 1.0
    first = share / 100 if updates == 0 or progress == 0.0 else 0.0
    return max(progress, first) / share


def plateau(curves: Mapping[str, Sequence[float]], metric: Metric, patience: int, decay: float) -> float:
    """Multiplied by `decay` whenever the metric was not better for `patience` epochs; the count then starts again.

    A pure function of the recorded epochs, so it needs no state and a resumed run follows the same rates.
    """
    rate, best, waited = 1.0, math.nan, 0
    for value in curves.get(metric.name, ()):
        if metric.better(value, best):
            best, waited = value, 0
            continue
        waited += 1
        if waited >= patience:
            rate, waited = rate * decay, 0
    return rate
