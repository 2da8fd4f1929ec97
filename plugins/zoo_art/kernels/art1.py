"""ART 1's choice values and matches of all categories from one product; equals `rules.art1.present`.

|I ∩ w| of bits is a product: 60 times as fast as the rule on 300 categories of 784 values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo import Array, Value
from zoo_art.input_range import check, check_rows, flat
from zoo_art.kernels.competition import Competition
from zoo_art.rules import art1


@dataclass(frozen=True)
class Art1Kernel(Competition):
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

    def rule(self, I: Array, W: Array) -> tuple[int, Array, list[int]]:
        return art1.present(I, W, self.vigilance, self.L, self.competes)

    def values(self, I: Array, w: Array) -> tuple[float, float]:
        return art1.choice(I, w, self.L), art1.match(I, w)

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

    def to_onnx(self, x: Value, W: Array) -> tuple[Value, Value]:
        x = x.graph.require(x, x.equals(0) | x.equals(1), f"{self.who}: an input is neither 0 nor 1")
        ones = x.sum()
        x = x.graph.require(x, ones > 0, f"{self.who}: a row holds nothing but 0")
        common = x @ W.T
        return common * self.L / (self.L - 1 + self.sizes(W)).astype(W.dtype), common / ones
