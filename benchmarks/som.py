"""Self-organizing maps beside Somoclu and MiniSom: an epoch of the batch rule and of the online rule, growth, memory.

Quality beside them is a table of its own: python -m benchmarks.som_quality.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import taken_by
from benchmarks.harness import Bound, Contest, Measured, Peer, Race, Terms, Unavailable
from benchmarks.machine import Product
from benchmarks.own import Threaded, compiled
from benchmarks.som_peers import MiniSomSide, SomocluSide
from zoo.core.random import RandomStream
from zoo.core.sum_tree import SumTree
from zoo.core.training_step import AdditiveStep, StepContext
from zoo.data import Dataset, open_dataset
from zoo.data.dataset import InMemory
from zoo.parallel.threads import Workers
from zoo.platform.system import data_folder
from zoo.registry.recipes import Recipe
from zoo.training.prepare import Run, prepare
from zoo.types import Array

MEGABYTE = 10**6
SIDE = 30  # units of a side of the map of MNIST
IMAGES = 5000


def images(terms: Terms) -> Array:
    """Training images of MNIST in [0, 1], (images, 784) in float32; nothing is downloaded for a benchmark."""
    if terms.quick:
        return np.random.default_rng(0).random((200, 784), np.float32)
    folder = data_folder() / "mnist"
    if not folder.is_dir() or not any(folder.glob("train-images*")):
        raise Unavailable(f"there is no MNIST in {folder}; name the folder above it with the variable ZOO_DATA")
    pixels = open_dataset(str(folder)).inputs.take(np.arange(IMAGES))
    return np.ascontiguousarray(pixels.reshape(IMAGES, -1) / np.float32(255), np.float32)


def run_on(x: Array, rows: int, columns: int, **training: Any) -> Run:
    """A run of a rectangular map on these samples as they are, with all its phases, prepared."""
    options = {"rows": rows, "columns": columns, "grid": "rectangular", "scaling": "raw", "initial": "sample"}
    dataset = Dataset(name="samples", task="unsupervised", inputs=InMemory(x), test=0.0)
    return prepare(Recipe("som", "som"), options=options, training=training, dataset=dataset)


class MapEpochs(Threaded):
    """Epochs of a map's rule, each with its samples fetched as the trainer has it, at the middle of the radius'
    fall."""

    def __init__(self, run: Run, threads: int) -> None:
        super().__init__(threads)
        samples = run.samples("train")
        assert samples is not None
        self.samples = samples
        start, self.phase = run.training.phases[:2]
        with Workers(threads) as workers:
            first = start.step(run.model)
            batch = samples.rows(*start.order(samples, RandomStream(0))[0])
            first(batch, StepContext(RandomStream(0), workers))
        self.step = self.phase.step(run.model)
        self.epochs = 0

    def work(self, count: int) -> None:
        for _ in range(count):
            here = RandomStream(0, phase=1, epoch=self.epochs)
            middle = self.phase.settings.epochs // 2
            batches = self.phase.order(self.samples, here)
            sums = SumTree()
            for number in range(len(batches)):
                context = StepContext(here.at(batch=number), self.workers, 0.5, middle)
                batch = self.samples.rows(*batches[number])
                if isinstance(self.step, AdditiveStep):
                    sums.push(self.step.add_up(batch, context))
                else:
                    self.step(batch, context)
            if isinstance(self.step, AdditiveStep):
                total = sums.total()
                self.step.checked(total, batch, context)
                self.step.update(total, context)
            self.epochs += 1


def batch_epoch(terms: Terms) -> Contest:
    """One epoch of the batch rule from the same weights; Somoclu runs on as many threads."""
    x, side = images(terms), terms.few(SIDE, 5)
    run = run_on(x, side, side, epochs=11, shards=terms.threads)
    ours = MapEpochs(run, terms.threads)
    W = np.array(run.model.weights["W"], np.float32)
    peers = [
        Peer("somoclu", "Somoclu", lambda: [SomocluSide(x, W, side, terms.threads)], goal=18.0),
        Peer("minisom", "MiniSom, batch", lambda: [MiniSomSide(x, W, side, "batch")], goal=80.0),
    ]
    products: list[Product] = [(len(x), x.shape[1], side * side)]
    return Contest(ours, peers, products, unit="epoch", count=1, rounds=terms.few(3, 1), warm_up=0)


def online_epoch(terms: Terms) -> Contest:
    """One epoch of the online rule from the same weights."""
    x, side = images(terms), terms.few(SIDE, 5)
    run = run_on(x, side, side, epochs=11, rule="online")
    ours = MapEpochs(run, terms.threads)
    W = np.array(run.model.weights["W"], np.float32)
    settings: dict[str, Any] = {"epochs": 11, "rule": "online", "kernels": "numba"}
    peers = [
        compiled(lambda: MapEpochs(run_on(x, side, side, **settings), terms.threads)),
        Peer("minisom", "MiniSom, online", lambda: [MiniSomSide(x, W, side, "online")], goal=2.5),
    ]
    # Every sample's products with all weights, and the change that is a product of the samples with their shares.
    products: list[Product] = [(len(x), x.shape[1], side * side), (side * side, len(x), x.shape[1])]
    return Contest(ours, peers, products, unit="epoch", count=1, rounds=terms.few(3, 1), warm_up=terms.few(1, 0))


# --- growth and memory ------------------------------------------------------------------------------------------------


def growth(of: str) -> Callable[[Terms], Measured]:
    """Seconds of an epoch with eight times the samples, or the units, over eight times the seconds with once as
    many."""

    def measure(terms: Terms) -> Measured:
        few, many = (8_000, 64_000) if of == "samples" else (20_000, 20_000)
        small, large = (25, 25) if of == "samples" else (20, 57)  # 400 and 3,249 units: 8.1 times as many
        if terms.quick:
            few, many, small, large = few // 80, many // 80, small // 4, large // 4
        factor = many / few * (large / small) ** 2
        ratios = []
        sides = []
        for rows, side in ((few, small), (many, large)):
            x = np.random.default_rng(0).random((rows, 64), np.float32)
            sides.append(MapEpochs(run_on(x, side, side, epochs=11, shards=terms.threads), terms.threads))
        for _ in range(terms.few(7, 1)):
            seconds = []
            for contender in sides:
                gc.collect()
                with contender.around():
                    contender.work(1)
                    began = time.perf_counter()
                    contender.work(1)
                    seconds.append(time.perf_counter() - began)
            ratios.append(seconds[1] / seconds[0] / factor)
        return Measured(float(np.median(ratios)), "×", 1.25, metrics={"times as much work": factor})

    return measure


def million(terms: Terms) -> Measured:
    """The peak of `zoo train som` on a million samples of 16 values, a map of 50 × 50 units."""
    count = terms.few(1_000_000, 5_000)
    with tempfile.TemporaryDirectory(prefix="zoo-benchmark-") as name:
        folder = Path(name)
        random = np.random.default_rng(0)
        middles = random.normal(size=(40, 16)).astype(np.float32) * 3
        x = random.standard_normal((count, 16), np.float32)
        x += middles[random.integers(40, size=count)]
        np.save(folder / "x.npy", x)
        del x
        alone = taken_by([], folder)
        side = str(terms.few(50, 10))
        arguments = ["train", "som", "--data", "x.npy", "--target", "none", "--test", "0", "--out", "trained.h5"]
        size = ["--rows", side, "--columns", side, "--epochs", "2", "--threads", str(terms.threads)]
        taken = taken_by([*arguments, *size], folder)
    metrics = {"samples": float(count), "seconds in all, two epochs": taken.seconds}
    return Measured(
        taken.peak, "bytes", 1000 * MEGABYTE, alone.peak + count * 64, "Python with zoo, and the data once", metrics
    )


WORK = "5,000 MNIST images, 30 × 30 units, float32"

ROWS = [
    Race("batch epoch", f"an epoch of the batch rule: {WORK}", batch_epoch),
    Race("online epoch", f"an epoch of the online rule: {WORK}", online_epoch),
    Bound(
        "growth with samples", "eight times the samples: an epoch's time over eight times the time", growth("samples")
    ),
    Bound("growth with units", "eight times the units: an epoch's time over eight times the time", growth("units")),
    Bound("memory, a million", "peak of `zoo train som`, 1,000,000 × 16 values, 50 × 50 units", million),
]
