"""Report values outside their range in training, which are clipped: once per dataset, with their number."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, WeakSet

import numpy as np

from zoo.data.dataset import Dataset, pieces
from zoo.errors import warn
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

NAMED = 3  # columns in the message

# For which datasets it was reported, by preprocessing: the parts of one dataset are encoded each by itself.
_reported: WeakKeyDictionary[Preprocessing, WeakSet[Dataset]] = WeakKeyDictionary()


def tell_of_clipping(dataset: Dataset, preprocessing: Preprocessing, more: str = "") -> None:
    """Warns, once, of the values of a dataset in memory that the preprocessing clips; `more` is the message's end."""
    reported = _reported.setdefault(preprocessing, WeakSet())
    if dataset.block is not None or dataset in reported or not preprocessing.clips(dataset.inputs.dtype):
        return
    reported.add(dataset)
    counts, rows = 0, 0
    for raw in pieces(dataset.inputs):
        outside = _outside(preprocessing, raw)
        counts = counts + outside.sum(axis=0)
        rows += int(outside.any(axis=1).sum())
    if rows:
        _warn(dataset, preprocessing, np.asarray(counts), f"{rows:,} of {len(dataset):,} rows", more)


def tell_of_scale(dataset: Dataset, preprocessing: Preprocessing) -> None:
    """Warns where a model of bytes is given images in memory whose values lie between 0 and 1."""
    if preprocessing.dtype != "uint8" or dataset.inputs.dtype.kind != "f" or dataset.block is not None:
        return
    if preprocessing.high[0] > 1 and all(rows.min() >= 0 and rows.max() <= 1 for rows in pieces(dataset.inputs)):
        warn(
            f"{dataset.where}: all values lie between 0 and 1, and in training they were bytes from 0 to"
            f" {preprocessing.high[0]:g}; if these are the same images divided by 255, multiply them by 255"
        )


def tell_of_clipping_in(raw: Array, dataset: Dataset, preprocessing: Preprocessing) -> None:
    """Warns, once, of the values among these rows (rows, …) of a dataset that is never seen as a whole."""
    reported = _reported.setdefault(preprocessing, WeakSet())
    if dataset in reported or not preprocessing.clips(raw.dtype):
        return
    outside = _outside(preprocessing, raw)
    if outside.any():
        reported.add(dataset)
        rows = f"{int(outside.any(axis=1).sum()):,} of the first {len(raw):,} rows looked at"
        _warn(dataset, preprocessing, outside.sum(axis=0), rows, "; others may be, too")


def _outside(preprocessing: Preprocessing, raw: Array) -> Array:
    """Which values lie outside: (rows, values); a missing one, and the number of a category, does not."""
    outside: Array = (raw < preprocessing.low) | (raw > preprocessing.high)
    if preprocessing.has_text:
        outside[:, [column.is_text for column in preprocessing.columns]] = False
    return outside.reshape(len(raw), -1)


def _warn(dataset: Dataset, preprocessing: Preprocessing, counts: Array, rows: str, more: str) -> None:
    low, high = preprocessing.low, preprocessing.high
    if preprocessing.kind == "images":
        columns = [f"range {low[0]:g} to {high[0]:g}"]
    else:
        columns = [
            f"column {preprocessing.columns[place].name!r}: {counts[place]:,} outside {low[place]:g} to {high[place]:g}"
            for place in np.flatnonzero(counts)
        ]
    others = f" and {len(columns) - NAMED} columns more" if len(columns) > NAMED else ""
    values = int(counts.sum())
    warn(
        f"values outside their range in training are clipped to it: {values:,} in {rows} of {dataset.name}"
        f" ({'; '.join(columns[:NAMED])}{others}){more}"
    )
