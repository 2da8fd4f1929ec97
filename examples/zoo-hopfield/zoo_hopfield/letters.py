"""Five letters on a grid of 5 × 5 points: the patterns to be stored."""

import numpy as np

from zoo.data import Dataset

LETTERS = """
.#### ..#.. ....# #...# #...#
#.... ..#.. ....# .#.#. .#.#.
#.... ..#.. ....# ..#.. ..#..
#.... ..#.. #...# .#.#. ..#..
.#### ..#.. .###. #...# ..#..
"""  # C I J X Y


def letters(options):
    """Images (5, 5, 5) of −1 and 1. Patterns stored are the patterns asked for: all are training and test."""
    rows = [row.split() for row in LETTERS.split("\n") if row]
    images = np.array(
        [[[1.0 if point == "#" else -1.0 for point in row] for row in grid] for grid in zip(*rows, strict=True)]
    )
    return Dataset("hopfield-letters", "unsupervised", images, kind="images", splits="all")
