"""Centres from the data: a random sample of rows, or every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo import (
    Batch,
    BatchIndices,
    DataError,
    Metric,
    Model,
    Phase,
    RandomStream,
    StepContext,
    TrainingSettings,
    TrainingStep,
)
from zoo_rbf.metrics import CENTRES

if TYPE_CHECKING:
    from zoo.data import Samples


class Seeds(Phase):
    """One step, on one batch: `count` samples drawn without replacement, in the order of the data."""

    uses = ("epochs",)

    def __init__(self, name: str, settings: TrainingSettings, weight: str, count: int | None) -> None:
        super().__init__(name, settings)
        self.weight, self.count = weight, count or 0  # None: not settled yet, so this is not for training

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (CENTRES,)

    def step(self, model: Model) -> Taken:
        return Taken(model, self.weight)

    def order(self, data: Samples, stream: RandomStream) -> list[BatchIndices]:
        if self.count > len(data):
            raise DataError(
                f"rbf: got {self.count} centres, expected at most {len(data)}, the samples there are to train on; take"
                " fewer with --centres"
            )
        numbers = np.sort(stream("centres").permutation(len(data))[: self.count])
        return [(numbers, np.arange(self.count))]


class Taken(TrainingStep):
    """c_j = x_j: the samples of the batch are the centres."""

    def __init__(self, model: Model, weight: str) -> None:
        super().__init__(model)
        self.weight = weight

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        samples = batch.inputs.reshape(len(batch), -1)
        weights = self.model.weights
        if self.weight == "candidates":
            weights.put("candidates", np.array(samples, weights["candidates"].dtype, order="C"))
        elif len(samples) != len(weights[self.weight]):
            raise DataError(
                f"rbf: got {len(samples)} samples, expected {len(weights[self.weight])}, one for every centre; the data"
                " are not those the net was made for"
            )
        else:
            weights[self.weight][...] = samples
        return {"centres": float(len(samples))}
