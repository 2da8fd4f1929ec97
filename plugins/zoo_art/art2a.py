"""ART 2-A: normalized patterns; a category's weights turn towards its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, InputSpec, TrainingSettings, option
from zoo_art.clustering import Clustering
from zoo_art.input_range import check, check_rows, flat
from zoo_art.kernels.kernel import Rule


@dataclass(frozen=True)
class Art2aRule(Rule):
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
        return float((len(I) ** -0.5 if self.alpha is None else self.alpha) * I.sum())

    def commit(self, I: Array) -> Array:
        return I

    def learn(self, I: Array, w: Array) -> bool:
        before = w.copy()
        shared = np.where(w > self.theta, I, 0).astype(w.dtype)
        w[...] = normalized(self.beta * normalized(shared[None]) + (1 - self.beta) * before)[0]
        return not np.array_equal(before, w)

    def prototypes(self, W: Array) -> Array:
        return W


def normalized(x: Array) -> Array:
    """Rows of length 1; a row of zeros stays one."""
    length = np.sqrt(np.einsum("ri,ri->r", x, x))[:, None]
    return np.asarray(np.divide(x, length, out=np.zeros_like(x), where=length > 0))


@dataclass(frozen=True)
class Art2a(Clustering):
    """Categories are directions: an input joins the one at the smallest angle, if that is small enough.

    Source: G. A. Carpenter, S. Grossberg and D. B. Rosen (1991a), ART 2-A: An adaptive resonance algorithm for rapid
    category learning and recognition.
    """

    name: ClassVar[str] = "art2a"
    summary: ClassVar[str] = "clusters by direction, whatever the strength (Carpenter et al. 1991)"
    data: ClassVar[str] = "letters"
    settings: ClassVar[TrainingSettings] = TrainingSettings(epochs=5)

    vigilance: float = option(
        0.8, "ρ: cosine of the largest angle between an input and its category", low=0.0, high=1.0
    )
    choice: float | None = option(
        None, "α: choice of a node without a category, by the sum of the input; by default 1/√inputs", low=0.0, high=1.0
    )
    rate: float = option(0.1, "β: share of the way a category turns; 1 is fast learning", above=0.0, high=1.0)
    threshold: float = option(
        0.0, "θ: what is not above it in an input of length 1 is taken for noise", low=0.0, below=1.0
    )
    uncommitted: str = option(
        "competes",
        "whether a node without a category competes with its own choice value, as in the paper, or comes last",
        choices=("competes", "last"),
    )
    rescale: bool = option(
        True, "columns are scaled to [0, 1] by their range in training; false: as they are, 0 or more"
    )
    most: int = option(1_000_000, "categories at most; what none takes is then left out", low=1, high=10_000_000)
    precision: str = option("float32", "floating-point numbers of the weights", choices=("float32", "float64"))

    @property
    def effective_input_spec(self) -> InputSpec:
        return InputSpec(inputs="unit" if self.rescale else "raw")

    @property
    def rule(self) -> Art2aRule:
        competes = self.uncommitted == "competes"
        return Art2aRule(self.vigilance, self.choice, self.rate, self.threshold, competes, self.precision, self.name)
