"""ART 1: binary patterns; a category keeps the bits all its members share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, InputSpec, TrainingSettings, option
from zoo_art.clustering import Clustering
from zoo_art.input_range import check, check_rows, flat
from zoo_art.kernels.kernel import Rule


@dataclass(frozen=True)
class Art1Rule(Rule):
    """T_j = |I ∩ w_j| · L / (L − 1 + |w_j|); resonance where |I ∩ w_J| / |I| ≥ ρ; then w_J ← I ∩ w_J.

    I and w are sets of bits, |x| the number of ones. The bottom-up weights of the paper are L w_ji / (L − 1 + |w_j|)
    once learning is fast, so only the templates w are kept. Source: Carpenter and Grossberg (1987a), in the form of
    Carpenter, Grossberg and Rosen (1991b).
    """

    vigilance: float
    L: float
    competes: bool
    dtype: str
    who: str

    def width(self, inputs: int) -> int:
        return inputs

    def encode(self, inputs: Array) -> Array:
        """`InvalidInput` for a value that is no bit, and for a row without ones, which every category would match."""
        a = flat(inputs)
        check(
            a,
            (a == 0) | (a == 1),
            self.who,
            "expected 0 or 1; --binarize true makes 1 of what lies in the upper half of the range in training, and"
            " fuzzy-art takes values between",
        )
        I = a.astype(self.dtype)
        check_rows(
            np.asarray(I.any(axis=1)), self.who, "holds nothing but 0, expected a 1 somewhere; leave the row out"
        )
        return I

    def compete(self, I: Array, W: Array, sizes: Array) -> tuple[Array, Array]:
        common = W @ I  # whole numbers, so exact
        return self.L * common / (self.L - 1 + sizes), common / I.sum()

    def uncommitted(self, I: Array) -> float:
        """A node that is not committed has w = 1 throughout."""
        return float(self.L * I.sum() / (self.L - 1 + len(I))) if self.competes else -np.inf

    def commit(self, I: Array) -> Array:
        return I

    def learn(self, I: Array, w: Array) -> bool:
        if np.array_equal(np.minimum(I, w), w):
            return False
        np.minimum(I, w, out=w)
        return True

    def prototypes(self, W: Array) -> Array:
        return W


@dataclass(frozen=True)
class Art1(Clustering):
    """Categories are templates of bits: what all their members have in common.

    Source: G. A. Carpenter and S. Grossberg (1987a), A massively parallel architecture for a self-organizing neural
    pattern recognition machine.
    """

    name: ClassVar[str] = "art1"
    summary: ClassVar[str] = "clusters binary patterns by the ones they share (Carpenter, Grossberg 1987)"
    data: ClassVar[str] = "letters"
    settings: ClassVar[TrainingSettings] = TrainingSettings(epochs=10)

    vigilance: float = option(0.7, "ρ: share of an input's ones its category must have", low=0.0, high=1.0)
    choice: float = option(2.0, "L: how much more a small template is favoured over a large one", above=1.0, high=1e6)
    uncommitted: str = option(
        "competes",
        "whether a node without a category competes with its own choice value, as in the paper, or comes last",
        choices=("competes", "last"),
    )
    binarize: bool = option(
        False, "what lies in the upper half of its range in training is 1; false: data must be bits"
    )
    most: int = option(1_000_000, "categories at most; what none takes is then left out", low=1, high=10_000_000)

    @property
    def effective_input_spec(self) -> InputSpec:
        return InputSpec(inputs="binary" if self.binarize else "raw")

    @property
    def rule(self) -> Art1Rule:
        return Art1Rule(self.vigilance, self.choice, self.uncommitted == "competes", self.dtype, self.name)
