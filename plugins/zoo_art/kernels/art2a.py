"""ART 2-A's choice values of all categories from one product; equals `rules.art2a.present`.

All choice values in one call: 4 times as fast as the rule on 300 categories of 784 values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, Value
from zoo_art.input_range import check, check_rows, flat
from zoo_art.kernels.competition import Competition
from zoo_art.rules import art2a


@dataclass(frozen=True)
class Art2aKernel(Competition):
    """T_j = I · w_j; resonance where T_J ≥ ρ; then w_J ← N(β N(Ψ) + (1 − β) w_J), Ψ_i = I_i where w_Ji > θ, else 0.

    N(x) = x / ‖x‖, and I = N(F(N(a))), where F sets what is not above θ to 0: weak features are noise. The match is T
    itself, so the first reset settles that no category matches. A node that is not committed has T = α Σ I_i; a new
    category takes I whole. Source: Carpenter, Grossberg and Rosen (1991a).
    """

    shortcut: ClassVar[bool] = True

    vigilance: float
    alpha: float | None
    beta: float
    theta: float
    competes: bool
    dtype: str
    who: str

    def rule(self, I: Array, W: Array) -> tuple[int, Array, list[int]]:
        return art2a.present(I, W, self.vigilance, self.choice(len(I)), self.beta, self.theta, self.competes)

    def values(self, I: Array, w: Array) -> tuple[float, float]:
        return art2a.choice(I, w), art2a.choice(I, w)

    def width(self, inputs: int) -> int:
        return inputs

    def encode(self, inputs: Array) -> Array:
        """`InvalidInput` for values below 0, and for a row that has nothing above θ."""
        a = flat(inputs)
        check(
            a,
            a >= 0,
            self.who,
            "expected 0 or more; scale the columns (--rescale true does, by their range in training)",
        )
        I = normalized(a.astype(self.dtype))
        I = normalized(np.where(self.theta < I, I, 0).astype(self.dtype))
        check_rows(
            np.asarray(I.any(axis=1)),
            self.who,
            f"holds no value that, divided by the row's length, is above θ = {self.theta:g}, expected one at least;"
            " lower --threshold, or leave the row out",
        )
        return I

    def compete(self, I: Array, W: Array, sizes: Array) -> tuple[Array, Array]:
        T = np.einsum("ji,i->j", W, I)
        return T, T

    def uncommitted(self, I: Array) -> float:
        if not self.competes:
            return -np.inf
        return float(self.choice(len(I)) * I.sum())

    def choice(self, inputs: int) -> float:
        """α, by default 1/√inputs."""
        return inputs**-0.5 if self.alpha is None else self.alpha

    def commit(self, I: Array) -> Array:
        return I

    def learn(self, I: Array, w: Array) -> bool:
        before = w.copy()
        shared = np.where(w > self.theta, I, 0).astype(w.dtype)
        w[...] = normalized(self.beta * normalized(shared[None]) + (1 - self.beta) * before)[0]
        return not np.array_equal(before, w)

    def prototypes(self, W: Array) -> Array:
        return W

    def to_onnx(self, x: Value, W: Array) -> tuple[Value, Value]:
        def normalized_in_onnx(x: Value) -> Value:
            length = (x * x).sum().sqrt()
            return x / x.graph.where(length > 0, length, 1)

        I = normalized_in_onnx(x.graph.require(x, x >= 0, f"{self.who}: an input is below 0").cast(W.dtype))
        I = normalized_in_onnx(I.graph.where(self.theta < I, I, 0))
        I = I.graph.require(I, I.max() > 0, f"{self.who}: a row has nothing above the threshold")
        T = I @ W.T
        return T, T


def normalized(x: Array) -> Array:
    """Rows of length 1; a row of zeros stays one."""
    length = np.sqrt(np.einsum("ri,ri->r", x, x))[:, None]
    return np.asarray(np.divide(x, length, out=np.zeros_like(x), where=length > 0))
