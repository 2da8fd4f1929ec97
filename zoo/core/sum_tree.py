"""Partial sums added as a complete binary tree over piece numbers, so that who adds what does not change a bit.

    piece   0   1   2   3   4   5   6
            └─┬─┘   └─┬─┘   └─┬─┘   │
              └───┬───┘       │     │
                  └───────────┴──┬──┘   what is left at the end, from the top of the stack down

Any aligned range (2ᵏ pieces whose first number is a multiple of 2ᵏ) may be added where it was measured, and one partial
sum travels. The stack holds log₂ n partial sums, and rounding errors grow with log n.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from zoo.types import Array

Sums = dict[str, Array]  # what is added up over samples, by name; an array with any number of dimensions, also none


def add_sums(total: Sums, sums: Mapping[str, Array]) -> None:
    """total += sums, name by name, in place: total's arrays are its own."""
    for name, value in sums.items():
        if name not in total:
            total[name] = np.array(value)
        elif np.ndim(value) == 0:
            total[name] = np.asarray(total[name] + value)
        else:
            np.add(total[name], value, out=total[name])


class SumTree:
    """The stack of partial sums of the pieces so far; a partial sum of level k covers 2ᵏ pieces.

    Sums that are pushed belong to the tree, which adds to them in place.
    """

    def __init__(self, stack: Iterable[tuple[int, Sums]] = ()) -> None:
        """`stack`: (level, sums) of a tree that goes on, levels falling."""
        self.stack = list(stack)

    @property
    def pieces(self) -> int:
        """How many pieces were pushed."""
        return sum(2**level for level, _ in self.stack)

    def push(self, sums: Sums, level: int = 0) -> None:
        """Add the next piece, or the sums of the next 2^level pieces, whose first number is a multiple of 2^level."""
        if self.stack and self.stack[-1][0] < level:
            raise ValueError(f"a range of {2**level} pieces does not begin at piece {self.pieces}")
        while self.stack and self.stack[-1][0] == level:
            _, below = self.stack.pop()
            add_sums(below, sums)
            sums, level = below, level + 1
        self.stack.append((level, sums))

    def total(self) -> Sums:
        """The sums of all pieces; none can follow. Without a piece: no sums."""
        total: Sums = {}
        while self.stack:
            _, below = self.stack.pop()
            if total:
                add_sums(below, total)
            total = below
        return total
