"""Fit preprocessing to the training part: labels, categories, and constants for every column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zoo.data.checks.finite import refuse_not_finite
from zoo.data.chosen_rows import RowNumbers
from zoo.data.dataset import Column, Dataset, pieces_of
from zoo.data.preprocessing.moments import Moments
from zoo.data.preprocessing.value_steps import Steps
from zoo.errors import DataError
from zoo.types import Array

INPUTS = ("standardized", "unit", "signed", "binary", "raw")  # what inputs can be made to be, as `InputSpec` says
TARGETS = ("standardized", "raw")


def labels_in(dataset: Dataset, numbers: RowNumbers) -> tuple[str, ...]:
    """The labels that rows to train on have."""
    if dataset.targets is None:
        raise DataError(f"{dataset.where}: got rows without targets, expected some for {dataset.task}")
    seen = np.zeros(len(dataset.labels), bool)
    for _, classes in pieces_of(dataset.targets, numbers):
        seen[np.unique(classes)] = True
    return tuple(label for label, here in zip(dataset.labels, seen, strict=True) if here)


def input_moments(dataset: Dataset, numbers: RowNumbers) -> tuple[Moments, Array | None, tuple[Column, ...]]:
    """Moments of every column (of images: of all pixels), of a table the steps between values, and the columns with the
    categories that occur."""
    images = dataset.kind == "images"
    moments = Moments(1 if images else len(dataset.columns))
    steps = Steps(len(dataset.columns)) if dataset.kind == "table" else None
    seen = {
        number: np.zeros(len(c.categories), bool)
        for number, c in enumerate(dataset.columns)
        if c.categories is not None
    }
    for part, raw in pieces_of(dataset.inputs, numbers):
        refuse_not_finite(dataset, raw, part)
        x = raw.astype(np.float64)
        moments.add(x.reshape(1, -1) if images else x)
        if steps is not None:
            steps.add(x)
        for number, categories in seen.items():
            cells = raw[:, number]
            categories[np.unique(cells[~np.isnan(cells)]).astype(np.int64)] = True
    columns = list(dataset.columns)
    for number, here in seen.items():
        names = columns[number].categories or ()
        kept = tuple(name for name, present in zip(names, here, strict=True) if present)
        if not kept:
            raise DataError(
                f"{dataset.where}: column {columns[number].name!r} is empty in the training part;"
                " leave it out with --ignore"
            )
        columns[number] = replace(columns[number], categories=kept)
    if not moments.count.all():
        empty = dataset.columns[int(np.argmin(moments.count))].name
        raise DataError(
            f"{dataset.where}: column {empty!r} holds no value in the training part; leave it out with --ignore"
        )
    if not np.isfinite(moments.squares).all():
        raise DataError(f"{dataset.where}: some values are so large that their squares overflow; rescale them")
    return moments, None if steps is None else steps.steps, () if images else tuple(columns)


def fill_of(dataset: Dataset, numbers: RowNumbers, columns: tuple[Column, ...], moments: Moments) -> Array:
    """The imputed value: a statistic of the training part, for text always the most frequent."""
    if dataset.missing == "mean" and not any(column.is_text for column in columns):
        return moments.mean.copy()
    if dataset.block is not None:
        raise DataError(
            f"{dataset.where}: --missing {dataset.missing} needs the data in memory; raise --in-memory, or take the"
            " mean"
        )
    rows = dataset.inputs.take(np.asarray(numbers))
    if dataset.kind == "images":
        rows = rows.reshape(-1, 1)
    fill = np.empty(rows.shape[1])
    for number in range(rows.shape[1]):
        cells = rows[:, number]
        cells = cells[~np.isnan(cells)] if cells.dtype.kind == "f" else cells
        original = dataset.columns[number] if dataset.columns else None
        if dataset.missing == "most-frequent" or (original is not None and original.is_text):
            values, counts = np.unique(cells, return_counts=True)
            fill[number] = values[np.argmax(counts)]
            if original is not None and original.categories is not None:
                fill[number] = (columns[number].categories or ()).index(original.categories[int(fill[number])])
        elif dataset.missing == "median":
            fill[number] = np.median(cells)
        else:
            fill[number] = moments.mean[number]
    return fill


def constants_of(
    dataset: Dataset, columns: tuple[Column, ...], moments: Moments, inputs: str
) -> tuple[Array, Array, Array, Array]:
    """shift, scale, low and high for each column."""
    low, high = moments.low.copy(), moments.high.copy()
    if dataset.inputs.dtype == np.uint8 and inputs != "raw" and high.max() > 1:
        low[:], high[:] = 0, 255  # pixels: their range is known beforehand, and the same for all
    spread = high - low
    if inputs == "standardized":
        shift, divisor = moments.mean.copy(), moments.deviation
    elif inputs == "unit":
        shift, divisor = low.copy(), spread
    elif inputs == "signed":
        shift, divisor = (low + high) / 2, spread / 2
    elif inputs == "binary":
        shift, divisor = np.where((low >= 0) & (high <= 1), 0.5, (low + high) / 2), np.ones_like(spread)
    else:
        shift, divisor = np.zeros_like(spread), np.ones_like(spread)
    scale = np.divide(1.0, divisor, out=np.zeros_like(divisor), where=divisor > 0)
    if not np.isfinite(scale).all():
        scale = np.where(np.isfinite(scale), scale, 0.0)
    for number, column in enumerate(columns):
        if column.is_text:
            shift[number], scale[number], low[number], high[number] = 0, 1, 0, len(column.categories or ()) - 1
    return shift, scale, low, high


def target_constants(dataset: Dataset, numbers: RowNumbers, targets: str) -> tuple[Array, Array]:
    """Shift and unit of each target; `DataError` naming target and row where one is not a number."""
    if dataset.targets is None:
        raise DataError(f"{dataset.where}: got rows without targets, expected some for {dataset.task}")
    moments = Moments(len(dataset.labels))
    for part, raw in pieces_of(dataset.targets, numbers):
        x = raw.astype(np.float64)
        bad = ~np.isfinite(x)
        if bad.any():
            row, column = np.unravel_index(int(np.argmax(bad)), bad.shape)
            raise DataError(
                f"{dataset.where}: target {dataset.labels[int(column)]!r}, row {int(part[row]) + 1} is"
                f" {x[row, column]}, expected a number; remove the row"
            )
        moments.add(x)
    if targets == "raw":
        return np.zeros(len(dataset.labels)), np.ones(len(dataset.labels))
    return moments.mean, moments.deviation
