"""GRNN and PNN: a kernel on every stored sample, nothing to solve.

x (inputs,), samples (samples, inputs), σ one width for all. Sources: D. F. Specht (1990), Probabilistic neural
networks; (1991), A general regression neural network.
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def kernels(x: Array, samples: Array, sigma: float) -> Array:
    """k_i = e^(−(D_i² − min D²) / 2σ²), D_i = ‖x − x_i‖: (samples,).

    Taking off the least changes no ratio: far from all samples the nearest one still counts.
    """
    D2 = np.square(x - samples).sum(axis=1)
    return np.asarray(np.exp(-(D2 - D2.min()) / (2 * sigma**2)))


def grnn(x: Array, samples: Array, targets: Array, sigma: float) -> Array:
    """y = Σ t_i k_i / Σ k_i: the mean of the targets nearby; targets (samples, outputs), y (outputs,)."""
    k = kernels(x, samples, sigma)
    return np.asarray(k @ targets / k.sum())


def pnn(x: Array, samples: Array, classes: Array, priors: Array, sigma: float) -> Array:
    """P(c | x) ∝ h_c · mean of k_i over the samples of class c: Bayes' rule with Parzen's densities, (classes,).

    classes (samples,) are numbers; priors h (classes,). A class without samples has no density.
    """
    k = kernels(x, samples, sigma)
    members = [k[classes == c] for c in range(len(priors))]
    densities = np.array([h * mine.mean() if len(mine) else 0.0 for h, mine in zip(priors, members, strict=True)])
    return np.asarray(densities / densities.sum())
