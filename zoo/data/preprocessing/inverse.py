"""Decode encoded rows to a table: columns by name, numbers in their units, categories as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing


def inputs_in_units(encoded: Array, preprocessing: Preprocessing) -> Array:
    """Encoded inputs (…, *input_shape) in the units of the data, in double precision: raw = encoded / scale + shift.

    A column that was constant in training has its one value. The columns of categories, and inputs that are not scaled
    ("binary", "raw"), stay as they are encoded.
    """
    values = np.asarray(encoded, np.float64)
    if preprocessing.inputs in ("binary", "raw"):
        return values
    scale, shift = preprocessing.scale, preprocessing.shift
    if preprocessing.has_text:
        scales, shifts = [], []
        for number, column in enumerate(preprocessing.columns):
            wide = 1 if column.categories is None else len(column.categories)
            scales += [scale[number]] * wide if column.categories is None else [1.0] * wide
            shifts += [shift[number]] * wide if column.categories is None else [0.0] * wide
        scale, shift = np.array(scales), np.array(shifts)
    return np.asarray(np.divide(values, scale, out=np.zeros_like(values), where=scale != 0) + shift)


def decoded_rows(encoded: Array, preprocessing: Preprocessing) -> list[list[str]]:
    """Cells of each row (rows, encoded columns), under the names of `preprocessing.columns`, as they are written."""
    return cells_of(decoded_columns(encoded, preprocessing))


def cells_of(columns: list[Array]) -> list[list[str]]:
    """Rows of cells out of columns of numbers and text; numbers with six digits."""
    texts = ([f"{value:.6g}" for value in each] if each.dtype.kind == "f" else map(str, each) for each in columns)
    return [list(cells) for cells in zip(*texts, strict=True)]


def decoded_columns(encoded: Array, preprocessing: Preprocessing) -> list[Array]:
    """The values of each of `preprocessing.columns` in the rows (rows, encoded columns): numbers, or text.

    raw = encoded / scale + shift, a column that was constant in training has its one value; of a text column the
    category with the largest value. Inputs "binary" stay the numbers from 0 to 1 they are.
    """
    columns: list[Array] = []
    start = 0
    for number, column in enumerate(preprocessing.columns):
        if column.categories is not None:
            stop = start + len(column.categories)
            columns.append(np.array(column.categories)[encoded[:, start:stop].argmax(axis=1)])
            start = stop
            continue
        values = encoded[:, start].astype(np.float64)
        scale, shift = float(preprocessing.scale[number]), float(preprocessing.shift[number])
        if preprocessing.inputs != "binary":
            values = values / scale + shift if scale else np.full_like(values, shift)
        columns.append(values)
        start += 1
    return columns
