"""Output weights by least squares, from normal equations added up over batches: exact, in one pass over any data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

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
from zoo_rbf.model import RbfModel
from zoo_rbf.rules.least_squares import change_of_squares, change_of_weights, normal_sums

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
    prefers_threads = True

    def __init__(self, model: Model, settings: TrainingSettings, ridge: float) -> None:
        super().__init__(model)
        self.settings, self.ridge = settings, ridge
        self._change: Array | None = None

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """ΦᵀΦ, Φᵀ(T − ΦW), Σ (T − ΦW)² by output, and the number of rows."""
        phi = self.model.design_matrix(batch.inputs)
        phi = np.concatenate([phi, np.ones((len(phi), 1))], axis=1)
        W = self.weights()
        gram, moments, squares = normal_sums(phi, as_outputs(self.model.targets(batch), phi @ W), W)
        return PartialSums({"gram": gram, "moments": moments, "squares": squares, "count": np.asarray(float(len(phi)))})

    def weights(self) -> Array:
        """W and b as one matrix (centres + 1, outputs), in double precision."""
        W, b = self.model.weights["output/W"], self.model.weights["output/b"]
        return np.concatenate([W, b[None]]).astype(np.float64)

    def changing(self) -> Sequence[Array]:
        return (self.model.weights["output/W"], self.model.weights["output/b"])

    def metrics(self, sums: Sums) -> dict[str, float]:
        gram, moments = sums["gram"], sums["moments"]
        change, most, least = change_of_weights(gram, moments, self.weights(), self.ridge)
        condition = condition_of(most, least, len(gram), self.ridge)
        squares = sums["squares"] + change_of_squares(change, gram, moments)
        self._change = change
        return {"loss": max(0.0, 0.5 * float(squares.sum() / sums["count"])), "condition": condition}

    def update(self, sums: Sums, context: StepContext) -> None:
        assert self._change is not None
        W = self.weights() + self._change
        self.model.weights["output/W"][...] = W[:-1]
        self.model.weights["output/b"][...] = W[-1]
        self._change = None


def condition_of(most: float, least: float, equations: int, ridge: float) -> float:
    """The ratio of the largest to the smallest eigenvalue of the normal equations.

    `TrainingError` where they are singular in double precision; a warning where fewer than four digits are left.
    """
    if not math.isfinite(most) or least <= EPSILON * equations * most:
        raise TrainingError(
            f"rbf: the normal equations of {equations - 1} basis functions are singular: eigenvalues reach from"
            f" {most:.1e} down to {least:.1e}, so some functions can be made of others; raise --ridge, now {ridge:g},"
            " take fewer centres, or narrower ones with --width"
        )
    condition = most / least
    if condition > 1e12:
        warn(
            f"rbf: the normal equations have the condition {condition:.1e}, so weights are known to some"
            f" {max(0, round(-math.log10(EPSILON * condition)))} digits only; a larger --ridge or narrower widths help"
        )
    return condition
