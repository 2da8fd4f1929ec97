"""Series of one variable: a sine with noise, and the chaos of Mackey and Glass."""

from __future__ import annotations

import numpy as np

from zoo import RandomStream
from zoo.data import DataOptions, Dataset, DatasetSource, series_dataset


def sine(options: DataOptions) -> Dataset:
    """x(t) = sin(2πt/25) + ½ sin(2πt/10) with a little noise, 1,500 steps."""
    t = np.arange(1500)
    x = np.sin(2 * np.pi * t / 25) + 0.5 * np.sin(2 * np.pi * t / 10)
    x += 0.05 * RandomStream(0)("sine").standard_normal(len(t))
    return _series("sine", np.round(x, 4), options)


def mackey_glass(options: DataOptions) -> Dataset:
    """dx/dt = 0.2 x(t − 17) / (1 + x(t − 17)¹⁰) − 0.1 x(t), every whole t, 3,000 steps after the first 300.

    By fourth-order Runge–Kutta in steps of 0.1. Source: M. C. Mackey and L. Glass (1977), Oscillation and chaos in
    physiological control systems, equation 4b.
    """
    delay, per_step, steps, h = 170, 10, 3300, 0.1
    x = np.full(delay + steps * per_step + 1, 1.2)
    for n in range(delay, len(x) - 1):
        late = x[n - delay], 0.5 * (x[n - delay] + x[n - delay + 1]), x[n - delay + 1]
        birth = [0.2 * each / (1 + each**10) for each in late]
        k1 = birth[0] - 0.1 * x[n]
        k2 = birth[1] - 0.1 * (x[n] + h / 2 * k1)
        k3 = birth[1] - 0.1 * (x[n] + h / 2 * k2)
        k4 = birth[2] - 0.1 * (x[n] + h * k3)
        x[n + 1] = x[n] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return _series("mackey-glass", np.round(x[delay::per_step][300:3300], 6), options)


def _series(name: str, x: np.ndarray[tuple[int], np.dtype[np.float64]], options: DataOptions) -> Dataset:
    dataset = series_dataset(x[:, None], ("x",), ("x",), options.window, options.horizon, name)
    return dataset.replace(test=options.test)


SINE = DatasetSource(
    "sine", "two sines with a little noise: a series of 1,500 steps", sine, "forecast", takes=("window", "horizon")
)
MACKEY_GLASS = DatasetSource(
    "mackey-glass",
    "the chaotic series of Mackey and Glass: 3,000 steps",
    mackey_glass,
    "forecast",
    takes=("window", "horizon"),
)
