"""Read preprocessing from a manifest, checking each member, since the file may come from anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from zoo.data.dataset import KINDS, Column
from zoo.data.labels import check as check_labels
from zoo.data.options import MISSING, UNFILLED
from zoo.data.preprocessing.fit import INPUTS, TARGETS
from zoo.data.spelling import Spelling
from zoo.errors import CheckpointError
from zoo.types import Array

TASKS = ("classification", "multi-label", "regression", "unsupervised")
MEMBERS = ("task", "inputs", "targets", "kind", "shape", "columns", "named", "table", "labels", "missing")
OPTIONAL = ("dtype", "label_type", "target_axes", "target_spellings", "kinds")  # which files written before them lack
VECTORS = ("shift", "scale", "low", "high", "fill", "step")
MOST_NAMES = 2**20


def fields_from(values: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Any]:
    """The fields of `Preprocessing` out of what `to_manifest` and `arrays` gave; `CheckpointError` at the first doubt.

    The arrays are copies: what was read is not to be kept alive by a few constants, nor written to.
    """
    if not isinstance(values, Mapping) or set(values) - set(OPTIONAL) != set(MEMBERS):
        raise CheckpointError(f"preprocessing: expected the members {', '.join(sorted(MEMBERS))}")
    for name, known in (
        ("task", TASKS),
        ("inputs", INPUTS),
        ("targets", TARGETS),
        ("kind", KINDS),
        ("missing", MISSING),
    ):
        if values[name] not in known:
            raise CheckpointError(
                f"preprocessing: {name} is {ascii(values[name])[:80]}, expected one of {', '.join(known)}"
            )
    if type(values["named"]) is not bool:
        raise CheckpointError(f"preprocessing: named is {ascii(values['named'])[:80]}, expected true or false")
    shape = values["shape"]
    if (
        not isinstance(shape, list)
        or not 1 <= len(shape) <= 7
        or not all(type(n) is int and 0 < n < 2**31 for n in shape)
    ):
        raise CheckpointError(f"preprocessing: shape is {ascii(shape)[:80]}, expected 1 to 7 whole numbers")
    columns = tuple(columns_from(values["columns"]))
    width = shape[-1] if values["kind"] == "table" else 0
    if len(columns) != width or (columns and len(shape) != 1):
        raise CheckpointError(f"preprocessing: got {len(columns)} columns for {values['kind']} of shape {shape}")
    labels = names_from("labels", values["labels"])
    if values["task"] == "classification" and not labels:
        raise CheckpointError("preprocessing: classification without labels")
    label_type, target_axes = label_type_from(values, labels)
    expected: dict[str, int] = dict.fromkeys(VECTORS[:4], width or 1)
    if values["missing"] not in UNFILLED:
        expected["fill"] = width or 1
    if width and "step" in arrays:  # files written before there were steps have none
        expected["step"] = width
    if values["task"] == "regression":
        expected |= {"target_shift": len(labels), "target_unit": len(labels)}
    if set(arrays) != set(expected):
        raise CheckpointError(
            f"preprocessing: got the arrays {ascii(sorted(arrays))[:200]}, expected {sorted(expected)}"
        )
    for name, length in expected.items():
        array = arrays[name]
        if array.dtype != np.float64 or array.shape != (length,) or not np.isfinite(array).all():
            raise CheckpointError(
                f"preprocessing/{name}: got {array.dtype} {array.shape}, expected {length} finite values of float64"
            )
    table = names_from("table", values["table"])
    kinds = names_from("kinds", values.get("kinds", []))
    if kinds and len(kinds) != len(table):
        raise CheckpointError(f"preprocessing: got {len(kinds)} kinds of {len(table)} columns")
    dtype = values.get("dtype", "")
    if not isinstance(dtype, str) or len(dtype) > 16:
        raise CheckpointError(f"preprocessing: dtype is {ascii(dtype)[:80]}, expected the name of a type")
    return {
        "task": values["task"],
        "inputs": values["inputs"],
        "targets": values["targets"],
        "kind": values["kind"],
        "named": values["named"],
        "missing": values["missing"],
        "shape": tuple(shape),
        "columns": columns,
        "table": table,
        "kinds": kinds,
        "labels": labels,
        "dtype": dtype,
        "label_type": label_type,
        "target_axes": target_axes,
        "target_spellings": tuple(
            map(spelling_from, names_from("target_spellings", values.get("target_spellings", [])))
        ),
        **{name: np.array(arrays[name]) for name in expected},
    }


def label_type_from(values: Mapping[str, Any], labels: tuple[str, ...]) -> tuple[str, int]:
    """The type of labels and the axes of targets; files written before these answer text, and quantities in columns."""
    label_type, axes = values.get("label_type", "text"), values.get("target_axes", 0)
    if not isinstance(label_type, str):
        raise CheckpointError(f"preprocessing: label_type is {ascii(label_type)[:80]}, expected a type's name")
    try:
        check_labels(labels, label_type)
    except ValueError as error:
        raise CheckpointError(f"preprocessing: labels of type {ascii(label_type)[:40]}: {error}") from error
    if type(axes) is not int or axes not in (0, 1, 2):
        raise CheckpointError(f"preprocessing: target_axes is {ascii(axes)[:80]}, expected 0, 1 or 2")
    return label_type, axes


def names_from(name: str, values: Any) -> tuple[str, ...]:
    """A list of texts, not too many."""
    if not isinstance(values, list) or len(values) > MOST_NAMES or not all(isinstance(each, str) for each in values):
        raise CheckpointError(f"preprocessing: {name} are {ascii(values)[:80]}, expected a list of texts")
    return tuple(values)


def columns_from(values: Any) -> Iterator[Column]:
    """Names, each with its categories or without, and its spelling where it has one."""
    if not isinstance(values, list) or len(values) > MOST_NAMES:
        raise CheckpointError(f"preprocessing: columns are {ascii(values)[:80]}, expected a list")
    for each in values:
        if not isinstance(each, list) or not 2 <= len(each) <= 3 or not isinstance(each[0], str):
            raise CheckpointError(f"preprocessing: a column is {ascii(each)[:80]}, expected a name with its categories")
        name, categories = each[:2]
        if categories is not None:
            categories = names_from("categories", categories)
            if not categories or len(set(categories)) < len(categories):
                raise CheckpointError(f"preprocessing: column {name!a} has no categories, or one of them twice")
        yield Column(name, categories, spelling_from(each[2]) if len(each) > 2 else "")


def spelling_from(text: Any) -> str:
    """How the cells of a column are written."""
    try:
        return str(Spelling.parse(text))
    except (AttributeError, ValueError) as error:
        raise CheckpointError(
            f"preprocessing: a column is written as {ascii(text)[:80]}, which has no meaning"
        ) from error
