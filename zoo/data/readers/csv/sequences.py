"""Read sequences from tables: one long table with a column of sequence names, or one file per sequence."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from zoo.data.compact import Cells, CompactTable, column_of, columns_of, first_places, numbered, reordered
from zoo.data.dataset import Column, Dataset, InMemory
from zoo.data.labels import merged
from zoo.data.named_columns import NamedColumns
from zoo.data.options import DataOptions
from zoo.data.readers.column_matching import Matched, TrainedColumns, match
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.columns_in import columns_in, read
from zoo.data.readers.csv.parse import Table
from zoo.data.readers.csv.sniff import Layout, look_at, refuse_unused
from zoo.data.readers.folders import plain
from zoo.data.readers.image_folders import class_name, part_in
from zoo.data.readers.reader import READERS, TEXT, Reader
from zoo.data.targets import decide, label_order
from zoo.data.windows import Ragged
from zoo.errors import DataError
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.sequences import SequencePreprocessing
    from zoo.data.preprocessing.tabular import Preprocessing

AnyColumns = TypeVar("AnyColumns", bound=NamedColumns)
SUFFIXES = (".csv", ".tsv")
TODO = "remove the time step or its whole sequence, or fill the cell yourself: --missing is not for sequences"


def sequences_in(layout: NamedColumns, options: DataOptions, known: TrainedColumns | None = None) -> Dataset:
    """A long table: the rows with one value in the column --sequence are one sequence, in their order.

    With the columns `known` that a model was trained on these are looked for, with other targets by `target` alone.
    """
    key = _key_of(layout, options.sequence, known)
    ignored = {key, *_ignored(layout, options)}
    about = layout.about
    if known is None:
        refuse_unused(layout, options)
        places = without(len(layout.names), ignored)
        table, owner = _long_table(layout, key, options, places)
        dataset = _dataset(table, owner, None, options, layout.where, _named_targets(layout, places, options))
        notes = (*layout.notes, *dataset.notes)
        held = tuple(kind.kind for kind in layout.kinds)
        return dataset.replace(named=layout.named, table=layout.names, kinds=held, notes=notes, **about)
    found, layout = _found(layout, known, ignored, options.target, key)
    kinds = [*known.text, *(_is_text(layout, place, options) for place in found.targets)]
    table, owner = _long_table(layout, key, options, found.inputs + found.targets, kinds)
    targets = list(range(len(found.inputs), len(found.inputs) + len(found.targets)))
    dataset = _dataset(table, owner, None, options, layout.where, targets)
    return dataset.replace(named=known.named, table=known.table, notes=(*found.notes, *dataset.notes), **about)


def _found(
    layout: AnyColumns, known: TrainedColumns, ignored: Collection[int], target: str = "", key: int | None = None
) -> tuple[Matched, AnyColumns]:
    """Where the columns are that a model was trained on, and the layout with the names these had in training."""
    names, where = layout.names, layout.where
    found = match(known, names, layout.named, where, target=target, ignored=ignored, key=key)
    columns = known.inputs + (known.targets if not target else tuple(layout.names[n] for n in found.targets))
    renamed = dict(zip(found.inputs + found.targets, columns, strict=False))
    renaming = tuple(renamed.get(place, name) for place, name in enumerate(names))
    return found, replace(layout.as_trained(found.inputs, found.targets, known), names=renaming)


def open_folder(
    path: Path, options: DataOptions, like: Preprocessing | None, known: TrainedColumns | None = None
) -> Dataset:
    """A CSV file for each sequence; where they lie in subfolders, these are the classes.

    With the columns `known` that a model of sequences was trained on these are looked for in every file.
    """
    if like is not None:
        raise DataError(f"{path}: holds sequences, expected {like.kind} of shape {like.shape} as in training")
    folders = [each for each in _folders(path) if _files(each)]
    files = [(file, class_name(folder)) for folder in folders for file in _files(folder)] if folders else []
    files = files or [(file, "") for file in _files(path)]
    _refuse_parts(path, [file for file, _ in files] if not folders else [])
    classes = [label for _, label in files] if folders else None
    paths = [file for file, _ in files]
    about: dict[str, Any] = {"name": path.name, "path": str(path.absolute())}
    if known is not None:
        table, owner, _, notes = _joined(paths, options, str(path), known)
        targets = list(range(len(known.inputs), len(table.columns)))
        dataset = _dataset(table, owner, classes, options, str(path), targets)
        return dataset.replace(named=known.named, table=known.table, notes=(*notes, *dataset.notes), **about)
    table, owner, layout, _ = _joined(paths, options, str(path))
    places = without(len(layout.names), set(_ignored(layout, options)))
    dataset = _dataset(table, owner, classes, options, str(path), _named_targets(layout, places, options))
    sequences = f"each of the {len(files)} CSV files is taken for one sequence"
    learned = " of the class its folder names" if classes else ""
    note = f"{sequences}{learned}; a table whose rows are learned one by one is a single file"
    return dataset.replace(named=layout.named, table=layout.names, notes=(note, *dataset.notes), **about)


def _refuse_parts(path: Path, files: list[Path]) -> None:
    """`DataError` where the files of a folder are called as the parts of one table are."""
    parts = {part_in(file.stem): file for file in files}
    if "train" in parts and len(parts) == len(files) > 1 and "" not in parts:
        others = ", ".join(file.name for part, file in parts.items() if part != "train")
        raise DataError(
            f"{path}: {parts['train'].name} and {others} are called as the parts of one table are, not as sequences:"
            f" train on {shlex.quote(str(parts['train']))}, and measure on the other: zoo eval MODEL --data"
            f" {shlex.quote(str(next(file for part, file in parts.items() if part != 'train')))}; or rename them"
        )


def sequences_like(path: Path, options: DataOptions, like: SequencePreprocessing) -> Dataset:
    """Sequences to be predicted, in a file or a folder of files, with the columns that the model was trained on."""
    known = TrainedColumns.of(like.step, sequence=like.sequence)
    if not path.is_dir():
        return rows_of_sequences(columns_in(path, options, known.header), options, like)
    files = [file for folder in [path, *_folders(path)] for file in _files(folder)]
    table, owner, _, notes = _joined(files, options, str(path), known)
    named = tuple(file.relative_to(path).as_posix() for file in files)
    dataset = _to_predict(table, owner, options, like, str(path))
    return dataset.replace(name=path.name, path=str(path.absolute()), files=named, notes=notes)


def rows_of_sequences(layout: NamedColumns, options: DataOptions, like: SequencePreprocessing) -> Dataset:
    """Sequences to be predicted in one table."""
    known = TrainedColumns.of(like.step, sequence=like.sequence)
    if not like.sequence:
        raise DataError(
            f"{layout.where}: is one table, expected a folder with a CSV file for each sequence as in training"
        )
    key = _key_of(layout, options.sequence, known)
    found, layout = _found(layout, known, {key}, key=key)
    table, owner = _long_table(layout, key, options, found.inputs, list(known.text))
    dataset = _to_predict(table, owner, options, like, layout.where)
    return dataset.replace(notes=found.notes, **layout.about)


def _to_predict(table: Table, owner: Array, options: DataOptions, like: SequencePreprocessing, where: str) -> Dataset:
    return Dataset(
        name=where,
        task="unsupervised",
        inputs=_grouped(table.cells, owner, where)[0],
        kind="sequences",
        columns=table.columns,
        named=like.step.named,
        table=like.step.table,
        options=options.changed(),
    )


def _key_of(layout: NamedColumns, sequence: str, known: TrainedColumns | None) -> int:
    """The place of the column that names the sequences: the one that is asked for, else that of training."""
    if not sequence and known is not None and not known.sequence:
        raise DataError(
            f"{layout.where}: is one table, expected a folder with a CSV file for each sequence as in training; or name"
            " the column of the sequences with --sequence"
        )
    if not sequence and known is not None and known.table:
        place = chosen(known.sequence, known.table, layout.where, "sequence")[0]
        if not (known.named and layout.named) and len(layout.names) == len(known.table):
            return place
        sequence = known.table[place]
    place = chosen(sequence or (known.sequence if known else ""), layout.names, layout.where, "sequence")[0]
    if known is not None and known.named and layout.named and layout.names[place] in known.inputs:
        raise DataError(
            f"{layout.where}: --sequence names {layout.names[place]!r}, which is an input of the model; name the column"
            " that tells the sequences apart"
        )
    return place


def _ignored(layout: NamedColumns, options: DataOptions) -> list[int]:
    return chosen(options.ignore, layout.names, layout.where, "ignore") if options.ignore else []


def _named_targets(layout: NamedColumns, places: list[int], options: DataOptions) -> list[int] | None:
    """Where among the columns at these places of a file those stand that --target names; None where it names none.

    Numbers count the columns of the file, the sequences' and those left out as well.
    """
    if options.target in ("", "none"):
        return None
    targets = chosen(options.target, layout.names, layout.where, "target")
    for place in targets:
        if place not in places:
            what = "--ignore leaves out" if place in _ignored(layout, options) else "names the sequences"
            raise DataError(f"{layout.where}: --target names {layout.names[place]!r}, which {what}; name another")
    return [places.index(place) for place in targets]


def _long_table(
    layout: NamedColumns, key: int, options: DataOptions, places: list[int], kinds: list[bool] | None = None
) -> tuple[Table, Array]:
    """(the columns at these places, the number of the sequence each row belongs to); `kinds`: which are of text."""
    if kinds is None:
        kinds = [_is_text(layout, place, options) for place in places]
    table = read(layout, [*places, key], [*kinds, True], options.replace(missing="error"), [], TODO)
    first, owner = numbered(column_of(table.cells, len(places)))
    seen = first_places(owner, len(first))
    rank = np.empty(len(first), owner.dtype)
    rank[np.argsort(seen)] = np.arange(len(first))  # sequences in the order in which they are first met
    return Table(table.columns[:-1], columns_of(table.cells, range(len(places)))), rank[owner]


def _joined(
    files: list[Path], options: DataOptions, where: str, known: TrainedColumns | None = None
) -> tuple[Table, Array, Layout, tuple[str, ...]]:
    """All files as one table, the number of the file each row comes from, the layout of the first, and remarks.

    The categories are those of all files. With the columns `known` that a model was trained on, inputs come first.
    """
    if not files:
        raise DataError(f"{where}: holds no CSV files, expected one for each sequence")
    layouts = [look_at(file, options, None if known is None else known.header) for file in files]
    _refuse_names_alone(layouts)
    first = layouts[0]
    if known is None:
        refuse_unused(first, options)
    for layout in layouts:
        if layout.names != first.names and known is None:
            raise DataError(
                f"{layout.where}: has the columns {layout.names}, expected {first.names} as in {first.where}"
            )
    notes: tuple[str, ...] = ()
    if known is None:
        places = [without(len(first.names), set(_ignored(first, options)))] * len(layouts)
        kinds = [any(_is_text(layout, place, options) for layout in layouts) for place in places[0]]
    else:
        found = [_found(layout, known, set(_ignored(layout, options)), options.target) for layout in layouts]
        places, layouts = [each.inputs + each.targets for each, _ in found], [layout for _, layout in found]
        kinds = [*known.text, *(any(_is_text(each, n, options) for each in layouts) for n in found[0][0].targets)]
        notes = found[0][0].notes
    whole = options.replace(missing="error")
    tables = [read(layout, at, kinds, whole, [], TODO) for layout, at in zip(layouts, places, strict=True)]
    columns, cells = [], [np.array(table.cells[:]) for table in tables]
    for number, text in enumerate(kinds):
        name = tables[0].columns[number].name
        if not text:
            same_column = [table.columns[number] for table in tables]
            spelling = next((each.spelling for each in same_column if each.spelling), "")
            columns.append(Column(name, spelling=spelling, written=partial(_written, same_column)))
            continue
        every = sorted({category for table in tables for category in table.columns[number].categories or ()})
        same = {category: every[first] for category, first in zip(every, merged(every), strict=True)}
        categories = sorted(set(same.values()), key=label_order(tuple(every)))
        columns.append(Column(name, tuple(categories)))
        place = {category: place for place, category in enumerate(categories)}
        for table, part in zip(tables, cells, strict=True):
            rank = np.array([place[same[each]] for each in table.columns[number].categories or ()])
            part[:, number] = rank[part[:, number].astype(np.int64)]
    owner = np.repeat(np.arange(len(cells)), [len(part) for part in cells])
    return Table(tuple(columns), np.concatenate(cells)), owner, first, notes


def _written(columns: list[Column]) -> tuple[str, ...] | None:
    """The different cells of one column of several files, as they are written; None where they are very many."""
    found: dict[str, None] = {}
    for column in columns:
        cells = None if column.written is None else column.written()
        if cells is None:
            return None
        found |= dict.fromkeys(cells)
    return tuple(found)


def _refuse_names_alone(layouts: list[Layout]) -> None:
    """`DataError` where all that a file holds are the names of the columns of another."""
    names = {layout.names for layout in layouts if layout.named}
    for layout in layouts:
        if not layout.named and [tuple(map(str.strip, row)) for row in layout.sample] in [[each] for each in names]:
            raise DataError(
                f"{layout.where}: holds the names of its columns ({', '.join(layout.sample[0])}) but no rows of data,"
                " expected one time step at least; remove the file"
            )


def _dataset(
    table: Table,
    owner: Array,
    classes: list[str] | None,
    options: DataOptions,
    where: str,
    targets: list[int] | None = None,
) -> Dataset:
    """Sequences with their targets: a class for each, or what the target column says of a sequence or of its steps.

    `targets` are the places of these among the table's columns; by default what the options say.
    """
    names = [column.name for column in table.columns]
    task = options.task
    if targets is None and options.target == "" and classes is None and task not in ("language", "unsupervised"):
        targets = [len(names) - 1]
    targets = targets or []
    inputs = without(len(names), targets)
    if not inputs:
        raise DataError(f"{where}: no columns are left for the inputs; see --target")
    source, order = _grouped(columns_of(table.cells, inputs), owner, where)
    columns = tuple(table.columns[place] for place in inputs)
    common: dict[str, Any] = {"kind": "sequences", "columns": columns, "test": options.test}
    common["target_columns"] = tuple(names[place] for place in targets)
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
        number = {label: number for number, label in enumerate(found)}
        numbers = np.array([number[each] for each in classes], np.int64)
        return Dataset(
            name=where, task="classification", inputs=source, targets=InMemory(numbers), labels=found, **common
        )
    if not targets:
        return Dataset(name=where, task=decide([], task, where).task, inputs=source, **common)
    values = columns_of(table.cells, targets)[order]
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
        common |= {"labels": decided.labels, "label_type": decided.label_type}
        return Dataset(name=where, task="labelling", inputs=source, targets=per_step, **common)
    if not constant:
        raise DataError(
            f"{where}: --task {task} needs one target for each sequence, but {names[targets[0]]!r} changes within one;"
            " --task labelling has one for each time step"
        )
    pairs = [(table.columns[place], values[starts[:-1], number]) for number, place in enumerate(targets)]
    decided = decide(pairs, task, where)
    assert decided.values is not None
    if decided.task not in ("classification", "regression"):
        raise DataError(f"{where}: got targets for {decided.task}, expected one class or numbers for each sequence")
    common |= {"labels": decided.labels, "label_type": decided.label_type}
    return Dataset(name=where, task=decided.task, inputs=source, targets=InMemory(decided.values), **common)


def _grouped(cells: Cells, owner: Array, where: str) -> tuple[Ragged, Array | slice]:
    """(the sequences, the order of rows in which they lie behind each other)."""
    sorted_already = bool((owner[1:] >= owner[:-1]).all())
    order = slice(None) if sorted_already else np.argsort(owner, kind="stable")
    values = cells if isinstance(order, slice) else reordered(cells, order)
    if not isinstance(values, CompactTable):
        values = np.ascontiguousarray(values)
    return Ragged(values, np.cumsum([0, *np.bincount(owner).tolist()])), order


def _is_text(layout: NamedColumns, place: int, options: DataOptions) -> bool:
    if options.categorical and place in chosen(options.categorical, layout.names, layout.where, "categorical"):
        return True
    return layout.is_text(place)


def _files(folder: Path) -> list[Path]:
    files = (each for each in folder.iterdir() if each.suffix.lower() in SUFFIXES and not each.is_dir())
    return sorted(map(plain, files))


def _folders(path: Path) -> list[Path]:
    return sorted(plain(each) for each in path.iterdir() if each.is_dir())


def _is_folder(path: Path, head: bytes) -> bool:
    return path.is_dir() and bool(_files(path) or any(map(_files, _folders(path))))


READER = READERS.add(
    Reader(
        "a folder of sequences",
        "a folder with a CSV file for each sequence, or subfolders of them by class",
        (
            *("target", "task", "ignore", "categorical", "missing_values", "decimal", "thousands", "dates"),
            *("header", "delimiter", "encoding"),
        ),
        _is_folder,
        open_folder,
        order=TEXT + 20,
    )
)
