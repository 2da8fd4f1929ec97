"""Centres by orthogonal least squares: each is the sample that explains most of the remaining variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
    TrainingStep,
    in_order,
)
from zoo.nn import as_outputs
from zoo_rbf.basis_functions import activations
from zoo_rbf.kernels.selection import select
from zoo_rbf.metrics import EXPLAINED
from zoo_rbf.model import RbfModel
from zoo_rbf.rules import orthogonal_least_squares
from zoo_rbf.widths import widths_of


class Orthogonal(Phase):
    """One pass over the data, which adds up how candidates and targets go together; then the choice."""

    uses = ("epochs", "batch_size", "shards")
    has_kernels = True

    def __init__(self, name: str, settings: TrainingSettings, widths: str, width: float) -> None:
        # The rule sees all samples at once.
        super().__init__(name, settings.replace(update="batch") if settings.by_the_rule else settings)
        self.widths, self.width = widths, width

    def in_force(self) -> dict[str, Any]:
        """The rule has one batch, which is not cut."""
        idle = ("batch_size", "shards") if self.settings.by_the_rule else ()
        return {name: value for name, value in super().in_force().items() if name not in idle}

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (EXPLAINED,)

    def step(self, model: Model) -> TrainingStep:
        assert isinstance(model, RbfModel)
        functions = Candidates(model, self.widths, self.width)
        return SelectionByRule(functions) if self.settings.by_the_rule else ForwardSelection(functions, self.settings)

    def order(self, data: Any, stream: RandomStream) -> Batches:
        return in_order(data, max(1, len(data)) if self.settings.by_the_rule else self.settings.batch_size)

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        return bool(curves)


class Candidates:
    """The basis functions of the candidates, all of one width while centres are chosen among them."""

    def __init__(self, model: RbfModel, widths: str, width: float) -> None:
        self.model, self.widths, self.width = model, widths, width

    def of(self, batch: Batch) -> tuple[Array, Array]:
        """P (rows, candidates) and T (rows, outputs), in double precision."""
        model = self.model
        x = batch.inputs.reshape(len(batch), -1).astype(np.float64)
        candidates = model.weights["candidates"].astype(np.float64)
        how = "fixed" if self.widths == "fixed" else "common"
        widths = widths_of(candidates, how, self.width, model.count)
        P = activations(model.basis, x, candidates, widths, model.normalized)
        return P, as_outputs(model.targets(batch), np.empty((len(x), model.signature.outputs)))

    def take(self, chosen: list[int]) -> None:
        """The chosen are the centres; candidates are no longer needed.

        `TrainingError` where fewer were chosen than there are centres.
        """
        weights, count = self.model.weights, self.model.count
        if len(chosen) < count:
            raise TrainingError(
                f"rbf: after {len(chosen)} centres no candidate among {len(weights['candidates'])} adds anything new,"
                f" expected {count}; take fewer with --centres, or narrower ones with --width"
            )
        weights["basis/centres"][...] = weights["candidates"][chosen]
        weights.put("candidates", np.zeros((0, weights["candidates"].shape[1]), weights["candidates"].dtype))


class SelectionByRule(TrainingStep):
    """Chooses the centres by the rule itself, on all samples at once."""

    def __init__(self, functions: Candidates) -> None:
        super().__init__(functions.model)
        self.functions = functions

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        if not len(self.model.weights["candidates"]):  # chosen in an earlier epoch
            return {"explained": 0.0}
        P, T = self.functions.of(batch)
        chosen, ratios = orthogonal_least_squares.select(P, T, self.functions.model.count)
        self.functions.take(chosen)
        return {"explained": float(sum(ratios))}


class ForwardSelection(AdditiveStep):
    """Of the candidates p_i = φ(‖x − c_i‖ / σ) choose at each step the one with the largest error reduction ratio
    [err]_i = Σ_o (w_iᵀ t_o)² / (w_iᵀ w_i · Σ_o t_oᵀ t_o), w_i being p_i made orthogonal to those chosen.

    All of that follows from the sums PᵀP and PᵀT, so data of any size are seen once. The widths while choosing are all
    the same. Source: S. Chen, C. F. N. Cowan and P. M. Grant (1991), Orthogonal least squares learning algorithm for
    radial basis function networks. Metric: explained, the sum of the ratios of those chosen.
    """

    prefers_threads = True

    def __init__(self, functions: Candidates, settings: TrainingSettings) -> None:
        super().__init__(functions.model)
        self.functions, self.settings = functions, settings
        self._chosen: list[int] = []

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """PᵀP (candidates, candidates), PᵀT (candidates, outputs) and Σ t² by output."""
        P, T = self.functions.of(batch)
        return PartialSums(
            {"gram": P.T @ P, "moments": P.T @ T, "squares": (T * T).sum(axis=0), "count": np.asarray(float(len(T)))}
        )

    def changing(self) -> Sequence[Array]:
        return (self.model.weights["candidates"],)

    def metrics(self, sums: Sums) -> dict[str, float]:
        if not len(sums["gram"]):  # chosen in an earlier epoch
            return {"explained": 0.0}
        energy, count = float(sums["squares"].sum()), self.functions.model.count
        self._chosen, ratios = select(sums["gram"], sums["moments"], energy, count)
        return {"explained": float(ratios.sum())}

    def update(self, sums: Sums, context: StepContext) -> None:
        if len(sums["gram"]):
            self.functions.take(self._chosen)
            self._chosen = []
