"""Compare named arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.types import Array


def same_arrays(mine: Mapping[str, Array], others: Mapping[str, Array]) -> bool:
    """Whether names, types, shapes and values are the same, NaN being the same as NaN."""
    return mine.keys() == others.keys() and all(
        array.dtype == others[name].dtype
        and array.shape == others[name].shape
        and np.array_equal(array, others[name], equal_nan=array.dtype.kind in "fc")
        for name, array in mine.items()
    )
