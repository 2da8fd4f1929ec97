"""Matrix products, plain or cut along the output into a fixed number of blocks, one worker each."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from zoo.workers import Workers

Array = np.ndarray[Any, Any]

LARGE = 2**22  # multiplications from which a product is worth cutting: below, waking a worker takes longer than it does


class Product(Protocol):
    """out = a @ b, for matrices; `out` is contiguous and overlaps neither."""

    def __call__(self, a: Array, b: Array, out: Array) -> Array: ...


def plain_product(a: Array, b: Array, out: Array) -> Array:
    return np.matmul(a, b, out=out)


class BlockedProduct:
    """a @ b with the longer side of the output cut into `blocks` pieces, computed by whichever worker is free.

    A block is a product of its own, so the number of blocks may change the rounding; who computes it changes nothing.
    """

    def __init__(self, blocks: int, workers: Workers) -> None:
        self.blocks = blocks
        self.workers = workers

    def __call__(self, a: Array, b: Array, out: Array) -> Array:
        rows, columns = out.shape
        if rows * columns * a.shape[1] < LARGE:
            return np.matmul(a, b, out=out)
        if rows > columns:
            self.workers.each(lambda cut: np.matmul(a[cut], b, out=out[cut]), blocks_of(rows, self.blocks))
        else:
            self.workers.each(lambda cut: np.matmul(a, b[:, cut], out=out[:, cut]), blocks_of(columns, self.blocks))
        return out


def blocks_of(length: int, blocks: int) -> list[slice]:
    """`length` in nearly equal slices that begin at multiples of 16: whole vector registers for the kernel."""
    edges = sorted({min(length, round(length * block / blocks / 16) * 16) for block in range(blocks)} | {0, length})
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]
