"""Initial weights from the data, in a phase of its own. A trained map that continues training keeps its weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo import (
    AdditiveStep,
    Array,
    Batch,
    PartialSums,
    RandomStream,
    Signature,
    StepContext,
    Sums,
    TrainingStep,
    UsageError,
)
from zoo_som.model import SomModel

MOST_VALUES = 4096  # of a sample, where their covariance is needed


class PrincipalStart(AdditiveStep):
    """wᵢ = mean + aᵢ √λ₁ e₁ + bᵢ √λ₂ e₂, a and b running from −1 to 1 along the columns and the rows.

    λ, e: largest eigenvalues of the covariance, and their unit vectors, largest component positive. The longer side of
    the map lies along e₁. On a torus a and b are cosines of the way round, so that the start has no seam. Missing
    values are left out of every sum. Source: T. Kohonen (2001), Self-organizing maps, section 3.7.
    """

    model: SomModel
    prefers_threads = True

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        x = self.model.samples(batch.inputs).astype(np.float64)
        present = ~np.isnan(x)
        x[~present] = 0
        sums = {"x": x.sum(axis=0), "xx": x.T @ x, "n": present.sum(axis=0).astype(np.float64)}
        if not present.all():
            both = present.astype(np.float64)
            sums["nn"] = both.T @ both
        else:
            sums["nn"] = np.full(sums["xx"].shape, float(len(x)))
        return PartialSums(sums)

    def changing(self) -> Sequence[Array]:
        """None: sums over samples do not depend on the weights."""
        return ()

    def metrics(self, sums: Sums) -> dict[str, float]:
        return {}

    def update(self, sums: Sums, context: StepContext) -> None:
        if self.model.weights["W"].any():
            return
        mean = sums["x"] / np.maximum(1, sums["n"])
        covariance = sums["xx"] / np.maximum(1, sums["nn"]) - np.outer(mean, mean)
        values, vectors = np.linalg.eigh(covariance)
        W = np.tile(mean, (self.model.grid.units, 1))
        for place, number in zip(self.places(), (-1, -2), strict=True):
            if len(values) >= -number and values[number] > 0:
                axis = vectors[:, number]
                axis = axis * np.sign(axis[np.argmax(np.abs(axis))])
                W += np.outer(place, np.sqrt(values[number]) * axis)
        self.model.weights["W"][...] = W

    def places(self) -> tuple[Array, Array]:
        """Where each unit stands along the map's longer side and along its shorter one, from −1 to 1: (units,),
        (units,)."""
        grid = self.model.grid
        sides = grid.columns, grid.rows * grid.row_height
        along = []
        for position, side in zip(grid.positions.T, sides, strict=True):
            if grid.toroidal:
                along.append(np.cos(2 * np.pi * position / side))
            else:
                span = float(np.ptp(position))
                along.append(2 * position / span - 1 if span else np.zeros(len(position)))
        x, y = along
        return (x, y) if sides[0] >= sides[1] else (y, x)


class RandomStart(AdditiveStep):
    """wᵢ = mean + deviation · ε, ε drawn from the standard normal for each unit and value."""

    model: SomModel
    prefers_threads = True

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        x = self.model.samples(batch.inputs).astype(np.float64)
        present = ~np.isnan(x)
        x[~present] = 0
        return PartialSums(
            {"x": x.sum(axis=0), "xx": np.square(x).sum(axis=0), "n": present.sum(axis=0).astype(np.float64)}
        )

    def changing(self) -> Sequence[Array]:
        """None: sums over samples do not depend on the weights."""
        return ()

    def metrics(self, sums: Sums) -> dict[str, float]:
        return {}

    def update(self, sums: Sums, context: StepContext) -> None:
        if self.model.weights["W"].any():
            return
        n = np.maximum(1, sums["n"])
        mean = sums["x"] / n
        deviation = np.sqrt(np.maximum(0, sums["xx"] / n - np.square(mean)))
        W = self.model.weights["W"]
        W[...] = mean + deviation * context.stream("weights").standard_normal(W.shape)


class SampleStart(TrainingStep):
    """wᵢ = a sample drawn for unit i; a value it misses is the mean of the others drawn."""

    model: SomModel

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        x = self.model.samples(batch.inputs)
        present = ~np.isnan(x)
        mean = np.where(present, x, 0).sum(axis=0) / np.maximum(1, present.sum(axis=0))
        W = self.model.weights["W"]
        if not W.any():
            W[batch.lanes] = np.where(present, x, mean)
        return {}


STARTS: dict[str, type[TrainingStep]] = {"principal": PrincipalStart, "sample": SampleStart, "random": RandomStart}


def check_start(initial: str, signature: Signature) -> None:
    """`UsageError` where the first weights would need a covariance too large to hold."""
    if initial == "principal" and signature.inputs > MOST_VALUES:
        raise UsageError(
            f"som: initial is 'principal' and a sample has {signature.inputs:,} values, expected at most"
            f" {MOST_VALUES:,} for their covariance; take initial = sample"
        )
