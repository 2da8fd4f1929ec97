"""Adaptive resonance beside artlib: Fuzzy ART over images, presented one by one."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.feedforward import mnist
from benchmarks.harness import Bound, Contest, Measured, Peer, Race, Side, Terms
from benchmarks.own import Threaded, compiled
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.settings import TrainingPlan
from zoo.core.signature import Signature
from zoo.core.training_step import StepContext
from zoo.data import open_dataset
from zoo.errors import UsageError
from zoo.registry.lookup import find_architecture
from zoo.training.prepare import prepare
from zoo.training.run import train
from zoo.types import Array

IMAGES, ROUNDS = 2000, 10
CHOICE = 0.001


def images(terms: Terms) -> Array:
    """Pixels / 256 (images, pixels): whole 256ths, whose sums are exact in any order."""
    dataset = open_dataset("glyphs" if terms.quick else str(mnist()))
    count = terms.few(IMAGES, 100)
    return np.asarray(dataset.inputs.take(np.arange(count)).reshape(count, -1) / 256)


class OwnPass(Threaded):
    """One pass over the images, as many at each call as fall to a round."""

    def __init__(
        self, vigilance: float, precision: str, x: Array, threads: int, kernels: str = "auto", **options: Any
    ) -> None:
        super().__init__(threads)
        kind = find_architecture("fuzzy-art")
        architecture = kind.of(
            {"vigilance": vigilance, "choice": CHOICE, "uncommitted": "last", "precision": precision, **options}
        )
        signature = Signature("unsupervised", (x.shape[1],), (1,), ("category",))
        self.model = architecture.build(signature, RandomStream(0))
        plan = TrainingPlan(kind.settings.replace(kernels=kernels))
        self.step = architecture.phases(plan)[0].step(self.model)
        self.parts = [part.astype(precision) for part in np.array_split(x, ROUNDS)]
        self.done = 0

    def work(self, count: int) -> None:
        for _ in range(count):
            part = self.parts[self.done % ROUNDS]
            self.step(Batch.of(part), StepContext(RandomStream(0), self.workers))
            self.done += 1

    def metrics(self) -> Mapping[str, float]:
        return {"categories": float(len(self.model.weights["W"]))}


class ArtlibPass(Side):
    """The same with artlib's FuzzyART, its compiled functions warmed up before."""

    name = "artlib"

    def __init__(self, vigilance: float, x: Array) -> None:
        kind: Any = importlib.import_module("artlib").FuzzyART
        coded = np.concatenate([x, 1 - x], axis=1)  # not its prepare_data, which rescales the columns
        kind(vigilance, CHOICE, 1.0).fit(coded[:20])
        self.net = kind(vigilance, CHOICE, 1.0)
        self.parts = np.array_split(coded, ROUNDS)
        self.done = 0

    def work(self, count: int) -> None:
        for _ in range(count):
            self.net.partial_fit(self.parts[self.done % ROUNDS])
            self.done += 1

    def metrics(self) -> Mapping[str, float]:
        return {"categories": float(len(self.net.W))}


def one_pass(vigilance: float, precision: str, goal: float | None, **options: Any) -> Callable[[Terms], Contest]:
    """One pass of fast learning over 2,000 images, all in one go cut into ten rounds."""

    def start(terms: Terms) -> Contest:
        x = images(terms)
        peer = Peer("artlib", "artlib", lambda: [ArtlibPass(vigilance, x)], goal=goal)
        own = OwnPass(vigilance, precision, x, terms.threads, **options)
        with contextlib.suppress(UsageError):  # without the extra; a whole pass has no rounds to warm up in
            OwnPass(vigilance, precision, x[:ROUNDS], terms.threads, "numba", **options).work(ROUNDS)
        fast = compiled(lambda: OwnPass(vigilance, precision, x, terms.threads, "numba", **options))
        return Contest(own, [fast, peer], unit="pass", count=1, rounds=ROUNDS, warm_up=0, whole=True)

    return start


def circle(terms: Terms) -> Measured:
    """Seconds to learn ten draws of the circle in the square, 1,000 points each, and how well they are known then."""
    began = time.perf_counter()
    found = []
    for draw in range(terms.few(10, 2)):
        data = {"name": "circle-in-square", "samples": terms.few(1000, 100), "variant": draw}
        found.append(train(prepare("circle", data=data, training={"seed": draw})).metrics["accuracy"])
    seconds = time.perf_counter() - began
    metrics = {"accuracy": float(np.mean(found)), "deviation": float(np.std(found)), "worst": min(found)}
    return Measured(seconds, "s", None, metrics=metrics)


ABOUT = "Fuzzy ART, one pass of fast learning over 2,000 MNIST images"
ROWS = [
    Race("fuzzy art, 0.5", f"{ABOUT}, vigilance 0.5, float64", one_pass(0.5, "float64", 4.0)),
    Race("fuzzy art, 0.7", f"{ABOUT}, vigilance 0.7, float64", one_pass(0.7, "float64", 6.0)),
    Race("fuzzy art, 0.5, float32", f"{ABOUT}, vigilance 0.5, float32", one_pass(0.5, "float32", None)),
    Race("fuzzy art, 0.7, float32", f"{ABOUT}, vigilance 0.7, float32", one_pass(0.7, "float32", None)),
    Race(
        "fuzzy art, 0.7, resets not counted",
        f"{ABOUT}, vigilance 0.7, float64, the search bounded by sums over blocks",
        one_pass(0.7, "float64", 6.0, count_resets=False),
    ),
    Bound("circle in the square", "Fuzzy ARTMAP on ten draws of 1,000 points, one epoch", circle),
]
