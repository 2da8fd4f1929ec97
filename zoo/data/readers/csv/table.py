"""Read a table of numbers and text from CSV, with or without a header."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.checks import too_good
from zoo.data.column_kinds import MOST_CATEGORIES, too_many
from zoo.data.compact import CompactTable, column_of, columns_of
from zoo.data.dataset import Column, Dataset, InMemory
from zoo.data.options import DataOptions
from zoo.data.readers.column_matching import TrainedColumns, match
from zoo.data.readers.columns import chosen
from zoo.data.readers.csv.column_choice import choose, understood
from zoo.data.readers.csv.parse import Table, read
from zoo.data.readers.csv.sniff import Layout, look_at, refuse_names_alone, refuse_unused
from zoo.data.readers.reader import Reader
from zoo.data.readers.table_or_text import is_table, was_guessed
from zoo.data.readers.unpacked import stem_of
from zoo.data.targets import decide, written_numbers
from zoo.errors import DataError

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

TAKES = (
    *("target", "task", "ignore", "use", "categorical", "missing", "missing_values"),
    *("decimal", "thousands", "dates", "header", "delimiter", "encoding"),
)
AS_TABLE = "taken for a table; if it is a text: --task language"


def open_csv(
    path: Path, options: DataOptions, like: Preprocessing | None, known: TrainedColumns | None = None
) -> Dataset:
    """Inputs and targets out of a table. Text columns become categories; a missing cell is NaN if it may be missing.

    `like` is the preprocessing of a model: its columns are looked for, and those of its targets too where they are
    `known`; without these the rows have no targets.
    """
    if like is not None:
        return _like(path, options, like, known)
    layout = look_at(path, options)
    refuse_names_alone(layout, options)
    refuse_unused(layout, options)
    choice = choose(layout, options)
    table = read(layout, choice.inputs + choice.targets, choice.text, options, choice.inputs)
    for place, column in zip(choice.inputs, table.columns, strict=False):
        if place in choice.used and len(column.categories or ()) <= MOST_CATEGORIES:
            continue
        _refuse_names(column, len(table.cells), layout.where)
    guessed = (AS_TABLE,) if options.delimiter == "auto" and was_guessed(path) else ()
    dataset = _dataset(layout, options, table, len(choice.inputs), (*guessed, *layout.notes))
    lines = understood(layout, choice, table.columns, len(dataset), dataset.task, dataset.labels)
    left = tuple(f"{layout.names[place]} ({layout.kinds[place].kind})" for place in choice.left)
    notes = (*dataset.notes, *too_good.remarks(dataset))
    return dataset.replace(understood=tuple(lines), left_out=left, notes=notes)


def _dataset(layout: Layout, options: DataOptions, table: Table, inputs: int, notes: tuple[str, ...] = ()) -> Dataset:
    """A table whose first columns, `inputs` many, are inputs and the others targets."""
    columns = table.columns
    pairs = [(columns[n], column_of(table.cells, n)) for n in range(inputs, len(columns))]
    found = decide(pairs, options.task, layout.where, np.float64)
    held = columns_of(table.cells, range(inputs))
    return Dataset(
        name=stem_of(layout.path),
        task=found.task,
        # A view: the targets' columns stay where they are.
        inputs=held if isinstance(held, CompactTable) else InMemory(held),
        targets=None if found.values is None else InMemory(np.ascontiguousarray(found.values)),
        labels=found.labels,
        label_type=found.label_type,
        columns=columns[:inputs],
        target_columns=tuple(column.name for column in columns[inputs:]),
        target_spellings=tuple(column.spelling for column in columns[inputs:]),
        named=layout.named,
        table=layout.names,
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        missing=options.missing,
        path=str(layout.path.absolute()),
        options=options.changed(),
        notes=(*notes, *_repeats(table.repeats), *found.notes),
    )


def _repeats(count: int) -> tuple[str, ...]:
    rows = "1 row holds" if count == 1 else f"{count:,} rows hold"
    return (f"{rows} the names of the columns again: left out",) if count else ()


def _like(path: Path, options: DataOptions, like: Preprocessing, known: TrainedColumns | None) -> Dataset:
    """The columns that a preprocessing was fitted on, and the targets where they are known."""
    if like.kind != "table" or not like.columns:
        raise DataError(f"{path}: is a table, expected {like.kind} of shape {like.shape} as in training")
    with_targets = known is not None
    known = known or TrainedColumns.of(like)
    layout = look_at(path, options, known.header)
    if not all(known.text):
        refuse_names_alone(layout, options)
    names, where = layout.names, layout.where
    ignored = chosen(options.ignore, names, where, "ignore") if with_targets and options.ignore else []
    found = match(known, names, layout.named, where, target=options.target if known.targets else "", ignored=ignored)
    columns, places = known.inputs + known.targets, found.inputs + found.targets
    if len(columns) != len(places):  # other targets than in training, by --target
        columns = known.inputs + tuple(names[place] for place in found.targets)
    # Errors and comparisons shall speak of the columns as training knew them.
    renamed = dict(zip(places, columns, strict=True))
    renaming = tuple(renamed.get(place, name) for place, name in enumerate(names))
    text = [column.is_text for column in like.columns] + [layout.is_text(place) for place in found.targets]
    layout = replace(layout.as_trained(found.inputs, found.targets, known), names=renaming)
    table = read(layout, places, text, options, found.inputs)
    return _dataset(
        layout, options if found.targets else options.replace(task="auto"), table, len(found.inputs)
    ).replace(named=like.named, table=like.table, notes=found.notes)


def _refuse_names(column: Column, rows: int, where: str) -> None:
    """A text column with a category for nearly every row tells rows apart and nothing else."""
    count = len(column.categories or ())
    if too_many(count, rows):
        if reason := written_numbers(column.categories or ()):
            raise DataError(f"{where}: column {column.name!r} {reason}")
        raise DataError(
            f"{where}: text column {column.name!r} holds {count} different texts in {rows} rows, too many to encode;"
            f" leave it out with --ignore {column.name!r}; a time series is read with --window"
        )


READER = Reader(
    "CSV",
    "tables: CSV and other separated text, ARFF, LIBSVM, JSON lines, Excel, Parquet, Feather; compressed or not",
    TAKES,
    is_table,
    open_csv,
)
