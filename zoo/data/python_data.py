"""Datasets from Python objects: arrays, (inputs, targets), tables with named columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.as_trained import trained_columns, warn_of_remarks
from zoo.data.dataset import Dataset, InMemory
from zoo.data.dispatch import AnyPreprocessing
from zoo.data.open import checked as checked_dataset
from zoo.data.open import refuse_others, refuse_unheeded
from zoo.data.options import COMMON, DataOptions
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.provenance import Provenance
from zoo.data.python_arrays import array_of, array_or_none, inputs_and_targets, is_ragged
from zoo.data.python_targets import target_array
from zoo.data.readers.arrays import axes_of_targets, targets_in
from zoo.data.readers.arrays import dataset as dataset_of
from zoo.data.readers.columns import chosen
from zoo.data.readers.csv.dispatch import ANY_TABLE, check_options, columns_as_trained, open_columns
from zoo.data.readers.csv.series import wants_series
from zoo.data.targets import NOTHING, Targets
from zoo.data.trained_options import given_options
from zoo.data.typed_columns import TypedTable, is_table, series_given
from zoo.data.windows import Ragged
from zoo.errors import DataError, OptionError
from zoo.types import Array

WHERE = "the given arrays"
TABLE = "the given table"


def given_dataset(data: Any, options: Mapping[str, Any]) -> Dataset:
    """The dataset of inputs, or of (inputs, targets), as `zoo.train` takes them; a table may hold the targets too."""
    if isinstance(data, Dataset):
        if options:
            raise OptionError(
                f"{data.where}: {min(options)} has no effect on a dataset that is already opened; open it with"
                " that option"
            )
        return data
    inputs, targets = inputs_and_targets(data, WHERE)
    where = TABLE if is_table(inputs) else WHERE
    values = DataOptions.of(options, where)
    table = TypedTable.of(inputs, TABLE, values)
    if table is not None:
        return _of_table(table, targets, values)
    if is_ragged(inputs):
        return _of_sequences(inputs, targets, values)
    array = array_of(inputs, WHERE)
    if array.ndim in (1, 2) and wants_series(values):
        return _of_table(TypedTable.of_array(_columns(array), WHERE, values), targets, values)
    if array.ndim == 2 and (values.target not in ("", "none") or values.ignore or values.categorical or values.use):
        named = values if values.target or targets is not None else values.replace(target="none")
        return _of_table(TypedTable.of_array(array, WHERE, values), targets, named)
    refuse_others(values, {"task", "missing", *COMMON}, WHERE, f"an array of shape {array.shape}")
    return checked_dataset(_of_arrays(array, targets, values), values, WHERE)


def _columns(array: Array) -> Array:
    return array[:, None] if array.ndim == 1 else array


def _of_sequences(inputs: Any, given: Any, options: DataOptions) -> Dataset:
    """Sequences (time steps, columns) of different lengths, with a target for each."""
    refuse_others(options, {"task", *COMMON}, WHERE, "sequences of different lengths")
    sequences = [array_or_none(each) for each in inputs]
    for number, each in enumerate(sequences, 1):
        if each is None or each.ndim not in (1, 2) or each.dtype.kind not in "buif":
            raise DataError(
                f"{WHERE}: sequence {number} is {'ragged' if each is None else f'{each.dtype} of shape {each.shape}'},"
                " expected numbers of shape (time steps, columns)"
            )
    source = Ragged.of([each.astype(np.float64) for each in sequences], WHERE)
    finite = np.isfinite(source.values[:])
    if not finite.all():
        row = int(np.argmax(~finite.all(axis=1)))
        number = int(np.searchsorted(source.starts, row, side="right"))
        raise DataError(f"{WHERE}: a time step of sequence {number} is missing or infinite; remove it, or fill it")
    if given is None:
        if options.task not in ("auto", "unsupervised"):
            raise OptionError(f"{WHERE}: task {options.task} has no effect without targets; give (sequences, targets)")
        found = NOTHING
    else:
        array = target_array(given, WHERE)
        if len(array) != len(sequences):
            raise DataError(f"{WHERE}: got {len(sequences)} sequences and {len(array)} targets, expected as many")
        if options.task in ("labelling", "language", "forecast"):
            raise OptionError(
                f"{WHERE}: task {options.task} is not for targets beside sequences, one for each; read a table with a"
                " row for each time step, and --sequence"
            )
        found = targets_in(array, options.task, WHERE)
    return Dataset(
        name="arrays",
        task=found.task,
        inputs=source,
        targets=None if found.values is None else InMemory(found.values),
        labels=found.labels,
        label_type=found.label_type,
        kind="sequences",
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        options=options.changed(),
        notes=found.notes,
    )


def _of_arrays(inputs: Array, targets: Any, options: DataOptions) -> Dataset:
    values = None if targets is None else [target_array(targets, WHERE)]
    return dataset_of(Path(WHERE), options, [InMemory(inputs)], values, name="arrays").replace(path="")


def _of_table(table: TypedTable, given: Any, options: DataOptions) -> Dataset:
    where = table.where
    refuse_others(options, {*ANY_TABLE, *COMMON}, where, "a table given in Python")
    check_options(options, where)
    if given is not None:
        if wants_series(options) or options.sequence:
            raise DataError(
                f"{where}: got (inputs, targets) and options of a series (--window, --horizon, --task forecast) or of"
                " sequences (--sequence), expected one table that holds the targets: data=np.column_stack([X, y]);"
                " --target names others than its last column"
            )
        if options.target not in ("", "none") and chosen(options.target, table.names, where, "target"):
            raise OptionError(
                f"{where}: got target={options.target!r} and targets beside the table, expected one of them"
            )
    beside = _beside(given, len(table), options.task, where)
    return _called(checked_dataset(open_columns(table, options, beside), options, where), given)


def _beside(given: Any, rows: int, task: str, where: str) -> Targets | None:
    """Targets that stand beside a table with so many rows."""
    if given is None:
        return None
    array = target_array(given, WHERE)
    if len(array) != rows:
        raise DataError(f"{where}: got {rows} rows of inputs and {len(array)} targets, expected as many")
    found = targets_in(array, task, WHERE)
    return replace(found, axes=axes_of_targets(found, [array]))


def _called(dataset: Dataset, given: Any) -> Dataset:
    """A dataset whose targets have the name of the column that was given."""
    name = getattr(given, "name", None)
    return dataset.replace(target_columns=(name,)) if isinstance(name, str) and name else dataset


def given_as_trained(
    data: Any, given: Mapping[str, Any], preprocessing: AnyPreprocessing, provenance: Provenance | None
) -> Dataset:
    """The dataset of data handed over in Python, for a model that was trained with these options and columns."""
    inputs, targets = inputs_and_targets(data, WHERE)
    where = TABLE if is_table(inputs) else WHERE
    series = isinstance(preprocessing, SequencePreprocessing) and preprocessing.task == "forecast"
    takes = {"task", "missing", *COMMON} | ({"order", "window", "horizon"} if series else set())
    takes |= {*ANY_TABLE} if is_table(inputs) else {"target", "ignore"}
    options = DataOptions.of(given_options(given, preprocessing, provenance, where, takes), where)
    table = TypedTable.of(inputs, TABLE, options)
    if table is None and isinstance(preprocessing, SequencePreprocessing) and series:
        table = series_given(inputs, preprocessing, WHERE, options)
    if table is not None:
        if isinstance(preprocessing, SequencePreprocessing) and targets is not None:
            raise DataError(
                f"{where}: got (inputs, targets), expected one table (time steps, columns) that holds the targets, as"
                " in training"
            )
        known = trained_columns(preprocessing, provenance)
        beside = _beside(targets, len(table), options.task, table.where)
        dataset = _called(columns_as_trained(table, options, preprocessing, known, beside), targets)
        refuse_unheeded(dataset, DataOptions.of(given, where), where)
        dataset = _named(dataset.replace(matched=False), preprocessing)
        warn_of_remarks(dataset)
        return dataset
    if targets is None and preprocessing.task not in ("unsupervised", "forecast", "language"):
        raise DataError(
            f"{WHERE}: got inputs alone, expected (inputs, targets): the model learned {preprocessing.task}"
        )
    dataset = given_dataset(data, options.changed())
    count, trained = len(dataset.columns), len(getattr(preprocessing, "columns", ()))
    if given.get("ignore") and count != trained:
        raise DataError(
            f"{WHERE}: --ignore {given['ignore']!r} leaves {count} columns, but the model was trained on {trained}"
        )
    return _named(dataset, preprocessing)


def _named(dataset: Dataset, preprocessing: AnyPreprocessing) -> Dataset:
    """The dataset with the names of training, where its own columns and targets have none."""
    if dataset.task == preprocessing.task == "regression" and len(dataset.labels) == len(preprocessing.labels):
        dataset = dataset.replace(labels=preprocessing.labels)
    if not isinstance(preprocessing, Preprocessing) or preprocessing.has_text or dataset.named:
        return dataset
    if not preprocessing.columns or len(dataset.columns) != len(preprocessing.columns):
        return dataset
    return dataset.replace(columns=preprocessing.columns, named=preprocessing.named, table=preprocessing.table)
