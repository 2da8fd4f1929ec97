"""Boolean functions by their whole truth tables, and random dichotomies of points in general position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo.core.random import RandomStream
from zoo.data.dataset import Dataset, DatasetSource, InMemory
from zoo.data.options import DataOptions
from zoo.options import option


@dataclass(frozen=True)
class FunctionOptions(DataOptions):
    """Which function, of how many bits."""

    function: str = option(
        "parity", "parity: an odd number of ones; symmetry: a mirror image", choices=("parity", "symmetry")
    )
    bits: int = option(4, "bits of a row", low=2, high=16)


def boolean(options: FunctionOptions) -> Dataset:
    """inputs (2^bits, bits) of 0 and 1; the class is 1 where the function holds.

    Source: D. E. Rumelhart, G. E. Hinton and R. J. Williams (1986), Learning internal representations by error
    propagation.
    """
    inputs = (np.arange(2**options.bits)[:, None] >> np.arange(options.bits)[::-1] & 1).astype(np.uint8)
    holds = inputs.sum(axis=1) % 2 if options.function == "parity" else (inputs == inputs[:, ::-1]).all(axis=1)
    return Dataset(
        name="boolean-function",
        task="classification",
        inputs=InMemory(inputs),
        targets=InMemory(holds.astype(np.uint8)),
        labels=("0", "1"),
        splits="all",
    )


@dataclass(frozen=True)
class DichotomyOptions(DataOptions):
    """How many points in how many dimensions, and which."""

    dimensions: int = option(50, "dimensions", low=1, high=10_000)
    points: int = option(100, "points", low=2, high=100_000)
    variant: int = option(0, "which points and classes: another number draws others", low=0, high=1_000_000)


def dichotomy(options: DichotomyOptions) -> Dataset:
    """Points in general position, normally distributed, each of either class with probability ½.

    A plane through the origin separates such classes with probability 2^(1−P) Σ C(P−1, k) over k < N, which is ½ at
    P = 2N. Source: T. M. Cover (1965), Geometrical and statistical properties of systems of linear inequalities.
    """
    random = RandomStream(options.variant)("dichotomy")
    inputs = random.standard_normal((options.points, options.dimensions)).astype(np.float32)
    classes = random.integers(0, 2, options.points).astype(np.uint8)
    return Dataset(
        name="dichotomy",
        task="classification",
        inputs=InMemory(inputs),
        targets=InMemory(classes),
        labels=("0", "1"),
        splits="all",
    )


BOOLEAN = DatasetSource(
    "boolean-function", "truth table of parity or symmetry: 16 rows of 4 bits", boolean, options=FunctionOptions
)
DICHOTOMY = DatasetSource(
    "dichotomy", "100 random points in 50 dimensions in two random classes", dichotomy, options=DichotomyOptions
)
