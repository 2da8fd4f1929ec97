"""The Mackey–Glass series: a delay differential equation whose solution is chaotic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo import option
from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory

DELAY = 17.0  # τ
STEP = 0.1  # of time, in which the equation is integrated
START = 1.2  # x(t) for t ≤ 0
SETTLING = 200  # times left out at the beginning
LAGS = (18, 12, 6, 0)
TEST = 500


@dataclass(frozen=True)
class MackeyGlassOptions(DataOptions):
    """How far ahead, and how many samples."""

    horizon: int = option(
        85, "times ahead at which the series is predicted; 6 and 85 are the usual ones", low=1, high=1000
    )
    samples: int = option(5000, "samples to train on", low=10, high=100_000)


def series(length: int) -> np.ndarray:
    """x(0), x(1), …: dx/dt = 0.2 x(t − τ) / (1 + x(t − τ)¹⁰) − 0.1 x(t), by Runge and Kutta's fourth order.

    Between steps the delayed value is the mean of its neighbours. Source: M. C. Mackey and L. Glass (1977), Oscillation
    and chaos in physiological control systems; the settings are those of Jang (1993) and the benchmarks since.
    """
    per_time, back = round(1 / STEP), round(DELAY / STEP)
    count = (length - 1) * per_time + 1
    x = [START] * (back + 1)  # x[back + n] is x at time n · STEP
    for n in range(back, back + count - 1):
        early, late = x[n - back], x[n - back + 1]
        middle = (early + late) / 2
        now = x[n]
        a = _feed(early) - 0.1 * now
        b = _feed(middle) - 0.1 * (now + STEP / 2 * a)
        c = _feed(middle) - 0.1 * (now + STEP / 2 * b)
        d = _feed(late) - 0.1 * (now + STEP * c)
        x.append(now + STEP / 6 * (a + 2 * b + 2 * c + d))
    return np.array(x[back::per_time][:length])


def _feed(delayed: float) -> float:
    return 0.2 * delayed / (1.0 + delayed**10)


def mackey_glass(options: MackeyGlassOptions) -> Dataset:
    """inputs (samples + 500, 4) of x(t − 18), x(t − 12), x(t − 6), x(t); targets x(t + horizon). The last 500 test."""
    count = options.samples + TEST
    x = np.round(series(SETTLING + max(LAGS) + count + options.horizon), 6)  # the same on every processor
    t = SETTLING + max(LAGS) + np.arange(count)
    names = [f"x(t-{lag})" if lag else "x(t)" for lag in LAGS]
    target = f"x(t+{options.horizon})"
    return Dataset(
        name="mackey-glass-lags",
        task="regression",
        inputs=InMemory(np.stack([x[t - lag] for lag in LAGS], axis=1)),
        targets=InMemory(x[t + options.horizon][:, None]),
        labels=(target,),
        columns=tuple(Column(name) for name in names),
        named=True,
        table=(*names, target),
        own_test=TEST,
    )


SOURCE = DatasetSource(
    "mackey-glass-lags",
    "a chaotic series 85 times ahead, from four values 6 apart: 5,000 samples to train, the next 500 to test",
    mackey_glass,
    task="regression",
    options=MackeyGlassOptions,
    takes=("horizon",),
)
