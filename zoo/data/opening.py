"""From a name or a path to a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import Array, Dataset, DatasetSource, InMemory
from zoo.data.options import COMMON, DataOptions
from zoo.data.raw_sequences import raw_sequences
from zoo.data.readers import reader_for, text_file
from zoo.data.sequence_preprocessing import SequencePreprocessing
from zoo.errors import DataError, OptionError, UsageError
from zoo.options import options_of
from zoo.paths import expanded
from zoo.trust import trusting

if TYPE_CHECKING:
    from zoo.data.kinds import AnyPreprocessing
    from zoo.data.preprocessing import Preprocessing


def open_dataset(name: str | Path, /, *, trusted: bool = False, **options: Any) -> Dataset:
    """The dataset registered under a name, or the one in a file or folder.

    What can only be a path (with a separator or a suffix) is one; any other text is looked up as a name first. Options
    are those of `DataOptions`, or of the dataset's own kind; one that the data do not take is refused rather than lost.
    A file opens itself alone and is bounded in what it takes, unless it is `trusted`.
    """
    source = registered(name)
    with trusting(trusted):
        if source is not None:
            return _open_registered(source, options)
        return _open_path(expanded(name), DataOptions.of(options, str(name)), None)


def registered(name: str | Path) -> DatasetSource | None:
    """The dataset of that name; None where the text is a path. A name goes before a file that is called the same."""
    from zoo import registry
    from zoo.recipes import is_path

    if isinstance(name, Path) or is_path(name):
        return None
    try:
        return registry.find_dataset(name)
    except UsageError:
        if Path(name).exists():
            return None
        raise


def _open_registered(source: DatasetSource, options: Mapping[str, Any]) -> Dataset:
    values = source.options.of(options, source.name)
    own = set(options_of(source.options)) - set(options_of(DataOptions))
    refuse_others(values, {*own, *source.takes, *COMMON}, source.name, "this dataset")
    dataset = source.open(values)
    return dataset.replace(name=source.name, path="", options=values.changed(), remarks=())


def _open_path(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    reader = reader_for(path)
    if options.task == "language" and path.is_file() and not options.sequence:
        reader = text_file.READER  # whatever the file is called
    refuse_others(options, {*reader.takes, *COMMON}, str(path), f"{reader.kind}")
    try:
        return reader.open(path, options, like)
    except MemoryError as error:
        raise DataError(f"{path}: does not fit into memory; larger data stream from HDF5 or NPY") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def refuse_others(options: DataOptions, takes: set[str], where: str, kind: str) -> None:
    """`OptionError` when an option is set that the data would not heed."""
    for name in options.changed():
        if name not in takes:
            flag = "--" + name.replace("_", "-")
            others = ", ".join("--" + each.replace("_", "-") for each in sorted(takes))
            raise OptionError(f"{where}: {flag} does nothing for {kind}, which takes {others}")


def open_again(stored: Mapping[str, Any]) -> Dataset:
    """The dataset that a checkpoint's manifest names, by the ordinary readers; `DataError` when it is not the same."""
    try:
        name, options, shape, digest = (stored[key] for key in ("name", "options", "shape", "digest"))
        if not isinstance(name, str) or not isinstance(options, Mapping):
            raise TypeError
    except (KeyError, TypeError) as error:
        raise DataError(
            f"the checkpoint says of its data {ascii(stored)[:200]}, expected name, options, shape and digest"
        ) from error
    try:
        dataset = open_dataset(name, **{str(key): value for key, value in options.items()})
    except UsageError as error:
        raise DataError(
            f"the data that the checkpoint names cannot be opened: {error}; name other data with --data"
        ) from error
    if list(dataset.inputs.shape) != shape:
        raise DataError(
            f"{dataset.where}: has shape {dataset.inputs.shape}, but {shape!a} when the checkpoint was made;"
            " name other data with --data"
        )
    if dataset.digest != digest:
        raise DataError(
            f"{dataset.where}: its contents are not those the checkpoint was made with (another digest);"
            " name other data with --data"
        )
    return dataset


def raw_rows(raw: Any, preprocessing: AnyPreprocessing, **options: Any) -> Dataset:
    """Rows to be predicted, without targets: a path, a dataset's name, a dataset or an array of rows.

    A CSV file may hold the target column or not; where it and the training data have headers, columns go by name.
    """
    if isinstance(preprocessing, SequencePreprocessing):
        sequences = raw_sequences(raw, preprocessing, options)
        preprocessing.check_fits(sequences)
        return sequences
    if isinstance(raw, Dataset):
        dataset = raw
    elif isinstance(raw, (str, Path)):
        dataset = _rows_from(raw, preprocessing, options)
    else:
        dataset = _rows_of(raw, preprocessing)
    dataset = dataset.replace(task="unsupervised", targets=None, labels=())
    preprocessing.check_fits(dataset)
    return dataset


def _rows_from(name: str | Path, preprocessing: Preprocessing, options: Mapping[str, Any]) -> Dataset:
    source = registered(name)
    if source is not None:
        return _open_registered(source, options)
    values = DataOptions.of({"missing": preprocessing.missing, **options}, str(name))
    path = expanded(name)
    if "missing" not in reader_for(path).takes:
        values = values.replace(missing="error")
    return _open_path(path, values, preprocessing)


def _rows_of(raw: Any, preprocessing: Preprocessing) -> Dataset:
    """Rows in an array, or in a list of rows whose text cells are text."""
    shape = preprocessing.shape
    array: Array = np.asarray(raw, dtype=object) if preprocessing.has_text else np.asarray(raw)
    if array.ndim != len(shape) + 1 or array.shape[1:] != shape:
        raise DataError(
            f"rows to predict: got an array of shape {array.shape}, expected (rows, {', '.join(map(str, shape))})"
        )
    if preprocessing.has_text:
        array = _numbered(array, preprocessing)
    if array.dtype.kind not in "buif":
        raise DataError(f"rows to predict: got the type {array.dtype}, expected numbers")
    return Dataset(
        name="rows to predict",
        task="unsupervised",
        inputs=InMemory(array.view(np.uint8) if array.dtype.kind == "b" else array),
        kind=preprocessing.kind,
        columns=preprocessing.columns,
        missing=preprocessing.missing,
    )


def _numbered(rows: Array, preprocessing: Preprocessing) -> Array:
    """Cells as numbers, those of text columns as the numbers of their categories."""
    numbers = np.empty(rows.shape, np.float64)
    for place, column in enumerate(preprocessing.columns):
        known = None if column.categories is None else {name: number for number, name in enumerate(column.categories)}
        for row, cell in enumerate(rows[:, place]):
            try:
                numbers[row, place] = float(cell) if known is None else known[str(cell)]
            except (KeyError, TypeError, ValueError):
                expected = "a number" if known is None else "one of " + ", ".join(map(repr, list(known)[:8]))
                raise DataError(
                    f"rows to predict: column {column.name!r}, row {row + 1} is {ascii(cell)[:80]}, expected {expected}"
                ) from None
    return numbers
