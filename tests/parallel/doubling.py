"""A training step for the tests of processes, in a module that another process imports soon."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from zoo.core.batch import Rows
from zoo.core.random import Stream
from zoo.core.training_step import AdditiveStep, Context, Measured, Sums


class Doubling(AdditiveStep):
    """Σ weight · x over the rows; an update doubles the weight. A shard that holds −1 fails; −2 or −3 ends another
    process that measures it."""

    shards = 5

    def __init__(self) -> None:
        self.state = {}
        self.weight = np.ones(3)
        self.measured_here = 0

    def measure(self, rows: Rows, carried: dict[str, Any], stream: Stream) -> Measured:
        self.measured_here += 1
        if (rows.inputs == -1).any():
            raise ArithmeticError(f"row {int(rows.numbers[0])}")
        if multiprocess_child():
            if (rows.inputs == -2).any():
                os._exit(3)
            if (rows.inputs == -3).any():
                os.abort()
        total = (self.weight * rows.inputs).sum(axis=0) + stream("noise").random()
        return Measured({"total": total, "count": np.asarray(float(len(rows)))})

    def figures(self, sums: Sums) -> dict[str, float]:
        return {f"total{place}": float(value) for place, value in enumerate(sums["total"])}

    def update(self, sums: Sums, context: Context) -> None:
        self.weight *= 2

    def changing(self) -> list[np.ndarray[Any, Any]]:
        return [self.weight]


def multiprocess_child() -> bool:
    """Whether this is a process that measures for another."""
    return sys.argv[0] == "-c" and "zoo.parallel.worker_main" in sys.modules


def batch(length: int) -> Rows:
    return Rows.of(np.arange(3.0 * length).reshape(length, 3))
