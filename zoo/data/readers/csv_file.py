"""CSV: a table of numbers and text, with the names of its columns in the first line or without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Column, Dataset, InMemory
from zoo.data.options import DataOptions
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.csv_cells import Table, read
from zoo.data.readers.csv_layout import Layout, look_at
from zoo.data.readers.matching import TrainedColumns, match
from zoo.data.readers.reader import Reader
from zoo.data.targets import decide, written_numbers
from zoo.errors import DataError

if TYPE_CHECKING:
    from zoo.data.preprocessing import Preprocessing

MOST_CATEGORIES = 1000
SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data")


def open_csv(
    path: Path, options: DataOptions, like: Preprocessing | None, known: TrainedColumns | None = None
) -> Dataset:
    """Inputs and targets out of a table. Text columns become categories; a missing cell is NaN if it may be missing.

    `like` is the preprocessing of a model: its columns are looked for, and those of its targets too where they are
    `known`; without these the rows have no targets.
    """
    layout = look_at(path, options)
    if like is not None:
        return _like(layout, options, like, known)
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
    quantities = targets if options.task == "regression" else []
    text = [place in categorical or layout.is_text(place, codes=place not in quantities) for place in places]
    table = read(layout, places, text, options, inputs)
    for column in table.columns[: len(inputs)]:
        _refuse_names(column, len(table.cells), where)
    return _dataset(layout, options, table, len(inputs))


def _dataset(layout: Layout, options: DataOptions, table: Table, inputs: int, remarks: tuple[str, ...] = ()) -> Dataset:
    """A table whose first columns, `inputs` many, are inputs and the others targets."""
    columns = table.columns
    pairs = [(columns[n], table.cells[:, n]) for n in range(inputs, len(columns))]
    found = decide(pairs, options.task, layout.where)
    return Dataset(
        name=layout.path.stem,
        task=found.task,
        # A view: the targets' columns stay where they are.
        inputs=InMemory(table.cells[:, :inputs]),
        targets=None if found.values is None else InMemory(np.ascontiguousarray(found.values)),
        labels=found.labels,
        label_type=found.label_type,
        columns=columns[:inputs],
        target_columns=tuple(column.name for column in columns[inputs:]),
        named=layout.named,
        table=layout.names,
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        missing=options.missing,
        path=str(layout.path.absolute()),
        options=options.changed(),
        remarks=(*remarks, *found.remarks),
    )


def _like(layout: Layout, options: DataOptions, like: Preprocessing, known: TrainedColumns | None) -> Dataset:
    """The columns that a preprocessing was fitted on, and the targets where they are known."""
    names, where = layout.names, layout.where
    if like.kind != "table" or not like.columns:
        raise DataError(f"{where}: is a table, expected {like.kind} of shape {like.shape} as in training")
    ignored = chosen(options.ignore, names, where, "ignore") if known and options.ignore else []
    known = known or TrainedColumns.of(like)
    found = match(known, names, layout.named, where, target=options.target if known.targets else "", ignored=ignored)
    columns, places = known.inputs + known.targets, found.inputs + found.targets
    if len(columns) != len(places):  # other targets than in training, by --target
        columns = known.inputs + tuple(names[place] for place in found.targets)
    # Errors and comparisons shall speak of the columns as training knew them.
    renamed = dict(zip(places, columns, strict=True))
    layout = replace(layout, names=tuple(renamed.get(place, name) for place, name in enumerate(names)), learned=True)
    text = [column.is_text for column in like.columns] + [layout.is_text(place) for place in found.targets]
    table = read(layout, places, text, options, found.inputs)
    return _dataset(
        layout, options if found.targets else options.replace(task="auto"), table, len(found.inputs)
    ).replace(named=like.named, table=like.table, remarks=found.remarks)


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
