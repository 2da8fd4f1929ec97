"""A training step for the tests of processes, in a module that another process imports soon."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.training_step import AdditiveStep, PartialSums, StepContext, Sums
from zoo.types import Array


class Doubling(AdditiveStep):
    """Σ weight · x over the rows; an update doubles the weight. A shard that holds −1 fails; −2 or −3 ends another
    process that measures it."""

    shards = 5

    def __init__(self) -> None:
        self.state = {}
        self.weight = np.ones(3)
        self.measured_here = 0

    def measure(self, batch: Batch, carried: dict[str, Any], stream: RandomStream) -> PartialSums:
        self.measured_here += 1
        if (batch.inputs == -1).any():
            raise ArithmeticError(f"row {int(batch.numbers[0])}")
        if multiprocess_child():
            if (batch.inputs == -2).any():
                os._exit(3)
            if (batch.inputs == -3).any():
                os.abort()
        total = (self.weight * batch.inputs).sum(axis=0) + stream("noise").random()
        return PartialSums({"total": total, "count": np.asarray(float(len(batch)))})

    def metrics(self, sums: Sums) -> dict[str, float]:
        return {f"total{place}": float(value) for place, value in enumerate(sums["total"])}

    def update(self, sums: Sums, context: StepContext) -> None:
        self.weight *= 2

    def changing(self) -> list[Array]:
        return [self.weight]


def multiprocess_child() -> bool:
    """Whether this is a process that measures for another."""
    return sys.argv[0] == "-c" and "zoo.parallel.worker_main" in sys.modules


def batch(length: int) -> Batch:
    return Batch.of(np.arange(3.0 * length).reshape(length, 3))
