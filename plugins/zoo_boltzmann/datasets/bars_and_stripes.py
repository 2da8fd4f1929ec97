"""Bars and stripes: every row of a square filled or empty, or every column. Small enough for exact likelihoods.

Source: D. J. C. MacKay (2003), Information theory, inference, and learning algorithms, section 43.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from zoo import option
from zoo.data import DataOptions, Dataset, DatasetSource, InMemory


@dataclass(frozen=True)
class BarsOptions(DataOptions):
    """How large the square is."""

    size: int = option(4, "rows and columns of the square", low=2, high=12)


def patterns(size: int) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """All 2 · 2^size − 2 different patterns, (patterns, size, size); empty and full are both bars and stripes."""
    lines = ((np.arange(2**size)[:, None] >> np.arange(size)) & 1).astype(np.uint8)
    stripes = np.repeat(lines[:, :, None], size, axis=2)
    bars = np.repeat(lines[1:-1, None, :], size, axis=1)
    return np.ascontiguousarray(np.concatenate([stripes, bars]))


def best_log_likelihood(size: int) -> float:
    """What nobody can surpass: −log of the number of patterns, each as likely as the next; −3.401 nats at size 4."""
    return -math.log(2 ** (size + 1) - 2)


def bars_and_stripes(options: BarsOptions) -> Dataset:
    """inputs (2^(size+1) − 2, size, size) of 0 and 1: a whole distribution, so training data are test data."""
    return Dataset(
        name="bars-and-stripes",
        task="unsupervised",
        inputs=InMemory(patterns(options.size)),
        kind="images",
        splits="all",
        options={"size": options.size} if options.size != 4 else {},
    )


SOURCE = DatasetSource(
    "bars-and-stripes",
    "all squares (4×4) of full rows, or of full columns: 30 patterns, −3.401 nats each at best",
    bars_and_stripes,
    task="unsupervised",
    options=BarsOptions,
)
