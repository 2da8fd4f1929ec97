"""Emblems: coloured drawings of eight plane shapes, for nets that want images larger than a digit's."""

from __future__ import annotations

import functools

import numpy as np

from zoo import Array, RandomStream
from zoo.data import DataOptions, Dataset, DatasetSource, InMemory

SIZE = 64  # pixels on a side
TRAIN, TEST = 800, 200
LABELS = ("circle", "cross", "diamond", "ring", "saltire", "square", "stripes", "triangle")


def emblems(options: DataOptions) -> Dataset:
    """inputs (1000, 64, 64, 3) of bytes; the last 200 are the test part."""
    images, labels = drawn()
    return Dataset(
        name="emblems",
        task="classification",
        inputs=InMemory(images),
        targets=InMemory(labels),
        labels=LABELS,
        kind="images",
        own_test=TEST,
    )


@functools.cache
def drawn() -> tuple[Array, Array]:
    """All images (rows, 64, 64, 3), and the number of the shape in each; read-only, drawn once per process."""
    random = RandomStream(0)("emblems")
    count = TRAIN + TEST
    labels = (random.permutation(count) % len(LABELS)).astype(np.uint8)
    images = np.empty((count, SIZE, SIZE, 3), np.uint8)
    for label in range(len(LABELS)):
        mine = np.flatnonzero(labels == label)
        images[mine] = draw(label, len(mine), random)
    images.flags.writeable = labels.flags.writeable = False
    return images, labels


def draw(label: int, count: int, random: np.random.Generator) -> Array:
    """Images (count, 64, 64, 3): a shape of random place, size, angle and colours, under noise."""

    def spread(low: float, high: float, *more: int) -> Array:
        return random.uniform(low, high, (count, 1, 1, *more)).astype(np.float32)

    radius, turn = spread(12, 26), spread(-0.35, 0.35)
    x = np.arange(SIZE, dtype=np.float32)[None, None, :] - SIZE / 2 - spread(-6, 6)
    y = np.arange(SIZE, dtype=np.float32)[None, :, None] - SIZE / 2 - spread(-6, 6)
    across, down = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    ink = np.clip(radius * distance(label, across / radius, down / radius) + 0.5, 0, 1)[..., None]
    paper, colour = spread(0, 255, 3), spread(0, 255, 3)
    colour = np.where(np.abs(colour - paper).max(-1, keepdims=True) < 80, (paper + 128) % 256, colour)
    images = paper + ink * (colour - paper) + 12 * random.standard_normal((count, SIZE, SIZE, 3), dtype=np.float32)
    bytes_: Array = np.clip(images, 0, 255).astype(np.uint8)
    return bytes_


def distance(label: int, x: Array, y: Array) -> Array:
    """How far within the shape of radius 1 a point lies; below 0 outside."""
    a, b = np.abs(x), np.abs(y)
    r = np.sqrt(x * x + y * y)
    diagonal = np.minimum(np.abs(x - y), np.abs(x + y)) / np.float32(np.sqrt(2))
    inside = {
        "circle": 1 - r,
        "cross": np.minimum(0.25 - np.minimum(a, b), 1 - np.maximum(a, b)),
        "diamond": (1 - a - b) * np.float32(np.sqrt(0.5)),
        "ring": 0.2 - np.abs(r - 0.8),
        "saltire": np.minimum(0.22 - diagonal, 0.85 - np.maximum(a, b)),
        "square": 0.85 - np.maximum(a, b),
        "stripes": np.minimum(0.85 - np.maximum(a, b), np.abs((y + 2.0) % 0.68 - 0.34) - 0.17),
        "triangle": np.minimum(0.7 - y, (y + 1 - 2 * a) * np.float32(np.sqrt(0.2))),
    }
    found: Array = inside[LABELS[label]]
    return found


SOURCE = DatasetSource("emblems", "64×64 coloured images of eight plane shapes: 800 to train, 200 to test", emblems)
