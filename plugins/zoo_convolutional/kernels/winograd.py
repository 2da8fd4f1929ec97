"""Convolution of stride 1 with a small square kernel, in fewer multiplications: y = Aᵀ [(G w Gᵀ) ⊙ (B x Bᵀ)] A.

Tiles of 4×4 outputs come from tiles of 6×6 inputs for a 3×3 kernel, of 8×8 for 5×5, which overlap. Transformed, every
place of a tile is a matrix product over channels of its own: 36 products for 16 outputs, where patches need 144; or 64
where they need 400. A tile is transformed along one axis of the image and then along the other, by small products with
A, B or G; backward everything runs through their transposes. Winograd, 1980; Lavin and Gray, 2016, section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from zoo import Array
from zoo.nn import tiled_product
from zoo_convolutional.kernels.scratch_buffers import scratch_buffer
from zoo_convolutional.kernels.winograd_tiles import M, positions, put, tiles_across, transform, untransform, within
from zoo_convolutional.sliding_window import Pair, Window

POINTS = (0, 1, -1, 2, -2, 1 / 2, -1 / 2)  # where the polynomials are evaluated; the last point is infinity
ONE = POINTS.index(1)

KERNELS = (3, 5)
FEWEST_TILES = 32  # in all images together, and
FEWEST_CHANNELS = 6  # in and out, and
FEWEST_VALUES = 64  # of a pixel in all images together, from which it is faster than patches
IN_WORK = 2**20  # bytes of transformed tiles in work at once


def pays(window: Window, inputs: int, output: tuple[int, ...]) -> bool:
    """Whether a convolution is done this way: decided by its shape alone, so that the bits are the same everywhere."""
    size, (rows, height, width, outputs) = window.kernel[0], output
    if size not in KERNELS or window != Window((size, size), padding=window.padding) or max(window.padding) >= size:
        return False
    (down, across), channels = tiles_across((height, width)), min(inputs, outputs)
    if rows * down * across < FEWEST_TILES:
        return False
    return channels >= FEWEST_CHANNELS and rows * channels >= FEWEST_VALUES


@cache
def matrices(kernel: int, dtype: np.dtype[Any]) -> tuple[Array, Array, Array]:
    """A (T, M), B (T, T) and G (T, kernel), T the inputs of a tile: the products of polynomials, read backwards.

    A and G evaluate polynomials at T points, one of them infinity; the transpose of B finds the coefficients again.
    Toom, 1963; Cook, 1966.
    """
    T = M - 1 + kernel

    def evaluated(coefficients: int) -> Array:
        at_points = np.vander(POINTS[: T - 1], coefficients, increasing=True)
        return np.vstack([at_points, np.eye(coefficients)[-1]])

    B = np.linalg.inv(evaluated(T)).T
    scale = 1 / np.abs(B).min(axis=1, where=np.abs(B) > 1e-9, initial=np.inf)  # B of whole numbers, or nearly
    A, B, G = evaluated(M), scale[:, None] * B, evaluated(kernel) / scale[:, None]
    return A.astype(dtype), B.astype(dtype), G.astype(dtype)


def convolve(x: Array, W: Array, b: Array | None, window: Window, y: Array) -> Array:
    """y of `patches.convolve`. The bias is a constant polynomial, which of all points 1 alone gives: Aᵀ e eᵀ A = 1."""
    A, B, G = matrices(len(W), x.dtype)
    U = kernel_transform(G, W)
    for some, tiles in pieces(len(x), y.shape[1:3], W):
        V = transform(B, within(x[some], window.padding, tiles, len(B)), "inputs", tiles)
        products = tiled_product(
            positions(V), U, scratch_buffer("products", (len(U), positions(V).shape[1], W.shape[3]), x.dtype)
        )
        if b is not None:
            products[ONE * len(B) + ONE] += b
        put(untransform(A, products.reshape(*V.shape[:-1], -1)), y[some], (0, 0))
    return y


def gradients(x: Array, dy: Array, W: Array, window: Window, dW: Array, dx: Array | None) -> None:
    """dW and, unless None, dx, written into them."""
    if dx is not None and tiles_across(x.shape[1:3]) == tiles_across(dy.shape[1:3]):
        gradients_of_flipped(x, dy, W, window, dW, dx)
    else:
        gradients_by_transposes(x, dy, W, window, dW, dx)


def gradients_of_flipped(x: Array, dy: Array, W: Array, window: Window, dW: Array, dx: Array) -> None:
    """dx as the convolution of dy with the flipped kernel, and from the same tiles of dy the flipped kernel's gradient.

    That of ⟨x, dx⟩: of all products of a pixel of x, a weight and a pixel of dy, in which x stands where dy stood.
    Where dx has no more tiles than dy, this is faster than transposes, whose overlapping tiles have to be added.
    """
    A, B, G = matrices(len(W), x.dtype)
    flipped = np.ascontiguousarray(W[::-1, ::-1].swapaxes(2, 3))
    U, dU = kernel_transform(G, flipped), KernelGradient(G, flipped)
    border = len(W) - 1 - window.padding[0], len(W) - 1 - window.padding[1]
    for some, tiles in pieces(len(x), x.shape[1:3], W):
        V = transform(B, within(dy[some], border, tiles, len(B)), "inputs", tiles)
        pixels = transform(A, within(x[some], (0, 0), tiles, M), "outputs", tiles)
        dU.add(V, pixels)
        products = tiled_product(positions(V), U, positions(pixels))
        put(untransform(A, products.reshape(pixels.shape)), dx[some], (0, 0))
    dW[...] = dU.kernel()[::-1, ::-1].swapaxes(2, 3)


def gradients_by_transposes(x: Array, dy: Array, W: Array, window: Window, dW: Array, dx: Array | None) -> None:
    """Every step of `convolve` backwards."""
    A, B, G = matrices(len(W), x.dtype)
    U, dU = kernel_transform(G, np.ascontiguousarray(W.swapaxes(2, 3))), KernelGradient(G, W)
    for some, tiles in pieces(len(x), dy.shape[1:3], W):
        dproducts = transform(A, within(dy[some], (0, 0), tiles, M), "outputs", tiles)
        V = transform(B, within(x[some], window.padding, tiles, len(B)), "inputs", tiles)
        dU.add(V, dproducts)
        if dx is not None:
            tiled_product(positions(dproducts), U, positions(V))
            put(untransform(B, V), dx[some], window.padding)
    dW[...] = dU.kernel()


class KernelGradient:
    """dW = Gᵀ dU G, with dU = Σ Vᵀ dproducts over all tiles."""

    def __init__(self, G: Array, W: Array) -> None:
        self.G, self.shape = G, W.shape
        self.dU = scratch_buffer("kernel gradient", (len(G) ** 2, *W.shape[2:]), W.dtype)
        self.begun = False

    def add(self, V: Array, dproducts: Array) -> None:
        dU = scratch_buffer("kernel gradient of some", self.dU.shape, V.dtype) if self.begun else self.dU
        tiled_product(positions(V).transpose(0, 2, 1), positions(dproducts), dU)
        if self.begun:
            self.dU += dU
        self.begun = True

    def kernel(self) -> Array:
        (T, size), G = self.G.shape, self.G
        down = np.matmul(G.T, self.dU.reshape(T, -1)).reshape(size, T, -1)
        dW: Array = np.matmul(G.T, down).reshape(self.shape)
        return dW


def kernel_transform(G: Array, W: Array) -> Array:
    """U (T·T, inputs, outputs) = G w Gᵀ."""
    T, size = G.shape
    down = np.matmul(G, W.reshape(size, -1), out=scratch_buffer("kernel", (T, W.size // size), W.dtype))
    U = scratch_buffer("transformed kernel", (T, T, W[0, 0].size), W.dtype)
    return np.matmul(G, down.reshape(T, size, -1), out=U).reshape(T * T, *W.shape[2:])


def pieces(rows: int, output: Pair, W: Array) -> Iterator[tuple[slice, Pair]]:
    """Some images at a time, and how many tiles each has down and across.

    Not fewer images than make it worth while to go through the whole transformed kernel.
    """
    T, (inputs, outputs) = M - 1 + len(W), W.shape[2:]
    th, tw = tiles_across(output)
    work = max(IN_WORK, T * T * inputs * outputs * W.itemsize // 2)
    most = max(1, work // (T * T * th * tw * max(inputs, outputs) * W.itemsize))
    count = -(-rows // most)
    for part in range(count):
        yield slice(rows * part // count, rows * (part + 1) // count), (th, tw)
