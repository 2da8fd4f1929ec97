"""XOR: the whole truth table of two inputs. No single perceptron learns it (Minsky and Papert 1969)."""

from __future__ import annotations

import numpy as np

from zoo.data.dataset import Column, Dataset, DatasetSource, InMemory
from zoo.data.options import DataOptions


def xor(options: DataOptions) -> Dataset:
    """inputs (4, 2) of 0 and 1; the class is 1 where they differ."""
    inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.uint8)
    return Dataset(
        name="xor",
        task="classification",
        inputs=InMemory(inputs),
        targets=InMemory(inputs[:, 0] ^ inputs[:, 1]),
        labels=("0", "1"),
        columns=(Column("a"), Column("b")),
        named=True,
        table=("a", "b"),
        splits="all",
    )


SOURCE = DatasetSource("xor", "truth table of exclusive or: 4 rows of 2 bits, not linearly separable", xor)
