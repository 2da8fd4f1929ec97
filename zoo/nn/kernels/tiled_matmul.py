"""Repeated products with one matrix, in tiles that BLAS multiplies without packing them first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from zoo.nn.kernels.matmul import LARGE
from zoo.parallel import blas
from zoo.parallel.threads import LENT
from zoo.types import Array

PIECES = 8  # that a product is shared in: whoever is free takes the next
UNPACKED = 10**6  # multiplications up to which OpenBLAS takes its kernels for small matrices
GAP = 16  # values between rows, a cache line of single precision
SIDES = ((16, 64), (8, 64), (8, 32), (8, 16))  # rows and columns of a tile, the best first


@dataclass(frozen=True)
class Tiles:
    """z = a @ M for each of several matrices M, in tiles of `rows` × `columns` of z.

    OpenBLAS copies both factors into the order its kernel needs before it multiplies, which for few rows costs as much
    as a third of the time. On processors with AVX-512 it multiplies small matrices in place. So large ones are cut into
    small ones there: 32 × 128 times 128 × 512 takes 38 µs instead of 50. Whether a product is cut depends on shapes and
    processor alone.
    """

    rows: int
    columns: int
    whole: bool = True  # a single tile

    @classmethod
    def of(cls, rows: int, inner: int, columns: int) -> Self:
        """The tiles for (rows, inner) @ (inner, columns)."""
        if blas.small_kernels() and rows * inner * columns > UNPACKED:
            for tall, wide in SIDES:
                tile = cls(divisor(rows, tall), divisor(columns, wide), whole=False)
                if tile.rows >= 4 and tile.columns >= 16 and tile.rows * inner * tile.columns <= UNPACKED:
                    return tile
        return cls(rows, columns)

    def matrices(self, M: Array) -> Array:
        """M (matrices, inner, columns) as the second factor, each of its tiles contiguous."""
        count, inner, columns = M.shape
        if M.strides[2] != M.itemsize:
            M = padded_copy(M.swapaxes(1, 2)).swapaxes(1, 2)
        if self.whole:
            return np.ascontiguousarray(M)
        tiles = M.reshape(count, inner, columns // self.columns, self.columns).swapaxes(1, 2)
        return np.ascontiguousarray(tiles)[:, None]

    def left(self, a: Array) -> Array:
        """a (steps, rows, inner) as views of its tiles, the first factors."""
        steps, rows, inner = a.shape
        return a if self.whole else a.reshape(steps, 1, rows // self.rows, 1, self.rows, inner)

    def out(self, z: Array) -> Array:
        """z (steps, matrices, rows, columns) as views of its tiles, for products to be written into."""
        if self.whole:
            return z
        steps, count, rows, columns = z.shape
        tiles = z.reshape(steps, count, rows // self.rows, self.rows, columns // self.columns, self.columns)
        return tiles.swapaxes(3, 4)


def tiled_product(a: Array, b: Array, out: Array) -> Array:
    """out = a @ b for matrices or stacks of them, in tiles; the factors are read in place, transposed or not.

    Where the threads have nothing else to do, they share large ones: each does some of the tiles, or of the stack, so
    the bits do not depend on it.
    """
    (rows, inner), columns = a.shape[-2:], b.shape[-1]
    if rows * inner * columns <= UNPACKED or not blas.small_kernels():
        if a.ndim == b.ndim == 3 and len(a) == len(b):
            return shared(a, b, out, 0)
        return np.matmul(a, b, out)
    wide = divisor(columns, 64 if a.strides[-1] == a.itemsize else 32)
    tall = 16
    if a.strides[-1] == a.itemsize and b.strides[-1] == b.itemsize:  # few calls; else the kernels want 16 × 64 at most
        tall = min(512, max(tall, UNPACKED // 4 // (inner * wide)))
    if wide < 16 or rows < tall or tall * inner * wide > UNPACKED:
        return np.matmul(a, b, out)
    cut = rows - rows % tall
    left = a[..., :cut, :].reshape(*a.shape[:-2], -1, 1, tall, inner)
    right = b.reshape(*b.shape[:-1], -1, wide).swapaxes(-2, -3)[..., None, :, :, :]
    tiles = out[..., :cut, :].reshape(*out.shape[:-2], -1, tall, columns // wide, wide).swapaxes(-2, -3)
    shared(left, right, tiles, -4 if cut // tall >= columns // wide else -3)
    if cut < rows:
        np.matmul(a[..., cut:, :], b, out[..., cut:, :])
    return out


def shared(a: Array, b: Array, out: Array, axis: int) -> Array:
    """np.matmul(a, b, out) of stacks, which the idle threads do along this axis of out, where it is large."""
    workers = LENT.get() if out.size * a.shape[-1] >= LARGE else None
    if workers is None or out.shape[axis] < 2:
        return np.matmul(a, b, out)

    pieces = min(PIECES, out.shape[axis])

    def some(piece: int) -> None:
        part = slice(*(out.shape[axis] * edge // pieces for edge in (piece, piece + 1)))
        np.matmul(along(a, axis, part), along(b, axis, part), along(out, axis, part))

    workers.each(some, range(pieces), (a.shape, out.shape))
    return out


def along(x: Array, axis: int, part: slice) -> Array:
    """A part of x along an axis counted in the stack it is broadcast to; all of x where it is one there."""
    if x.shape[axis] == 1:
        return x
    return x[(*[slice(None)] * (axis % x.ndim), part)]


def padded_copy(M: Array) -> Array:
    """A copy of M (…, rows, columns) with a gap behind each row: rows whose distance in bytes is a power of two share
    a few cache sets, so that reading down a column, as transposing does, takes four times as long."""
    *front, columns = M.shape
    copy = np.empty((*front, columns + GAP), M.dtype)[..., :columns]
    copy[...] = M
    return copy


def divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is at most `most`."""
    return next(each for each in range(min(number, most), 0, -1) if number % each == 0)
