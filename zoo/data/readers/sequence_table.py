"""Sequences of any length in tables: one long table with a column that names the sequence, or a file for each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import Array, Column, Dataset, InMemory
from zoo.data.options import DataOptions
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.csv_cells import Table, read
from zoo.data.readers.csv_layout import Layout, look_at
from zoo.data.readers.folders import plain
from zoo.data.readers.reader import Reader
from zoo.data.sequences import Ragged
from zoo.data.targets import decide, label_order
from zoo.errors import DataError

if TYPE_CHECKING:
    from zoo.data.preprocessing import Preprocessing
    from zoo.data.sequence_preprocessing import SequencePreprocessing

SUFFIXES = (".csv", ".tsv")
TODO = "remove the time step or its whole sequence, or fill the cell yourself: --missing is not for sequences"


def open_sequence_table(path: Path, options: DataOptions) -> Dataset:
    """A long table: the rows with one value in the column --sequence are one sequence, in their order."""
    layout = look_at(path, options)
    key = chosen(options.sequence, layout.names, layout.where, "sequence")[0]
    table, owner = _long_table(layout, key, options, without(len(layout.names), {key, *_ignored(layout, options)}))
    return _dataset(table, owner, None, options, layout.where).replace(
        name=path.stem,
        named=layout.named,
        table=layout.names,
        path=str(path.absolute()),
    )


def open_folder(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """A CSV file for each sequence; where they lie in subfolders, these are the classes."""
    if like is not None:
        raise DataError(f"{path}: holds sequences, expected {like.kind} of shape {like.shape} as in training")
    folders = sorted(each for each in path.iterdir() if each.is_dir() and _files(each))
    files = [(file, folder.name) for folder in folders for file in _files(folder)] if folders else []
    files = files or [(file, "") for file in _files(path)]
    table, owner, layout = _joined([file for file, _ in files], options, str(path))
    classes = [label for _, label in files] if folders else None
    dataset = _dataset(table, owner, classes, options, str(path))
    sequences = f"each of the {len(files)} CSV files is taken for one sequence"
    learned = " of the class its folder names" if classes else ""
    return dataset.replace(
        name=path.name,
        named=layout.named,
        table=layout.names,
        path=str(path.absolute()),
        remarks=(f"{sequences}{learned}; a table whose rows are learned one by one is a single file", *dataset.remarks),
    )


def sequences_like(path: Path, options: DataOptions, like: SequencePreprocessing) -> Dataset:
    """Sequences to be predicted, with the columns that the model was trained on."""
    wanted = [column.name for column in like.step.columns]
    files: list[Path] = []
    if path.is_dir():
        files = [file for folder in [path, *sorted(path.iterdir())] if folder.is_dir() for file in _files(folder)]
        table, owner, _ = _joined(files, options, str(path), wanted)
    else:
        layout = look_at(path, options)
        if not like.sequence:
            raise DataError(f"{path}: is one table, expected a folder with a CSV file for each sequence as in training")
        key = chosen(like.sequence, layout.names, layout.where, "sequence")[0]
        table, owner = _long_table(replace(layout, learned=True), key, options, _named(layout, wanted))
    return Dataset(
        name=path.stem,
        task="unsupervised",
        inputs=_grouped(table.cells, owner, str(path))[0],
        kind="sequences",
        columns=table.columns,
        named=True,
        path=str(path.absolute()),
        files=tuple(file.relative_to(path).as_posix() for file in files),
    )


def _named(layout: Layout, wanted: list[str]) -> list[int]:
    for name in wanted:
        if name not in layout.names:
            raise DataError(f"{layout.where}: there is no column {name!r}, which the model was trained on")
    return [layout.names.index(name) for name in wanted]


def _ignored(layout: Layout, options: DataOptions) -> list[int]:
    return chosen(options.ignore, layout.names, layout.where, "ignore") if options.ignore else []


def _long_table(layout: Layout, key: int, options: DataOptions, places: list[int]) -> tuple[Table, Array]:
    """(the columns at these places, the number of the sequence each row belongs to)."""
    kinds = [_is_text(layout, place, options) for place in places]
    table = read(layout, [*places, key], [*kinds, True], options.replace(missing="error"), [], TODO)
    first, owner = np.unique(table.cells[:, -1], return_inverse=True)
    seen = np.full(len(first), len(owner))
    np.minimum.at(seen, owner, np.arange(len(owner)))
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(seen)] = np.arange(len(first))  # sequences in the order in which they are first met
    return Table(table.columns[:-1], table.cells[:, :-1]), rank[owner]


def _joined(
    files: list[Path], options: DataOptions, where: str, wanted: list[str] | None = None
) -> tuple[Table, Array, Layout]:
    """All files as one table, with the number of the file each row comes from; categories are those of all."""
    if not files:
        raise DataError(f"{where}: holds no CSV files, expected one for each sequence")
    layouts = [replace(look_at(file, options), learned=wanted is not None) for file in files]
    _refuse_names_alone(layouts)
    first = layouts[0]
    for layout in layouts:
        if layout.names != first.names and (wanted is None):
            raise DataError(
                f"{layout.where}: has the columns {layout.names}, expected {first.names} as in {first.where}"
            )
    places = without(len(first.names), set(_ignored(first, options))) if wanted is None else _named(first, wanted)
    kinds = [any(_is_text(layout, place, options) for layout in layouts) for place in places]
    tables = [read(layout, places, kinds, options.replace(missing="error"), [], TODO) for layout in layouts]
    columns, cells = [], [table.cells.copy() for table in tables]
    for number, text in enumerate(kinds):
        name = tables[0].columns[number].name
        if not text:
            columns.append(Column(name))
            continue
        every = tuple({category for table in tables for category in table.columns[number].categories or ()})
        categories = sorted(every, key=label_order(every))
        columns.append(Column(name, tuple(categories)))
        place = {category: place for place, category in enumerate(categories)}
        for table, part in zip(tables, cells, strict=True):
            rank = np.array([place[each] for each in table.columns[number].categories or ()])
            part[:, number] = rank[part[:, number].astype(np.int64)]
    owner = np.repeat(np.arange(len(cells)), [len(part) for part in cells])
    return Table(tuple(columns), np.concatenate(cells)), owner, first


def _refuse_names_alone(layouts: list[Layout]) -> None:
    """`DataError` where all that a file holds are the names of the columns of another."""
    names = {layout.names for layout in layouts if layout.named}
    for layout in layouts:
        if not layout.named and [tuple(map(str.strip, row)) for row in layout.sample] in [[each] for each in names]:
            raise DataError(
                f"{layout.where}: holds the names of its columns ({', '.join(layout.sample[0])}) but no rows of data,"
                " expected one time step at least; remove the file"
            )


def _dataset(table: Table, owner: Array, classes: list[str] | None, options: DataOptions, where: str) -> Dataset:
    """Sequences with their targets: a class for each, or what the target column says of a sequence or of its steps."""
    names = [column.name for column in table.columns]
    task = options.task
    targets: list[int] = []
    if options.target not in ("", "none"):
        targets = chosen(options.target, names, where, "target")
    elif options.target == "" and classes is None and task not in ("language", "unsupervised"):
        targets = [len(names) - 1]
    inputs = without(len(names), targets)
    if not inputs:
        raise DataError(f"{where}: no columns are left for the inputs; see --target")
    source, order = _grouped(table.cells[:, inputs], owner, where)
    columns = tuple(table.columns[place] for place in inputs)
    common: dict[str, Any] = {"kind": "sequences", "columns": columns, "test": options.test}
    common["options"] = options.changed()
    common["splits"] = "last" if options.held_out == "last" else "random"
    if task == "language":
        if len(columns) != 1 or columns[0].categories is None:
            raise DataError(
                f"{where}: a language has one column of symbols, got {', '.join(c.name for c in columns)}; see --ignore"
                " and --categorical"
            )
        return Dataset(name=where, task="language", inputs=source, **common)
    if classes is not None and not targets:
        found = tuple(sorted(set(classes), key=label_order(tuple(classes))))
        numbers = np.array([found.index(each) for each in classes], np.int64)
        return Dataset(
            name=where, task="classification", inputs=source, targets=InMemory(numbers), labels=found, **common
        )
    values = table.cells[order][:, targets]
    starts = source.starts
    constant = all(
        (np.minimum.reduceat(column, starts[:-1]) == np.maximum.reduceat(column, starts[:-1])).all()
        for column in values.T
    )
    if task == "labelling" or (task == "auto" and not constant):
        pairs = [(table.columns[place], values[:, number]) for number, place in enumerate(targets)]
        decided = decide(pairs, "classification", where)
        assert decided.values is not None
        per_step = Ragged(decided.values[:, None].astype(np.int64), starts)
        return Dataset(name=where, task="labelling", inputs=source, targets=per_step, labels=decided.labels, **common)
    if not constant:
        raise DataError(
            f"{where}: --task {task} wants one target for each sequence, but {names[targets[0]]!r} changes within one;"
            " --task labelling has one for each time step"
        )
    pairs = [(table.columns[place], values[starts[:-1], number]) for number, place in enumerate(targets)]
    decided = decide(pairs, task, where)
    assert decided.values is not None
    if decided.task not in ("classification", "regression"):
        raise DataError(f"{where}: got targets for {decided.task}, expected one class or numbers for each sequence")
    return Dataset(
        name=where, task=decided.task, inputs=source, targets=InMemory(decided.values), labels=decided.labels, **common
    )


def _grouped(cells: Array, owner: Array, where: str) -> tuple[Ragged, Array]:
    """(the sequences, the order of rows in which they lie behind each other)."""
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner)
    return Ragged(np.ascontiguousarray(cells[order]), np.cumsum([0, *counts.tolist()])), order


def _is_text(layout: Layout, place: int, options: DataOptions) -> bool:
    if options.categorical and place in chosen(options.categorical, layout.names, layout.where, "categorical"):
        return True
    return layout.is_text(place)


def _files(folder: Path) -> list[Path]:
    files = (each for each in folder.iterdir() if each.suffix.lower() in SUFFIXES and not each.is_dir())
    return sorted(map(plain, files))


def _is_folder(path: Path, head: bytes) -> bool:
    return path.is_dir() and bool(_files(path) or any(_files(each) for each in path.iterdir() if each.is_dir()))


READER = Reader(
    "a folder of sequences",
    "a folder with a CSV file for each sequence, or subfolders of them by class",
    ("target", "task", "ignore", "categorical", "header", "delimiter", "encoding"),
    _is_folder,
    open_folder,
)
