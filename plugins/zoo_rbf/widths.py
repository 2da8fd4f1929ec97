"""Widths derived from the positions of the centres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo import (
    Array,
    Batch,
    BatchIndices,
    Metric,
    Model,
    Phase,
    RandomStream,
    StepContext,
    TrainingError,
    TrainingSettings,
    TrainingStep,
)
from zoo_rbf.basis_functions import squared_distances
from zoo_rbf.metrics import WIDTH

if TYPE_CHECKING:
    from zoo.data import Samples


WIDTHS = ("nearest", "common", "fixed")
NEIGHBOURS = 2  # nearest centres whose distances count


class Widths(Phase):
    """One step that looks at the centres alone."""

    uses = ("epochs",)

    def __init__(self, name: str, settings: TrainingSettings, how: str, factor: float) -> None:
        super().__init__(name, settings)
        self.how, self.factor = how, factor

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (WIDTH,)

    def step(self, model: Model) -> Spread:
        return Spread(model, self.how, self.factor)

    def order(self, data: Samples, stream: RandomStream) -> list[BatchIndices]:
        return [(np.arange(1), np.arange(1))]  # one row, which is not looked at


class Spread(TrainingStep):
    """σ_j as `widths_of` gives it."""

    def __init__(self, model: Model, how: str, factor: float) -> None:
        super().__init__(model)
        self.how, self.factor = how, factor

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        widths = widths_of(self.model.weights["basis/centres"], self.how, self.factor)
        self.model.weights["basis/widths"][...] = widths
        return {"width": float(widths.mean())}


def widths_of(centres: Array, how: str, factor: float, count: int | None = None) -> Array:
    """σ (centres,), in units of the encoded inputs.

    "nearest": factor · root mean square distance to the two nearest other centres (Moody and Darken 1989); "common":
    factor · d_max / √(2m), where d_max is the largest distance between centres and m their number, or `count` (Haykin
    1999, section 5.13); "fixed": the factor itself. One centre alone has the factor.
    """
    if how == "fixed" or len(centres) < 2:
        return np.full(len(centres), factor)
    if how == "common":
        widest = math.sqrt(float(max(squared_distances(part, centres).max() for part in parts(centres))))
        widths = np.full(len(centres), factor * widest / math.sqrt(2 * (count or len(centres))))
    else:
        near = min(NEIGHBOURS, len(centres) - 1)
        found = []
        for start, part in zip(range(0, len(centres), PART), parts(centres), strict=True):
            distances = squared_distances(part, centres)
            distances[np.arange(len(part)), start + np.arange(len(part))] = np.inf  # not to itself
            found.append(np.sqrt(np.partition(distances, near - 1, axis=1)[:, :near].mean(axis=1)))
        widths = factor * np.concatenate(found)
        # Centres that coincide have no distance to tell; they take the mean of the others.
        some = widths > 1e-6 * widths.max()
        widths = np.where(some, widths, widths[some].mean() if some.any() else 0.0)
    if not (widths > 0).all():
        raise TrainingError(
            f"rbf: all {len(centres)} centres are at one place, so their distances give no width; take fewer centres,"
            " or set the width with --widths fixed"
        )
    return widths


PART = 512


def parts(centres: Array) -> list[Array]:
    """The centres some at a time, so that distances between all of them take little memory."""
    return [centres[start : start + PART] for start in range(0, len(centres), PART)]
