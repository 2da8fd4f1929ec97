"""Quantities derived from category weights, kept up to date so that a search need not recompute them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import Array, GrowableArrays
from zoo_art.kernels.resonance import search

if TYPE_CHECKING:
    from zoo_art.kernels.kernel import Rule


class Known:
    """|w_j| of every category. Call `learned` and `added` after changes."""

    def __init__(self, rule: Rule, W: Array) -> None:
        self.rule = rule
        self.growing = GrowableArrays({"sizes": rule.sizes(W)})

    @property
    def sizes(self) -> Array:
        return self.growing.arrays["sizes"]

    def learned(self, J: int, W: Array) -> None:
        """The weights of category J have changed."""
        self.sizes[J] = self.rule.sizes(W[J : J + 1])[0]

    def added(self, W: Array) -> None:
        """W has one category more."""
        self.growing.append("sizes", self.rule.sizes(W[-1:])[0])

    def find(self, I: Array, W: Array, uncommitted: float) -> tuple[int, int]:
        """The category that resonates with I, or NEW, and the number of resets before."""
        choice, match = self.rule.compete(I, W, self.sizes)
        J, resets = search(choice, match, self.rule.vigilance, uncommitted)
        return J, min(resets, 1) if self.rule.shortcut else resets
