"""The feedforward family beside PyTorch and scikit-learn: one training step, a whole training, memory."""

from __future__ import annotations

import itertools
import math
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import taken_by
from benchmarks.harness import Bound, Contest, Measured, Peer, Race, Side, Terms, Unavailable
from benchmarks.machine import Product
from benchmarks.own import OwnEpochs, OwnSteps, compiled
from benchmarks.sklearn_mlp import SklearnSteps
from benchmarks.torch_mlp import TorchEpochs, TorchSteps, variants
from zoo.data import open_dataset
from zoo.platform.system import data_folder
from zoo.registry.recipes import Recipe
from zoo.training.prepare import Run, prepare

MEGABYTE = 10**6


def mlp_products(sizes: Sequence[int], rows: int) -> list[Product]:
    """The matrix products of one training step: y = x W, dW = xᵀ dy, and dx = dy Wᵀ but for the inputs."""
    layers = list(itertools.pairwise(sizes))
    forward = [(rows, inputs, units) for inputs, units in layers]
    weights = [(inputs, rows, units) for inputs, units in layers]
    below = [(rows, units, inputs) for inputs, units in layers[1:]]
    return [*forward, *weights, *below]


def sizes_of(run: Run) -> list[int]:
    signature = run.model.signature
    return [signature.inputs, *run.model.architecture.as_dict()["hidden"], signature.outputs]


# --- one training step ------------------------------------------------------------------------------------------------


def step(optimizer: str, learning_rate: float, *, hand: bool = False) -> Callable[[Terms], Contest]:
    """Steps of an MLP 784-512-10, relu and softmax cross-entropy, batch 128, float32, on the embedded images."""

    def start(terms: Terms) -> Contest:
        recipe = Recipe(
            "mlp step",
            "mlp",
            data={"name": "glyphs"},
            options={"hidden": [terms.few(512, 16)], "activation": "relu"},
            training={"optimizer": optimizer, "learning_rate": learning_rate, "batch_size": terms.few(128, 16)},
        )
        run = prepare(recipe)
        count = terms.few(60, 2)

        def with_numba() -> Side:
            return OwnSteps(prepare(recipe, training={"kernels": "numba"}), terms.threads, hand=hand)

        def torch_sides() -> Any:
            return variants(lambda variant: TorchSteps(run, variant, terms.threads, hand=hand))

        peers = [compiled(with_numba)] if optimizer == "adam" else []
        peers.append(Peer("torch", "PyTorch", torch_sides, goal=1.4))
        if not hand:
            peers.append(
                Peer("scikit-learn", "scikit-learn", lambda: [SklearnSteps(run, terms.threads, count)], goal=1.3)
            )
        return Contest(
            OwnSteps(run, terms.threads, hand=hand),
            peers,
            mlp_products(sizes_of(run), run.plan.common.batch_size),
            count=count,
            rounds=terms.few(21, 2),
            warm_up=terms.few(6, 1),
        )

    return start


# --- a whole training -------------------------------------------------------------------------------------------------


def mnist() -> Path:
    """The folder with MNIST's files; nothing is downloaded for a benchmark."""
    folder = data_folder() / "mnist"
    if not folder.is_dir() or not any(folder.glob("train-images*")):
        raise Unavailable(f"there is no MNIST in {folder}; name the folder above it with the variable ZOO_DATA")
    return folder


def training(terms: Terms) -> Contest:
    """The recipe `mlp` as it stands, on MNIST; PyTorch with the same settings, starting weights, epochs and batches."""
    if terms.quick:
        changes: dict[str, Any] = {"epochs": 2, "patience": 0}
        run = prepare("mlp", options={"hidden": [16]}, training=changes, data={"name": "glyphs"})
    else:
        run = prepare("mlp", training={"patience": 0}, data={"name": str(mnist())})
    settings = run.training.phases[0].settings
    rows, size = len(run.parts.train), settings.batch_size
    sizes, epochs = sizes_of(run), settings.epochs
    batches = [size] * (rows // size) + [rows % size] * (rows % size > 0)

    def torch_sides() -> Any:
        return variants(lambda variant: TorchEpochs(run, variant, terms.threads))

    return Contest(
        OwnEpochs(run, terms.threads),
        [Peer("torch", "PyTorch", torch_sides, goal=1.0)],
        [product for batch in batches for product in mlp_products(sizes, batch)] * epochs,
        unit="training",
        count=1,
        rounds=epochs,
        warm_up=0,
        whole=True,
        goals={} if terms.quick else {"accuracy": 0.973},
    )


# --- memory -----------------------------------------------------------------------------------------------------------


def memory(terms: Terms) -> Measured:
    """The peak of `zoo train mlp` on data in memory, against twice the data and 200 MB."""
    name = "glyphs" if terms.quick else str(mnist())
    dataset = open_dataset(name)
    inputs = math.prod(dataset.inputs.shape) * dataset.inputs.dtype.itemsize
    assert dataset.targets is not None
    data = inputs + len(dataset) * dataset.targets.dtype.itemsize
    with tempfile.TemporaryDirectory() as folder:
        alone = taken_by([], Path(folder))
        epochs = str(terms.few(2, 1))
        arguments = ["train", "mlp", "--data", name, "--epochs", epochs, "--threads", str(terms.threads)]
        taken = taken_by([*arguments, "--out", "trained.h5"], Path(folder))
    metrics = {"megabytes of data": data / MEGABYTE}
    floor = alone.peak + data
    return Measured(
        taken.peak, "bytes", 2 * data + 200 * MEGABYTE, floor, "Python with zoo, and the data once", metrics
    )


def large_memory(terms: Terms) -> Measured:
    """The peak of `zoo train mlp` in one pass over an HDF5 file of 4 GB, which is made for it and removed again."""
    size = terms.few(4 * 1024, 4) * 2**20
    with tempfile.TemporaryDirectory(prefix="zoo-benchmark-") as name:
        folder = Path(name)
        free = shutil.disk_usage(folder).free
        if free < size + 512 * MEGABYTE:
            raise Unavailable(f"{folder} has {free / 1e9:.1f} GB free, expected {size / 1e9 + 0.5:.1f}")
        rows = write_images(folder / "large.h5", size)
        alone = taken_by([], folder)
        arguments = [
            "train",
            "mlp",
            "--data",
            "large.h5",
            "--epochs",
            "1",
            "--batch-size",
            "128",
            "--out",
            "trained.h5",
        ]
        in_memory = ["--in-memory", str(terms.few(256, 1))]
        taken = taken_by([*arguments, *in_memory, "--hidden", "512", "--threads", str(terms.threads)], folder)
    metrics = {"gigabytes": size / 1e9, "rows": rows, "seconds in all": taken.seconds}
    if match := re.search(r"([\d.]+) s\b(?!.*\d s\b)", taken.errors, re.DOTALL):
        metrics["seconds of the pass"] = seconds = float(match[1])
        trained = re.search(r"([\d,]+) samples", taken.errors)
        if trained and seconds > 0:
            metrics["rows a second"] = int(trained[1].replace(",", "")) / seconds
    return Measured(taken.peak, "bytes", 500 * MEGABYTE, alone.peak, "Python with zoo, and no data", metrics)


def write_images(path: Path, size: int) -> int:
    """An HDF5 file with `size` bytes of images x (rows, 28, 28) and their classes y (rows,); the number of rows."""
    import h5py

    rows, random = size // 784, np.random.default_rng(0)
    at_once = 10_000
    with h5py.File(path, "w") as file:
        x = file.create_dataset("x", (rows, 28, 28), np.uint8)
        y = file.create_dataset("y", (rows,), np.uint8)
        for start in range(0, rows, at_once):
            count = min(at_once, rows - start)
            classes = random.integers(10, size=count, dtype=np.uint8)
            images = np.frombuffer(random.bytes(count * 784), np.uint8).reshape(count, 28, 28) // 4
            images[np.arange(count), 2 * classes + 4] += 128  # a bright line, at a height of its own for each class
            x[start : start + count], y[start : start + count] = images, classes
    return rows


STEP = "one training step of an MLP 784-512-10, batch 128, float32"

ROWS = [
    Race("step, adam", f"{STEP}, with its batch fetched", step("adam", 0.001)),
    Race("step, sgd", f"{STEP}, with its batch fetched", step("sgd", 0.01)),
    Race("step alone, adam", f"{STEP}, the batch in hand", step("adam", 0.001, hand=True)),
    Race("step alone, sgd", f"{STEP}, the batch in hand", step("sgd", 0.01, hand=True)),
    Race("training, MNIST", "the recipe mlp from beginning to end, evaluation apart", training),
    Bound("memory, MNIST", "peak memory of a training, data in memory", memory),
    Bound(
        "memory, 4 GB of HDF5", "peak memory of one pass over a file larger than the bound", large_memory, large=True
    ),
]
