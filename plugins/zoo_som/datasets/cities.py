"""Cities in a square, for a ring that becomes a round trip through all of them."""

from __future__ import annotations

import numpy as np

from zoo import RandomStream
from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory

CITIES = 30


def cities(options: DataOptions) -> Dataset:
    """inputs (30, 2): places in the unit square, drawn evenly."""
    places = np.round(RandomStream(0)("cities").random((CITIES, 2)), 4)  # the same on every processor
    return Dataset(
        name="cities",
        task="unsupervised",
        inputs=InMemory(places),
        columns=(Column("x"), Column("y")),
        named=True,
        table=("x", "y"),
        splits="all",
    )


SOURCE = DatasetSource("cities", "30 cities in a square, for the travelling salesman", cities)
