"""sin πx / πx with noise: one input, one target, a curve to be seen."""

from __future__ import annotations

import numpy as np

from zoo import RandomStream
from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory

TRAIN, TEST = 400, 400
REACH = 4.0  # x from −4 to 4
NOISE = 0.1  # standard deviation; the curve's highest point is 1


def sinc(options: DataOptions) -> Dataset:
    """inputs (800, 1), targets (800, 1); the last 400 are the test part: the curve without noise at even distances."""
    random = RandomStream(0)("sinc")
    x = np.concatenate([random.uniform(-REACH, REACH, TRAIN), np.linspace(-REACH, REACH, TEST)])
    y = np.sinc(x)
    y[:TRAIN] += NOISE * random.standard_normal(TRAIN)
    return Dataset(
        name="sinc",
        task="regression",
        inputs=InMemory(np.round(x[:, None], 6)),  # the same on every processor
        targets=InMemory(np.round(y[:, None], 6)),
        labels=("y",),
        columns=(Column("x"),),
        named=True,
        table=("x", "y"),
        own_test=TEST,
    )


SOURCE = DatasetSource(
    "sinc", "sin πx / πx with noise: 400 points to train, 400 of the clean curve to test", sinc, task="regression"
)
