"""Two half moons in the plane, each reaching into the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo.core.random import RandomStream
from zoo.data.dataset import Column, Dataset, DatasetSource, InMemory
from zoo.data.options import DataOptions
from zoo.options import option


@dataclass(frozen=True)
class MoonsOptions(DataOptions):
    """The options of the data, and how many points there are and how far they scatter."""

    samples: int = option(1000, "points in all", low=10, high=1_000_000)
    noise: float = option(0.15, "standard deviation of the noise; a moon has radius 1", low=0.0, high=2.0)


def moons(options: MoonsOptions) -> Dataset:
    """inputs (samples, 2): an upper moon (cos t, sin t), a lower one (1 − cos t, ½ − sin t), 0 ≤ t ≤ π, and noise."""
    random = RandomStream(0)("moons")
    lower = random.permutation(options.samples) % 2
    angle = np.pi * random.random(options.samples)
    x = np.where(lower, 1 - np.cos(angle), np.cos(angle))
    y = np.where(lower, 0.5 - np.sin(angle), np.sin(angle))
    inputs = np.stack([x, y], axis=1) + options.noise * random.standard_normal((options.samples, 2))
    return Dataset(
        name="moons",
        task="classification",
        inputs=InMemory(np.round(inputs, 4).astype(np.float32)),  # the same on every processor
        targets=InMemory(lower.astype(np.uint8)),
        labels=("upper", "lower"),
        columns=(Column("x"), Column("y")),
        named=True,
        table=("x", "y"),
        test=options.test,
    )


SOURCE = DatasetSource("moons", "two half moons in the plane: 1,000 points, 2 classes", moons, options=MoonsOptions)
