"""Arrays out of what Python code hands over: lists, arrays, masked arrays; anything else is refused in one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from zoo.errors import DataError
from zoo.types import Array

PAIR = "a pair (inputs, targets)"


def inputs_and_targets(data: Any, where: str) -> tuple[Any, Any]:
    """The inputs, and the targets beside them or None; `DataError` for a tuple that is no such pair."""
    if not isinstance(data, tuple):
        return data, None
    if len(data) != 2:
        raise DataError(f"{where}: got a tuple of {len(data)}, expected {PAIR}, or inputs alone")
    return data


def array_of(raw: Any, where: str, what: str = "inputs", *, exact: bool = False) -> Array:
    """An array of what was given: masked values are missing ones (NaN, None).

    Objects that are numbers become float64; not where `exact`, when a list becomes an array of objects, as they are.
    `DataError` for rows of different lengths, and for what is no array at all.
    """
    if isinstance(raw, (list, tuple)) and any(isinstance(each, np.ma.MaskedArray) for each in raw):
        raw = [unmasked(each) for each in raw]
    try:
        if isinstance(raw, np.ndarray):
            array = unmasked(raw)
        else:
            array = np.asarray(raw, object if isinstance(raw, (list, tuple)) and exact else None)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"{where}: {_not_one(raw, what)}") from error
    if array.dtype.kind != "O":
        return array
    if array.ndim == 0:
        raise DataError(f"{where}: {what}: got {_kind(raw)}, expected an array or a list of rows")
    return array if exact else _numbers(array)


def unmasked(array: Any) -> Array:
    """A masked array as a plain one whose masked values are missing: NaN among numbers, None among objects."""
    if not isinstance(array, np.ma.MaskedArray):
        return np.asarray(array)
    if not np.ma.getmaskarray(array).any():
        return np.asarray(array.data)
    number = array.dtype.kind in "buif"
    plain: Array = array.data.astype(np.float64 if number else object)
    plain[np.ma.getmaskarray(array)] = np.nan if number else None
    return plain


def is_ragged(inputs: Any) -> bool:
    """Whether these are sequences of different lengths, which are no array."""
    if not isinstance(inputs, (list, tuple)) and not (isinstance(inputs, np.ndarray) and inputs.dtype.kind == "O"):
        return False
    return len({np.shape(each)[0] if np.ndim(each) else -1 for each in map(array_or_none, inputs)}) > 1


def array_or_none(each: Any) -> Any:
    """One sequence as an array; None where its own rows have different lengths."""
    try:
        return unmasked(each)
    except ValueError:
        return None


def column_of(values: Any, name: str, where: str) -> Array:
    """A column of a table, an array of one axis wherever it can be one."""
    array = array_of(values, where, f"column {name!r}", exact=True)
    return np.asarray(values) if isinstance(values, (list, tuple)) and array.ndim == 1 else array


def is_number(cell: Any) -> bool:
    return isinstance(cell, (bool, int, float, np.bool_, np.integer, np.floating))


def is_missing(cell: Any) -> bool:
    """Whether a cell is None, NaN, NA or NaT."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, (float, np.floating)) and bool(np.isnan(cell))


def _numbers(array: Array) -> Array:
    """An array of objects as float64 where each is a number or missing, else as it is."""
    flat = array.ravel()
    if not all(is_missing(cell) or is_number(cell) for cell in flat):
        return array
    try:
        return np.array([np.nan if is_missing(cell) else float(cell) for cell in flat]).reshape(array.shape)
    except OverflowError:  # a whole number beyond float64
        return array


def _not_one(raw: Any, what: str) -> str:
    """Why something is no array."""
    if isinstance(raw, tuple):
        return (
            f"got a tuple of {len(raw)} whose parts are of different shapes, expected {what} alone, an array or a list"
            " of rows, without targets"
        )
    return f"{what}: rows are of different lengths, or hold what is no number; expected an array, each row of one shape"


def _kind(raw: Any) -> str:
    if raw is None:
        return "None"
    way = "its toarray()" if hasattr(raw, "toarray") else "a list of it" if isinstance(raw, Iterable) else ""
    return f"an object of type {type(raw).__name__!r}{f' (give {way})' if way else ''}"
