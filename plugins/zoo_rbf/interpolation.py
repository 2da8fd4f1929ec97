"""Exact interpolation: a basis function at every sample, the surface passes through every target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo import (
    Batch,
    Batches,
    DataError,
    Metric,
    Model,
    Phase,
    RandomStream,
    StepContext,
    TrainingError,
    TrainingSettings,
    TrainingStep,
    in_order,
)
from zoo.nn import as_outputs
from zoo_rbf.metrics import MISSED
from zoo_rbf.model import RbfModel

MOST_MISSED = 1e-3  # share of the targets' spread by which the surface may miss them before that is an error


class Interpolation(Phase):
    """One step on all samples at once."""

    uses = ("epochs",)

    def __init__(self, name: str, settings: TrainingSettings, ridge: float) -> None:
        super().__init__(name, settings)
        self.ridge = ridge

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (MISSED,)

    def step(self, model: Model) -> Through:
        return Through(model, self.ridge)

    def order(self, data: Any, stream: RandomStream) -> Batches:
        return in_order(data, max(1, len(data)))


class Through(TrainingStep):
    """Φ W = T − mean T with the square Φ_ij = φ(‖x_i − x_j‖ / σ_j), b = mean T; smoothed, (Φ + λI) W = T − mean T.

    For different samples and one width Φ is not singular, whatever the number of inputs, for Gaussians, multiquadrics
    and inverse multiquadrics (Micchelli 1986). Source: Powell (1987); Broomhead and Lowe (1988), eqs 2.5 to 2.8.
    Metric: missed, the largest distance of the surface from a target.
    """

    model: RbfModel

    def __init__(self, model: Model, ridge: float) -> None:
        super().__init__(model)
        self.ridge = ridge

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        phi = self.model.design_matrix(batch.inputs)
        weights = self.model.weights
        if phi.shape[0] != phi.shape[1]:
            raise DataError(
                f"rbf: got {phi.shape[0]} samples, expected {phi.shape[1]}, one for every centre; the data are not"
                " those the net was made for"
            )
        T = as_outputs(self.model.targets(batch), phi[:, : self.model.signature.outputs])
        mean = T.mean(axis=0)
        try:
            W = np.linalg.solve(phi + self.ridge * np.eye(len(phi)), T - mean)
        except np.linalg.LinAlgError as error:
            raise TrainingError(f"rbf: no surface passes through all {len(T)} samples: {self._why(batch)}") from error
        error_ = float(np.abs(phi @ W + mean - T).max())
        spread = float(T.max() - T.min()) or 1.0
        if self.ridge == 0 and not error_ < MOST_MISSED * spread:
            raise TrainingError(
                f"rbf: the surface misses a target by {error_:.2g}, where it should pass through all {len(T)} of them:"
                f" {self._why(batch)}"
            )
        weights["output/W"][...] = W
        weights["output/b"][...] = mean
        return {"missed": error_}

    def _why(self, batch: Batch) -> str:
        """Two samples that are the same, or the widths."""
        x = batch.inputs.reshape(len(batch), -1)
        _, first, inverse = np.unique(x, axis=0, return_index=True, return_inverse=True)
        again = np.flatnonzero(first[inverse.ravel()] != np.arange(len(x)))
        if len(again):
            one = int(first[inverse.ravel()[again[0]]])
            return (
                f"samples {int(batch.numbers[one]) + 1} and {int(batch.numbers[again[0]]) + 1} have the same inputs;"
                " remove one, or smooth with --ridge"
            )
        return (
            "the equations are singular to rounding; take narrower basis functions with --width, or smooth with --ridge"
        )
