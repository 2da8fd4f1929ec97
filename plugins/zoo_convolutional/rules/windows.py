"""The pixels under a window at each of its positions, and their gradients brought back to the image."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from zoo import Array
from zoo_convolutional.sliding_window import Window


def windows(x: Array, window: Window, border: float = 0.0) -> Array:
    """x (rows, height, width, channels) to (rows, height', width', channels, kernel height, kernel width).

    Outside the image the pixels are `border`.
    """
    (ph, pw), (bh, bw) = window.padding, window.beyond
    (sh, sw), (dh, dw) = window.stride, window.dilation
    x = np.pad(x, ((0, 0), (ph, ph + bh), (pw, pw + bw), (0, 0)), constant_values=border)
    return sliding_window_view(x, window.reach, axis=(1, 2))[:, ::sh, ::sw, :, ::dh, ::dw]


def windows_backward(d: Array, window: Window, shape: tuple[int, ...]) -> Array:
    """dx (rows, height, width, channels): every pixel's sum over the windows it lies in; d as `windows` gives them."""
    rows, height, width, channels = shape
    (ph, pw), (sh, sw), (dh, dw) = window.padding, window.stride, window.dilation
    dx = np.zeros((rows, *window.padded(height, width), channels), d.dtype)
    for a in range(window.kernel[0]):
        for b in range(window.kernel[1]):
            top, left = a * dh, b * dw
            dx[:, top : top + sh * d.shape[1] : sh, left : left + sw * d.shape[2] : sw] += d[..., a, b]
    return dx[:, ph : ph + height, pw : pw + width]
