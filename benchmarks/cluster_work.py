"""What the rows of clusters measure: a step that gives back an array of its weights' size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.sum_tree import Sums
from zoo.core.training_step import AdditiveStep, PartialSums, StepContext
from zoo.types import Array


class Echo(AdditiveStep):
    """Measures nothing but the way: two shards, each an array of the size of the weights."""

    stream = RandomStream(0)

    def __init__(self, size: int) -> None:
        super().__init__(cast(Any, None))
        self.weights = np.ones(size, np.float32)

    @property
    def shards(self) -> int:
        return 2

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        return PartialSums({"sum": self.weights + 1})

    def changing(self) -> Sequence[Array]:
        return (self.weights,)

    def metrics(self, sums: Sums) -> dict[str, float]:
        return {}

    def update(self, sums: Sums, context: StepContext) -> None:
        self.weights += sums["sum"]


def batch_of(rows: int) -> Batch:
    return Batch.of(np.zeros((rows, 1), np.float32))


def seconds_of(work: Callable[[], Any], clock: Callable[[], float]) -> float:
    began = clock()
    work()
    return clock() - began
