"""Preprocessing: encode raw rows as an architecture expects them, fitted on the training part alone, and decode.

It is kept in the checkpoint, so that later rows are encoded as those in training were, and answers come as label names
and in the units of the targets.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from zoo.core.architecture import InputSpec
from zoo.core.batch import Batch
from zoo.core.signature import Signature
from zoo.data.chosen_rows import RowNumbers
from zoo.data.dataset import Column, Dataset
from zoo.data.labels import axes_of, in_axes, values_of
from zoo.data.options import UNFILLED
from zoo.data.preprocessing.fit import (
    INPUTS,
    TARGETS,
    constants_of,
    fill_of,
    input_moments,
    labels_in,
    target_constants,
)
from zoo.data.preprocessing.from_manifest import VECTORS, fields_from
from zoo.data.preprocessing.inverse import inputs_in_units
from zoo.errors import DataError, OptionError, ZooError
from zoo.types import Array


@dataclass(frozen=True, eq=False)
class Preprocessing:
    """Constants (float64), one of each for every column of a table, for images one for all pixels.

    encoded = (raw − shift) · scale, then clipped to [0, 1] or [−1, 1] where inputs are "unit" or "signed"; "binary":
    raw > shift; a column that was constant in training is 0. A text column becomes one column per category, 1 where the
    cell is that category. Targets of regression: (raw − target_shift) / target_unit.
    """

    task: str
    inputs: str
    targets: str
    kind: str
    shape: tuple[int, ...]  # of one raw input
    columns: tuple[Column, ...]  # of a table; the categories are those of the training part
    named: bool
    table: tuple[str, ...]  # names of all columns of the file it was fitted on, in their order
    labels: tuple[str, ...]
    missing: str
    shift: Array
    scale: Array
    low: Array  # the smallest and the largest value in training
    high: Array
    fill: Array | None = None  # put in for a missing value
    step: Array | None = None  # of a table: between neighbouring values of a column, 0: any; None: not known
    target_shift: Array | None = None
    target_unit: Array | None = None
    target_spellings: tuple[str, ...] = ()  # how targets are written in text files; none where all are plain
    dtype: str = ""  # the type of images' pixels; "" where it is not known
    label_type: str = "text"  # in which classes are answered
    target_axes: int = 0  # of the targets in training: 1, a vector, or 2, columns; 0 where there were none
    kinds: tuple[str, ...] = ()  # what each column of `table` held, as `column_kinds` has it; none where not known

    # --- fitting --------------------------------------------------------------------------------------------------

    @classmethod
    def fit(cls, dataset: Dataset, numbers: RowNumbers, input_spec: InputSpec, task: str | None = None) -> Self:
        """The preprocessing for `input_spec` out of the rows with these ascending numbers, in one pass over them.

        `task` = "unsupervised" learns from the inputs alone and keeps the labels. `DataError` naming column and row
        where a value is infinite or missing, and where there is only one class.
        """
        if input_spec.inputs not in INPUTS or input_spec.targets not in TARGETS:
            raise ZooError(
                f"input_spec: got {input_spec}, expected inputs one of {INPUTS} and targets one of {TARGETS}"
            )
        if dataset.missing == "keep" and not input_spec.missing:
            raise OptionError(
                f"{dataset.where}: --missing keep is for architectures that learn around missing values, which this one"
                " does not; impute a value with --missing mean"
            )
        task = task or dataset.task
        labels = dataset.labels
        if dataset.has_classes:
            labels = labels_in(dataset, numbers)
            if task == "classification" and len(labels) < 2:
                raise DataError(
                    f"{dataset.where}: all {len(numbers)} rows to train on are of the class {labels[0]!r}, expected two"
                    " classes or more; see --target, and --task where the target is a quantity"
                )
        moments, step, columns = input_moments(dataset, numbers)
        fill = None if dataset.missing in UNFILLED else fill_of(dataset, numbers, columns, moments)
        shift, scale, low, high = constants_of(dataset, columns, moments, input_spec.inputs)
        target_shift = target_unit = None
        if task == "regression":
            target_shift, target_unit = target_constants(dataset, numbers, input_spec.targets)
        return cls(
            task=task,
            inputs=input_spec.inputs,
            targets=input_spec.targets,
            kind=dataset.kind,
            shape=dataset.inputs.shape[1:],
            columns=columns,
            named=dataset.named,
            table=dataset.table,
            labels=labels,
            missing=dataset.missing,
            shift=shift,
            scale=scale,
            low=low,
            high=high,
            fill=fill,
            step=step,
            target_shift=target_shift,
            target_unit=target_unit,
            target_spellings=dataset.target_spellings if any(dataset.target_spellings) else (),
            dtype=dataset.inputs.dtype.name if dataset.kind == "images" else "",
            label_type=dataset.label_type,
            target_axes=axes_of(dataset),
            kinds=dataset.kinds,
        )

    # --- what comes out -------------------------------------------------------------------------------------------

    @functools.cached_property
    def signature(self) -> Signature:
        """What one encoded sample looks like; grey images: (height, width), others: (height, width, channel)."""
        outputs = 0 if self.task == "unsupervised" else len(self.labels)
        labels = () if self.task == "unsupervised" else self.labels
        return Signature(self.task, self.input_shape, (outputs,), labels)

    @functools.cached_property
    def label_values(self) -> Array:
        """The labels in their own type."""
        return values_of(self.labels, self.label_type)

    @functools.cached_property
    def input_shape(self) -> tuple[int, ...]:
        return (len(self.input_names),) if self.has_text else self.shape

    @functools.cached_property
    def has_text(self) -> bool:
        return any(column.is_text for column in self.columns)

    @property
    def input_names(self) -> tuple[str, ...]:
        """A name for every encoded column of a table: "age", "sex=F", "sex=M"."""
        names: list[str] = []
        for column in self.columns:
            names += [column.name] if column.categories is None else [f"{column.name}={c}" for c in column.categories]
        return tuple(names)

    # --- encoding and decoding ------------------------------------------------------------------------------------

    def encode_inputs(self, raw: Array, dtype: Any = np.float32) -> Array:
        """Raw inputs (rows, *shape), text cells as numbers of `columns` categories, to (rows, *input_shape)."""
        if raw.shape[1:] != self.shape:
            raise DataError(f"inputs: got rows of shape {raw.shape[1:]}, expected {self.shape}")
        if self.fill is not None and raw.dtype.kind == "f":
            raw = np.where(np.isnan(raw), self.fill, raw)
        try:
            with np.errstate(over="raise"):
                x = self._scaled(raw, np.dtype(dtype))
        except FloatingPointError:
            raise DataError(self._too_large(raw, np.dtype(dtype))) from None
        return self._one_hot(raw, x) if self.has_text else x

    def _too_large(self, raw: Array, dtype: np.dtype[Any]) -> str:
        """What to say of a value that the model's precision cannot hold once it is encoded."""
        sizes = np.nan_to_num(np.abs((raw.astype(np.longdouble) - self.shift) * self.scale))
        place = np.unravel_index(int(sizes.argmax()), raw.shape)
        where = f"column {self.columns[int(place[1])].name!r}" if self.columns and raw.ndim == 2 else "a value"
        return (
            f"inputs: {where} is {raw[place]:.4g}, which is too large for {dtype} once it is encoded; rescale it, or"
            " remove the row"
        )

    def _scaled(self, raw: Array, dtype: np.dtype[Any]) -> Array:
        if self.inputs == "raw":
            return raw.astype(dtype)
        if self.inputs == "binary":
            x = (raw > self.shift).astype(dtype)
            if self.missing == "keep":
                x[np.isnan(raw)] = np.nan
            return x
        if raw.dtype.itemsize == 1:  # bytes: a multiplication and an addition, no rounding to fear
            x = raw.astype(dtype)
            x *= self._constant("scale", dtype)
            x += self._constant("offset", dtype)
        else:
            # A large mean with a small deviation needs the difference in full precision.
            narrow = raw.dtype == dtype and self._narrow
            x = raw.astype(dtype if narrow else np.float64)
            x -= self._constant("shift", x.dtype)
            x *= self._constant("scale", x.dtype)
            x = x.astype(dtype, copy=False)
        if self.clips(raw.dtype):
            floor = 0.0 if self.inputs == "unit" else -1.0
            if x.size and (np.fmin.reduce(x, axis=None) < floor or np.fmax.reduce(x, axis=None) > 1.0):
                np.clip(x, floor, 1.0, out=x)
        return x

    @functools.cached_property
    def _narrow(self) -> bool:
        """Whether float32 is enough for raw − shift: no column's mean is far larger than its deviation."""
        return bool((np.abs(self.shift * self.scale) < 16).all())

    def _constant(self, name: str, dtype: np.dtype[Any]) -> Array:
        """A constant in the type it is needed in, converted once; "offset" is −shift · scale."""
        if (name, dtype.char) not in self._converted:
            value = -self.shift * self.scale if name == "offset" else getattr(self, name)
            self._converted[name, dtype.char] = value.astype(dtype)
        return self._converted[name, dtype.char]

    @functools.cached_property
    def _converted(self) -> dict[tuple[str, str], Array]:
        return {}

    def clips(self, dtype: np.dtype[Any]) -> bool:
        """Whether values are clipped to their range in training, and one of the type may lie outside it."""
        if self.inputs not in ("unit", "signed"):
            return False
        if dtype.kind not in "ui" or dtype.itemsize > 1:
            return True
        limits = np.iinfo(dtype)
        return bool((self.low > limits.min).any() or (self.high < limits.max).any())

    def _one_hot(self, raw: Array, x: Array) -> Array:
        """Numbers beside one column per category; raw (rows, columns) holds the categories' numbers, x those scaled."""
        encoded = np.full((len(x), *self.input_shape), -1.0 if self.inputs == "signed" else 0.0, x.dtype)
        start, rows = 0, np.arange(len(x))
        for number, column in enumerate(self.columns):
            if column.categories is None:
                encoded[:, start] = x[:, number]
                start += 1
                continue
            present = ~np.isnan(raw[:, number])
            encoded[~present, start : start + len(column.categories)] = np.nan
            cells = raw[present, number].astype(np.int64)
            if not ((cells >= 0) & (cells < len(column.categories))).all():
                raise DataError(f"column {column.name!r}: a row holds a category that was not seen in training")
            encoded[rows[present], start + cells] = 1.0
            start += len(column.categories)
        return encoded

    def decode_inputs(self, encoded: Array) -> Array:
        """Encoded inputs (…, *input_shape) in the units of the data; see `inverse.inputs_in_units`."""
        return inputs_in_units(encoded, self)

    def encode_targets(self, raw: Array, dtype: Any = np.float32) -> Array:
        """Targets as `Rows` has them: class numbers as they are, 0 and 1, or (raw − target_shift) / target_unit."""
        if self.task == "regression":
            assert self.target_shift is not None and self.target_unit is not None
            encoded: Array = np.zeros(raw.shape)
            np.divide(raw - self.target_shift, self.target_unit, out=encoded, where=self.target_unit != 0)
            return encoded.astype(dtype)
        return raw.astype(dtype) if self.task == "multi-label" else raw.astype(np.int64)

    def decode_batch(self, batch: Batch, outputs: Array) -> Array:
        """The answers for a batch, out of the model's outputs, in the shape of the targets in training."""
        return in_axes(self.decode(outputs), self.target_axes)

    def decode(self, outputs: Array) -> Array:
        """A model's outputs to answers: labels (rows,) in their type; (rows, labels) of true and false; targets (rows,
        targets) in their units."""
        if self.task == "classification":
            answers: Array = self.label_values[np.argmax(outputs.reshape(len(outputs), -1), axis=1)]
            return answers
        if self.task == "multi-label":
            present: Array = outputs > 0.5
            return present
        if self.task == "regression":
            assert self.target_shift is not None and self.target_unit is not None
            values: Array = outputs.reshape(len(outputs), -1) * self.target_unit
            values += self.target_shift
            return values
        return outputs

    @property
    def fills(self) -> bool:
        """Whether missing cells can be imputed with a mean."""
        return self.fill is not None or (self.inputs == "standardized" and not self.has_text)

    def filling(self, missing: str) -> Self:
        """This preprocessing, to meet rows whose missing values are dealt with in the way `missing`: where training had
        none, the mean is still known of standardized columns. `OptionError` where nothing is known to put in."""
        if missing == "error" or self.fill is not None or self.missing == "keep":
            return self
        if missing == "mean" and self.fills:
            return replace(self, fill=self.shift)
        known = " (of its columns the mean alone is known)" if self.fills else ""
        raise OptionError(
            f"--missing {missing}: the model was trained without missing values, so it cannot impute a value"
            f"{known}; fill the cells yourself, or train with --missing {missing}"
        )

    # --- other data than those of training --------------------------------------------------------------------------

    def check_fits(self, dataset: Dataset) -> None:
        """`DataError` where a dataset's rows are not like those in training: shape, columns, task, names of targets."""
        where = dataset.where
        if missing := self._target_missing_in(dataset):
            raise DataError(f"{where}: {missing}; `zoo predict` answers rows without targets")
        if dataset.kind != self.kind or dataset.inputs.shape[1:] != self.shape:
            raise DataError(
                f"{where}: got {dataset.kind} with inputs of shape {dataset.inputs.shape[1:]},"
                f" expected {self.kind} of {self.shape} as in training"
            )
        for mine, theirs in zip(self.columns, dataset.columns, strict=True):
            if self.named and dataset.named and mine.name != theirs.name:
                raise DataError(f"{where}: got column {theirs.name!r} where training had {mine.name!r}")
            if mine.is_text != theirs.is_text:
                kinds = ("numbers", "text")
                raise DataError(
                    f"{where}: column {theirs.name!r} holds {kinds[theirs.is_text]}, expected {kinds[mine.is_text]}"
                    " as in training"
                )
        if dataset.targets is None or self.task == "unsupervised":
            return
        if dataset.task != self.task:
            raise DataError(
                f"{where}: got data for {dataset.task}, expected {self.task} as in training; see --target and --task"
            )
        if self.task in ("regression", "multi-label") and len(dataset.labels) != len(self.labels):
            raise DataError(f"{where}: got {len(dataset.labels)} targets, expected {len(self.labels)} as in training")

    def _target_missing_in(self, dataset: Dataset) -> str:
        """What to say of a table with the inputs of training where the target was not among its columns; or nothing."""
        inputs = {column.name for column in self.columns}
        others = [name for name in self.table if name not in inputs]
        if self.kind != "table" or dataset.targets is None or self.task == "unsupervised" or not others:
            return ""
        if self.named and dataset.named:
            gone = inputs <= set(dataset.table) and not set(others) & set(dataset.table)
        else:
            gone = len(dataset.table) == len(inputs)
        one_of = f"the column {others[0]!r}" if len(others) == 1 else f"one of {', '.join(map(repr, others))}"
        return f"the target is missing: got the inputs alone, expected {one_of} as well, as in training" if gone else ""

    # --- to a checkpoint and back ---------------------------------------------------------------------------------

    def to_manifest(self) -> dict[str, Any]:
        """All but the arrays, as JSON has it."""
        return {
            "task": self.task,
            "inputs": self.inputs,
            "targets": self.targets,
            "kind": self.kind,
            "shape": list(self.shape),
            "columns": [_listed(column) for column in self.columns],
            "named": self.named,
            "table": list(self.table),
            "labels": list(self.labels),
            "missing": self.missing,
            **({"dtype": self.dtype} if self.dtype else {}),
            "label_type": self.label_type,
            "target_axes": self.target_axes,
            **({"target_spellings": list(self.target_spellings)} if self.target_spellings else {}),
            **({"kinds": list(self.kinds)} if self.kinds else {}),
        }

    def arrays(self) -> dict[str, Array]:
        """The constants by name."""
        names = (*VECTORS, "target_shift", "target_unit")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @classmethod
    def from_manifest(cls, values: Mapping[str, Any], arrays: Mapping[str, Array]) -> Self:
        """What `to_manifest` and `arrays` gave; a stranger may have made them: `CheckpointError` at the first doubt."""
        return cls(**fields_from(values, arrays))


def _listed(column: Column) -> list[Any]:
    """Name, categories and, where it is not plain, spelling."""
    listed = [column.name, None if column.categories is None else list(column.categories)]
    return [*listed, column.spelling] if column.spelling else listed
