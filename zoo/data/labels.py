"""Labels: how classes are spelled, and the type in which they are answered.

A label has a name, which is text: as it is spelled in the data, printed, drawn and kept in a checkpoint. All labels of
a model are of one type: that in which Python gets them back.

| type                                    | labels came as                                | come back as        |
|-----------------------------------------|-----------------------------------------------|---------------------|
| `text`                                  | text in a file, Python's str in an array      | an array of objects |
| `str`                                   | an array of NumPy's str                       | the same            |
| `bytes`                                 | an array of NumPy's bytes (UTF-8)             | the same            |
| `bool`                                  | truth values, or `true` and `false` in a file | bool                |
| `int8` … `uint64`, `float16` … `float64`| numbers of that type                          | numbers of that type|
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset


TEXTS = ("text", "str", "bytes")
WHOLE = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
REAL = ("float16", "float32", "float64")
TYPES = (*TEXTS, "bool", *WHOLE, *REAL)
LONGEST = 40  # characters of a number


def type_of(dtype: np.dtype[Any]) -> str:
    """The type of labels that stand in an array of this dtype."""
    kind = {"O": "text", "U": "str", "S": "bytes"}.get(dtype.kind, dtype.name)
    return kind if kind in TYPES else "float64"


def name_of(value: Any) -> str:
    """A label as text: a number in as few digits as tell it, 3.0 as "3"."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (bool, np.bool_, str)):
        return str(value)
    whole = float(value).is_integer() and abs(value) < 2**63
    return str(int(value)) if whole or isinstance(value, (int, np.integer)) else str(value)


def values_of(names: Sequence[str], kind: str) -> Array:
    """Labels of these names in their type; `ValueError` where a name does not read as one."""
    if kind == "text":
        return np.array([*names, None], object)[:-1]  # of objects, also where all are of one length
    if kind == "str":
        return np.array(names, str)
    if kind == "bytes":
        return np.array([name.encode() for name in names], np.bytes_)
    if kind not in TYPES:
        raise ValueError(f"{kind[:40]!a} is no type of labels")
    return np.array([_number(name, kind) for name in names], kind)


def _number(name: str, kind: str) -> Any:
    if kind == "bool":
        known = {"true": True, "false": False}
        if name.lower() not in known:
            raise ValueError(f"{name[:40]!a} is neither true nor false")
        return known[name.lower()]
    if len(name) > LONGEST or "_" in name or not name.isascii():
        raise ValueError(f"{name[:40]!a} is no number")
    if kind in REAL:
        with np.errstate(over="ignore"):
            value = np.dtype(kind).type(name)
        if not np.isfinite(value):
            raise ValueError(f"{name!a} is no finite {kind}")
        return value
    number, limits = int(name), np.iinfo(kind)
    if not limits.min <= number <= limits.max:
        raise ValueError(f"{name!a} is no {kind}")
    return number


def in_axes(answers: Array, axes: int) -> Array:
    """Answers as a vector or as columns, as the targets were."""
    if axes == 1 and answers.ndim == 2 and answers.shape[1] == 1:
        return answers[:, 0]
    return answers[:, None] if axes == 2 and answers.ndim == 1 else answers


def axes_of(dataset: Dataset) -> int:
    """The axes of a dataset's targets: where these were not given, classes are a vector and quantities columns."""
    if dataset.targets is None:
        return 0
    return dataset.target_axes or (1 if dataset.has_classes else 2)


def check(names: Sequence[str], kind: str) -> None:
    """`ValueError` unless these are different labels of the type."""
    if kind not in TYPES:
        raise ValueError(f"{str(kind)[:40]!a} is no type of labels, expected one of {', '.join(TYPES)}")
    if len(set(names)) < len(names) or len(set(values_of(names, kind).tolist())) < len(names):
        raise ValueError("a label stands there twice")


def numbers_in(names: Sequence[str], kind: str, others: Sequence[str], other_kind: str) -> Array:
    """For each of `others` the number it has among `names`, −1 for none.

    Numbers and truth values are compared by value (1 is 1.0 is true), anything else by its spelling.
    """
    by_name = {name: number for number, name in enumerate(names)}
    if kind in TEXTS or other_kind in TEXTS:
        return np.array([by_name.get(name, -1) for name in others], np.int64)
    by_value = {value: number for number, value in enumerate(values_of(names, kind).tolist())}
    values = values_of(others, other_kind).tolist()
    found = [by_value.get(value, by_name.get(name, -1)) for name, value in zip(others, values, strict=True)]
    return np.array(found, np.int64)


def common_type(names: Sequence[str], kind: str, other_kind: str) -> str:
    """The type for labels of both types together: that of the numbers which holds both, else text."""
    if kind == other_kind or "text" in (kind, other_kind):
        return kind if kind == other_kind else "text"
    candidates = {kind, other_kind} if set(TEXTS) & {kind, other_kind} else {np.result_type(kind, other_kind).name}
    for each in sorted(candidates, key=TYPES.index):
        try:
            check(names, each)
        except ValueError:
            continue
        return each
    return "text"


def label_numbers(names: Sequence[str]) -> Callable[[Any], int]:
    """A function that gives for a cell of any type its number among these names, −1 for none.

    By spelling; else, where cell and name are numbers (or truth values), by value. Digits that begin with a zero, such
    as 007, are no number.
    """
    by_name = {name: number for number, name in reversed(list(enumerate(names)))}
    by_value = {key: number for number, name in reversed(list(enumerate(names))) if (key := _value(name)) is not None}

    def number(cell: Any) -> int:
        text = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
        found = by_name.get(text, by_name.get(text.strip()))
        if found is None:
            key = _value(text)
            found = None if key is None else by_value.get(key)
        return -1 if found is None else found

    return number


def _value(text: str) -> Hashable | None:
    """What a text says as a number or a truth value; None for any other."""
    text = text.strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    if is_code(text) or "_" in text or not text.isascii():
        return None
    try:
        value: float = int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        return None
    return value if value == value else None


def is_code(cell: str) -> bool:
    """Whether digits begin with a zero that no number needs: 007."""
    digits = cell.strip().lstrip("+-")
    return len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()


def is_whole(cell: str) -> bool:
    """Whether a cell is written as a whole number: without a point or an exponent."""
    digits = cell.strip().lstrip("+-")
    return digits.isascii() and digits.isdigit()


def merged(names: Sequence[str]) -> list[int]:
    """For each name the number of the first one that says the same number: where all are numbers and none is a code,
    1 and 1.0 are one category; else each stands for itself."""
    values = [_value(name) for name in names]
    if any(value is None or isinstance(value, str) for value in values):
        return list(range(len(names)))
    first: dict[Hashable, int] = {}
    return [first.setdefault(value, number) for number, value in enumerate(values)]


def as_written(values: Array, cells: Sequence[str] | None) -> tuple[tuple[str, ...], str] | None:
    """(names, type) of numbers that are classes, as the cells of their column spell them; None where they do not.

    Of several spellings of one number that of a whole number, else the shortest. `ValueError` where cells differ that
    no number tells apart: 01 and 1.
    """
    if not cells:
        return None
    codes = [cell for cell in cells if is_code(cell)]
    whole = [cell for cell in cells if is_whole(cell)]
    if codes or len({int(cell) for cell in whole}) > len({float(cell) for cell in whole}):
        raise ValueError(codes[0] if codes else whole[0])
    spellings: dict[float, list[str]] = {}
    for cell in cells:
        try:
            spellings.setdefault(float(cell), []).append(cell)
        except ValueError:
            return None
    if any(float(value) not in spellings for value in values):
        return None
    names = tuple(
        min(spellings[float(value)], key=lambda cell: (not is_whole(cell), len(cell), cell)) for value in values
    )
    kind = "int64" if len(whole) == len(cells) else "float64"
    try:
        check(names, kind)
    except ValueError:
        return names, "text"
    return names, kind
