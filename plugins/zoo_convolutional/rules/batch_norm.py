"""Batch normalization. S. Ioffe and C. Szegedy (2015), Batch normalization, algorithm 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Array

Backward = Callable[[Array], tuple[Array, Array, Array]]  # dy → dx, dγ, dβ


def batch_norm(x: Array, gamma: Array, beta: Array, epsilon: float) -> tuple[Array, Array, Array, Backward]:
    """x̂ = (x − μ) / √(σ² + ε); y = γ x̂ + β, with the mean μ and the variance σ² of each channel.

    x (places, channels), γ and β (channels,). Returns y, μ, σ² and `backward`.
    """
    mean = x.mean(axis=0)
    variance = ((x - mean) ** 2).mean(axis=0)
    deviation = np.sqrt(variance + epsilon)
    normalized = (x - mean) / deviation
    y = gamma * normalized + beta

    def backward(dy: Array) -> tuple[Array, Array, Array]:
        d = gamma * dy  # of x̂, on which μ and σ² depend as well
        dx = (d - d.mean(axis=0) - normalized * (d * normalized).mean(axis=0)) / deviation
        return dx, (dy * normalized).sum(axis=0), dy.sum(axis=0)

    return y, mean, variance, backward
