"""Quantities derived from category weights, kept up to date so that a search need not recompute them.

Equals the kernel without it; 1.3 times as fast on 300 categories of 1,568 values, 1.7 times for ART 1.
"""

from __future__ import annotations

from zoo import Array, GrowableArrays
from zoo_art.kernels.competition import Competition
from zoo_art.kernels.resonance import search


class Known:
    """|w_j| of every category; call `added` when W has one more."""

    def __init__(self, kernel: Competition, W: Array) -> None:
        self.kernel = kernel
        self.growing = GrowableArrays({"sizes": kernel.sizes(W)})

    @property
    def sizes(self) -> Array:
        return self.growing.arrays["sizes"]

    def learn(self, J: int, I: Array, W: Array) -> bool:
        """Category J learns I; whether its weights changed."""
        if not self.kernel.learn(I, W[J]):
            return False
        self.learned(J, W)
        return True

    def learned(self, J: int, W: Array) -> None:
        """The weights of category J have changed."""
        self.sizes[J] = self.kernel.sizes(W[J : J + 1])[0]

    def added(self, W: Array) -> None:
        """W has one category more."""
        self.growing.append("sizes", self.kernel.sizes(W[-1:])[0])

    def compete(self, I: Array, W: Array) -> tuple[Array, Array]:
        """Choice values T (categories,) and matches (categories,)."""
        return self.kernel.compete(I, W, self.sizes)

    def find(self, I: Array, W: Array) -> tuple[int, int]:
        """The category that resonates with I, or NEW, and the number of resets before."""
        kernel = self.kernel
        choice, match = self.compete(I, W)
        J, resets = search(choice, match, kernel.vigilance, kernel.uncommitted(I))
        return J, min(resets, 1) if kernel.shortcut else resets
