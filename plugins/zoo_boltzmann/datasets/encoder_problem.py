"""The encoder problem: two groups of units that are to show the same one of so many patterns, through a narrow middle.

Source: D. H. Ackley, G. E. Hinton and T. J. Sejnowski (1985), A learning algorithm for Boltzmann machines, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo import option
from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory


@dataclass(frozen=True)
class EncoderOptions(DataOptions):
    """How many patterns there are."""

    size: int = option(4, "patterns, and units in each of the two groups", low=2, high=1000)


def encoder(options: EncoderOptions) -> Dataset:
    """inputs (size, 2 · size): in row i the i-th unit of both groups is on."""
    one = np.eye(options.size, dtype=np.uint8)
    names = [f"{group}{unit}" for group in "AB" for unit in range(1, options.size + 1)]
    return Dataset(
        name="encoder",
        task="unsupervised",
        inputs=InMemory(np.concatenate([one, one], axis=1)),
        columns=tuple(Column(name) for name in names),
        named=True,
        table=tuple(names),
        splits="all",
    )


SOURCE = DatasetSource(
    "encoder",
    "the 4-2-4 encoder problem: 4 rows of two groups of 4 bits, the same one on in both",
    encoder,
    task="unsupervised",
    options=EncoderOptions,
)
