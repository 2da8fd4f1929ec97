"""The circle in the square: which points of a square lie within a circle that covers half of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from zoo import RandomStream, option
from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory

TEST = 10_000
CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
RADIUS = 1 / math.sqrt(2 * math.pi)  # so that both classes are as likely


@dataclass(frozen=True)
class CircleOptions(DataOptions):
    """How many points, and which."""

    samples: int = option(1000, "points to train on", low=5, high=1_000_000)
    variant: int = option(0, "which points: another number draws others", low=0, high=1_000_000)
    corners: bool = option(True, "whether the first four points are the corners of the square, or random as well")


def circle(options: CircleOptions) -> Dataset:
    """inputs (samples + 10,000, 2), uniform in the unit square; the last 10,000 are the test part.

    The first four are the corners, if asked for, so that scaling columns to their range in training leaves them as
    they are.

    A benchmark of Fuzzy ARTMAP: Carpenter, Grossberg, Markuzon, Reynolds and Rosen (1992).
    """
    random = RandomStream(options.variant)("circle in the square")
    points = np.round(random.random((options.samples + TEST, 2)), 6).astype(np.float32)
    if options.corners:
        points[: len(CORNERS)] = CORNERS
    inside = ((points.astype(np.float64) - 0.5) ** 2).sum(axis=1) < RADIUS**2
    return Dataset(
        name="circle-in-square",
        task="classification",
        inputs=InMemory(points),
        targets=InMemory(inside.astype(np.uint8)),
        labels=("outside", "inside"),
        columns=(Column("x"), Column("y")),
        named=True,
        table=("x", "y"),
        own_test=TEST,
    )


SOURCE = DatasetSource(
    "circle-in-square",
    "points of a square, within a circle of half its area or not: 1,000 to train, 10,000 to test",
    circle,
    options=CircleOptions,
)
