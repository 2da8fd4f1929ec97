"""The one row of the worked example of back-propagation: two inputs, two targets."""

from __future__ import annotations

import numpy as np

from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory


def worked_example(options: DataOptions) -> Dataset:
    """inputs (1, 2): 0.05 and 0.10; targets (1, 2): 0.01 and 0.99. M. Mazur (2015), A step by step backpropagation
    example."""
    return Dataset(
        name="worked-example",
        task="regression",
        inputs=InMemory(np.array([[0.05, 0.10]])),
        targets=InMemory(np.array([[0.01, 0.99]])),
        labels=("o1", "o2"),
        columns=(Column("i1"), Column("i2")),
        named=True,
        table=("i1", "i2", "o1", "o2"),
        splits="all",
    )


SOURCE = DatasetSource(
    "worked-example", "one row of two inputs and two targets, for one step of back-propagation", worked_example
)
