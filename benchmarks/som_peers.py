"""Epochs of a map in Somoclu and in MiniSom, from given weights, with a Gaussian of the radius zoo has there."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import threadpoolctl

from benchmarks.harness import Side
from zoo.types import Array

RADIUS = 3.87  # in the middle of the fall from 15 to 1


class SomocluSide(Side):
    """Somoclu's dense kernel on the processor: C++ with OpenMP."""

    def __init__(self, x: Array, W: Array, side: int, threads: int) -> None:
        self.name = "Somoclu"
        # OpenMP reads it when its library is loaded, which is now.
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
        somoclu: Any = importlib.import_module("somoclu")
        self.x = x
        self.map = somoclu.Somoclu(
            side, side, initialcodebook=W.reshape(-1).copy(), compactsupport=False, gridtype="rectangular"
        )
        self.map.update_data(x)

    def work(self, count: int) -> None:
        for _ in range(count):
            self.map.train(epochs=1, radius0=RADIUS, radiusN=1, scale0=1.0, scaleN=1.0)


class MiniSomSide(Side):
    """MiniSom: NumPy, a loop in Python over samples in either rule."""

    def __init__(self, x: Array, W: Array, side: int, rule: str) -> None:
        self.name = f"MiniSom, {rule}"
        minisom: Any = importlib.import_module("minisom")
        self.x, self.rule = x, rule
        self.map = minisom.MiniSom(side, side, x.shape[1], sigma=RADIUS, learning_rate=0.5, random_seed=0)
        self.map._weights = W.reshape(side, side, -1).astype(np.float64)  # as MiniSom itself begins

    @contextmanager
    def around(self) -> Iterator[None]:
        with threadpoolctl.threadpool_limits(1, user_api="blas"):  # its products are too small for more
            yield

    def work(self, count: int) -> None:
        if self.rule == "batch":
            self.map.train_batch_offline(self.x, count)
        else:
            self.map.train_batch(self.x, count * len(self.x))
