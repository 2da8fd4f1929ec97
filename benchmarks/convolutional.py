"""The convolutional family beside PyTorch: single 3×3 convolutions, one training step, ResNet-18's answer, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from zoo_convolutional.layers import Convolution

from benchmarks.harness import Bound, Contest, Measured, Peer, Race, Terms
from benchmarks.machine import Product, version_of
from benchmarks.own import OwnLayer, OwnSteps, Threaded
from benchmarks.torch_convolution import FORMATS, TorchConvolution, TorchNet, TorchResNet18
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.nn import GradientModel
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.training.prepare import prepare

Shape = tuple[int, int, int, int]  # rows, pixels on a side, channels in, channels out
GOALS: dict[Shape, float] = {
    (64, 32, 32, 32): 1.5,
    (64, 16, 64, 128): 0.9,
    (32, 8, 256, 256): 0.9,
    (16, 56, 64, 64): 0.9,
}


class OwnConvolution(OwnLayer):
    """Forward and backward of one layer in two shards."""

    def __init__(self, shape: Shape, threads: int) -> None:
        rows, size, inputs, channels = shape
        random = np.random.default_rng(0)
        x = random.standard_normal((rows, size, size, inputs), np.float32)
        dy = random.standard_normal((rows, size, size, channels), np.float32)
        super().__init__(Convolution(channels, 3, padding=1), x, dy, threads, shards=2)


class OwnResNet18(Threaded):
    """Predictions on one image of 224×224: one piece of work, whose large products the threads share."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        signature = Signature("classification", (224, 224, 3), (1000,), tuple(map(str, range(1000))))
        model = lookup.find_architecture("resnet").of({"depth": "18"}).build(signature, RandomStream(0))
        assert isinstance(model, GradientModel)
        self.model = model
        self.x = np.random.default_rng(0).standard_normal((1, 224, 224, 3), np.float32)

    def work(self, count: int) -> None:
        for _ in range(count):
            list(self.workers.in_order(self.model.predict, [self.x]))


def convolution(shape: Shape) -> Callable[[Terms], Contest]:
    """One 3×3 convolution of stride 1 that keeps the size: forward, and backward with the input gradient."""

    def start(terms: Terms) -> Contest:
        rows, size, inputs, channels = (terms.few(shape[0], 2), *shape[1:])
        used = (rows, size, inputs, channels)
        places = rows * size * size
        products: list[Product] = [
            (places, 9 * inputs, channels), (9 * inputs, places, channels), (places, channels, 9 * inputs),
        ]  # fmt: skip

        def sides() -> Any:
            return [TorchConvolution(used, order, terms.threads) for order in FORMATS]

        return Contest(
            OwnConvolution(used, terms.threads),
            [Peer("torch", "PyTorch", sides, goal=GOALS[shape])],
            products,
            unit="pass",
            count=terms.few(4, 1),
            rounds=terms.few(15, 2),
            warm_up=3,
        )

    return start


def step(terms: Terms) -> Contest:
    """Training steps of conv 5×5 32, pool, conv 5×5 64, pool, dense 512, dense 10, on the embedded images."""
    rows = terms.few(128, 8)
    recipe = Recipe(
        "cnn step",
        "cnn",
        data={"name": "glyphs"},
        options={"channels": [32, 64], "kernel": 5, "border": "none", "dense": [512]},
        training={"optimizer": "sgd", "learning_rate": 0.01, "batch_size": rows, "shards": 2},
    )
    run = prepare(recipe)
    samples = run.samples("train")
    assert samples is not None
    batch = samples.rows(np.arange(rows))
    assert batch.targets is not None
    images, classes = batch.inputs, batch.targets

    def sides() -> Any:
        return [TorchNet(images, classes, order, terms.threads) for order in FORMATS]

    forward: list[Product] = [(rows * 576, 25, 32), (rows * 64, 800, 64), (rows, 1024, 512), (rows, 512, 10)]
    backward = [(k, m, n) for m, k, n in forward] + [(m, n, k) for m, k, n in forward[1:]]
    return Contest(
        OwnSteps(run, terms.threads, hand=True),
        [Peer("torch", "PyTorch", sides, goal=1.1)],
        [*forward, *backward],
        count=terms.few(8, 1),
        rounds=terms.few(15, 2),
        warm_up=terms.few(4, 1),
    )


def answer(terms: Terms) -> Contest:
    """ResNet-18's answer to one image of 224×224."""

    def sides() -> Any:
        return [TorchResNet18(order, terms.threads) for order in FORMATS]

    return Contest(
        OwnResNet18(terms.threads),
        [Peer("torch", "PyTorch", sides)],
        unit="image",
        count=terms.few(3, 1),
        rounds=terms.few(9, 1),
        warm_up=1,
    )


def patches_in_work(terms: Terms) -> Measured:
    """What a pass over 8 times the rows takes more in scratch: nothing, since it is that of the few images in work."""
    small, large = (scratch_of(terms.few(rows, rows // 4)) for rows in (16, 128))
    note = f"{small / 1e6:.1f} MB at 16 rows, {large / 1e6:.1f} MB at 128; all patches of those would be 151 MB"
    return Measured(large, "bytes", 2.0 * max(small, 8e6), note=note)


def scratch_of(rows: int) -> float:
    """Peak bytes of one forward and backward pass of a convolution 32 → 32 at 32×32, less those of x, y, dx and dy.

    In a thread of its own, since a thread keeps its scratch.
    """
    side = OwnConvolution((rows, 32, 32, 32), 1)
    tracemalloc.start()
    thread = threading.Thread(target=lambda: side.step.measure(side.rows, {}, RandomStream(0)))
    thread.start()
    thread.join()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept = sum(buffer.nbytes for _, buffer in side.step.buffers._scratch[0]._lent)
    return float(peak - kept)


def predicting(terms: Terms) -> Measured:
    """Peak memory of a process that answers one image of 224×224 with ResNet-18, beside one that does so in PyTorch."""
    ours = peak_of("from benchmarks.convolutional import OwnResNet18 as Side; side = Side(2)")
    note = "PyTorch is not installed"
    if version_of("torch") is not None:
        side = "from benchmarks.torch_convolution import TorchResNet18 as Side; side = Side('channels first', 2)"
        note = f"PyTorch {peak_of(side) / 1e6:,.0f} MB"
    return Measured(ours, "bytes", None, note=note)


def peak_of(start: str) -> float:
    """Peak memory of a process of its own that makes `side` and has it do its work once."""
    code = f"{start}; side.work(1); from benchmarks.machine import peak_memory; print(peak_memory())"
    root = str(Path(__file__).resolve().parents[1])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


ROWS = [
    *(
        Race(
            f"convolution {shape}",
            f"3×3, {shape[2]} → {shape[3]} channels, {shape[1]}×{shape[1]}, {shape[0]} rows",
            convolution(shape),
        )
        for shape in GOALS
    ),
    Race("cnn step", "one training step of a net of two 5×5 convolutions, batch 128", step),
    Race("resnet18 answer", "ResNet-18's answer to one image of 224×224", answer),
    Bound("patches in work", "memory of a pass beside inputs and outputs, at 128 rows against 16", patches_in_work),
    Bound("resnet18 memory", "peak memory of a process that answers one image of 224×224 with ResNet-18", predicting),
]
