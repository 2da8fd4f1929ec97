"""The letters A to Z as small binary glyphs, clean and with some of their pixels flipped."""

from __future__ import annotations

import numpy as np

from zoo import RandomStream
from zoo.data import DataOptions, Dataset, DatasetSource, InMemory

HEIGHT, WIDTH = 7, 5
COPIES = 20  # of each letter, the first of them clean
FLIPPED = 0.03  # share of the pixels of the others

# Seven rows from the top, a number of five bits each: 16 is the leftmost pixel.
GLYPHS = {
    "A": (14, 17, 17, 31, 17, 17, 17),
    "B": (30, 17, 17, 30, 17, 17, 30),
    "C": (14, 17, 16, 16, 16, 17, 14),
    "D": (28, 18, 17, 17, 17, 18, 28),
    "E": (31, 16, 16, 30, 16, 16, 31),
    "F": (31, 16, 16, 30, 16, 16, 16),
    "G": (14, 17, 16, 23, 17, 17, 15),
    "H": (17, 17, 17, 31, 17, 17, 17),
    "I": (14, 4, 4, 4, 4, 4, 14),
    "J": (7, 2, 2, 2, 2, 18, 12),
    "K": (17, 18, 20, 24, 20, 18, 17),
    "L": (16, 16, 16, 16, 16, 16, 31),
    "M": (17, 27, 21, 21, 17, 17, 17),
    "N": (17, 25, 25, 21, 19, 19, 17),
    "O": (14, 17, 17, 17, 17, 17, 14),
    "P": (30, 17, 17, 30, 16, 16, 16),
    "Q": (14, 17, 17, 17, 21, 18, 13),
    "R": (30, 17, 17, 30, 20, 18, 17),
    "S": (15, 16, 16, 14, 1, 1, 30),
    "T": (31, 4, 4, 4, 4, 4, 4),
    "U": (17, 17, 17, 17, 17, 17, 14),
    "V": (17, 17, 17, 17, 10, 10, 4),
    "W": (17, 17, 17, 21, 21, 27, 17),
    "X": (17, 17, 10, 4, 10, 17, 17),
    "Y": (17, 17, 10, 4, 4, 4, 4),
    "Z": (31, 1, 2, 4, 8, 16, 31),
}


def letters(options: DataOptions) -> Dataset:
    """inputs (520, 7, 5) of 0 and 1; the first 26 are clean."""
    rows = np.array(list(GLYPHS.values()), np.uint8)
    clean = (rows[:, :, None] >> np.arange(WIDTH - 1, -1, -1)) & 1  # (letter, row, column)
    random = RandomStream(0)("letters")
    noisy = np.tile(clean, (COPIES - 1, 1, 1))
    noisy ^= random.random(noisy.shape) < FLIPPED
    return Dataset(
        name="letters",
        task="classification",
        inputs=InMemory(np.concatenate([clean, noisy]).astype(np.uint8)),
        targets=InMemory(np.tile(np.arange(len(GLYPHS), dtype=np.uint8), COPIES)),
        labels=tuple(GLYPHS),
        kind="images",
        test=options.test,
    )


SOURCE = DatasetSource("letters", "26 letters as binary glyphs of 7×5 pixels, 20 of each, with flipped pixels", letters)
