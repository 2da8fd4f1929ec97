"""Learning-rate schedules: pure functions of the share of the phase done, and of the recorded history."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from zoo.core.metrics import Metric

Schedule = Callable[[float, float], float]  # (progress in [0, 1), decay) to a share of the learning rate


def constant(progress: float, decay: float) -> float:
    """1."""
    return 1.0


def linear(progress: float, decay: float) -> float:
    """1 − progress: down to 0."""
    return 1.0 - progress


def cosine(progress: float, decay: float) -> float:
    """½ (1 + cos π progress). Loshchilov and Hutter, 2017, equation 5, without restarts."""
    return 0.5 * (1.0 + math.cos(math.pi * progress))


def exponential(progress: float, decay: float) -> float:
    """decay^progress: `decay` is the share that is left at the end."""
    return float(decay**progress)


def step(progress: float, decay: float, milestones: Sequence[float] = (0.5, 0.75)) -> float:
    """decay^(milestones passed): times `decay` at each of them, shares of the phase. He et al., 2016, section 4.2."""
    return float(decay ** sum(progress >= milestone for milestone in milestones))


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "linear": linear,
    "cosine": cosine,
    "exponential": exponential,
    "step": step,
}


def warm_up(progress: float, share: float, updates: int) -> float:
    """Rises in a straight line over the first `share` of the phase; the first update is not 0."""
    if progress >= share:
        return 1.0
    first = share / 100 if updates == 0 or progress == 0.0 else 0.0
    return max(progress, first) / share


def plateau(curves: Mapping[str, Sequence[float]], metric: Metric, patience: int, decay: float) -> float:
    """Times `decay` whenever the metric was not better for `patience` epochs; the count then begins anew.

    A pure function of the recorded epochs, so it needs no state and a resumed run goes on alike.
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
