"""Preprocessing of sequences: encode each time step as a row of a table and targets by task, and decode."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from zoo.core.architecture import InputSpec
from zoo.core.batch import Batch
from zoo.core.signature import Signature
from zoo.data.dataset import Dataset, InMemory
from zoo.data.labels import axes_of, in_axes, values_of
from zoo.data.preprocessing.from_manifest import label_type_from, names_from, spelling_from
from zoo.data.preprocessing.moments import Moments
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.readers.columns import chosen
from zoo.data.windows import Ragged, Windows
from zoo.errors import CheckpointError, DataError, ZooError
from zoo.types import Array

TASKS = ("classification", "regression", "labelling", "language", "forecast")
OPTIONAL = (
    "label_type",
    "target_axes",
    "group",
    "clock",
    "ends",
)  # which files lack that have none, or were written before them
MEMBERS = ("kind", "task", "step", "window", "horizon", "labels", "sequence")
MOST_STEPS = 2**31 - 1
MOST_GROUPS = 1000
NO_WINDOWS = "{}: got samples for forecast that are no windows of a series; make them by zoo.data.series_dataset"


@dataclass(frozen=True, eq=False)
class SequencePreprocessing:
    """`step` encodes one time step, fitted on the steps of the training part. The categories are those of all the data.

    language: the labels are the symbols, the targets of a sequence are its own symbols one step later. forecast: the
    targets are the first columns of the steps that follow a window, in the same units as they have within it.
    """

    task: str
    step: Preprocessing
    window: int  # time steps of every sequence; -1 where they differ
    horizon: int  # time steps a forecast looks ahead; 0 in other tasks
    labels: tuple[str, ...]
    sequence: str = ""  # the column that names the sequence, where they came from one table
    target_shift: Array | None = None  # of regression and forecast
    target_unit: Array | None = None
    kind: str = "sequences"
    label_type: str = "text"  # in which classes are answered
    target_axes: int = 0  # of the targets in training: 1, a vector, or 2, columns; 0 where there were none
    group: tuple[str, ...] = ()  # the columns that named several series in one table
    clock: tuple[str, str] = ("", "")  # the column of dates that said when a row is, and how it was written
    # Of sequences of symbols: (first symbol, last symbol, how often that comes in each), where all have these alike.
    ends: tuple[str, str, int] | None = None

    # --- fitting --------------------------------------------------------------------------------------------------

    @classmethod
    def fit(cls, dataset: Dataset, numbers: Array, input_spec: InputSpec, task: str | None = None) -> Self:
        """The preprocessing for `input_spec` out of the sequences with these ascending numbers."""
        task, source, labels = task or dataset.task, dataset.inputs, dataset.labels
        if task not in TASKS or not isinstance(source, (Ragged, Windows)):
            raise DataError(
                f"{dataset.where}: got sequences for {task}, expected one of {', '.join(TASKS)}; name targets with"
                " --target, or, where rows are samples by themselves, leave --sequence out"
            )
        steps = source.take(numbers) if isinstance(source, Ragged) else source.covered(numbers)
        inner = Preprocessing.fit(steps_of(dataset, steps), np.arange(len(steps)), input_spec, "unsupervised")
        high = inner.high.copy()
        for place, column in enumerate(dataset.columns):
            if column.categories is not None:
                high[place] = len(column.categories) - 1
        inner = replace(inner, columns=dataset.columns, high=high)
        window, horizon = -1, 0
        shift = unit = None
        if task == "language":
            labels = dataset.columns[0].categories or ()
        if task in ("classification", "labelling", "language") and len(labels) < 2:
            raise DataError(
                f"{dataset.where}: there is only {', '.join(map(repr, labels)) or 'nothing'} to tell apart, expected"
                f" two {'symbols' if task == 'language' else 'labels'} or more"
            )
        if task == "forecast":
            if not isinstance(source, Windows):
                raise DataError(NO_WINDOWS.format(dataset.where))
            window, horizon, count = source.window, source.ahead, len(labels)
            scale = inner.scale[:count]
            shift, unit = inner.shift[:count].copy(), np.where(scale > 0, 1 / np.where(scale > 0, scale, 1), 0.0)
        elif task == "regression":
            shift, unit = _constants_of_targets(dataset, numbers, input_spec)
        key = str(dataset.options.get("sequence", ""))
        if key and dataset.table:  # by its name; the option may have given its number
            key = dataset.table[chosen(key, dataset.table, dataset.where, "sequence")[0]]
        axes = axes_of(dataset) if task in ("classification", "regression") else 0
        label_type = dataset.label_type if task != "language" else "text"
        known: dict[str, Any] = {"label_type": label_type, "target_axes": axes}
        if dataset.timeline is not None:
            known |= {"group": dataset.timeline.group, "clock": dataset.timeline.clock}
        if task == "language" and isinstance(source, Ragged):
            known["ends"] = ends_of(source, labels)
        return cls(task, inner, window, horizon, labels, key, shift, unit, **known)

    # --- what comes out -------------------------------------------------------------------------------------------

    @functools.cached_property
    def signature(self) -> Signature:
        """Inputs (time, features), time -1 where it varies; a label or a next symbol per step: outputs (-1, labels)."""
        inputs = (self.window, *self.step.input_shape)
        count = len(self.labels)
        if self.task == "forecast":
            return Signature(self.task, inputs, (self.horizon, count), self.labels)
        outputs = (-1, count) if self.task in ("labelling", "language") else (count,)
        return Signature(self.task, inputs, outputs, self.labels)

    @functools.cached_property
    def label_values(self) -> Array:
        """The labels in their own type."""
        return values_of(self.labels, self.label_type)

    @property
    def missing(self) -> str:
        return self.step.missing

    @property
    def symbols(self) -> tuple[str, ...]:
        """What a time step can be, where it is one symbol; else none."""
        columns = self.step.columns
        return (columns[0].categories or ()) if len(columns) == 1 else ()

    # --- encoding and decoding ------------------------------------------------------------------------------------

    def encode_steps(self, raw: Array, dtype: Any = np.float32) -> Array:
        """Raw time steps (steps, columns), text cells as numbers of `step.columns` categories, to (steps, features)."""
        return self.step.encode_inputs(raw, dtype)

    def encode_targets(self, raw: Array, dtype: Any = np.float32) -> Array:
        """Targets of regression and forecast: (raw − target_shift) / target_unit; a target that never varied is 0."""
        assert self.target_shift is not None and self.target_unit is not None
        unit = self.target_unit
        scaled = np.divide(raw - self.target_shift, unit, out=np.zeros(raw.shape), where=unit != 0)
        return np.asarray(scaled, dtype)

    def decode_batch(self, batch: Batch, outputs: Array) -> Array:
        """The answers for a batch, out of the model's outputs, in the shape of the targets in training."""
        return in_axes(self.decode(outputs, batch.mask), self.target_axes)

    def decode(self, outputs: Array, mask: Array | None = None) -> Array:
        """A model's outputs to answers, one per sequence: a label; a tuple of labels, one per time step; the next
        symbol after the end; targets (targets,) or (horizon, targets) in their units. mask (rows, time): which steps
        are real."""
        if self.task == "classification":
            return np.asarray(self.label_values[np.argmax(outputs, axis=1)])
        if self.task in ("regression", "forecast"):
            assert self.target_shift is not None and self.target_unit is not None
            return np.asarray(outputs.astype(np.float64) * self.target_unit + self.target_shift)
        lengths = np.full(len(outputs), outputs.shape[1]) if mask is None else mask.sum(axis=1).astype(np.int64)
        chosen = self.label_values[outputs.argmax(axis=-1)]
        answers = np.empty(len(outputs), dtype=object)
        for row, length in enumerate(lengths):
            answers[row] = chosen[row, length - 1] if self.task == "language" else tuple(chosen[row, :length].tolist())
        return answers

    # --- other data than those of training --------------------------------------------------------------------------

    def check_fits(self, dataset: Dataset) -> None:
        """`DataError` where a dataset's sequences are not like those in training: columns, task, window, targets."""
        where = dataset.where
        if dataset.kind != "sequences":
            raise DataError(
                f"{where}: got {dataset.kind}, expected sequences as in training; see --window for a series,"
                " --sequence for a table of sequences, --task language for text"
            )
        self.step.check_fits(steps_of(dataset, np.zeros((1, len(dataset.columns)))))
        if dataset.task == "unsupervised":
            return
        if dataset.task != self.task:
            raise DataError(f"{where}: got data for {dataset.task}, expected {self.task} as in training; see --task")
        if self.task == "forecast":
            source = dataset.inputs
            if not isinstance(source, Windows):
                raise DataError(NO_WINDOWS.format(where))
            if source.ahead != self.horizon or dataset.labels != self.labels:
                raise DataError(
                    f"{where}: got targets {', '.join(dataset.labels)} {source.ahead} steps ahead, expected"
                    f" {', '.join(self.labels)} and --horizon {self.horizon} as in training"
                )
        if self.task == "regression" and len(dataset.labels) != len(self.labels):
            raise DataError(f"{where}: got {len(dataset.labels)} targets, expected {len(self.labels)} as in training")

    # --- to a checkpoint and back ---------------------------------------------------------------------------------

    def to_manifest(self) -> dict[str, Any]:
        """All but the arrays, as JSON has it."""
        more: dict[str, Any] = {"group": list(self.group)} if self.group else {}
        more |= {"clock": list(self.clock)} if self.clock[0] else {}
        more |= {"ends": list(self.ends)} if self.ends is not None else {}
        return more | {
            "kind": self.kind,
            "task": self.task,
            "step": self.step.to_manifest(),
            "window": self.window,
            "horizon": self.horizon,
            "labels": list(self.labels),
            "sequence": self.sequence,
            "label_type": self.label_type,
            "target_axes": self.target_axes,
        }

    def arrays(self) -> dict[str, Array]:
        """The constants by name."""
        arrays = self.step.arrays()
        for name in ("target_shift", "target_unit"):
            if getattr(self, name) is not None:
                arrays[name] = getattr(self, name)
        return arrays

    @classmethod
    def from_manifest(cls, values: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """What `to_manifest` and `arrays` gave; a stranger may have made them: `CheckpointError` at the first doubt."""
        if set(values) - set(OPTIONAL) != set(MEMBERS) or values["kind"] != "sequences" or values["task"] not in TASKS:
            raise CheckpointError(f"preprocessing of sequences: expected the members {', '.join(MEMBERS)}")
        task, window, horizon, labels = (values[name] for name in ("task", "window", "horizon", "labels"))
        for name, number in (("window", window), ("horizon", horizon)):
            if type(number) is not int or not -1 <= number <= MOST_STEPS:
                raise CheckpointError(f"preprocessing: {name} is {ascii(number)[:80]}, expected a number of time steps")
        if (task == "forecast") != (window > 0 and horizon > 0) or (
            task != "forecast" and (window, horizon) != (-1, 0)
        ):
            raise CheckpointError(f"preprocessing: got window {window} and horizon {horizon} for {task}")
        if not isinstance(labels, list) or not labels or len(labels) > 2**20 or not all(type(n) is str for n in labels):
            raise CheckpointError(f"preprocessing: labels are {ascii(labels)[:80]}, expected a list of texts")
        arrays = dict(arrays)
        targets: dict[str, Any] = {}
        if task in ("regression", "forecast"):
            for name in ("target_shift", "target_unit"):
                array = arrays.pop(name, None)
                fits = array is not None and array.dtype == np.float64 and array.shape == (len(labels),)
                if array is None or not fits or not np.isfinite(array).all():
                    raise CheckpointError(f"preprocessing/{name}: expected {len(labels)} finite values of float64")
                targets[name] = np.array(array)
        step = Preprocessing.from_manifest(values["step"], arrays)
        if step.kind != "table" or step.task != "unsupervised":
            raise CheckpointError(
                f"preprocessing: a time step is of {step.kind} for {step.task}, expected a table's row"
            )
        if not isinstance(values["sequence"], str):
            raise CheckpointError("preprocessing: sequence is not the name of a column")
        group = values.get("group", [])
        if not isinstance(group, list) or len(group) > MOST_GROUPS or not all(type(name) is str for name in group):
            raise CheckpointError(f"preprocessing: group is {ascii(group)[:80]}, expected names of columns")
        label_type, axes = label_type_from(values, tuple(labels))
        targets |= {"label_type": label_type, "target_axes": axes, "group": tuple(group)}
        clock = names_from("clock", values.get("clock", ["", ""]))
        if len(clock) != 2:
            raise CheckpointError(f"preprocessing: clock is {ascii(clock)[:80]}, expected a column and its spelling")
        targets["clock"] = (clock[0], spelling_from(clock[1]))
        if (ends := values.get("ends")) is not None:
            kinds = [type(each) for each in ends] if isinstance(ends, list) else []
            if kinds != [str, str, int] or not {ends[0], ends[1]} <= {"", *labels} or not 0 <= ends[2] <= MOST_STEPS:
                raise CheckpointError(f"preprocessing: ends are {ascii(ends)[:80]}, expected two symbols and a number")
            targets["ends"] = tuple(ends)
        made = cls(task, step, window, horizon, tuple(labels), values["sequence"], **targets)
        if task == "language" and made.symbols != made.labels:
            raise CheckpointError("preprocessing: the labels of a language are its symbols, but they differ")
        if task == "forecast" and not step.input_shape[0] >= len(labels):
            raise CheckpointError("preprocessing: a forecast has more targets than a time step has columns")
        return made


def ends_of(source: Ragged, symbols: tuple[str, ...]) -> tuple[str, str, int] | None:
    """The symbol that every sequence begins with, the one that every sequence ends with, each "" where they differ, and
    how often the last one comes in a sequence; None where neither is common, or it does not come equally often."""
    values = np.asarray(source.values[:])[:, 0].astype(np.int64)
    first, last = values[source.starts[:-1]], values[source.starts[1:] - 1]
    begin = symbols[first[0]] if (first == first[0]).all() else ""
    counts = np.add.reduceat(values == last[0], source.starts[:-1])
    alike = (last == last[0]).all() and (counts == counts[0]).all()
    if not begin and not alike:
        return None
    return begin, symbols[last[0]] if alike else "", int(counts[0]) if alike else 0


def steps_of(dataset: Dataset, steps: Array) -> Dataset:
    """Time steps as a table of their own."""
    return Dataset(
        name=dataset.name,
        task="unsupervised",
        inputs=InMemory(steps),
        columns=dataset.columns,
        named=dataset.named,
        table=dataset.table,
        kinds=dataset.kinds,
        missing=dataset.missing,
        path=dataset.path,
    )


def _constants_of_targets(dataset: Dataset, numbers: Array, input_spec: InputSpec) -> tuple[Array, Array]:
    if dataset.targets is None:
        raise ZooError(f"{dataset.where}: there are no targets, expected some for regression")
    count = len(dataset.labels)
    if input_spec.targets == "raw":
        return np.zeros(count), np.ones(count)
    moments = Moments(count)
    values = dataset.targets.take(numbers).astype(np.float64)
    if not np.isfinite(values).all():
        row = int(np.argmax(~np.isfinite(values).all(axis=1)))
        raise DataError(
            f"{dataset.where}: a target of sequence {int(numbers[row]) + 1} is missing; remove the sequence"
        )
    moments.add(values)
    return moments.mean, moments.deviation
