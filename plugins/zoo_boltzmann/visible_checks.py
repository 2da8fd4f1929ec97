"""Refuse values that visible units cannot be clamped to, naming the column."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import DataError
from zoo.data import Samples

PIECE = 4096  # rows looked at together


def check_inputs(who: str, visible: str, data: Samples) -> None:
    """`DataError` where a value lies outside [0, 1] for Bernoulli units, or a column is constant for Gaussian ones."""
    low: Any = None
    high: Any = None
    for start in range(0, len(data), PIECE):
        inputs = data.rows(np.arange(start, min(start + PIECE, len(data)))).inputs
        x = inputs.reshape(len(inputs), -1)
        if visible == "bernoulli" and not (x.min() >= 0 and x.max() <= 1):
            row, wrong = (int(place) for place in np.unravel_index(int(np.argmax((x < 0) | (x > 1))), x.shape))
            raise DataError(
                f"{who}: {column_name(data, wrong, inputs.shape[1:])} is {x[row, wrong]:g} in"
                f" {row_name(data, start + row)}, expected a value in [0, 1] for Bernoulli units; scale the inputs"
                " (scaling unit) or take Gaussian units (visible gaussian)"
            )
        low = x.min(axis=0) if low is None else np.minimum(low, x.min(axis=0))
        high = x.max(axis=0) if high is None else np.maximum(high, x.max(axis=0))
    if visible == "gaussian" and low is not None and (low == high).any():
        column = int(np.argmax(low == high))
        more = int((low == high).sum()) - 1
        others = f" and {more} columns more" if more else ""
        raise DataError(
            f"{who}: {column_name(data, column, inputs.shape[1:])}{others} never changes in training, expected columns"
            " that vary for Gaussian units of deviation 1; leave such columns out (--ignore), or take Bernoulli units"
        )


def column_name(data: Samples, column: int, shape: tuple[int, ...]) -> str:
    """A column by its name; of images, a pixel by its place."""
    preprocessing: Any = getattr(data, "preprocessing", None)
    names = getattr(preprocessing, "input_names", ())
    if len(shape) > 1 or column >= len(names):
        return f"input {tuple(int(n) for n in np.unravel_index(column, shape))}"
    return f"column {names[column]!r}"


def row_name(data: Samples, number: int) -> str:
    """A sample by the row of the data it is, counted from 1; by its place in training where the data are not known."""
    part: Any = getattr(data, "part", None)
    return f"training row {number + 1}" if part is None else f"row {int(part[number]) + 1}"
