"""Decide what target columns are: classes, labels or quantities, and their names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from zoo.data.compact import BLOCK_CELLS, numbered
from zoo.data.dataset import Column
from zoo.data.labels import as_written, name_of, type_of
from zoo.errors import DataError
from zoo.types import Array

# A number with commas, blanks or apostrophes in it, or a unit or a currency around it.
WRITTEN = re.compile(r"(?:[^\w\s]{0,3}|[A-Z]{3})\s?[-+]?\d[\d.,' \u00a0\u202f]*\s?[^\d\s]{0,3}")
MOST_CLASSES = 20  # different whole numbers that are still taken for classes rather than a quantity
MANY_CLASSES = 10_000  # which are learned without being asked for where there are
ROWS_OF_EACH = 10  # rows of each, on average


@dataclass(frozen=True)
class Targets:
    """The task, the targets as a dataset holds them, and the labels with their type."""

    task: str
    values: Array | None
    labels: tuple[str, ...]
    label_type: str = "text"
    remark: str = ""  # what was taken for what, where the options did not say
    axes: int | None = None  # 1 or 2 where they were given as a vector or as columns

    @property
    def notes(self) -> tuple[str, ...]:
        return (self.remark,) if self.remark else ()


NOTHING = Targets("unsupervised", None, ())


def decide(columns: list[tuple[Column, Array]], task: str, where: str, label_type: type | None = None) -> Targets:
    """The targets in these columns, each (rows,) numbers, or numbers of categories; `task` as in the options.

    `label_type`: of numbers that are classes, where it is not that of the array.

    task "auto": one column of text, or of at most 20 different whole numbers, holds classes; several columns of 0 and 1
    hold one label each, or classes where every row has exactly one 1; anything else is a quantity.
    """
    if not columns:
        if task not in ("auto", "unsupervised"):
            raise DataError(f"{where}: there are no targets, expected some for --task {task}; see --target")
        return NOTHING
    for column, cells in columns:
        missing = np.isnan(cells) if cells.dtype.kind == "f" else np.zeros(0, bool)
        if missing.any():
            raise DataError(
                f"{where}: target {column.name!r}, row {int(np.argmax(missing)) + 1} is missing; a row without its"
                " target cannot be learned from: remove it"
            )
    found = _of_one(columns[0], task, where, label_type) if len(columns) == 1 else _of_several(columns, task, where)
    if task == "unsupervised":
        known = found.task == "classification"
        return Targets("unsupervised", found.values, found.labels, found.label_type) if known else NOTHING
    return found


def _of_one(pair: tuple[Column, Array], task: str, where: str, label_type: type | None) -> Targets:
    column, cells = pair
    if task == "multi-label":
        return _of_several([pair], task, where)
    if column.categories is not None:
        if (task == "regression" or len(column.categories) > MOST_CLASSES) and (
            reason := written_numbers(column.categories)
        ):
            raise DataError(f"{where}: target {column.name!r} {reason}")
        if task == "regression":
            raise DataError(
                f"{where}: target {column.name!r} holds text such as {column.categories[0]!r}, expected numbers for"
                " regression"
            )
        _refuse_rare(column.name, len(column.categories), len(cells), task, where)
        numbers = cells.astype(np.min_scalar_type(len(column.categories)))
        return _classes(column.name, column.categories, _text_type(column.categories), numbers, where)
    if task == "regression":
        return _quantities([pair])
    values = np.unique(cells[: 1 << 16])  # enough to see that there are many
    quantity = len(values) > MOST_CLASSES or (cells.dtype.kind == "f" and not _whole(cells))
    if quantity and task in ("auto", "unsupervised"):
        return _quantities([pair])
    values, numbers = numbered(cells)
    values = values if label_type is None else values.astype(label_type)
    if task == "auto" and len(values) > MOST_CLASSES:
        return _quantities([pair])
    _refuse_rare(column.name, len(values), len(cells), task, where)
    names, kind = _named(values, column, where)
    found = _classes(column.name, names, kind, numbers, where)
    if task != "auto" or len(values) <= 2:
        return found
    remark = f"target {column.name!r} holds {len(values)} different whole numbers, taken for classes"
    return replace(found, remark=f"{remark}; for a quantity: --task regression")


def _of_several(columns: list[tuple[Column, Array]], task: str, where: str) -> Targets:
    for column, _ in columns:
        if column.categories is not None:
            asked = "" if task == "auto" else f" for --task {task}"
            raise DataError(
                f"{where}: target {column.name!r} holds text, expected numbers{asked}; text can only be a target by"
                " itself, for classification"
            )
    names = tuple(column.name for column, _ in columns)
    flags = all(((cells == 0) | (cells == 1)).all() for _, cells in columns)
    single = flags and task in ("auto", "classification", "unsupervised") and bool((_summed(columns) == 1).all())
    if single and len(columns) > 1:
        classes = np.zeros(len(columns[0][1]), np.min_scalar_type(len(columns)))
        for number, (_, cells) in enumerate(columns):
            classes[cells == 1] = number
        found = _classes(", ".join(names), names, "text", classes, where)
        counted = f"{len(names)} columns of 0 and 1, of which each row has one 1, are taken for classes"
        return replace(found, remark=f"{counted}; for a label each: --task multi-label") if task == "auto" else found
    if task == "classification":
        raise DataError(
            f"{where}: the {len(columns)} targets are not classes, expected one column, or one 1 in every row"
        )
    if task == "multi-label" and not flags:
        raise DataError(f"{where}: the targets of a multi-label task hold other values than 0 and 1")
    if flags and task != "regression":
        return Targets("multi-label", np.stack([cells.astype(np.uint8) for _, cells in columns], axis=1), names)
    return _quantities(columns)


def _summed(columns: list[tuple[Column, Array]]) -> Array:
    total = np.zeros(len(columns[0][1]), np.int32)
    for _, cells in columns:
        np.add(total, cells, out=total, casting="unsafe")
    return total


def _whole(cells: Array) -> bool:
    blocks = (cells[start : start + BLOCK_CELLS] for start in range(0, len(cells), BLOCK_CELLS))
    return all((each == np.floor(each)).all() for each in blocks)


def _quantities(columns: list[tuple[Column, Array]]) -> Targets:
    values = np.empty((len(columns[0][1]), len(columns)))
    for number, (_, cells) in enumerate(columns):
        values[:, number] = cells
    return Targets("regression", values, tuple(column.name for column, _ in columns))


def _text_type(names: tuple[str, ...]) -> str:
    """The type of labels that are text in a file: true and false are truth values."""
    return "bool" if {name.lower() for name in names} == {"true", "false"} and len(names) == 2 else "text"


def _named(values: Array, column: Column, where: str) -> tuple[tuple[str, ...], str]:
    """Names and type of numbers that are classes: as their file spells them, else in as few digits as tell them."""
    try:
        found = as_written(values, column.written() if column.written is not None else None)
    except ValueError as error:
        raise DataError(
            f"{where}: target {column.name!r} holds {error.args[0]!r}, which read as a number is another label; name"
            " the column with --categorical, or, for a quantity, --task regression"
        ) from None
    return found or (tuple(name_of(value) for value in values), type_of(values.dtype))


def _refuse_rare(column: str, classes: int, rows: int, task: str, where: str) -> None:
    """`DataError` where classes are very many and rare, unless the option says that they are classes."""
    if task != "classification" and classes > MANY_CLASSES and rows < ROWS_OF_EACH * classes:
        raise DataError(
            f"{where}: target {column!r} holds {classes:,} different values in {rows:,} rows, which tell rows apart"
            f" rather than classes (more than {MANY_CLASSES:,} are expected to have {ROWS_OF_EACH} rows each); name"
            " another column with --target, leave rare ones out, or, if they are classes, --task classification"
        )


def _classes(column: str, names: tuple[str, ...], label_type: str, numbers: Array, where: str) -> Targets:
    if len(names) > max(MOST_CLASSES, len(numbers) // 2):
        raise DataError(
            f"{where}: target {column!r} holds {len(names)} different values in {len(numbers)} rows, too many to be"
            " classes; name another column with --target, or --task regression"
        )
    key = label_order(names)
    order = sorted(range(len(names)), key=lambda number: key(names[number]))
    rank = np.empty(len(names), np.min_scalar_type(len(names)))
    rank[order] = np.arange(len(names))
    return Targets("classification", rank[numbers], tuple(names[number] for number in order), label_type)


def written_numbers(texts: tuple[str, ...]) -> str:
    """What to say of texts that are numbers as people write them ("1,000 $", "3,5"); "" where most are not."""
    digits = [text for text in texts if WRITTEN.fullmatch(text)]
    if 2 * len(digits) <= len(texts):
        return ""
    return (
        f"holds numbers written as {digits[0]!r}, expected plain ones such as 1000 or 3.5, with a point and without"
        " commas, blanks or units; write them so in the file"
    )


def label_order(names: tuple[str, ...]) -> Any:
    """The key that sorts labels: by value where all are numbers, else as text."""
    try:
        numbers = all(math.isfinite(float(name)) for name in names)
    except ValueError:
        numbers = False
    return (lambda name: (float(name), name)) if numbers else lambda name: name
