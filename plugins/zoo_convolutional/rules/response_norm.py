"""Local response normalization. A. Krizhevsky, I. Sutskever and G. Hinton (2012), ImageNet classification with deep
convolutional neural networks, section 3.3."""

from __future__ import annotations

from collections.abc import Callable

from zoo import Array

Backward = Callable[[Array], Array]  # dy → dx


def response_norm(x: Array, size: int, alpha: float, beta: float, k: float) -> tuple[Array, Backward]:
    """y_c = x_c / s_c^β with s_c = k + α Σ x_j² over the `size` channels j around c."""
    s = k + alpha * around(x * x, size)
    y = x / s**beta

    def backward(dy: Array) -> Array:
        return dy / s**beta - 2 * alpha * beta * x * around(dy * y / s, size)

    return y, backward


def around(x: Array, size: int) -> Array:
    """Σ over the `size` channels around each; beyond the first and the last channel there is nothing."""
    total = x.copy()
    for distance in range(1, min(size // 2, x.shape[-1] - 1) + 1):
        total[..., distance:] += x[..., :-distance]
        total[..., :-distance] += x[..., distance:]
    return total
