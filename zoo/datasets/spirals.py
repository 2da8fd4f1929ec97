"""Two spirals in the plane, wound around each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo.core.random import RandomStream
from zoo.data.dataset import Column, Dataset, DatasetSource, InMemory
from zoo.data.options import DataOptions
from zoo.options import option

TURNS = 1.5


@dataclass(frozen=True)
class SpiralsOptions(DataOptions):
    """The options of the data, and how many points there are and how far they scatter."""

    samples: int = option(1000, "points in all", low=10, high=1_000_000)
    noise: float = option(0.02, "standard deviation of the noise; the spirals have radius 1", low=0.0, high=2.0)


def spirals(options: SpiralsOptions) -> Dataset:
    """inputs (samples, 2): r (cos 2πkr, sin 2πkr) with k turns and radius r, and its opposite, both with noise.

    After the problem of Lang and Witbrock (1988), Learning to tell two spirals apart, here with half the turns.
    """
    random = RandomStream(0)("spirals")
    second = random.permutation(options.samples) % 2
    radius = np.sqrt(random.uniform(0.01, 1.0, options.samples))  # evenly along the spiral, near enough
    angle = 2 * np.pi * TURNS * radius + np.pi * second
    inputs = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inputs += options.noise * random.standard_normal(inputs.shape)
    return Dataset(
        name="spirals",
        task="classification",
        inputs=InMemory(np.round(inputs, 4).astype(np.float32)),  # the same on every processor
        targets=InMemory(second.astype(np.uint8)),
        labels=("first", "second"),
        columns=(Column("x"), Column("y")),
        named=True,
        table=("x", "y"),
        test=options.test,
    )


SOURCE = DatasetSource(
    "spirals",
    "two spirals wound around each other in the plane: 1,000 points, 2 classes",
    spirals,
    options=SpiralsOptions,
)
