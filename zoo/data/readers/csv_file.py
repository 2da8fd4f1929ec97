"""CSV: a table of numbers and text, with the names of its columns in the first line or without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Column, Dataset, InMemory
from zoo.data.options import DataOptions
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.csv_cells import read
from zoo.data.readers.csv_layout import Layout, look_at
from zoo.data.readers.reader import Reader
from zoo.data.targets import decide, written_numbers
from zoo.errors import DataError, nearest

if TYPE_CHECKING:
    from zoo.data.preprocessing import Preprocessing

MOST_CATEGORIES = 1000
SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data")


def open_csv(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """Inputs and targets out of a table. Text columns become categories; a missing cell is NaN if it may be missing."""
    layout = look_at(path, options)
    if like is not None:
        return _like(layout, options, like)
    names, where = layout.names, layout.where
    targets: list[int] = []
    if options.target not in ("", "none"):
        targets = chosen(options.target, names, where, "target")
    ignored = chosen(options.ignore, names, where, "ignore") if options.ignore else []
    if not options.target and options.task != "unsupervised":
        left = without(len(names), ignored)
        targets = left[-1:]
    both = set(targets) & set(ignored)
    if both:
        raise DataError(f"{where}: the column {names[min(both)]!r} is both --target and in --ignore")
    inputs = without(len(names), {*targets, *ignored})
    if not inputs:
        raise DataError(
            f"{where}: no columns are left for the inputs: of {len(names)}, {len(targets)} are targets; see --delimiter"
        )
    categorical = set(chosen(options.categorical, names, where, "categorical")) if options.categorical else set()
    places = inputs + targets
    table = read(layout, places, [place in categorical or layout.is_text(place) for place in places], options, inputs)
    for column in table.columns[: len(inputs)]:
        _refuse_names(column, len(table.cells), where)
    found = decide(
        [(table.columns[n], table.cells[:, n]) for n in range(len(inputs), len(places))], options.task, where
    )
    return Dataset(
        name=path.stem,
        task=found.task,
        # A view: the targets' columns stay where they are.
        inputs=InMemory(table.cells[:, : len(inputs)]),
        targets=None if found.values is None else InMemory(np.ascontiguousarray(found.values)),
        labels=found.labels,
        columns=table.columns[: len(inputs)],
        named=layout.named,
        table=names,
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        missing=options.missing,
        path=str(path.absolute()),
        options=options.changed(),
        remarks=found.remarks,
    )


def _like(layout: Layout, options: DataOptions, like: Preprocessing) -> Dataset:
    """The inputs that a preprocessing was fitted on: by name where both have names, else by place."""
    names, where = layout.names, layout.where
    wanted = tuple(column.name for column in like.columns)
    if like.kind != "table" or not wanted:
        raise DataError(f"{where}: is a table, expected {like.kind} of shape {like.shape} as in training")
    if like.named and layout.named:
        for name in wanted:
            if name not in names:
                raise DataError(
                    f"{where}: there is no column {name!r}, which the model was trained on{nearest(name, names)}"
                )
        places = [names.index(name) for name in wanted]
    elif len(names) == len(wanted):
        places = list(range(len(names)))
    elif len(names) == len(like.table):
        places = [like.table.index(name) for name in wanted]
    else:
        whole = f", or all {len(like.table)} of the training data" if len(like.table) > len(wanted) else ""
        raise DataError(f"{where}: the rows have {len(names)} columns, expected the {len(wanted)} inputs{whole}")
    if not layout.named:  # errors shall speak of the columns as training knew them
        known = dict(zip(places, wanted, strict=True))
        layout = replace(layout, names=tuple(known.get(place, name) for place, name in enumerate(names)))
    layout = replace(layout, learned=True)
    table = read(layout, places, [column.is_text for column in like.columns], options, places)
    return Dataset(
        name=layout.path.stem,
        task="unsupervised",
        inputs=InMemory(table.cells),
        columns=tuple(Column(name, column.categories) for name, column in zip(wanted, table.columns, strict=True)),
        named=layout.named,
        table=names,
        missing=options.missing,
        path=str(layout.path.absolute()),
        options=options.changed(),
    )


def _refuse_names(column: Column, rows: int, where: str) -> None:
    """A text column with a category for nearly every row tells rows apart and nothing else."""
    count = len(column.categories or ())
    if count > MOST_CATEGORIES or count > max(20, rows // 2):
        if told := written_numbers(column.categories or ()):
            raise DataError(f"{where}: column {column.name!r} {told}")
        raise DataError(
            f"{where}: text column {column.name!r} holds {count} different texts in {rows} rows, too many to encode;"
            f" leave it out with --ignore {column.name!r}; a time series is read with --window"
        )


READER = Reader(
    "CSV",
    "CSV (*.csv, *.tsv, *.txt, *.dat, *.data)",
    ("target", "task", "ignore", "categorical", "missing", "header", "delimiter", "encoding"),
    lambda path, head: path.is_file() and path.suffix.lower() in SUFFIXES,
    open_csv,
)
