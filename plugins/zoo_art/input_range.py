"""Check inputs: in [0, 1] for complement coding, bits for ART 1; the error names the first value that is not."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import Array, InvalidInput


def flat(inputs: Array) -> Array:
    """(rows, …) as (rows, inputs)."""
    return inputs.reshape(len(inputs), -1)


def complement_coded(inputs: Array, dtype: Any, who: str) -> Array:
    """I = (a, 1 − a): (rows, 2M), so that |I| = M for every input. `InvalidInput` for values outside [0, 1].

    Source: Carpenter, Grossberg and Rosen (1991b).
    """
    a = flat(inputs)
    check(
        a,
        (a >= 0) & (a <= 1),
        who,
        "expected a value from 0 to 1, which complement coding needs; scale the columns to that range"
        " (--rescale true does, by their range in training)",
    )
    coded = np.empty((len(a), 2 * a.shape[1]), dtype)
    coded[:, : a.shape[1]] = a
    np.subtract(1, coded[:, : a.shape[1]], out=coded[:, a.shape[1] :])
    return coded


def check(a: Array, fits: Array, who: str, expected: str) -> None:
    """`InvalidInput` of the first value of a (rows, inputs) that does not fit."""
    if fits.all():
        return
    row, column = (int(place) for place in np.argwhere(~fits)[0])
    raise InvalidInput(who, row, column, f"is {a[row, column]:g}, {expected}")


def check_rows(fits: Array, who: str, problem: str) -> None:
    """`InvalidInput` of the first row (rows,) that does not fit."""
    if not fits.all():
        raise InvalidInput(who, int(np.argmin(fits)), None, problem)
