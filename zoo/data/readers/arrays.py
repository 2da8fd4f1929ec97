"""Datasets from arrays in NPZ, NPY, HDF5 and IDX files."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.dataset import Column, Dataset, InMemory, Joined, Source, numbered_columns
from zoo.data.labels import name_of, type_of
from zoo.data.options import DataOptions
from zoo.data.targets import NOTHING, Targets, decide
from zoo.errors import DataError, OptionError
from zoo.types import Array

# Pairs of names under which inputs and targets usually stand, and their further parts; in lower case.
NAMES = (
    ("x", "y"),
    ("x_train", "y_train"),
    ("inputs", "targets"),
    ("data", "labels"),
    ("data", "target"),
    ("images", "labels"),
    ("features", "labels"),
    ("features", "label"),
    ("features", "target"),
    ("features", "targets"),
    ("train_images", "train_labels"),
    ("train_data", "train_labels"),
    ("train_x", "train_y"),
    ("arr_0", "arr_1"),
)
PARTS = {
    "validation": (("x_val", "y_val"), ("x_valid", "y_valid"), ("val_images", "val_labels"), ("val_x", "val_y")),
    "test": (
        *(("x_test", "y_test"), ("inputs_test", "targets_test"), ("test_inputs", "test_targets")),
        *(("test_images", "test_labels"), ("test_data", "test_labels"), ("test_x", "test_y")),
    ),
}


CHANNELS = (1, 3, 4)  # grey, colours, colours with transparency


@dataclass(frozen=True)
class Found:
    """Which arrays of a file are what: "inputs", "targets", "test_inputs", …"""

    names: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def parts(self, kind: str, held: Collection[str]) -> list[str]:
        """The parts of "inputs" or "targets" that are held, in their order: training, validation, test."""
        return [part for part in (kind, f"validation_{kind}", f"test_{kind}") if part in held]


def find(names: Iterable[str], where: str, options: DataOptions | None = None, *, with_targets: bool = True) -> Found:
    """The arrays that the options `inputs` and `targets` name, else those under usual names; `DataError` listing what
    is there."""
    names = sorted(names)
    options = options or DataOptions()
    if options.inputs or options.targets:
        return _named(names, where, options, with_targets)
    known = {name.lower(): name for name in reversed(names)}
    there = ", ".join(map(repr, names[:12])) or "nothing"
    pairs = sorted(NAMES, key=lambda pair: sum(name not in known for name in pair))
    pair = next((pair for pair in pairs if pair[0] in known), None)
    if pair is None:
        usual = ", ".join(f"{x} and {y}" for x, y in NAMES[:6])
        todo = "; name them: --inputs NAME --targets NAME" if names else ""
        raise DataError(f"{where}: holds {there}, expected inputs and targets under usual names: {usual}{todo}")
    if pair[0] == "arr_0" and "arr_2" in known:
        raise DataError(f"{where}: holds {there}, which do not say what they are: --inputs NAME --targets NAME")
    found = {part: known[name] for part, name in zip(("inputs", "targets"), pair, strict=True) if name in known}
    notes: list[str] = []
    for part, usual_names in PARTS.items():
        inputs, targets = next((each for each in usual_names if each[0] in known), ("", ""))
        if not inputs:
            continue
        if "targets" in found and targets not in known:
            name = known[inputs]
            notes.append(f"the array {name!r} has no targets ({targets}): left out; to predict it: --inputs {name}")
            continue
        found |= {
            f"{part}_{kind}": known[name] for kind, name in (("inputs", inputs), ("targets", targets)) if name in known
        }
    for name in found.values():
        alike = [each for each in names if each.lower() == name.lower()]
        if len(alike) > 1:
            which = "--inputs" if name == found["inputs"] else "--targets"
            raise DataError(f"{where}: holds both {alike[0]!r} and {alike[1]!r}, expected one; choose by {which} NAME")
    others = set(names) - set(found.values())
    if with_targets and "targets" not in found and others and not notes and options.task != "unsupervised":
        raise DataError(
            f"{where}: holds {there}, of which {found['inputs']!r} are the inputs; say which are the targets: --targets"
            f" NAME --inputs {found['inputs']}; or --task unsupervised where there are none"
        )
    return Found(found, tuple(notes))


def _named(names: Sequence[str], where: str, options: DataOptions, with_targets: bool) -> Found:
    """The arrays that the options name; of targets that are not named the usual one, where there is no other."""
    for flag, name in (("inputs", options.inputs), ("targets", options.targets)):
        if name and name not in names:
            there = ", ".join(map(repr, names[:12])) or "nothing"
            raise DataError(f"{where}: --{flag} {name}: there is no such array; the file holds {there}")
    if options.inputs == options.targets:
        raise OptionError(f"{where}: --inputs and --targets both name {options.inputs!r}, expected two arrays")
    found = {"inputs": options.inputs, "targets": options.targets}
    for part, place in (("inputs", 0), ("targets", 1)):
        if not found[part]:
            partners = {
                pair[place] for pair in (*NAMES, *PARTS["validation"], *PARTS["test"]) if _pairs(pair, 1 - place, found)
            }
            taken = found.values()
            likely = [name for name in names if name.lower() in partners and name not in taken]
            if part == "inputs" and len(likely) != 1:
                raise DataError(
                    f"{where}: --targets {options.targets}: say also which of {', '.join(map(repr, names[:12]))} are"
                    " the inputs: --inputs NAME"
                )
            found[part] = likely[0] if len(likely) == 1 else ""
    found = {part: name for part, name in found.items() if name}
    left = [name for name in names if name not in found.values()]
    if with_targets and "targets" not in found and left and options.task != "unsupervised":
        raise DataError(
            f"{where}: --inputs {options.inputs}: say also which of {', '.join(map(repr, left[:12]))} are the targets:"
            " --targets NAME; or --task unsupervised where there are none"
        )
    notes = (f"arrays left out: {', '.join(map(repr, left[:12]))}",) if left else ()
    return Found(found, notes)


def _pairs(pair: tuple[str, str], place: int, found: Mapping[str, str]) -> bool:
    return pair[place] == found[("inputs", "targets")[place]].lower()


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
    parts: Sequence[str] = ("training", "test"),
) -> Dataset:
    """A dataset out of the inputs and targets of these `parts`, the training part first."""
    where = str(path)
    for source, part in zip(inputs, parts, strict=False):
        check_numbers(source.dtype, "the array of inputs", where)
        if source.shape[1:] != inputs[0].shape[1:]:
            raise DataError(
                f"{where}: an input has shape {inputs[0].shape[1:]} in the training part and {source.shape[1:]} in"
                f" the {part} part"
            )
    if targets is None and options.task not in ("auto", "unsupervised"):
        raise OptionError(f"{where}: task {options.task} has no effect without targets, and there are none")
    if any(0 in source.shape for source in inputs):  # before columns are counted, of which any number fits no rows
        raise DataError(f"{where}: there are no rows of values: inputs have shape {inputs[0].shape}")
    if len(inputs[0].shape) == 0:
        raise DataError(f"{where}: the array of inputs is a single number, expected (rows, values of one)")
    if len(inputs[0].shape) == 1:
        inputs = [InMemory(source.read(0, source.shape[0]).reshape(-1, 1)) for source in inputs]
    rows = [source.shape[0] for source in inputs]
    for count, part, values in zip(rows, parts, targets or [], strict=False):
        if values.ndim == 0 or len(values) != count:
            raise DataError(
                f"{where}: the {part} part has {count} rows of inputs and {len(values) if values.ndim else 1} of"
                " targets, expected as many of one as of the other"
            )
    found = NOTHING
    if targets is not None:
        values = targets[0] if len(targets) == 1 else _concatenated(targets, where)
        found = targets_in(values, "classification" if classes and options.task == "auto" else options.task, where)
    source = functools.reduce(Joined, inputs)
    own = dict(zip(parts[1:], rows[1:], strict=False))
    kind = "table" if len(source.shape) == 2 else "images"
    return Dataset(
        name=name or path.name.split(".")[0] or path.name,
        task=found.task,
        inputs=source,
        targets=None if found.values is None else InMemory(found.values),
        labels=found.labels,
        label_type=found.label_type,
        target_axes=axes_of_targets(found, targets),
        kind=kind,
        columns=numbered_columns(source.shape[-1]) if kind == "table" else (),
        own_validation=own.get("validation", 0),
        own_test=own.get("test", 0),
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        missing=options.missing,
        path=str(path.absolute()),
        options=options.changed(),
        notes=(*found.notes, *_channels_first(source.shape[1:])),
    )


def _channels_first(shape: tuple[int, ...]) -> Iterator[str]:
    """A line about images whose first axis looks like their channels."""
    if len(shape) == 3 and shape[0] in CHANNELS and shape[2] not in CHANNELS and min(shape[1:]) > max(CHANNELS):
        yield (
            f"images of shape {shape} are taken as height, width and channels; if the channels stand first:"
            " np.moveaxis(x, 1, -1)"
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


def axes_of_targets(found: Targets, parts: list[Array] | None) -> int | None:
    """The axes of the targets as given; None where they say nothing of the answers' (one column per class)."""
    if found.values is None or not parts or (found.task == "classification" and parts[0].shape[1:] not in ((), (1,))):
        return None
    return parts[0].ndim


def _one_hot(values: Array) -> bool:
    flags = values.shape[1] > 1 and bool(((values == 0) | (values == 1)).all())
    return flags and bool((values.sum(axis=1) == 1).all())


def _concatenated(parts: list[Array], where: str) -> Array:
    for part in parts[1:]:
        if parts[0].shape[1:] != part.shape[1:] or (parts[0].dtype.kind in "USO") != (part.dtype.kind in "USO"):
            raise DataError(
                f"{where}: targets have shape {parts[0].shape} in the training part and {part.shape} in another"
            )
    return np.concatenate(parts)


def names_of(parts: Sequence[str]) -> list[str]:
    """What parts such as "test_inputs" are called in an error."""
    return [part.rpartition("_")[0] or "training" for part in parts]
