"""Colours: points in the cube of red, green and blue, each with the name of the nearest of twelve plain ones."""

from __future__ import annotations

import numpy as np

from zoo import RandomStream
from zoo.data import Column, DataOptions, Dataset, DatasetSource, InMemory

SAMPLES = 1500
NAMED = {
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "white": (255, 255, 255),
    "red": (220, 30, 30),
    "orange": (255, 140, 0),
    "yellow": (250, 230, 30),
    "green": (40, 160, 50),
    "cyan": (40, 210, 220),
    "blue": (30, 60, 210),
    "purple": (130, 40, 160),
    "pink": (250, 150, 190),
    "brown": (130, 75, 30),
}


def colours(options: DataOptions) -> Dataset:
    """inputs (1500, 3): red, green and blue from 0 to 1, drawn evenly; the label is the nearest name."""
    inputs = np.round(RandomStream(0)("colours").random((SAMPLES, 3)), 4).astype(
        np.float32
    )  # the same on every processor
    plain = np.array(list(NAMED.values()), np.float64) / 255
    nearest = np.square(inputs[:, None] - plain).sum(axis=2).argmin(axis=1)
    unsupervised = options.task == "unsupervised"
    return Dataset(
        name="colours",
        task="unsupervised" if unsupervised else "classification",
        inputs=InMemory(inputs),
        targets=InMemory(nearest.astype(np.uint8)),
        labels=tuple(NAMED),
        columns=(Column("red"), Column("green"), Column("blue")),
        named=True,
        table=("red", "green", "blue"),
        test=options.test,
    )


SOURCE = DatasetSource(
    "colours", "1,500 colours by red, green and blue, with the nearest of 12 names", colours, takes=("task",)
)
