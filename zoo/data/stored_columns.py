"""The columns that a checkpoint's model takes, in full, by what the checkpoint stores of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from zoo.data.dispatch import preprocessing_from
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.readers.csv.column_choice import some
from zoo.data.spelling import PLAINLY, Spelling
from zoo.errors import CheckpointError
from zoo.types import Array


def stored_columns(manifest: Mapping[str, Any], arrays: Mapping[str, Array]) -> Iterator[tuple[str, ...]]:
    """(name, what it is, kind, range in training, what stands in for a missing cell) of the columns that a model takes,
    by what its checkpoint stores; a stranger may have written that."""
    stored = manifest.get("preprocessing")
    try:
        known = preprocessing_from(stored, arrays)
    except CheckpointError:
        return
    step = known.step if isinstance(known, SequencePreprocessing) else known
    if step.kind != "table":
        return
    kind_of = dict(zip(step.table, step.kinds, strict=False))
    for place, column in enumerate(step.columns):
        spelling = Spelling.parse(column.spelling)
        span = fill = "-"
        if column.categories is not None:
            kind = f"category of {len(column.categories):,}: {some(column.categories)}"
        else:
            found = kind_of.get(column.name, "number")
            kind = f"{found} ({spelling.description})" if spelling != PLAINLY and not spelling.date else found
            kind = f"date {spelling.date}" if spelling.date else kind
            if step.low.shape == (len(step.columns),):
                low, high = (_shown(values[place], spelling) for values in (step.low, step.high))
                span = f"{low} … {high}"
        if step.fill is not None and step.fill.shape == (len(step.columns),):
            value = step.fill[place]
            named = column.categories is not None and math.isfinite(value)
            fill = column.categories[int(value)] if named and column.categories else _shown(value, spelling)
        yield column.name, "input", kind, span, fill
    targets = _stored_targets(manifest, known.task, step.labels)
    for name in targets:
        kind = f"class, of {len(step.labels):,}: {some(step.labels)}" if known.task == "classification" else known.task
        yield name, "learned", kind, "-", "-"
    used = {*targets, *(column.name for column in step.columns)}
    kinds = step.kinds or ["-"] * len(step.table)
    left = ((name, kind) for name, kind in zip(step.table, kinds, strict=True) if name not in used)
    yield from ((name, "left out", kind, "-", "-") for name, kind in left)


def _stored_targets(manifest: Mapping[str, Any], task: str, labels: Sequence[str]) -> list[str]:
    dataset = manifest.get("dataset")
    named = dataset.get("targets") if isinstance(dataset, Mapping) else None
    if isinstance(named, list) and named:
        return [str(each) for each in named]
    return list(labels) if task in ("regression", "multi-label", "forecast") else []


def _shown(value: float, spelling: Spelling) -> str:
    if not math.isfinite(value):
        return "-"
    if spelling.date and abs(value) < 1e6:
        return str(np.datetime64(round(float(value)), "D"))
    return f"{value:.6g}"
