"""Images as tiles that begin every M pixels: taken, transformed along both axes, and put together again.

An image here is (height, width, rows, channels): rows stand behind the place, so that a pixel's values of all rows are
neighbours, one long vector. A transform is one small matrix times many such vectors, along one axis of the image and
then along the other: it costs little more than reading and writing them.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from zoo import Array
from zoo_convolutional.kernels.scratch_buffers import scratch_buffer
from zoo_convolutional.sliding_window import Pair

M = 4  # pixels from tile to tile; a tile of more overlaps the next


def transform(matrix: Array, image: Array, purpose: str, tiles: Pair) -> Array:
    """(T, T, *tiles, rows, channels): matrix · tile · matrixᵀ for the tiles that begin every M pixels of the image."""
    (T, size), (_, wide, n, c), (th, tw) = matrix.shape, image.shape, tiles
    a, b, _, s = image.strides
    lines = as_strided(image, (th, size, wide * n * c), (M * a, a, s), writeable=False)
    down = np.matmul(matrix, lines, out=scratch_buffer("down", (th, T, wide * n * c), image.dtype))
    a, t, s = down.strides
    columns = as_strided(down, (T, th, tw, size, n * c), (t, a, M * b, b, s), writeable=False)
    V = scratch_buffer(purpose, (T, T, th, tw, n * c), image.dtype)
    np.matmul(matrix, columns, out=V.transpose(0, 2, 3, 1, 4))
    return V.reshape(T, T, th, tw, n, c)


def untransform(matrix: Array, V: Array) -> Array:
    """The transpose of `transform`: (height, width, rows, channels), the sum of matrixᵀ · tile · matrix."""
    (T, size), (_, _, th, tw, n, c) = matrix.shape, V.shape
    columns = V.reshape(T, T, th, tw, n * c).transpose(0, 2, 3, 1, 4)
    across = np.matmul(matrix.T, columns, out=scratch_buffer("across", (T, th, tw, size, n * c), V.dtype))
    across = overlapped(across, "columns").reshape(T, th, -1)
    lines = scratch_buffer("lines", (th, size, across.shape[-1]), V.dtype)
    lines = overlapped(np.matmul(matrix.T, across.transpose(1, 0, 2), out=lines), "image")
    return lines.reshape(len(lines) * M, -1, n, c)


def overlapped(tiles: Array, purpose: str) -> Array:
    """(…, tiles, size, values) laid down every M places and added where they overlap: (…, tiles or more, M, values)."""
    *outer, count, size, values = tiles.shape
    if size == M:
        return tiles
    line = scratch_buffer(purpose, (*outer, count + 1, M, values), tiles.dtype)
    line[..., :count, :, :] = tiles[..., :M, :]
    line[..., count, :, :] = 0
    line[..., 1:, : size - M, :] += tiles[..., M:, :]
    return line


def positions(V: Array) -> Array:
    """(T·T, tiles, channels): a matrix for each place of a tile."""
    return V.reshape(len(V) ** 2, -1, V.shape[-1])


def within(x: Array, padding: Pair, tiles: Pair, size: int) -> Array:
    """x (rows, height, width, channels) as an image in a border of zeros, so large that the tiles lie inside."""
    (n, h, w, c), (ph, pw) = x.shape, padding
    H, W = (M * (count - 1) + size for count in tiles)
    image = scratch_buffer("border", (H, W, n, c), x.dtype)
    image[:ph] = 0
    image[ph + h :] = 0
    image[ph : ph + h, :pw] = 0
    image[ph : ph + h, pw + w :] = 0
    image[ph : ph + h, pw : pw + w] = x[:, : H - ph, : W - pw].transpose(1, 2, 0, 3)
    return image


def put(image: Array, y: Array, begin: Pair) -> None:
    """y (rows, height, width, channels) out of an image that begins before it and goes on beyond it."""
    (_, h, w, _), (top, left) = y.shape, begin
    y[...] = image[top : top + h, left : left + w].transpose(2, 0, 1, 3)


def tiles_across(output: Pair) -> Pair:
    """How many tiles it takes, down and across."""
    return -(-output[0] // M), -(-output[1] // M)
