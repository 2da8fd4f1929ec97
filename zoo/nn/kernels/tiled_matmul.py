"""Repeated products with one matrix, in tiles that BLAS multiplies without packing them first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from zoo.parallel import blas
from zoo.types import Array

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
    """out = a @ b for matrices or stacks of them, in tiles; the factors are read in place, transposed or not."""
    (rows, inner), columns = a.shape[-2:], b.shape[-1]
    if rows * inner * columns <= UNPACKED or not blas.small_kernels():
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
    np.matmul(left, right, out[..., :cut, :].reshape(*out.shape[:-2], -1, tall, columns // wide, wide).swapaxes(-2, -3))
    if cut < rows:
        np.matmul(a[..., cut:, :], b, out[..., cut:, :])
    return out


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
