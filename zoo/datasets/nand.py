"""NAND: the whole truth table of two inputs. A single perceptron learns it."""

from __future__ import annotations

import numpy as np

from zoo.data.dataset import Column, Dataset, DatasetSource, InMemory
from zoo.data.options import DataOptions


def nand(options: DataOptions) -> Dataset:
    """inputs (4, 2) of 0 and 1; the class is 0 where both are 1."""
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.uint8)
    return Dataset(
        name="nand",
        task="classification",
        inputs=InMemory(inputs),
        targets=InMemory(1 - (inputs[:, 0] & inputs[:, 1])),
        labels=("0", "1"),
        columns=(Column("a"), Column("b")),
        named=True,
        table=("a", "b"),
        splits="all",
    )


SOURCE = DatasetSource("nand", "truth table of NAND: 4 rows of 2 bits, linearly separable", nand)
