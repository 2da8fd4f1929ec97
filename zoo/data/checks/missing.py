"""Say how many cells of which columns are missing, and what is done about them."""

from __future__ import annotations

import numpy as np

from zoo.data.dataset import Dataset, pieces

NAMED = 6  # columns in a line
FILLED = {"mean": "the mean", "median": "the median", "most-frequent": "the most frequent value"}


def missing_cells(dataset: Dataset) -> str:
    """A line about the missing values of data that may have some; "" where there are none."""
    if dataset.inputs.dtype.kind != "f" or dataset.missing == "error":
        return ""
    counts = np.zeros(dataset.inputs.shape[1:], np.int64)
    for rows in pieces(dataset.inputs):
        counts += np.isnan(rows).sum(axis=0)
    total = int(counts.sum())
    if not total:
        return ""
    what = f"{total:,} value is" if total == 1 else f"{total:,} values are"
    where = ""
    if dataset.kind == "table":
        order = np.argsort(-counts, kind="stable")
        most = [f"{dataset.columns[place].name} {counts[place]:,}" for place in order[:NAMED] if counts[place]]
        more = int((counts > 0).sum()) - len(most)
        where = f" ({', '.join(most)}{f' and {more} more columns' if more > 0 else ''})"
    if dataset.missing == "keep":
        return f"{what} missing{where}, and kept so"
    text = any(dataset.columns[place].is_text for place in np.flatnonzero(counts)) if dataset.kind == "table" else False
    other = ", of text with the most frequent" if text and dataset.missing != "most-frequent" else ""
    return f"{what} missing{where}: filled with {FILLED[dataset.missing]} of the training part{other}"
