"""Open a dataset from a name or a path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.data.checks.missing import missing_cells
from zoo.data.dataset import Dataset, DatasetSource
from zoo.data.options import COMMON, DataOptions
from zoo.data.readers import reader_for, text
from zoo.data.readers.column_matching import TrainedColumns
from zoo.data.readers.csv import dispatch, sequences
from zoo.data.readers.reader import Reader
from zoo.errors import DataError, OptionError, UsageError
from zoo.options import options_of
from zoo.platform.paths import expanded
from zoo.platform.trust import trusting

if TYPE_CHECKING:
    from zoo.data.dispatch import AnyPreprocessing


def open_dataset(name: str | Path, /, *, trusted: bool = False, **options: Any) -> Dataset:
    """The dataset registered under a name, or the one in a file or folder.

    What can only be a path (with a separator or a suffix) is one; any other text is looked up as a name first. Options
    are those of `DataOptions`, or of the dataset's own kind; one that the data do not take is refused rather than lost.
    A file opens itself alone and is bounded in what it takes, unless it is `trusted`.
    """
    if not isinstance(name, (str, Path)):
        raise UsageError(
            f"open_dataset: name is {ascii(name)[:80]}, expected the name of a dataset or the path of a file or folder;"
            " data in Python are given to zoo.train as they are"
        )
    source = registered(name)
    with trusting(trusted):
        if source is not None:
            return open_registered(source, options)
        return open_path(expanded(name), DataOptions.of(options, str(name)), None)


def registered(name: str | Path) -> DatasetSource | None:
    """The dataset of that name; None where the text is a path. A name goes before a file that is called the same."""
    from zoo.platform.paths import is_path
    from zoo.registry import lookup

    if isinstance(name, Path) or is_path(name):
        return None
    try:
        return lookup.find_dataset(name)
    except UsageError:
        if Path(name).exists():
            return None
        raise


def open_registered(source: DatasetSource, options: Mapping[str, Any]) -> Dataset:
    values = source.options.of(options, source.name)
    own = set(options_of(source.options)) - set(options_of(DataOptions))
    refuse_others(values, {*own, *source.takes, *COMMON}, source.name, "this dataset")
    dataset = source.open(values)
    refuse_unheeded(dataset, values, source.name)
    return dataset.replace(name=source.name, path="", registered=True, options=values.changed(), notes=())


def open_path(
    path: Path, options: DataOptions, like: AnyPreprocessing | None, known: TrainedColumns | None = None
) -> Dataset:
    """The data in a file or folder; rows to predict for a preprocessing `like` alone, with `known` also targets."""
    reader = reader_of(path, options)
    refuse_others(options, {*reader.takes, *COMMON}, str(path), f"{reader.kind}")
    try:
        if known is not None and like is not None and reader in (dispatch.READER, sequences.READER):
            return dispatch.open_trained(path, options, like, known)
        dataset = reader.open(path, options, None if known is not None else like)  # type: ignore[arg-type]
    except MemoryError as error:
        raise DataError(
            f"{path}: does not fit into memory; larger data can be read in blocks from HDF5 or NPY"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    return dataset if like is not None else checked(dataset, options, str(path))


def checked(dataset: Dataset, options: DataOptions, where: str) -> Dataset:
    """A dataset after `refuse_unheeded`, with a note where nothing is missing that an option would fill."""
    refuse_unheeded(dataset, options, where)
    if options.missing == "error" or dataset.block is not None:
        return dataset
    note = missing_cells(dataset) or f"no value is missing: --missing {options.missing} is for those of rows to come"
    return dataset.replace(notes=(*dataset.notes, note))


def refuse_unheeded(dataset: Dataset, options: DataOptions, where: str) -> None:
    """`OptionError` where a task or rows to hold out were asked for, and the data themselves decide otherwise."""
    changed = options.changed()
    if dataset.task != changed.get("task", dataset.task):
        raise OptionError(
            f"{where}: --task {options.task} has no effect: these data are for {dataset.task}; leave it out"
        )
    if "test" in changed and dataset.has_test_part:
        what = (
            "are trained on and measured on as a whole" if dataset.splits == "all" else "have a test part of their own"
        )
        raise OptionError(f"{where}: --test has no effect: these data {what}; leave it out")
    if dataset.splits != changed.get("held_out", dataset.splits):
        how = {"all": "none of these rows is held out", "last": "later rows are held out where rows follow in time"}
        because = how.get(dataset.splits, "these data are split at random")
        raise OptionError(f"{where}: --held-out {options.held_out} has no effect: {because}; leave it out")


def reader_of(path: Path, options: DataOptions) -> Reader:
    """The reader of a file or folder; of tables and texts those that --task language and --delimiter ask for."""
    reader = reader_for(path)
    if reader not in (text.READER, dispatch.READER) or options.sequence:
        return reader
    if options.task == "language":
        return text.READER
    return dispatch.READER if options.delimiter != DataOptions().delimiter else reader


def refuse_others(options: DataOptions, takes: set[str], where: str, kind: str) -> None:
    """`OptionError` when an option is set that the data would not heed."""
    for name in options.changed():
        if name not in takes:
            flag = "--" + name.replace("_", "-")
            others = ", ".join("--" + each.replace("_", "-") for each in sorted(takes))
            raise OptionError(f"{where}: {flag} does nothing for {kind}, which takes {others}")
