"""The adding problem: of many numbers two are marked, and their sum is asked for at the end.

Source: S. Hochreiter and J. Schmidhuber (1997), Long short-term memory, section 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo import RandomStream, option
from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory, Ragged

TEST = 1000


@dataclass(frozen=True)
class AddingOptions(DataOptions):
    """How long the sequences are, and how many."""

    steps: int = option(50, "time steps of the shortest sequence; the longest has a tenth more", low=4, high=1_000)
    sequences: int = option(12_800, "sequences to train on", low=1, high=20_000)


def adding(options: AddingOptions) -> Dataset:
    """Steps (number, mark): numbers uniform in [0, 1], a mark among the first tenth and one before the middle.

    The target is the sum of the two marked numbers: variance 1/6, the error of always saying their mean, 1.
    1,000 sequences are to test with.
    """
    random = RandomStream(0)("adding")
    count = options.sequences + TEST
    lengths = random.integers(options.steps, options.steps + options.steps // 10 + 1, count)
    first = random.integers(0, max(1, options.steps // 10), count)
    second = random.integers(max(1, options.steps // 10), options.steps // 2 + 1, count)
    starts = np.cumsum([0, *lengths.tolist()])
    values = np.zeros((starts[-1], 2), np.float32)
    values[:, 0] = random.random(len(values), np.float32)
    values[starts[:-1] + first, 1] = 1
    values[starts[:-1] + second, 1] = 1
    sums = values[starts[:-1] + first, 0].astype(np.float64) + values[starts[:-1] + second, 0]
    return Dataset(
        name="adding",
        task="regression",
        inputs=Ragged(values, starts),
        targets=InMemory(sums[:, None]),
        labels=("sum",),
        kind="sequences",
        columns=(Column("number"), Column("mark")),
        own_test=TEST,
    )


SOURCE = DatasetSource(
    "adding", "sequences of 50 to 55 numbers, two of them marked: their sum", adding, "regression", AddingOptions
)
