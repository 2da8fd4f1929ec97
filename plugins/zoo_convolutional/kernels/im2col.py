"""Convolution as matrix products: the patches under the kernel, unfolded into rows, times the kernel as a matrix.

Unfolded, an image takes as many times its memory as the kernel has taps. So a few images are unfolded at a time, as
many as stay in cache, and again for the gradient: copying out of the cache is faster than reading back from memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zoo import Array
from zoo.nn import tiled_product
from zoo_convolutional.kernels.scratch_buffers import scratch_buffer
from zoo_convolutional.sliding_window import Pair, Window, bordered

IN_WORK = 2**20  # bytes of patches in work at once, about a core's second-level cache
NARROW = 16  # values side by side in a patch below which it is unfolded tap by tap


def convolve(x: Array, W: Array, b: Array | None, window: Window, y: Array) -> Array:
    """y[n,i,j] = Σ over taps (a,b) and channels of x[n, s·i + d·a − p, s·j + d·b − p] · W[a,b] + b, written into y.

    x (rows, height, width, inputs), W (kernel height, kernel width, inputs, outputs), b (outputs,) unless None,
    y (rows, *output, outputs).
    """
    kernel = W.reshape(-1, W.shape[-1])  # (taps · inputs, outputs)
    line = None if b is None else np.tile(b, y.shape[2])  # long vectors, since NumPy has a cost for each
    for some, patches in unfolded(x, window, y.shape[1:3]):
        tiled_product(patches, kernel, y[some].reshape(len(patches), -1, y.shape[-1]))
        if line is not None:
            y[some].reshape(-1, len(line))[...] += line
    return y


def gradients(x: Array, dy: Array, W: Array, window: Window, dW: Array, dx: Array | None) -> None:
    """dW[a,b] = Σ over rows and places of x under the tap, transposed, times dy; and dx, unless None."""
    (rh, rw), (ph, pw) = window.reach, window.padding
    shrinks = 3 * dy.shape[1] * dy.shape[2] < 2 * x.shape[1] * x.shape[2]
    if dx is None or shrinks or window.stride != (1, 1) or ph >= rh or pw >= rw:
        weight_gradient(x, dy, window, dW)
        if dx is not None:
            fold(dy, W, window, dx)
        return
    # Of stride 1, dx is the convolution of dy within its border with the flipped kernel. The patches of dy that lie
    # around each pixel of x give dW as well: those of x need not be unfolded. Where x has far more pixels than dy, most
    # of such a patch would be border.
    (kh, kw), (inputs, outputs) = window.kernel, W.shape[2:]
    flipped = np.ascontiguousarray(W[::-1, ::-1].swapaxes(2, 3)).reshape(-1, inputs)
    around = Window(window.kernel, padding=(rh - 1 - ph, rw - 1 - pw), dilation=window.dilation)
    total = np.empty((inputs, kh * kw * outputs), dW.dtype)
    for some, patches in unfolded(dy, around, x.shape[1:3]):
        pixels = x[some].reshape(len(patches), -1, inputs)
        tiled_product(patches, flipped, dx[some].reshape(pixels.shape))
        add_products(pixels.swapaxes(1, 2), patches, total, begun=some.start > 0)
    dW[...] = total.reshape(inputs, kh, kw, outputs).transpose(1, 2, 0, 3)[::-1, ::-1]


def weight_gradient(x: Array, dy: Array, window: Window, dW: Array) -> None:
    """dW out of the patches of x."""
    total = dW.reshape(-1, dW.shape[-1])
    for some, patches in unfolded(x, window, dy.shape[1:3]):
        rows = dy[some].reshape(len(patches), -1, dy.shape[-1])
        add_products(patches.swapaxes(1, 2), rows, total, begun=some.start > 0)


def add_products(a: Array, b: Array, total: Array, begun: bool) -> None:
    """total += Σₖ a[k] b[k], or where nothing was added yet, total = that."""
    if len(a) == 1 and not begun:
        tiled_product(a[0], b[0], total)
        return
    products = tiled_product(a, b, scratch_buffer("part", (len(a), *total.shape), total.dtype))
    if not begun:
        total.fill(0)
    for each in products:
        total += each


def fold(dy: Array, W: Array, window: Window, dx: Array) -> None:
    """dx of any stride: what dy Wᵀ gives for each patch is added where the patch was taken from."""
    (n, h, w, c), (kh, kw), output = dx.shape, window.kernel, dy.shape[1:3]
    kernel = W.reshape(-1, W.shape[-1]).T
    (ph, pw), (H, V) = window.padding, window.padded(h, w)
    for some in few(n, output[0] * output[1] * len(W.reshape(-1, W.shape[-1])) * dy.itemsize):
        rows = dy[some].reshape(-1, dy.shape[-1])
        patches = tiled_product(rows, kernel, scratch_buffer("patches", (len(rows), kernel.shape[1]), dy.dtype))
        patches = patches.reshape(-1, *output, kh, kw, c)
        image = scratch_buffer("border", (len(patches), H, V, c), dy.dtype)
        image.fill(0)
        for i in range(kh):
            for j in range(kw):
                window.place(image, (i, j), output)[...] += patches[:, :, :, i, j]
        dx[some] = image[:, ph : ph + h, pw : pw + w]


def unfolded(x: Array, window: Window, output: Pair) -> Iterator[tuple[slice, Array]]:
    """Some images at a time: which, and their patches (1, images · places, taps · channels).

    Where patches are narrow, (images, places, taps · channels): OpenBLAS does many small products faster than one whose
    inner dimension is short.
    """
    n, h, w, c = x.shape
    (kh, kw), (oh, ow) = window.kernel, output
    places, values = oh * ow, window.taps * c
    whole = (h, w) == window.padded(h, w)
    for some in few(n, places * values * x.itemsize):
        image, count = x[some], some.stop - some.start
        if not whole:
            image = bordered(image, window, 0, scratch_buffer("border", (count, *window.padded(h, w), c), x.dtype))
        if window.taps == 1:
            image = window.place(image, (0, 0), output)
            yield some, np.ascontiguousarray(image).reshape(1, -1, c)
        elif kw * c < NARROW:
            # A copy has a cost per run of neighbouring values: here the places of an image's row are the longer run.
            taps = scratch_buffer("patches", (count, kh, kw, c, oh, ow), x.dtype)
            for i in range(kh):
                for j in range(kw):
                    taps[:, i, j] = window.place(image, (i, j), output).transpose(0, 3, 1, 2)
            yield some, taps.reshape(count, values, places).swapaxes(1, 2)
        else:
            (a, b, r, s), (sh, sw), (dh, dw) = image.strides, window.stride, window.dilation
            patches = scratch_buffer("patches", (count, oh, ow, kh, kw, c), x.dtype)
            strides = (a, b * sh, r * sw, b * dh, r * dw, s)
            patches[...] = np.lib.stride_tricks.as_strided(image, patches.shape, strides, writeable=False)
            yield some, patches.reshape(1, -1, values)


def few(rows: int, each: int) -> Iterator[slice]:
    """Rows in nearly equal runs that take about `IN_WORK` bytes: 1 to 16 images, or more where they are small."""
    most = max(1, IN_WORK // max(1, each))
    count = -(-rows // most)
    for part in range(count):
        yield slice(rows * part // count, rows * (part + 1) // count)
