"""Radial basis functions beside scikit-learn: k-means with many centres; and errors on a chaotic series."""

from __future__ import annotations

import importlib
import time
import warnings
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import threadpoolctl

from benchmarks.feedforward import mnist
from benchmarks.harness import Bound, Contest, Measured, Peer, Race, Side, Terms
from benchmarks.own import Threaded, compiled
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingPlan
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.data import open_dataset
from zoo.registry.lookup import find_architecture
from zoo.training.prepare import prepare
from zoo.training.run import train
from zoo.types import Array

CENTRES = 500


def images(terms: Terms) -> Array:
    """All training images as float32 (images, pixels) from 0 to 1."""
    dataset = open_dataset("glyphs" if terms.quick else str(mnist()))
    count = terms.few(len(dataset) - dataset.own_test, 200)
    return np.asarray(dataset.inputs.take(np.arange(count)).reshape(count, -1) / np.float32(255), np.float32)


class OwnIterations(Threaded):
    """Lloyd's iterations on the images in hand."""

    def __init__(self, x: Array, start: Array, threads: int, kernels: str = "auto") -> None:
        super().__init__(threads)
        kind = find_architecture("rbf")
        architecture = kind.of({"centres": len(start), "precision": "float32"})
        model = architecture.build(Signature("regression", (x.shape[1],), (1,), ("y",)), RandomStream(0))
        model.weights["basis/centres"][...] = start
        phases = architecture.phases(TrainingPlan(kind.settings.replace(kernels=kernels)))
        self.step = next(phase for phase in phases if phase.name == "k-means").step(model)
        self.rows, self.start = Batch.of(x), start

    def work(self, count: int) -> None:
        self.step.model.weights["basis/centres"][...] = self.start
        for _ in range(count):
            self.step(self.rows, StepContext(RandomStream(0), self.workers))


class SklearnIterations(Side):
    """The same in scikit-learn's KMeans, of which every call begins anew: too few iterations to converge.

    A call costs a little more than its iterations: it centres the data, and labels them once more at the end.
    """

    name = "scikit-learn"

    def __init__(self, x: Array, start: Array, threads: int) -> None:
        self.kind: Any = importlib.import_module("sklearn.cluster").KMeans
        self.x, self.start, self.threads = x, start, threads

    def around(self) -> AbstractContextManager[object]:
        limits: AbstractContextManager[object] = threadpoolctl.threadpool_limits(self.threads)
        return limits

    def work(self, count: int) -> None:
        net = self.kind(
            len(self.start), init=self.start, n_init=1, max_iter=count, tol=0, algorithm="lloyd", copy_x=False
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            net.fit(self.x)


def k_means(terms: Terms) -> Contest:
    """Iterations of k-means with 500 centres on MNIST's training images, float32, from the same samples."""
    x = images(terms)
    start = x[np.random.default_rng(0).permutation(len(x))[: terms.few(CENTRES, 20)]].copy()
    return Contest(
        OwnIterations(x, start, terms.threads),
        [
            compiled(lambda: OwnIterations(x, start, terms.threads, "numba")),
            Peer("scikit-learn", "scikit-learn", lambda: [SklearnIterations(x, start, terms.threads)], goal=1.0),
        ],
        [(len(x), x.shape[1], len(start))],
        unit="iteration",
        count=terms.few(10, 1),
        rounds=terms.few(7, 1),
        warm_up=terms.few(1, 0),
    )


def mackey_glass(terms: Terms) -> Measured:
    """Seconds for nets of 25 to 500 centres on the series 85 times ahead; the normalized error of each."""
    metrics = {}
    began = time.perf_counter()
    for centres in (25, 50, 100, 200, 500)[: terms.few(5, 2)]:
        run = prepare("mackey-glass", options={"centres": centres}, training={"epochs": terms.few(50, 2)})
        metrics[f"normalized_error with {centres}"] = train(run).metrics["normalized_error"]
    return Measured(time.perf_counter() - began, "s", None, metrics=metrics)


ROWS = [
    Race("k-means, 500 centres", "an iteration of k-means on 19,690 MNIST images, float32", k_means),
    Bound("Mackey-Glass", "trainings with 25, 50, 100, 200 and 500 centres on 5,000 samples", mackey_glass),
]
