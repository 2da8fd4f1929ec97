"""Convolution. Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998), Gradient-based learning applied to document
recognition, section II."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Array
from zoo_convolutional.rules.windows import windows, windows_backward
from zoo_convolutional.sliding_window import Window

Backward = Callable[[Array], tuple[Array, Array, Array]]  # dy → dx, dW, db


def convolution(x: Array, W: Array, b: Array, window: Window) -> tuple[Array, Backward]:
    """y[n,i,j,k] = Σ_{a,c,l} x[n, s·i + d·a − p, s·j + d·c − p, l] W[a,c,l,k] + b[k], x being 0 outside the image.

    x (rows, height, width, inputs), W (kernel height, kernel width, inputs, channels), b (channels,), y (rows, height',
    width', channels); s, d and p are the window's stride, dilation and padding.
    """
    P = windows(x, window)
    y = np.einsum("nijlac,aclk->nijk", P, W, optimize=True) + b

    def backward(dy: Array) -> tuple[Array, Array, Array]:
        dW = np.einsum("nijlac,nijk->aclk", P, dy, optimize=True)
        dP = np.einsum("nijk,aclk->nijlac", dy, W, optimize=True)
        return windows_backward(dP, window, x.shape), dW, dy.sum(axis=(0, 1, 2))

    return y, backward
