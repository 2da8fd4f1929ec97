"""Datasets from arrays in NPZ, NPY, HDF5 and IDX files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.dataset import Column, Dataset, InMemory, Joined, Source, numbered_columns
from zoo.data.labels import name_of, type_of
from zoo.data.options import DataOptions
from zoo.data.targets import NOTHING, Targets, decide
from zoo.errors import DataError, OptionError, did_you_mean
from zoo.types import Array

# Pairs of names under which inputs and targets usually stand, and their test parts; in lower case.
NAMES = (
    ("x", "y"),
    ("x_train", "y_train"),
    ("inputs", "targets"),
    ("data", "labels"),
    ("data", "target"),
    ("images", "labels"),
)
TEST = (("x_test", "y_test"), ("inputs_test", "targets_test"), ("test_inputs", "test_targets"))


def find(names: Iterable[str], where: str) -> dict[str, str]:
    """Which arrays are "inputs", "targets", "test_inputs", "test_targets"; `DataError` listing what is there."""
    names = list(names)
    known = {name.lower(): name for name in reversed(names)}
    found: dict[str, str] = {}
    for inputs, targets in sorted(NAMES, key=lambda pair: sum(name not in known for name in pair)):
        if inputs in known:
            found["inputs"] = known[inputs]
            if targets in known:
                found["targets"] = known[targets]
            break
    if not found:
        there = ", ".join(repr(name) for name in sorted(known.values())[:12]) or "nothing"
        usual = ", ".join(f"{x} and {y}" for x, y in NAMES)
        raise DataError(f"{where}: holds {there}, expected inputs and targets under usual names: {usual}")
    for inputs, targets in TEST:
        if inputs in known:
            found["test_inputs"] = known[inputs]
            if "targets" in found and targets not in known:
                raise DataError(f"{where}: holds {known[inputs]!r} but no {targets!r}{did_you_mean(targets, known)}")
            if targets in known:
                found["test_targets"] = known[targets]
            break
    for name in found.values():
        alike = [each for each in names if each.lower() == name.lower()]
        if len(alike) > 1:
            raise DataError(
                f"{where}: holds both {alike[0]!r} and {alike[1]!r}, expected one; remove or rename the other"
            )
    return found


def check_numbers(dtype: np.dtype[Any], name: str, where: str) -> None:
    """`DataError` unless the type is one of whole or real numbers."""
    if dtype.kind not in "buif":
        raise DataError(f"{where}: {name} has the type {dtype}, expected whole or real numbers")


def dataset(
    path: Path,
    options: DataOptions,
    inputs: list[Source],
    targets: list[Array] | None,
    *,
    classes: bool = False,
    name: str = "",
) -> Dataset:
    """A dataset out of the inputs and targets of a training part, or of that and a test part."""
    where = str(path)
    for source in inputs:
        check_numbers(source.dtype, "the array of inputs", where)
        if source.shape[1:] != inputs[0].shape[1:]:
            raise DataError(
                f"{where}: an input has shape {inputs[0].shape[1:]} in the training part and {source.shape[1:]} in the"
                " test part"
            )
    if targets is None and options.task not in ("auto", "unsupervised"):
        raise OptionError(f"{where}: task {options.task} has no effect without targets, and there are none")
    if any(
        0 in source.shape for source in inputs
    ):  # before columns are counted: without rows any number of columns fits
        raise DataError(f"{where}: there are no rows of values: inputs have shape {inputs[0].shape}")
    if len(inputs[0].shape) == 0:
        raise DataError(f"{where}: the array of inputs is a single number, expected (rows, values of one)")
    if len(inputs[0].shape) == 1:
        inputs = [InMemory(source.read(0, source.shape[0]).reshape(-1, 1)) for source in inputs]
    rows = [source.shape[0] for source in inputs]
    for count, part, values in zip(rows, ("training", "test"), targets or [], strict=False):
        if values.ndim == 0 or len(values) != count:
            raise DataError(
                f"{where}: the {part} part has {count} rows of inputs and {len(values) if values.ndim else 1} of"
                " targets, expected as many of one as of the other"
            )
    found = NOTHING
    if targets is not None:
        values = targets[0] if len(targets) == 1 else _concatenated(targets, where)
        found = targets_in(values, "classification" if classes and options.task == "auto" else options.task, where)
    source = inputs[0] if len(inputs) == 1 else Joined(inputs[0], inputs[1])
    kind = "table" if len(source.shape) == 2 else "images"
    return Dataset(
        name=name or path.name.split(".")[0] or path.name,
        task=found.task,
        inputs=source,
        targets=None if found.values is None else InMemory(found.values),
        labels=found.labels,
        label_type=found.label_type,
        target_axes=_axes(found, targets),
        kind=kind,
        columns=numbered_columns(source.shape[-1]) if kind == "table" else (),
        own_test=rows[1] if len(rows) > 1 else 0,
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        missing=options.missing,
        path=str(path.absolute()),
        options=options.changed(),
        notes=found.notes,
    )


def targets_in(values: Array, task: str, where: str, name: str = "target") -> Targets:
    """The task, targets and labels in an array, (rows,) or (rows, targets), as `target_array` gives it."""
    if values.ndim > 2:
        raise DataError(f"{where}: targets have shape {values.shape}, expected (rows,) or (rows, targets)")
    if values.dtype.kind in "USO":  # objects: Python's str
        if values.ndim == 2 and values.shape[1] != 1:
            raise DataError(f"{where}: targets of text have shape {values.shape}, expected one column")
        texts, numbers = np.unique(values.ravel(), return_inverse=True)
        try:
            spelled = tuple(map(name_of, texts.tolist()))
        except UnicodeDecodeError as error:
            raise DataError(f"{where}: the target {error.object[:40]!r} is not UTF-8; make the targets text") from error
        found = decide([(Column(name, spelled), numbers.ravel())], task, where)
        return replace(found, label_type=type_of(values.dtype)) if found.labels else found
    check_numbers(values.dtype, "the array of targets", where)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = int(np.argmax(~np.isfinite(values).reshape(len(values), -1).all(axis=1)))
        raise DataError(f"{where}: the target of row {row + 1} is {values[row]}, expected a number; remove the row")
    if values.ndim == 1:
        return decide([(Column(name), values)], task, where)
    names = [f"{name} {number + 1}" for number in range(values.shape[1])] if values.shape[1] > 1 else [name]
    if _one_hot(values) and task in ("auto", "classification", "unsupervised"):
        found = decide([(Column(str(n)), values[:, n]) for n in range(values.shape[1])], task, where)
        return replace(found, label_type="int64")
    return decide([(Column(each), values[:, number]) for number, each in enumerate(names)], task, where)


def _axes(found: Targets, parts: list[Array] | None) -> int | None:
    """The axes of the targets as given; None where they say nothing of the answers' (one column per class)."""
    if found.values is None or not parts or (found.task == "classification" and parts[0].shape[1:] not in ((), (1,))):
        return None
    return parts[0].ndim


def _one_hot(values: Array) -> bool:
    flags = values.shape[1] > 1 and bool(((values == 0) | (values == 1)).all())
    return flags and bool((values.sum(axis=1) == 1).all())


def _concatenated(parts: list[Array], where: str) -> Array:
    if parts[0].shape[1:] != parts[1].shape[1:] or (parts[0].dtype.kind in "USO") != (parts[1].dtype.kind in "USO"):
        raise DataError(
            f"{where}: targets have shape {parts[0].shape} in the training part and {parts[1].shape} in the test part"
        )
    return np.concatenate(parts)
