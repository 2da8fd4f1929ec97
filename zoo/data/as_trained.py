"""Open data for a trained model: read as in training, with the columns that it was trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.dataset import Column, Dataset, InMemory
from zoo.data.dispatch import AnyPreprocessing
from zoo.data.frame_series import frame_windows, series_in
from zoo.data.labels import label_numbers
from zoo.data.open import open_dataset, open_path, open_registered, refuse_unheeded, registered
from zoo.data.options import DataOptions
from zoo.data.prediction_sequences import raw_sequences
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.provenance import Provenance, target_columns
from zoo.data.python_arrays import array_of, is_missing
from zoo.data.python_tables import Frame
from zoo.data.readers.column_matching import TrainedColumns, match
from zoo.data.readers.csv.column_choice import some
from zoo.data.trained_options import FORMATS, options_as_trained
from zoo.errors import DataError, OptionError, UsageError, warn
from zoo.platform.paths import expanded
from zoo.types import Array

ROWS = "rows to predict"
OF_SERIES = ("order", "group")  # options of a time series in a table, be it a file or not


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
        return TrainedColumns.of(preprocessing.step, targets, preprocessing.sequence, group=preprocessing.group)
    return TrainedColumns.of(preprocessing, targets, optional=preprocessing.task == "unsupervised")


def warn_of_remarks(dataset: Dataset) -> None:
    """Warn of what is odd about data, in a line each."""
    for note in dataset.notes:
        warn(f"{dataset.where}: {note}")


def warn_of_training_data(dataset: Dataset) -> None:
    """Warn of what could be wrong about data to train on: what is odd, and columns left out that nobody named."""
    if dataset.left_out:
        what = some(dataset.left_out)
        takes = "" if dataset.kind == "sequences" else "; --use takes such a column in"
        warn(f"{dataset.where}: leaves out {what}{takes}")
    warn_of_remarks(dataset)


def open_again(stored: Mapping[str, Any], preprocessing: AnyPreprocessing | None = None) -> Dataset:
    """The dataset that a checkpoint's manifest names, by the ordinary readers; `DataError` when it is not the same.

    `preprocessing` is the model's, whose columns are looked for where those of an earlier training were.
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
    Files are read as in training, as far as the options do not say otherwise; `OptionError` for one without effect.
    """
    where = str(raw) if isinstance(raw, (str, Path)) else ROWS
    series = isinstance(preprocessing, SequencePreprocessing) and preprocessing.task == "forecast"
    if isinstance(raw, (str, Path)):
        options = options_as_trained(raw, options, preprocessing, provenance, FORMATS)
    frame = None if isinstance(raw, (str, Path, Dataset)) else Frame.of(raw, ROWS)
    if isinstance(preprocessing, SequencePreprocessing) and series and frame is None:
        frame = None if isinstance(raw, (str, Path, Dataset)) else series_in(raw, preprocessing, ROWS)
    if not isinstance(raw, (str, Path)):
        takes = OF_SERIES if series and frame is not None else ()
        other = next((name for name in options if name not in takes), None)
        if other is not None:
            raise OptionError(f"{where}: {other} has no effect on rows that are no file; leave it out")
    if isinstance(preprocessing, SequencePreprocessing) and series and frame is not None:
        trained = provenance.options if provenance is not None else {}
        kept = {name: trained[name] for name in ("order",) if name in trained}
        dataset = frame_windows(frame, preprocessing, DataOptions.of({**kept, **options}, where), ROWS)
    elif isinstance(preprocessing, SequencePreprocessing):
        dataset = raw_sequences(raw, preprocessing, options)
    elif isinstance(raw, Dataset):
        dataset = raw.replace(task="unsupervised", targets=None, labels=())
    elif isinstance(raw, (str, Path)):
        dataset = _rows_from(raw, preprocessing, options)
    else:
        dataset = _rows_of(raw, preprocessing)
    preprocessing.check_fits(dataset)
    if dataset is not raw and not isinstance(raw, Dataset):
        warn_of_remarks(dataset)
    return dataset


def _rows_from(name: str | Path, preprocessing: Preprocessing, options: Mapping[str, Any]) -> Dataset:
    source = registered(name)
    if source is not None:
        dataset = open_registered(source, options)
    else:
        dataset = open_path(expanded(name), DataOptions.of(options, str(name)), preprocessing)
    return dataset.replace(task="unsupervised", targets=None, labels=())


def rows_in_frame(frame: Frame, step: Preprocessing) -> tuple[Array, tuple[str, ...]]:
    """The cells of a table (rows, columns) in the order of training, and the notes on its columns."""
    known = TrainedColumns.of(step)
    found = match(known, frame.names, frame.named, ROWS)
    columns, cells = frame.table(found.inputs, known.text, ROWS)
    for place, (mine, theirs) in enumerate(zip(step.columns, columns, strict=True)):
        if mine.categories is None or theirs.categories is None:
            continue
        numbers = list(map(label_numbers(mine.categories), theirs.categories))
        for row, cell in enumerate(cells[:, place]):
            if np.isnan(cell):
                continue
            if numbers[int(cell)] < 0:
                raise DataError(_unseen(mine, row, theirs.categories[int(cell)]))
            cells[row, place] = numbers[int(cell)]
    return cells, found.notes


def _unseen(column: Column, row: int, cell: Any) -> str:
    known = column.categories
    expected = "a number" if known is None else "one of " + ", ".join(map(repr, list(known)[:8]))
    return f"{ROWS}: column {column.name!r}, row {row + 1} is {ascii(cell)[:80]}, expected {expected}"


def _rows_of(raw: Any, preprocessing: Preprocessing) -> Dataset:
    """Rows in an array, or in a list of rows whose text cells are text."""
    shape = preprocessing.shape
    frame = Frame.of(raw, ROWS) if preprocessing.kind == "table" else None
    if frame is not None:
        return _table(*rows_in_frame(frame, preprocessing), preprocessing)
    array = array_of(raw, ROWS, exact=preprocessing.has_text)
    if array.ndim != len(shape) + 1 or array.shape[1:] != shape:
        raise DataError(f"{ROWS}: got an array of shape {array.shape}, expected (rows, {', '.join(map(str, shape))})")
    if preprocessing.has_text:
        array = _numbered(array, preprocessing)
    if array.dtype.kind not in "buif":
        raise DataError(f"{ROWS}: got the type {array.dtype}, expected numbers")
    return _table(array.view(np.uint8) if array.dtype.kind == "b" else array, (), preprocessing)


def _table(rows: Array, notes: tuple[str, ...], preprocessing: Preprocessing) -> Dataset:
    return Dataset(
        name=ROWS,
        task="unsupervised",
        inputs=InMemory(rows),
        kind=preprocessing.kind,
        columns=preprocessing.columns,
        missing=preprocessing.missing,
        notes=notes,
    )


def _numbered(rows: Array, preprocessing: Preprocessing) -> Array:
    """Cells as numbers, those of text columns as the numbers of their categories."""
    numbers = np.empty(rows.shape, np.float64)
    for place, column in enumerate(preprocessing.columns):
        number = float if column.categories is None else label_numbers(column.categories)
        for row, cell in enumerate(rows[:, place]):
            if is_missing(cell):
                numbers[row, place] = np.nan
                continue
            try:
                numbers[row, place] = number(cell)
            except (TypeError, ValueError, OverflowError):
                raise DataError(_unseen(column, row, cell)) from None
            if column.is_text and numbers[row, place] < 0:
                raise DataError(_unseen(column, row, cell))
    return numbers
