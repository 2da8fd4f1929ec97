"""Fuzzy ART: categories are boxes that grow as far as vigilance allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from zoo import Array, InputSpec, TrainingSettings, option
from zoo_art.clustering import Clustering
from zoo_art.input_range import complement_coded
from zoo_art.kernels.box_search import NARROWEST, Blocks
from zoo_art.kernels.category_cache import Known
from zoo_art.kernels.kernel import Rule

PIECE = 2**18  # values of I ∧ w computed at once: more of them only take memory


@dataclass(frozen=True)
class FuzzyRule(Rule):
    """T_j = |I ∧ w_j| / (α + |w_j|); resonance where |I ∧ w_J| / M ≥ ρ; then w_J ← β (I ∧ w_J) + (1 − β) w_J.

    ∧ is the smaller of two values, |x| = Σ x_i, M the number of inputs, I = (a, 1 − a). A new category takes I whole
    (fast commitment). w = (u, 1 − v) is the box from corner u to corner v; with β = 1 it is the smallest box around all
    it coded, and has |w| ≥ ρM. Source: Carpenter, Grossberg and Rosen (1991b).
    """

    vigilance: float
    alpha: float
    beta: float
    competes: bool
    counts: bool  # whether resets are counted
    dtype: str
    who: str

    def width(self, inputs: int) -> int:
        return 2 * inputs

    def encode(self, inputs: Array) -> Array:
        return complement_coded(inputs, self.dtype, self.who)

    def compete(self, I: Array, W: Array, sizes: Array) -> tuple[Array, Array]:
        """The choice value is T − 1 = −(α + |w| − |I ∧ w|) / (α + |w|), in the same order as T: of boxes that hold the
        input T differs by little more than α / |w|, which beside 1 is soon lost to rounding.

        The match divides by M, not by a sum |I|: rounded, that may lie above M and fail what was I itself.
        """
        return self.from_overlaps(overlaps(I, W), sizes, len(I))

    def from_overlaps(self, common: Array, sizes: Array, width: int) -> tuple[Array, Array]:
        """Choice values and matches out of |I ∧ w_j| and |w_j|."""
        choice = common - sizes
        choice -= self.alpha
        choice /= self.alpha + sizes
        return choice, common / (width // 2)

    def known(self, W: Array) -> Known:
        return Known(self, W) if self.counts or W.shape[1] < NARROWEST else Blocks(self, W)

    def uncommitted(self, I: Array) -> float:
        """A node that is not committed has w = 1 throughout: T − 1 = −(α + M) / (α + 2M)."""
        return -(self.alpha + len(I) / 2) / (self.alpha + len(I)) if self.competes else -np.inf

    def commit(self, I: Array) -> Array:
        return I

    def learn(self, I: Array, w: Array) -> bool:
        common = np.minimum(w, I)
        if not np.not_equal(common, w).any():
            return False
        if self.beta == 1:
            w[...] = common
        else:
            w *= 1 - self.beta
            w += self.beta * common
        return True

    def prototypes(self, W: Array) -> Array:
        """The middle of each box: (categories, inputs)."""
        low, high = corners(W)
        return (low + high) / 2


def fuzzy_rule(options: Any) -> FuzzyRule:
    """The rule that the options of an architecture ask for.

    Rounded, |a| + |1 − a| may lie a little below M, and with ρ = 1 an input would not match itself: the vigilance is
    lowered by 64 units in the last place of 1, more than sums of thousands of values lose.
    """
    vigilance = options.vigilance - 64 * float(np.finfo(options.precision).eps)
    competes = options.uncommitted == "competes"
    counts = getattr(options, "count_resets", True)
    return FuzzyRule(vigilance, options.choice, options.rate, competes, counts, options.precision, options.name)


def overlaps(I: Array, W: Array) -> Array:
    """|I ∧ w_j| for every category, each row added by itself so that equal rows have equal sums.

    einsum adds rows of images in two thirds of the time of np.add.reduce.
    """
    step = max(1, PIECE // max(1, len(I)))
    if len(W) <= step:
        return np.asarray(np.einsum("ji->j", np.minimum(W, I)))
    common = np.empty((step, len(I)), W.dtype)
    sums = np.empty(len(W), W.dtype)
    for start in range(0, len(W), step):
        part = W[start : start + step]
        np.minimum(part, I, out=common[: len(part)])
        np.einsum("ji->j", common[: len(part)], out=sums[start : start + step])
    return sums


def corners(W: Array) -> tuple[Array, Array]:
    """The lower and the upper corner of every box: (categories, inputs) each."""
    inputs = W.shape[1] // 2
    return W[:, :inputs], 1 - W[:, inputs:]


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
    def rule(self) -> FuzzyRule:
        return fuzzy_rule(self)
