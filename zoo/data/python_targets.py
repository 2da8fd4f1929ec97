"""Targets from Python objects (lists, arrays, pandas and polars columns) as an array of one plain type."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.data.python_arrays import array_of
from zoo.errors import DataError
from zoo.types import Array

PLAIN = {"boolean": np.bool_, "number": None, "bytes": np.bytes_, "text": object}


def target_array(values: Any, where: str) -> Array:
    """The values as an array of truth values, numbers, text or bytes, in their shape; of Python's str as objects.

    `DataError` naming the row where one is missing, or is none of these, or is of another type than the first.
    """
    if isinstance(values, (list, tuple)) and any(np.ndim(each) for each in values if isinstance(each, np.ndarray)):
        lengths = {np.shape(each) for each in values}
        if len(lengths) > 1:  # which NumPy would refuse, or take for objects
            values = _as_objects(values)
    array = array_of(values, where, "targets", exact=True)
    if array.ndim == 0 or 0 in array.shape[1:]:
        what = f"are {ascii(values)[:40]}" if array.ndim == 0 else f"have shape {array.shape}"
        raise DataError(f"{where}: targets {what}, expected one for each row: (rows,) or (rows, targets)")
    if array.dtype.kind in "biufUS":
        return array
    if array.dtype.kind != "O":
        raise DataError(
            f"{where}: the array of targets has the type {array.dtype}, expected numbers, truth values or text"
        )
    flat = array.ravel()
    kinds: dict[str, int] = {}
    for place, value in enumerate(flat):
        kinds.setdefault(_kind(value, place, array, where), place)
    if len(kinds) > 1:
        (_, first), (_, other) = list(kinds.items())[:2]
        raise DataError(
            f"{where}: targets are of different types: {_row(first, array)} is {flat[first]!r:.40},"
            f" {_row(other, array)} is {flat[other]!r:.40}; make them all text, or all numbers"
        )
    kind = next(iter(kinds), "number")
    plain = np.array([str(value) if kind == "text" else value for value in flat], PLAIN[kind])
    if plain.dtype.kind == "O" and kind != "text":
        raise DataError(f"{where}: a target is a whole number of more than 64 bits, expected a smaller one, or text")
    if isinstance(values, (list, tuple)) and kind == "text":
        plain = plain.astype(str)
    return plain.reshape(array.shape)


def _as_objects(values: Any) -> Array:
    found = np.empty(len(values), object)
    found[:] = list(values)
    return found


def _kind(value: Any, place: int, array: Array, where: str) -> str:
    if isinstance(value, (np.ndarray, list, tuple)):
        raise DataError(
            f"{where}: the target of {_row(place, array)} is a list of {len(value)}, expected as many for every row, or"
            " one; labels for each time step of sequences are read from a table with --sequence"
        )
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        raise DataError(
            f"{where}: the target of {_row(place, array)} is missing; a row without its target cannot be learned from:"
            " remove it"
        )
    for kind, types in (
        ("boolean", (bool, np.bool_)),
        ("number", (int, float, np.integer, np.floating)),
        ("text", (str,)),
        ("bytes", (bytes,)),
    ):
        if isinstance(value, types):
            return kind
    raise DataError(
        f"{where}: the target of {_row(place, array)} is {ascii(value)[:60]} ({type(value).__name__}), expected a"
        " number, a truth value or text"
    )


def _row(place: int, array: Array) -> str:
    return f"row {place // max(1, array[:1].size) + 1}"
