"""Datasets from Python objects: arrays, (inputs, targets), tables with named columns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data import frame_series
from zoo.data.as_trained import trained_columns, warn_of_remarks
from zoo.data.dataset import Column, Dataset, InMemory, numbered_columns
from zoo.data.dispatch import AnyPreprocessing
from zoo.data.frame_series import series_frame, series_in
from zoo.data.open import refuse_others, refuse_unheeded
from zoo.data.options import COMMON, DataOptions
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.provenance import Provenance
from zoo.data.python_arrays import array_of, array_or_none, inputs_and_targets, is_ragged
from zoo.data.python_tables import Frame
from zoo.data.python_targets import target_array
from zoo.data.readers.arrays import dataset as dataset_of
from zoo.data.readers.arrays import targets_in
from zoo.data.readers.column_matching import match
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.csv.series import wants_series
from zoo.data.targets import NOTHING, decide
from zoo.data.trained_options import checked, given_options
from zoo.data.windows import Ragged
from zoo.errors import DataError, OptionError
from zoo.types import Array

WHERE = "the given arrays"
TABLE = "the given table"
OF_TABLES = ("target", "task", "ignore", "categorical", "missing")


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
    frame = Frame.of(inputs, TABLE)
    if frame is not None:
        return _of_table(frame, targets, DataOptions.of(options, TABLE))
    values = DataOptions.of(options, WHERE)
    if is_ragged(inputs):
        return _of_sequences(inputs, targets, values)
    array = array_of(inputs, WHERE)
    if array.ndim in (1, 2) and wants_series(values):
        return _of_series(array, targets, values)
    if array.ndim == 2 and (values.target not in ("", "none") or values.ignore or values.categorical):
        names = tuple(column.name for column in numbered_columns(array.shape[1]))
        return _of_table(Frame(names, tuple(array.T), named=False), targets, values)
    refuse_others(values, {"task", "missing", *COMMON}, WHERE, f"an array of shape {array.shape}")
    return _of_arrays(array, targets, values)


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


def _of_series(array: Array, targets: Any, options: DataOptions) -> Dataset:
    """The windows of an array (time steps, columns), whose targets are among its columns: by default the last."""
    if targets is not None:
        raise DataError(
            f"{WHERE}: got (inputs, targets) and options of a series (--window, --horizon, --task forecast),"
            " expected one array (time steps, columns) that holds the targets: data=np.column_stack([X, y]); --target"
            " names others than its last column"
        )
    return _of_table(series_frame(array), None, options)


def _of_table(frame: Frame, given: Any, options: DataOptions) -> Dataset:
    if given is None and wants_series(options):
        refuse_others(options, {*frame_series.TAKES, *COMMON}, TABLE, "a time series given in Python")
        dataset = frame_series.frame_series(frame, options, TABLE)
        refuse_unheeded(dataset, options, TABLE)
        return dataset
    refuse_others(options, {*OF_TABLES, *COMMON}, TABLE, "a table given in Python")
    names = frame.names
    targets = chosen(options.target, names, TABLE, "target") if options.target not in ("", "none") else []
    if targets and given is not None:
        raise OptionError(f"{TABLE}: got target={options.target!r} and targets beside the table, expected one of them")
    ignored = chosen(options.ignore, names, TABLE, "ignore") if options.ignore else []
    categorical = chosen(options.categorical, names, TABLE, "categorical") if options.categorical else []
    inputs = without(len(names), {*targets, *ignored})
    if not inputs:
        raise DataError(f"{TABLE}: no columns are left for the inputs")
    text = [place in categorical or frame.is_text(place) for place in inputs]
    dataset = _with_inputs(frame, inputs, text, given, options)
    if targets:
        return _with_targets(dataset, frame, targets, options)
    if given is None and options.task not in ("auto", "unsupervised"):
        raise OptionError(f"{TABLE}: task {options.task} has no effect without targets; name their column with target=")
    return dataset


def _with_inputs(frame: Frame, places: list[int], text: list[bool], given: Any, options: DataOptions) -> Dataset:
    columns, cells = frame.table(places, text, TABLE)
    plain = options.replace(target="", ignore="", categorical="")
    dataset = _of_arrays(cells, given, plain if given is not None else plain.replace(task="auto"))
    name = getattr(given, "name", None)
    beside = (name,) if isinstance(name, str) and name else dataset.target_columns
    return dataset.replace(
        columns=columns,
        named=frame.named,
        table=frame.names,
        target_columns=beside,
        options=options.changed(),
    )


def _with_targets(dataset: Dataset, frame: Frame, places: list[int], options: DataOptions) -> Dataset:
    """The dataset with the targets in these columns of the table."""
    names = tuple(frame.names[place] for place in places)
    if len(places) == 1:
        found = targets_in(target_array(frame.columns[places[0]], TABLE), options.task, TABLE, names[0])
    else:
        columns, cells = frame.table(places, [frame.is_text(place) for place in places], TABLE)
        found = decide([(column, cells[:, number]) for number, column in enumerate(columns)], options.task, TABLE)
    return dataset.replace(
        task=found.task,
        targets=None if found.values is None else InMemory(np.ascontiguousarray(found.values)),
        labels=found.labels,
        label_type=found.label_type,
        target_axes=1 if len(places) == 1 else None,
        target_columns=names,
        notes=found.notes,
    )


def given_as_trained(
    data: Any, given: Mapping[str, Any], preprocessing: AnyPreprocessing, provenance: Provenance | None
) -> Dataset:
    """The dataset of data handed over in Python, for a model that was trained with these options and columns."""
    inputs, targets = inputs_and_targets(data, WHERE)
    frame = Frame.of(inputs, TABLE)
    given = checked(given, TABLE if frame else WHERE)
    merged = given_options(given, preprocessing, provenance, TABLE if frame else WHERE)
    if frame is None and isinstance(preprocessing, SequencePreprocessing) and preprocessing.task == "forecast":
        frame = series_in(inputs, preprocessing, WHERE)
    if frame is None:
        if targets is None and preprocessing.task not in ("unsupervised", "forecast", "language"):
            raise DataError(
                f"{WHERE}: got inputs alone, expected (inputs, targets): the model learned {preprocessing.task}"
            )
        dataset = given_dataset(data, merged)
        count, trained = len(dataset.columns), len(getattr(preprocessing, "columns", ()))
        if given.get("ignore") and count != trained:
            raise DataError(
                f"{WHERE}: --ignore {given['ignore']!r} leaves {count} columns, but the model was trained on {trained}"
            )
        return _named(dataset, preprocessing)
    takes = OF_TABLES if isinstance(preprocessing, Preprocessing) else ("task", "window", "horizon")
    refuse_others(DataOptions.of(given, TABLE), {*takes, *COMMON}, TABLE, "a table given in Python")
    dataset = _named(_table_as_trained(frame, targets, merged, given, preprocessing, provenance), preprocessing)
    warn_of_remarks(dataset)
    return dataset


def _named(dataset: Dataset, preprocessing: AnyPreprocessing) -> Dataset:
    """The dataset with the names of training, where its own columns and targets have none."""
    if dataset.task == preprocessing.task == "regression" and len(dataset.labels) == len(preprocessing.labels):
        dataset = dataset.replace(labels=preprocessing.labels)
    if not isinstance(preprocessing, Preprocessing) or preprocessing.has_text or dataset.named:
        return dataset
    if not preprocessing.columns or len(dataset.columns) != len(preprocessing.columns):
        return dataset
    return dataset.replace(columns=preprocessing.columns, named=preprocessing.named, table=preprocessing.table)


def _table_as_trained(
    frame: Frame,
    beside: Any,
    merged: Mapping[str, Any],
    given: Mapping[str, Any],
    preprocessing: AnyPreprocessing,
    provenance: Provenance | None,
) -> Dataset:
    known = trained_columns(preprocessing, provenance)
    if not isinstance(preprocessing, Preprocessing):
        if preprocessing.task == "forecast" and beside is not None:
            raise DataError(
                f"{TABLE}: got (inputs, targets), expected one array or table (time steps, columns) that holds the"
                " targets"
            )
        if preprocessing.task != "forecast":
            raise DataError(f"{TABLE}: is one table, expected sequences as in training; name a file of them")
        named = {key: given[key] for key in ("target", "ignore") if given.get(key)}
        refuse_others(DataOptions.of(named, TABLE), {*COMMON}, TABLE, "a time series for a trained model")
        kept = {key: value for key, value in merged.items() if key in ("task", "order", "test", "held_out")}
        kept |= {"window": preprocessing.window, "horizon": preprocessing.horizon, "group": given.get("group", "")}
        dataset = frame_series.frame_series(frame, DataOptions.of(kept, TABLE), TABLE, known)
        return dataset.replace(understood=())
    options = DataOptions.of({key: value for key, value in merged.items() if key not in ("target", "ignore")}, TABLE)
    wanted = known if beside is None else known.without_targets()
    ignored = chosen(given["ignore"], frame.names, TABLE, "ignore") if given.get("ignore") else []
    found = match(wanted, frame.names, frame.named, TABLE, target=str(given.get("target", "")), ignored=ignored)
    task = options if found.targets or beside is not None else options.replace(task="auto")
    dataset = _with_inputs(frame, found.inputs, list(known.text), beside, task)
    columns = tuple(Column(name, column.categories) for name, column in zip(known.inputs, dataset.columns, strict=True))
    dataset = dataset.replace(columns=columns, named=known.named, table=known.table, notes=found.notes)
    if not found.targets:
        return dataset
    with_targets = _with_targets(dataset, frame, found.targets, options)
    return with_targets.replace(notes=found.notes)
