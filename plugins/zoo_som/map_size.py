"""How large a map: by default 5√n units for n samples, its sides as the first two principal axes of the data.

Source: J. Vesanto and E. Alhoniemi (2000), Clustering of the self-organizing map; SOM Toolbox, som_topol_struct.
"""

from __future__ import annotations

import math

import numpy as np

from zoo import DataError, warn
from zoo.data import Samples

LOOKED_AT = 1000  # samples, evenly spread, from which the shape is taken
PIECE = 1024


def settled_size(rows: int | None, columns: int | None, hexagonal: bool, data: Samples) -> tuple[int, int]:
    """Rows and columns, those that are None from the data; `ZooError` where the data cannot fill a map."""
    if len(data) < 2:
        raise DataError(f"som: got {len(data)} sample to train on, expected two or more; a map tells samples apart")
    _check_constant(data)
    both = rows is None and columns is None
    if rows is None or columns is None:
        units = min(len(data), max(4.0, 5 * math.sqrt(len(data))))
        if rows is None and columns is None:
            longer = _ratio(data)
            height = math.sqrt(3) / 2 if hexagonal else 1.0  # of a row, in cells
            columns = max(2, min(4096, round(math.sqrt(units * longer * height))))
            rows = max(1, min(4096, round(units / columns)))
        elif columns is None:
            assert rows is not None
            columns = max(1 if rows > 1 else 2, min(4096, round(units / rows)))
        else:
            rows = max(1 if columns > 1 else 2, min(4096, round(units / columns)))
        if rows * columns > len(data) and both:
            rows = max(1, len(data) // columns)
    return rows, columns


def _check_constant(data: Samples) -> None:
    """`DataError` where all samples are equal; a warning where single columns of a table are the same throughout."""
    first = data.rows(np.arange(1)).inputs
    table = first.ndim == 2
    constant = np.ones(first.shape[1:], bool)
    for start in range(0, len(data), PIECE):
        inputs = data.rows(np.arange(start, min(start + PIECE, len(data)))).inputs
        constant &= ((inputs == first[0]) | np.isnan(inputs)).all(axis=0)
        if not constant.any() or not (table or constant.all()):
            return
    if constant.all():
        raise DataError("som: all samples are equal, every column is constant; expected samples to tell apart")
    if table:
        numbers = np.flatnonzero(constant) + 1
        some = ", ".join(map(str, numbers[:8])) + (" …" if len(numbers) > 8 else "")
        warn(f"som: input {some} is the same in all samples and tells none apart; leave it out with --ignore")


def _ratio(data: Samples) -> float:
    """The length of the longer side over the shorter: of the first two principal deviations; at most 4."""
    numbers = np.unique(np.linspace(0, len(data) - 1, min(LOOKED_AT, len(data))).astype(np.int64))
    x = data.rows(numbers).inputs.reshape(len(numbers), -1).astype(np.float64)
    present = ~np.isnan(x)
    x = np.where(present, x - np.nanmean(np.where(present.any(axis=0), x, 0), axis=0), 0)
    products = x @ x.T if len(x) < x.shape[1] else x.T @ x
    values = np.linalg.eigvalsh(products)
    if len(values) < 2 or values[-2] <= 0:
        return 4.0
    return float(min(4.0, math.sqrt(values[-1] / values[-2])))
