"""Convolution of stride 1 with a small square kernel, in fewer multiplications: y = Aᵀ [(G w Gᵀ) ⊙ (Bᵀ x B)] A.

Tiles of 4×4 outputs of a 3×3 kernel, or of 2×2 outputs of a 5×5 kernel, come from tiles of 6×6 inputs, which overlap.
Transformed, every one of the 36 places of a tile is a matrix product over channels of its own: 36 products for 16
outputs, where patches need 144, or for 4 outputs, where they need 100. The transforms are products too, with Kronecker
products of the small matrices, and backward everything runs through their transposes. Winograd, 1980; Lavin and Gray,
2016, section 4, F(4×4, 3×3).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from zoo_convolutional.layers.scratch import room
from zoo_convolutional.layers.window import Array, Pair, Window

T = 6  # inputs of a tile along one axis; of outputs there are 7 − kernel
B = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
POINTS = (0, 1, -1, 2, -2)  # where the polynomials are evaluated; the sixth point is infinity
SHARES = (1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24)  # of G's rows, so that B holds whole numbers

FEWEST = {3: 64, 5: 32}  # by kernel: channels in and out from which it is faster than patches
IN_WORK = 2**21  # bytes of transformed tiles in work at once


def pays(window: Window, inputs: int, outputs: int) -> bool:
    """Whether a convolution is done this way: decided by its shape alone, so that the bits are the same everywhere."""
    size = window.kernel[0]
    plain = Window((size, size), padding=window.padding)
    return window == plain and max(window.padding) < size and min(inputs, outputs) >= FEWEST.get(size, 2**31)


@cache
def both_axes(name: str, kernel: int, dtype: np.dtype[Any]) -> Array:
    """The Kronecker product of B, G or A with itself: the transform of both axes of a tile at once."""
    outputs = T + 1 - kernel
    powers = np.array([[float(point) ** power for power in range(T)] for point in POINTS])
    last = [[0.0] * (kernel - 1) + [1.0]], [[0.0] * (outputs - 1) + [1.0]]
    G = np.vstack([powers[:, :kernel] * np.array(SHARES)[:, None], last[0]])
    A = np.vstack([powers[:, :outputs], last[1]]).T
    matrix = {"B": np.array(B, np.float64), "G": G, "A": A}[name]
    product: Array = np.kron(matrix, matrix).astype(dtype)
    return product


def kernel_transform(W: Array) -> Array:
    """U (36, inputs, outputs) = G w Gᵀ."""
    size, _, inputs, outputs = W.shape
    U = room("kernel", (T * T, inputs * outputs), W.dtype)
    np.matmul(both_axes("G", size, W.dtype), W.reshape(size * size, -1), out=U)
    return U.reshape(T * T, inputs, outputs)


def convolve(x: Array, W: Array, window: Window, y: Array) -> Array:
    """y of `patches.convolve`."""
    U, M, dtype = kernel_transform(W), T + 1 - len(W), x.dtype
    for some, th, tw in tiles(len(x), y.shape[1:3], W):
        count = some.stop - some.start
        V = input_transform(x[some], window, th, tw)
        products = np.matmul(V, U, out=room("products", (T * T, count * th * tw, W.shape[3]), dtype))
        out = room("tiles", (M * M, products[0].size), dtype)
        np.matmul(both_axes("A", len(W), dtype), products.reshape(T * T, -1), out=out)
        put_tiles(out.reshape(M, M, count, th, tw, -1), y[some])
    return y


def gradients(x: Array, dy: Array, W: Array, window: Window, dW: Array, dx: Array | None) -> None:
    """dW and, unless None, dx, written into them."""
    U, M, dtype = None if dx is None else kernel_transform(W), T + 1 - len(W), x.dtype
    inputs, outputs = W.shape[2:]
    dU = room("kernel gradient", (T * T, inputs, outputs), dtype)
    part = room("kernel gradient of some", dU.shape, dtype)
    for some, th, tw in tiles(len(x), dy.shape[1:3], W):
        count = some.stop - some.start
        taken = take_tiles(dy[some], M, th, tw)
        products = room("products", (T * T, count * th * tw, outputs), dtype)
        np.matmul(both_axes("A", len(W), dtype).T, taken.reshape(M * M, -1), out=products.reshape(T * T, -1))
        V = input_transform(x[some], window, th, tw)
        if some.start == 0:
            np.matmul(V.transpose(0, 2, 1), products, out=dU)
        else:
            dU += np.matmul(V.transpose(0, 2, 1), products, out=part)
        if dx is not None and U is not None:
            dV = np.matmul(products, U.transpose(0, 2, 1), out=V)
            overlapping = room("input tiles", (T * T, dV[0].size), dtype)
            np.matmul(both_axes("B", len(W), dtype).T, dV.reshape(T * T, -1), out=overlapping)
            add_tiles(overlapping.reshape(T, T, count, th, tw, inputs), window, dx[some])
    np.matmul(both_axes("G", len(W), dtype).T, dU.reshape(T * T, -1), out=dW.reshape(dW.shape[0] ** 2, -1))


def input_transform(x: Array, window: Window, th: int, tw: int) -> Array:
    """V (36, tiles, inputs) = Bᵀ x B for the tiles of some images."""
    (n, h, w, c), (ph, pw), M = x.shape, window.padding, T + 1 - window.kernel[0]
    down, across = M * th + T - M, M * tw + T - M
    image = room("border", (n, down, across, c), x.dtype)
    image[:, :ph] = 0
    image[:, ph + h :] = 0
    image[:, :, :pw] = 0
    image[:, :, pw + w :] = 0
    image[:, ph : ph + h, pw : pw + w] = x[:, : down - ph, : across - pw]
    taken = room("input tiles", (T, T, n, th, tw, c), x.dtype)
    a, b, r, s = image.strides
    taken[...] = np.lib.stride_tricks.as_strided(image, taken.shape, (b, r, a, M * b, M * r, s), writeable=False)
    V = room("transformed", (T * T, n * th * tw, c), x.dtype)
    np.matmul(both_axes("B", window.kernel[0], x.dtype), taken.reshape(T * T, -1), out=V.reshape(T * T, -1))
    return V


def add_tiles(overlapping: Array, window: Window, dx: Array) -> None:
    """The transpose of taking overlapping tiles: each value is added where it was taken from."""
    _, _, n, th, tw, c = overlapping.shape
    (_, h, w, _), (ph, pw), M = dx.shape, window.padding, T + 1 - window.kernel[0]
    image = room("border", (n, M * th + T - M, M * tw + T - M, c), dx.dtype)
    image.fill(0)
    for i in range(T):
        for j in range(T):
            image[:, i : i + M * (th - 1) + 1 : M, j : j + M * (tw - 1) + 1 : M] += overlapping[i, j]
    dx[...] = image[:, ph : ph + h, pw : pw + w]


def take_tiles(dy: Array, M: int, th: int, tw: int) -> Array:
    """dy as (M, M, images, tiles down, tiles across, channels), zero beyond its edge."""
    n, _, _, c = dy.shape
    taken = room("tiles", (M, M, n, th, tw, c), dy.dtype)
    for i in range(M):
        for j in range(M):
            here = dy[:, i::M, j::M]
            taken[i, j, :, here.shape[1] :] = 0
            taken[i, j, :, :, here.shape[2] :] = 0
            taken[i, j, :, : here.shape[1], : here.shape[2]] = here
    return taken


def put_tiles(tiles: Array, y: Array) -> None:
    """Tiles (M, M, images, tiles down, tiles across, channels) side by side; what is beyond y's edge is left out."""
    M = len(tiles)
    for i in range(M):
        for j in range(M):
            here = y[:, i::M, j::M]
            here[...] = tiles[i, j, :, : here.shape[1], : here.shape[2]]


def tiles(rows: int, output: Pair, W: Array) -> Iterator[tuple[slice, int, int]]:
    """Some images at a time, and how many tiles each has down and across.

    Not fewer images than make it worth while to go through the whole transformed kernel.
    """
    M, (inputs, outputs) = T + 1 - len(W), W.shape[2:]
    th, tw = -(-output[0] // M), -(-output[1] // M)
    work = max(IN_WORK, T * T * inputs * outputs * W.itemsize // 2)
    most = max(1, work // (T * T * th * tw * max(inputs, outputs) * W.itemsize))
    count = -(-rows // most)
    for part in range(count):
        yield slice(rows * part // count, rows * (part + 1) // count), th, tw
