"""Open data for a trained model: read as in training, with the columns that it was trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.dataset import Dataset, InMemory
from zoo.data.dispatch import AnyPreprocessing
from zoo.data.open import open_dataset, open_path, open_registered, refuse_unheeded, registered
from zoo.data.options import DataOptions
from zoo.data.prediction_sequences import raw_sequences
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.provenance import Provenance, target_columns
from zoo.data.python_arrays import array_of
from zoo.data.readers.column_matching import TrainedColumns
from zoo.data.readers.csv.column_choice import some
from zoo.data.readers.csv.sequences import rows_of_sequences
from zoo.data.readers.csv.series import windows_like
from zoo.data.readers.csv.table import samples_like
from zoo.data.trained_options import FORMATS, given_options, options_as_trained
from zoo.data.typed_columns import TypedColumn, TypedTable, is_table, series_given
from zoo.errors import DataError, OptionError, UsageError, warn
from zoo.platform.paths import expanded, is_path

ROWS = "rows to predict"
OF_SERIES = ("order", "group")  # options of a time series in a table, be it a file or not
OF_CELLS = ("missing_values", "decimal", "thousands", "dates")  # how cells of text are read


def open_as_trained(
    name: str | Path, given: Mapping[str, Any], preprocessing: AnyPreprocessing, provenance: Provenance | None = None
) -> Dataset:
    """The dataset of a name or in a file, with targets, for a model with this preprocessing.

    It is read with the options of training, where nothing else is `given`, and the columns are those of training.
    """
    options = options_as_trained(name, given, preprocessing, provenance)
    if registered(name) is not None:
        return open_dataset(name, **options)
    known = trained_columns(preprocessing, provenance)
    dataset = open_path(expanded(name), DataOptions.of(options, str(name)), preprocessing, known)
    refuse_unheeded(dataset, DataOptions.of(given, str(name)), str(name))
    warn_of_remarks(dataset)
    return dataset


def trained_columns(preprocessing: AnyPreprocessing, provenance: Provenance | None) -> TrainedColumns:
    """The columns that a model was trained on, with those of its targets."""
    targets = target_columns(preprocessing, provenance)
    if isinstance(preprocessing, SequencePreprocessing):
        step, sequence = preprocessing.step, preprocessing.sequence
        return TrainedColumns.of(step, targets, sequence, group=preprocessing.group, clock=preprocessing.clock)
    return TrainedColumns.of(preprocessing, targets, optional=preprocessing.task == "unsupervised")


def warn_of_remarks(dataset: Dataset) -> None:
    """Warn of what is odd about data, in a line each."""
    for note in dataset.notes:
        warn(f"{dataset.where}: {note}")


def warn_of_training_data(dataset: Dataset) -> None:
    """Warn of what could be wrong about data to train on: what is odd, a column learned and columns left out that
    nobody named."""
    given = dataset.kind == "table" and not dataset.path and not dataset.registered  # of files lines say it
    target = dataset.target_columns[0] if given and dataset.target_columns else ""
    if target in dataset.table and not dataset.options.get("target"):
        warn(f"{dataset.where}: the target is {target!r}, the last column that can be one; --target names another")
    if dataset.left_out:
        what = some(dataset.left_out)
        takes = "" if dataset.kind == "sequences" else "; --use takes such a column in"
        warn(f"{dataset.where}: leaves out {what}{takes}")
    warn_of_remarks(dataset)


def open_again(
    stored: Mapping[str, Any],
    preprocessing: AnyPreprocessing | None = None,
    moved: str = "say where the data lie now with --data",
) -> Dataset:
    """The dataset that a checkpoint's manifest names, by the ordinary readers; `DataError` when it is not the same.

    `preprocessing` is the model's, whose columns are looked for where those of an earlier training were. `moved` is
    what to do where the file is gone.
    """
    try:
        name, options, shape, digest = (stored[key] for key in ("name", "options", "shape", "digest"))
        if not isinstance(name, str) or not isinstance(options, Mapping):
            raise TypeError
    except (KeyError, TypeError) as error:
        raise DataError(
            f"the checkpoint says of its data {ascii(stored)[:200]}, expected name, options, shape and digest"
        ) from error
    options = {str(key): value for key, value in options.items()}
    if is_path(name) and not expanded(name).exists():
        raise DataError(f"{name}: the data of the checkpoint are not there any more: {moved}")
    if stored.get("matched") is True and preprocessing is not None:
        provenance = Provenance.from_manifest({"dataset": stored})
        known = trained_columns(preprocessing, provenance)
        dataset = _again(lambda: open_path(Path(name), DataOptions.of(options, name), preprocessing, known))
    else:
        dataset = _again(lambda: open_dataset(name, **options))
    check_same(dataset, shape, digest, "name other data with --data")
    return dataset


def _again(open: Callable[[], Dataset]) -> Dataset:
    try:
        return open()
    except UsageError as error:
        raise DataError(
            f"the data that the checkpoint names cannot be opened: {error}; name other data with --data"
        ) from error


def check_same(dataset: Dataset, shape: Any, digest: Any, todo: str) -> None:
    """`DataError` where a dataset is not the one that had this shape and digest when a checkpoint was made."""
    if list(dataset.inputs.shape) != list(shape):
        raise DataError(
            f"{dataset.where}: has shape {dataset.inputs.shape}, but {shape!a} when the checkpoint was made; {todo}"
        )
    if not isinstance(digest, str) or not dataset.has_digest(digest):
        raise DataError(
            f"{dataset.where}: its contents are not those the checkpoint was made with (another digest); {todo}"
        )


def raw_rows(
    raw: Any, preprocessing: AnyPreprocessing, provenance: Provenance | None = None, **options: Any
) -> Dataset:
    """Rows to be predicted, without targets: a path, a dataset's name, a dataset, a DataFrame or an array of rows.

    A table may hold the target column or not; where it and the training data have names of columns, these decide.
    Data are read as in training, as far as the options do not say otherwise; `OptionError` for one without effect.
    """
    if isinstance(raw, Dataset):
        if options:
            raise OptionError(f"{ROWS}: {min(options)} has no effect on a dataset that is already opened; leave it out")
        dataset = raw.replace(task="unsupervised", targets=None, labels=())
        preprocessing.check_fits(dataset)
        return dataset
    if isinstance(raw, (str, Path)):
        options = options_as_trained(raw, options, preprocessing, provenance, FORMATS)
        if isinstance(preprocessing, SequencePreprocessing):
            dataset = raw_sequences(raw, preprocessing, options)
        else:
            dataset = _rows_from(raw, preprocessing, options)
    else:
        dataset = _rows_given(raw, preprocessing, provenance, options).replace(name=ROWS)
    preprocessing.check_fits(dataset)
    warn_of_remarks(dataset)
    return dataset


def _rows_given(
    raw: Any, preprocessing: AnyPreprocessing, provenance: Provenance | None, given: Mapping[str, Any]
) -> Dataset:
    """Rows handed over in Python."""
    sequences = isinstance(preprocessing, SequencePreprocessing)
    series = sequences and preprocessing.task == "forecast"
    one = series and (is_table(raw) or series_given(raw, preprocessing, ROWS) is not None)  # type: ignore[arg-type]
    takes = {*OF_SERIES} if one else set() if sequences else {"missing"}
    if is_table(raw):
        takes |= {*OF_CELLS, *(("sequence",) if sequences and not series else ())}
    if (other := next((name for name in given if name not in takes), None)) is not None:
        raise OptionError(f"{ROWS}: --{other.replace('_', '-')} has no effect on these rows; leave it out")
    options = DataOptions.of(given_options(given, preprocessing, provenance, ROWS, takes), ROWS)
    table = TypedTable.of(raw, ROWS, options) if preprocessing.kind in ("table", "sequences") else None
    if isinstance(preprocessing, SequencePreprocessing):
        if table is None and series:
            table = series_given(raw, preprocessing, ROWS, options)
        if table is None:
            return raw_sequences(raw, preprocessing, {})
        find = windows_like if series else rows_of_sequences
        return find(table, options, preprocessing)
    if table is None:
        return _rows_of(raw, preprocessing, options)
    return samples_like(table, options, preprocessing)


def _rows_from(name: str | Path, preprocessing: Preprocessing, options: Mapping[str, Any]) -> Dataset:
    source = registered(name)
    if source is not None:
        dataset = open_registered(source, options)
    else:
        dataset = open_path(expanded(name), DataOptions.of(options, str(name)), preprocessing)
    return dataset.replace(task="unsupervised", targets=None, labels=())


def _rows_of(raw: Any, preprocessing: Preprocessing, options: DataOptions) -> Dataset:
    """Rows in an array, or in a list of rows whose text cells are text."""
    shape = preprocessing.shape
    array = array_of(raw, ROWS, exact=preprocessing.has_text)
    if array.ndim != len(shape) + 1 or array.shape[1:] != shape:
        raise DataError(f"{ROWS}: got an array of shape {array.shape}, expected (rows, {', '.join(map(str, shape))})")
    if preprocessing.has_text or (array.dtype.kind not in "buif" and preprocessing.kind == "table"):
        columns = [TypedColumn(each.name, array[:, n]) for n, each in enumerate(preprocessing.columns)]
        table = TypedTable.made(columns, ROWS, preprocessing.named, options)
        return samples_like(table, options, preprocessing)
    if array.dtype.kind not in "buif":
        raise DataError(f"{ROWS}: got the type {array.dtype}, expected numbers")
    return Dataset(
        name=ROWS,
        task="unsupervised",
        inputs=InMemory(array.view(np.uint8) if array.dtype.kind == "b" else array),
        kind=preprocessing.kind,
        columns=preprocessing.columns,
        missing=options.missing,
    )
