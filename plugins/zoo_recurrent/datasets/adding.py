"""The adding problem: of many numbers two are marked, and their sum is asked for at the end.

Source: S. Hochreiter and J. Schmidhuber (1997), Long short-term memory, section 5.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zoo import Metric, RandomStream, in_batches, option
from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory, Ragged

if TYPE_CHECKING:
    from zoo import Model
    from zoo.data import Samples

TEST = 1000
TOLERANCE = 0.04
WRONG_SUMS = Metric("wrong_sums", higher_is_better=False, unit="%")


@dataclass(frozen=True)
class AddingOptions(DataOptions):
    """How long the sequences are, and how many."""

    steps: int = option(50, "time steps of the shortest sequence; the longest has a tenth more", low=4, high=1_000)
    sequences: int = option(12_800, "sequences to train on", low=1, high=20_000)
    variant: int = option(0, "which sequences: another number draws others", low=0, high=1_000_000)


def adding(options: AddingOptions) -> Dataset:
    """Steps (number, mark): numbers uniform in [0, 1], a mark among the first tenth and one before the middle.

    The target is the sum of the two marked numbers: variance 1/6, the error of always saying their mean, 1.
    1,000 sequences are to test with.
    """
    random = RandomStream(options.variant)("adding")
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
        judge=judge,
        declared_metrics=(WRONG_SUMS,),
    )


def judge(model: Model, samples: Samples) -> Mapping[str, float]:
    """wrong_sums: the share of sequences whose sum is wrong by 0.04 or more, the criterion of the paper."""
    wrong = count = 0
    for batch in in_batches(samples):
        assert model.preprocessing is not None
        assert batch.targets is not None
        given, right = (model.preprocessing.decode(each) for each in (model.answer(batch), batch.targets))
        wrong += int((np.abs(np.asarray(given) - np.asarray(right)) >= TOLERANCE).any(axis=-1).sum())
        count += len(batch)
    return {WRONG_SUMS.name: wrong / count}


SOURCE = DatasetSource(
    "adding", "sequences of 50 to 55 numbers, two of them marked: their sum", adding, "regression", AddingOptions
)
