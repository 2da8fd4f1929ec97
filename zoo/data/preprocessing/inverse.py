"""Encoded rows of a table back as they would stand in its file: columns by name, numbers in their own units, text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing


def decoded_rows(encoded: Array, preprocessing: Preprocessing) -> list[list[str]]:
    """Cells of each row (rows, encoded columns), under the names of `preprocessing.columns`.

    raw = encoded / scale + shift, a column that was constant in training has its one value; of a text column the
    category with the largest value. Inputs "binary" stay the numbers from 0 to 1 they are.
    """
    columns: list[list[str]] = []
    start = 0
    for number, column in enumerate(preprocessing.columns):
        if column.categories is not None:
            stop = start + len(column.categories)
            columns.append([column.categories[place] for place in encoded[:, start:stop].argmax(axis=1)])
            start = stop
            continue
        values = encoded[:, start].astype(np.float64)
        scale, shift = float(preprocessing.scale[number]), float(preprocessing.shift[number])
        if preprocessing.inputs != "binary":
            values = values / scale + shift if scale else np.full_like(values, shift)
        columns.append([f"{value:.6g}" for value in values])
        start += 1
    return [list(cells) for cells in zip(*columns, strict=True)]
