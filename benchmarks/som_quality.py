"""How well maps fit and keep neighbours, beside those of MiniSom and Somoclu on the same data and the same size of
map.

    python -m benchmarks.som_quality [iris] [mnist]

Quantization and topographic error trade against each other through the last radius, so each row asks of some setting
of zoo a quantization error at most 1 % higher and a topographic error at most 0.01 higher. Iris: 150 samples
standardized, 7 × 7 units, 100 epochs. MNIST: the first 5,000 training images in [0, 1], 30 × 30 units, 10 epochs. On
squares; a second-best unit outside the 8 neighbours counts. Peers: MiniSom 2.3 and Somoclu 1.7, each row one
setting of theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import zoo
from benchmarks.harness import Terms, Unavailable
from benchmarks.som import images
from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.data import Dataset, open_dataset
from zoo.data.dataset import InMemory
from zoo.errors import DataError
from zoo.types import Array

MORE = 1.01  # times the peer's quantization error
AND_MORE = 0.01  # added to its topographic error


@dataclass(frozen=True)
class Row:
    """What a peer reached, and the setting of zoo that is held against it."""

    data: str
    peer: str
    quantization: float
    topographic: float
    setting: Mapping[str, Any] = field(default_factory=dict)

    def held(self, quantization: float, topographic: float) -> bool:
        return quantization <= MORE * self.quantization and topographic <= self.topographic + AND_MORE


ONLINE: dict[str, Any] = {"rule": "online", "learning_rate": 1.0, "rate_decay": "linear"}
SMOOTH = {"initial": "random", "radius": 4.0, "radius_decay": "inverse", "last_radius": 0.91}

ROWS_OF_PEERS = (
    Row("iris", "MiniSom", 0.2456, 0.0733, {**ONLINE, "batch_size": 8, "radius": 2.0, "last_radius": 0.28,
        "learning_rate": 0.1, "last_learning_rate": 0.1}),
    Row("iris", "MiniSom", 0.2936, 0.0133, {**ONLINE, "batch_size": 1, "radius": 3.0, "last_radius": 0.42,
        "radius_decay": "inverse", "last_learning_rate": 0.02, "initial": "random", "seed": 4}),
    Row("iris", "MiniSom", 0.4349, 0.0, SMOOTH),
    Row("iris", "Somoclu", 0.2901, 0.0400, {**ONLINE, "batch_size": 4, "radius": 3.0, "last_radius": 0.44,
        "radius_decay": "inverse", "last_learning_rate": 0.01, "seed": 4}),
    Row("iris", "Somoclu", 0.2474, 0.0933, {"radius": 3.0, "radius_decay": "linear", "last_radius": 0.28}),
    Row("iris", "Somoclu", 0.4345, 0.0, SMOOTH),
    Row("mnist", "MiniSom", 4.895, 0.0164, {"rule": "online", "last_radius": 0.7}),
    Row("mnist", "Somoclu", 4.461, 0.0778, {"last_radius": 0.65}),
    Row("mnist", "Somoclu", 4.414, 0.126, {"last_radius": 0.62}),
)  # fmt: skip


def samples_of(name: str) -> tuple[Array, dict[str, Any]]:
    """The samples as the map sees them, and the options and settings that all rows on them have."""
    if name == "mnist":
        return images(Terms()), {"rows": 30, "columns": 30, "epochs": 10}
    try:
        inputs = open_dataset("iris").inputs
    except DataError as reason:
        raise Unavailable(str(reason)) from None
    raw = inputs.take(np.arange(inputs.shape[0])).astype(np.float64)
    x = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    return x.astype(np.float32), {"rows": 7, "columns": 7, "epochs": 100}


def reached(x: Array, **values: Any) -> tuple[float, float]:
    """Quantization and topographic error on the samples of the map that these values train."""
    data = Dataset(name="samples", task="unsupervised", inputs=InMemory(x), test=0.0)
    model = zoo.train("som", data, grid="rectangular", scaling="raw", **values)
    metrics = model.metrics(model.evaluate(Batch.of(x), RandomStream(0)))
    return metrics["quantization_error"], metrics["topographic_error"]


def main(names: Sequence[str]) -> int:
    """Prints the table; 1 where a row is not held."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    lost = 0
    print(f"{'data':6} {'peer':8} {'its errors':>16}   {'zoo':>14}")
    for name in names or ("iris", "mnist"):
        try:
            x, common = samples_of(name)
        except Unavailable as reason:
            print(f"{name}: left out: {reason}")
            continue
        for row in ROWS_OF_PEERS:
            if row.data == name:
                key = name, repr(row.setting)
                if key not in found:
                    found[key] = reached(x, **common, **row.setting)
                quantization, topographic = found[key]
                held = row.held(quantization, topographic)
                lost += not held
                setting = ", ".join(f"{option} {value}" for option, value in row.setting.items())
                theirs = f"{row.quantization:.4g} / {row.topographic:.4f}"
                ours = f"{quantization:.4g} / {topographic:.4f}"
                print(f"{name:6} {row.peer:8} {theirs:>16}   {ours:>14} {'✓' if held else '✗'}  {setting}", flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
