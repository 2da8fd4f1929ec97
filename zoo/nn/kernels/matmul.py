"""Matrix products, plain or cut along the output into a fixed number of blocks, one worker each."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol

import numpy as np

from zoo.types import Array

if TYPE_CHECKING:
    from zoo.parallel.threads import Workers


SMALL = 2**13  # values of a matrix that is copied rather than read against its order in memory
LARGE = 2**22  # multiplications from which a product is worth cutting: below, waking a worker takes longer than it does


class Product(Protocol):
    """out = a @ b, or a @ b + bias, for matrices; `out` is contiguous and overlaps neither."""

    def __call__(self, a: Array, b: Array, out: Array, bias: Array | None = None) -> Array: ...


def plain_product(a: Array, b: Array, out: Array, bias: Array | None = None) -> Array:
    if b.size <= SMALL and not b.flags.c_contiguous:
        b = np.ascontiguousarray(b)  # of 10 × 512 transposed: 17 µs for the copy and the product, instead of 28
    np.matmul(a, b, out=out)
    if bias is not None:
        out += bias
    return out


class BlockedProduct:
    """a @ b with the longer side of the output cut into `blocks` pieces, computed by whichever worker is free.

    A block is a product of its own, so the number of blocks may change the rounding; who computes it changes nothing.
    """

    def __init__(self, blocks: int, workers: Workers) -> None:
        self.blocks = blocks
        self.workers = workers

    def __call__(self, a: Array, b: Array, out: Array, bias: Array | None = None) -> Array:
        rows, columns = out.shape
        if rows * columns * a.shape[1] < LARGE:
            return plain_product(a, b, out, bias)

        def some_rows(cut: slice) -> None:
            plain_product(a[cut], b, out[cut], bias)

        def some_columns(cut: slice) -> None:
            plain_product(a, b[:, cut], out[:, cut], None if bias is None else bias[cut])

        if rows > columns:
            self.workers.each(some_rows, blocks_of(rows, self.blocks))
        else:
            self.workers.each(some_columns, blocks_of(columns, self.blocks))
        return out


class Largest:
    """Plain products, of which the largest is remembered, in multiplications."""

    def __init__(self) -> None:
        self.multiplications = 0

    def __call__(self, a: Array, b: Array, out: Array, bias: Array | None = None) -> Array:
        self.multiplications = max(self.multiplications, out.size * a.shape[1])
        return plain_product(a, b, out, bias)


def blocks_of(length: int, blocks: int) -> list[slice]:
    """`length` in nearly equal slices that begin at multiples of 16: whole vector registers for the kernel."""
    edges = sorted({min(length, round(length * block / blocks / 16) * 16) for block in range(blocks)} | {0, length})
    return [slice(start, stop) for start, stop in itertools.pairwise(edges)]
