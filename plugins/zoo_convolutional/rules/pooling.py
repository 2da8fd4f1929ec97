"""Pooling: of the pixels under a window the largest, or the mean, channel by channel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Array
from zoo_convolutional.rules.windows import windows, windows_backward
from zoo_convolutional.sliding_window import Window

Backward = Callable[[Array], Array]  # dy → dx


def max_pool(x: Array, window: Window) -> tuple[Array, Backward]:
    """y[n,i,j,k] = max over taps (a,c) of x[n, s·i + a − p, s·j + c − p, k]; of equals the first takes all of dy."""
    P = windows(x, window, border=-np.inf)
    values = P.reshape(*P.shape[:4], window.taps)
    winner = values.argmax(axis=4)
    y = values.max(axis=4)

    def backward(dy: Array) -> Array:
        won = np.arange(window.taps) == winner[..., None]
        return windows_backward((dy[..., None] * won).reshape(P.shape), window, x.shape)

    return y, backward


def average_pool(x: Array, window: Window) -> tuple[Array, Backward]:
    """y[n,i,j,k] = mean over taps (a,c) of x[n, s·i + a − p, s·j + c − p, k], the border counting as zeros."""
    P = windows(x, window)

    def backward(dy: Array) -> Array:
        return windows_backward(np.broadcast_to(dy[..., None, None] / window.taps, P.shape), window, x.shape)

    return P.mean(axis=(4, 5)), backward
