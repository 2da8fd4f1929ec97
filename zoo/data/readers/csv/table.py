"""Read a table of numbers and text from CSV, with or without a header."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.checks import too_good
from zoo.data.checks.missing import missing_cells
from zoo.data.column_kinds import MOST_CATEGORIES, is_number, too_many
from zoo.data.compact import CompactTable, column_of, columns_of, reordered
from zoo.data.dataset import Column, Dataset, InMemory
from zoo.data.labels import type_of
from zoo.data.named_columns import NamedColumns
from zoo.data.options import DataOptions
from zoo.data.readers.column_matching import TrainedColumns, match
from zoo.data.readers.columns import chosen
from zoo.data.readers.columns_in import columns_in, read
from zoo.data.readers.csv.column_choice import choose, understood
from zoo.data.readers.csv.parse import Table
from zoo.data.readers.csv.sniff import Layout, refuse_names_alone, refuse_unused
from zoo.data.readers.reader import Reader
from zoo.data.readers.table_or_text import is_table, was_guessed
from zoo.data.targets import Targets, decide, written_numbers
from zoo.errors import DataError

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

TAKES = (
    *("target", "task", "ignore", "use", "categorical", "missing", "missing_targets", "missing_values"),
    *("decimal", "thousands", "dates"),
)
AS_TABLE = "taken for a table; if it is a text: --task language"


def open_csv(
    path: Path, options: DataOptions, like: Preprocessing | None, known: TrainedColumns | None = None
) -> Dataset:
    """Inputs and targets out of a table of text; for a model `like`, also `known` targets, the columns of training."""
    if like is not None:
        return samples_like(columns_in(path, options, TrainedColumns.of(like).header), options, like, known)
    layout = columns_in(path, options)
    guessed = (AS_TABLE,) if options.delimiter == "auto" and was_guessed(path) else ()
    dataset = samples(layout, options)
    return dataset.replace(notes=(*guessed, *dataset.notes))


def samples(columns: NamedColumns, options: DataOptions, beside: Targets | None = None) -> Dataset:
    """Inputs and targets out of a table. Text columns become categories; a missing cell is NaN if it may be missing.

    Targets that stand `beside` the table are those of its rows.
    """
    if isinstance(columns, Layout):
        refuse_names_alone(columns, options)
    refuse_unused(columns, options)
    choice = choose(columns, options if beside is None else options.replace(target="none"))
    table, skipped = _rows_with_targets(columns, choice.inputs, choice.targets, choice.text, options)
    for place, column in zip(choice.inputs, table.columns, strict=False):
        if place in choice.used and len(column.categories or ()) <= MOST_CATEGORIES:
            continue
        _refuse_names(column, len(table.cells), columns.where)
    dataset = _dataset(columns, options, table, len(choice.inputs), beside)
    lines = understood(columns, choice, table.columns, len(dataset), dataset.task, dataset.labels)
    left = tuple(f"{columns.names[place]} ({columns.kinds[place].kind})" for place in choice.left)
    notes = (*columns.notes, *skipped, *dataset.notes, *too_good.remarks(dataset))
    return dataset.replace(understood=tuple(lines), left_out=left, notes=notes)


def _dataset(
    source: NamedColumns, options: DataOptions, table: Table, inputs: int, beside: Targets | None = None
) -> Dataset:
    """A table whose first columns, `inputs` many, are inputs and the others targets."""
    columns = table.columns
    found = beside or targets_of(table, inputs, options.task, source.where)
    held = columns_of(table.cells, range(inputs))
    return Dataset(
        task=found.task,
        # A view: the targets' columns stay where they are.
        inputs=held if isinstance(held, CompactTable) else InMemory(held),
        targets=None if found.values is None else InMemory(np.ascontiguousarray(found.values)),
        labels=found.labels,
        label_type=found.label_type,
        target_axes=found.axes,
        columns=columns[:inputs],
        target_columns=tuple(column.name for column in columns[inputs:]),
        target_spellings=tuple(column.spelling for column in columns[inputs:]),
        named=source.named,
        table=source.names,
        kinds=tuple(kind.kind for kind in source.kinds) if not source.learned else (),
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        missing=options.missing,
        options=options.changed(),
        notes=(*_repeats(table.repeats), *found.notes),
        **source.about,
    )


def targets_of(table: Table, first: int, task: str, where: str) -> Targets:
    """The targets in the columns of a table from number `first` on, in the type that its source gave them."""
    numbers = range(first, len(table.columns))
    typed = [table.typed.get(number) for number in numbers]
    pairs = []
    for number, cells in zip(numbers, typed, strict=True):
        column = table.columns[number]
        own = cells is not None and cells.dtype.kind in "iuf" and not column.is_text
        pairs.append((column, cells if own and cells is not None else column_of(table.cells, number)))
    given = typed[0] if len(typed) == 1 else None
    plain = given is not None and given.dtype.kind in "iuf"
    found = decide(pairs, task, where, None if plain else np.float64)
    if given is None:
        return found
    text = found.label_type == "text" and found.task in ("classification", "unsupervised")
    kept = type_of(given.dtype) if text else found.label_type
    return replace(found, label_type=kept, axes=1)


def _repeats(count: int) -> tuple[str, ...]:
    rows = "1 row holds" if count == 1 else f"{count:,} rows hold"
    return (f"{rows} the names of the columns again: left out",) if count else ()


def _refuse_other_kind(like: Preprocessing, where: str) -> None:
    if like.kind != "table" or not like.columns:
        raise DataError(f"{where}: is a table, expected {like.kind} of shape {like.shape} as in training")


def samples_like(
    columns: NamedColumns,
    options: DataOptions,
    like: Preprocessing,
    known: TrainedColumns | None = None,
    beside: Targets | None = None,
) -> Dataset:
    """The columns that a preprocessing was fitted on, and the targets where they are known, or stand `beside`."""
    _refuse_other_kind(like, columns.where)
    with_targets = known is not None
    known = known or TrainedColumns.of(like)
    if isinstance(columns, Layout) and not all(known.text):
        refuse_names_alone(columns, options)
    names, where = columns.names, columns.where
    ignored = chosen(options.ignore, names, where, "ignore") if with_targets and options.ignore else []
    wanted = known if beside is None else known.without_targets()
    target = options.target if wanted.targets else ""
    found = match(wanted, names, columns.named, where, target=target, ignored=ignored)
    ours, places = wanted.inputs + wanted.targets, found.inputs + found.targets
    if len(ours) != len(places):  # other targets than in training, by --target
        ours = wanted.inputs + tuple(names[place] for place in found.targets)
    # Errors and comparisons shall speak of the columns as training knew them.
    renamed = dict(zip(places, ours, strict=True))
    renaming = tuple(renamed.get(place, name) for place, name in enumerate(names))
    text = [column.is_text for column in like.columns] + [columns.is_text(place) for place in found.targets]
    columns = replace(columns.as_trained(found.inputs, found.targets, known), names=renaming)
    table, skipped = _rows_with_targets(columns, found.inputs, found.targets, text, options)
    task = options if found.targets or beside is not None else options.replace(task="auto")
    dataset = _dataset(columns, task, table, len(found.inputs), beside)
    filled = missing_cells(dataset)
    notes = (*found.notes, *skipped, *([filled] if filled else []))
    return dataset.replace(named=like.named, table=like.table, notes=notes)


def _rows_with_targets(
    columns: NamedColumns, inputs: list[int], targets: list[int], text: list[bool], options: DataOptions
) -> tuple[Table, tuple[str, ...]]:
    """The columns of the rows that have targets, and what is said of others, where these are to be left out."""
    places = inputs + targets
    if options.missing_targets == "error" or not targets:
        return read(columns, places, text, options, inputs), ()
    fillable = [*(inputs if options.missing != "error" else ()), *targets]
    table = read(columns, places, text, options.replace(missing="mean"), fillable)
    gone = np.zeros(len(table.cells), bool)
    for number in range(len(inputs), len(places)):
        gone |= np.isnan(column_of(table.cells, number))
    if not gone.any():
        return table, ("no target is missing: --missing-targets skip is for those of rows to come",)
    kept = np.flatnonzero(~gone)
    if not len(kept):
        raise DataError(f"{columns.where}: every target is missing; name another column with --target")
    typed = {number: cells[kept] for number, cells in table.typed.items()}
    what = "1 row has no target" if len(kept) == len(gone) - 1 else f"{int(gone.sum()):,} rows have no target"
    return replace(table, cells=reordered(table.cells, kept), typed=typed), (f"{what}: left out",)


def _refuse_names(column: Column, rows: int, where: str) -> None:
    """A text column with a category for nearly every row tells rows apart and nothing else."""
    count = len(column.categories or ())
    if too_many(count, rows):
        if all(map(is_number, column.categories or ())):
            raise DataError(
                f"{where}: column {column.name!r} holds {count} different numbers in {rows} rows, too many to be"
                " categories: leave it out of --categorical"
            )
        if reason := written_numbers(column.categories or ()):
            raise DataError(f"{where}: column {column.name!r} {reason}")
        raise DataError(
            f"{where}: text column {column.name!r} holds {count} different texts in {rows} rows, too many to encode;"
            f" leave it out with --ignore {column.name!r}; a time series is read with --window"
        )


READER = Reader(
    "CSV",
    "tables: CSV and other separated text, ARFF, LIBSVM, JSON, Excel, Parquet, Feather; compressed or not",
    TAKES,
    is_table,
    open_csv,
)
