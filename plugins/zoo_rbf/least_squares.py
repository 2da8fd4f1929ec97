"""Output weights by least squares, from normal equations added up over batches: exact, in one pass over any data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import (
    LOSS,
    AdditiveStep,
    Array,
    Batch,
    Batches,
    Metric,
    Model,
    PartialSums,
    Phase,
    RandomStream,
    StepContext,
    Sums,
    TrainingError,
    TrainingSettings,
    in_order,
    warn,
)
from zoo.nn import as_outputs
from zoo_rbf.metrics import CONDITION

if TYPE_CHECKING:
    from zoo_rbf.rbf import RbfModel


EPSILON = float(np.finfo(np.float64).eps)
REFINED = 1e8  # condition from which on a second pass makes the weights better


class LeastSquares(Phase):
    """One pass; where the equations are badly conditioned, more that refine the weights, until the loss is settled."""

    uses = ("epochs", "batch_size", "shards")

    def __init__(self, name: str, settings: TrainingSettings, ridge: float) -> None:
        super().__init__(name, settings)
        self.ridge = ridge

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (LOSS, CONDITION)

    def step(self, model: Model) -> NormalEquations:
        return NormalEquations(model, self.settings, self.ridge)

    def order(self, data: Any, stream: RandomStream) -> Batches:
        return in_order(data, self.settings.batch_size)

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        loss, condition = curves.get("loss", []), curves.get("condition", [])
        if not loss:
            return False
        settled = len(loss) > 1 and loss[-1] >= (1 - 1e-3) * loss[-2]
        return condition[-1] < REFINED or settled or len(loss) >= 5


class NormalEquations(AdditiveStep):
    """(ΦᵀΦ + λI) ΔW = Φᵀ(T − ΦW) − λW, then W ← W + ΔW; Φ (rows, centres + 1) has a last column of ones, for b.

    W starts from 0, so the first pass solves the normal equations of ridge regression; another pass over the data is a
    step of iterative refinement (Björck 1996, section 2.9). λ does not touch b. Sums are added in double precision.
    Metrics: loss, half the mean squared error with the new weights; condition, of ΦᵀΦ + λI.
    """

    model: RbfModel

    def __init__(self, model: Model, settings: TrainingSettings, ridge: float) -> None:
        super().__init__(model)
        self.settings, self.ridge = settings, ridge
        self._solved: Solved | None = None

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """ΦᵀΦ, Φᵀ(T − ΦW), Σ (T − ΦW)² by output, and the number of rows."""
        phi = self.model.hidden(batch.inputs)
        phi = np.concatenate([phi, np.ones((len(phi), 1))], axis=1)
        W = self.weights()
        residual = as_outputs(self.model.targets(batch), phi @ W)
        residual = residual - phi @ W
        return PartialSums(
            {
                "gram": phi.T @ phi,
                "moments": phi.T @ residual,
                "squares": np.einsum("ro,ro->o", residual, residual),
                "count": np.asarray(float(len(phi))),
            }
        )

    def weights(self) -> Array:
        """W and b as one matrix (centres + 1, outputs), in double precision."""
        W, b = self.model.weights["output/W"], self.model.weights["output/b"]
        return np.concatenate([W, b[None]]).astype(np.float64)

    def metrics(self, sums: Sums) -> dict[str, float]:
        ridge = np.full((len(sums["gram"]), 1), self.ridge)
        ridge[-1] = 0
        W = self.weights()
        solved = solve(sums["gram"] + np.diag(ridge[:, 0]), sums["moments"] - ridge * W, self.ridge)
        change = solved.weights
        # Σ (r − Φ ΔW)² = Σ r² − 2 ΔW·Φᵀr + ΔW·ΦᵀΦ·ΔW
        squares = sums["squares"] - 2 * np.einsum("ao,ao->o", change, sums["moments"])
        squares += np.einsum("ao,ao->o", change, sums["gram"] @ change)
        self._solved = solved
        return {"loss": max(0.0, 0.5 * float(squares.sum() / sums["count"])), "condition": solved.condition}

    def update(self, sums: Sums, context: StepContext) -> None:
        assert self._solved is not None
        W = self.weights() + self._solved.weights
        self.model.weights["output/W"][...] = W[:-1]
        self.model.weights["output/b"][...] = W[-1]
        self._solved = None


@dataclass(frozen=True)
class Solved:
    """The solution of a symmetric system, and the ratio of its largest to its smallest eigenvalue."""

    weights: Array
    condition: float


def solve(A: Array, B: Array, ridge: float) -> Solved:
    """W with A W = B, from the eigenvalues of the symmetric A, which tell how far to trust it.

    `TrainingError` where A is singular in double precision; a warning where fewer than four digits are left.
    """
    values, vectors = np.linalg.eigh(A)
    most, least = float(values[-1]), float(values[0])
    if not math.isfinite(most) or least <= EPSILON * len(A) * most:
        raise TrainingError(
            f"rbf: the normal equations of {len(A) - 1} basis functions are singular: eigenvalues reach from {most:.1e}"
            f" down to {least:.1e}, so some functions can be made of others; raise --ridge, now {ridge:g}, take fewer"
            " centres, or narrower ones with --width"
        )
    condition = most / least
    if condition > 1e12:
        warn(
            f"rbf: the normal equations have the condition {condition:.1e}, so weights are known to some"
            f" {max(0, round(-math.log10(EPSILON * condition)))} digits only; a larger --ridge or narrower widths help"
        )
    return Solved(vectors @ ((vectors.T @ B) / values[:, None]), condition)
