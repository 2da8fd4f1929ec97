"""Centres by orthogonal least squares: each is the sample that explains most of the remaining variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import (
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
)
from zoo.nn import as_outputs
from zoo_rbf.basis_functions import activations
from zoo_rbf.metrics import EXPLAINED
from zoo_rbf.widths import widths_of

if TYPE_CHECKING:
    from zoo_rbf.rbf import RbfModel


DEPENDENT = 1e-10  # share of its length left after those chosen, under which a candidate adds nothing new


class Orthogonal(Phase):
    """One pass over the data, which adds up how candidates and targets go together; then the choice."""

    uses = ("epochs", "batch_size", "shards")

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (EXPLAINED,)

    def step(self, model: Model) -> ForwardSelection:
        return ForwardSelection(model, self.settings)

    def order(self, data: Any, stream: RandomStream) -> Batches:
        return in_order(data, self.settings.batch_size)

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        return bool(curves)


class ForwardSelection(AdditiveStep):
    """Of the candidates p_i = φ(‖x − c_i‖ / σ) choose at each step the one with the largest error reduction ratio
    [err]_i = Σ_o (w_iᵀ t_o)² / (w_iᵀ w_i · Σ_o t_oᵀ t_o), w_i being p_i made orthogonal to those chosen.

    All of that follows from the sums PᵀP and PᵀT, so data of any size are seen once. The widths while choosing are all
    the same. Source: S. Chen, C. F. N. Cowan and P. M. Grant (1991), Orthogonal least squares learning algorithm for
    radial basis function networks. Metric: explained, the sum of the ratios of those chosen.
    """

    model: RbfModel

    def __init__(self, model: Model, settings: TrainingSettings) -> None:
        super().__init__(model)
        self.settings = settings
        self._chosen: list[int] = []

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """PᵀP (candidates, candidates), PᵀT (candidates, outputs) and Σ t² by output."""
        options = self.model.architecture
        x = batch.inputs.reshape(len(batch), -1).astype(np.float64)
        candidates = self.model.weights["candidates"].astype(np.float64)
        widths = widths_of(candidates, "fixed" if options.widths == "fixed" else "common", options.width, options.count)
        P = activations(options.basis, x, candidates, widths, options.normalized)
        T = as_outputs(self.model.targets(batch), np.empty((len(x), self.model.signature.outputs)))
        return PartialSums(
            {"gram": P.T @ P, "moments": P.T @ T, "squares": (T * T).sum(axis=0), "count": np.asarray(float(len(x)))}
        )

    def metrics(self, sums: Sums) -> dict[str, float]:
        if not len(sums["gram"]):  # chosen in an earlier epoch
            return {"explained": 0.0}
        self._chosen, ratios = select(sums["gram"], sums["moments"], float(sums["squares"].sum()), self.model.count)
        return {"explained": float(ratios.sum())}

    def update(self, sums: Sums, context: StepContext) -> None:
        weights = self.model.weights
        if len(self._chosen):
            weights["basis/centres"][...] = weights["candidates"][self._chosen]
            weights["candidates"] = np.zeros((0, weights["candidates"].shape[1]), weights["candidates"].dtype)
            self._chosen = []


def select(gram: Array, moments: Array, energy: float, count: int) -> tuple[list[int], Array]:
    """(numbers of the chosen in their order, their error reduction ratios), of equals the first.

    With L the columns of a Cholesky factor in the order of choice, what is left of the length of candidate i is
    d_i = G_ii − Σ_s L_is², and of its moments r_i = h_i − Σ_s L_is y_s: the Gram–Schmidt process of the paper, done on
    products. `TrainingError` when nothing new is left before `count` are chosen.
    """
    left, length = np.diag(gram).copy(), np.diag(gram).copy()
    r = moments.copy()
    L = np.zeros((len(gram), count))
    chosen: list[int] = []
    ratios = np.zeros(count)
    for s in range(count):
        new = left > DEPENDENT * length
        new[chosen] = False
        if not new.any():
            raise TrainingError(
                f"rbf: after {s} centres no candidate among {len(gram)} adds anything new, expected {count}; take fewer"
                " with --centres, or narrower ones with --width"
            )
        gains = np.where(new, (r * r).sum(axis=1) / np.where(new, left, 1), -np.inf)
        j = int(gains.argmax())
        ratios[s] = gains[j] / energy
        v = (gram[:, j] - L[:, :s] @ L[j, :s]) / np.sqrt(left[j])
        r -= np.outer(v, r[j] / np.sqrt(left[j]))
        left -= v * v
        L[:, s] = v
        chosen.append(j)
    return chosen, ratios
