"""Fuzzy ART: categories are boxes that grow as far as vigilance allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from zoo import InputSpec, TrainingSettings, option
from zoo_art.clustering import Clustering
from zoo_art.kernels.fuzzy_art import FuzzyArtKernel


def fuzzy_kernel(options: Any) -> FuzzyArtKernel:
    """The kernel of the rule that the options of an architecture ask for.

    Rounded, |a| + |1 − a| may lie a little below M, and with ρ = 1 an input would not match itself: the vigilance is
    lowered by 64 units in the last place of 1, more than sums of thousands of values lose.
    """
    vigilance = options.vigilance - 64 * float(np.finfo(options.precision).eps)
    competes = options.uncommitted == "competes"
    counts = getattr(options, "count_resets", True)
    return FuzzyArtKernel(vigilance, options.choice, options.rate, competes, counts, options.precision, options.name)


@dataclass(frozen=True)
class FuzzyArt(Clustering):
    """Categories are boxes in the unit cube: an input joins the one it fits best, if the box then stays small enough.

    Source: G. A. Carpenter, S. Grossberg and D. B. Rosen (1991b), Fuzzy ART: Fast stable learning and categorization of
    analog patterns by an adaptive resonance system.
    """

    name: ClassVar[str] = "fuzzy-art"
    summary: ClassVar[str] = "clusters by boxes that grow, small as vigilance asks (Carpenter et al. 1991)"
    data: ClassVar[str] = "circle-in-square"
    settings: ClassVar[TrainingSettings] = TrainingSettings(epochs=10)

    vigilance: float = option(
        0.75, "ρ: how well an input must match its category; higher: more categories", low=0.0, high=1.0
    )
    choice: float = option(0.001, "α: small favours the category an input needs to change least", above=0.0, high=1e6)
    rate: float = option(1.0, "β: share of the way a category moves; 1 is fast learning", above=0.0, high=1.0)
    uncommitted: str = option(
        "competes",
        "whether a node without a category competes with its own choice value, as in the paper, or comes last",
        choices=("competes", "last"),
    )
    rescale: bool = option(True, "columns are scaled to [0, 1] by their range in training; false: they must lie there")
    count_resets: bool = option(
        True,
        "how often each search was reset is counted; false: up to twice as fast where many categories are wide",
    )
    most: int = option(1_000_000, "categories at most; what none takes is then left out", low=1, high=10_000_000)
    precision: str = option("float32", "floating-point numbers of the weights", choices=("float32", "float64"))

    @property
    def effective_input_spec(self) -> InputSpec:
        return InputSpec(inputs="unit" if self.rescale else "raw")

    @property
    def kernel(self) -> FuzzyArtKernel:
        return fuzzy_kernel(self)
