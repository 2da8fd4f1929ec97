"""Decide whether a CSV file is a table of samples, a time series or a table of sequences."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.dataset import Dataset
from zoo.data.options import DataOptions
from zoo.data.readers.csv import table
from zoo.data.readers.csv.sequences import open_folder, open_sequence_table
from zoo.data.readers.csv.series import open_series, wants_series
from zoo.data.readers.reader import READERS, TEXT, Reader
from zoo.errors import OptionError

if TYPE_CHECKING:
    from zoo.data.dispatch import AnyPreprocessing
    from zoo.data.preprocessing.tabular import Preprocessing
    from zoo.data.readers.column_matching import TrainedColumns


def open_table(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """With --sequence sequences, with --window, --horizon or --task forecast a series, else a table of samples."""
    if not wants_series(options) and (options.order != "auto" or options.group):
        which = "order" if options.order != "auto" else "group"
        value = getattr(options, which)
        raise OptionError(
            f"{path}: --{which} {value} has no effect: it is for a time series, which --window or --horizon asks for;"
            " name one of them, or leave it out"
        )
    if like is None and options.sequence:
        if wants_series(options):
            raise OptionError(
                f"{path}: --sequence names sequences, --window and --horizon a series; name one of them; of several"
                f" series in one table: --group {shlex.quote(options.sequence)} in place of --sequence"
            )
        if options.missing != "error":
            raise OptionError(
                f"{path}: --missing {options.missing} is not for sequences, whose time steps must be whole; leave it"
                " out, and fill or remove the steps with missing cells yourself"
            )
        if options.use:
            raise OptionError(f"{path}: --use has no effect on sequences, whose columns are all in use; leave it out")
        return open_sequence_table(path, options)
    if like is None and wants_series(options):
        if options.missing != "error":
            raise OptionError(
                f"{path}: --missing {options.missing} is not for a series, which must be whole; leave it out, and fill"
                " the gaps yourself"
            )
        if options.categorical:
            raise OptionError(f"{path}: --categorical is not for a series, whose columns are all numbers; leave it out")
        return open_series(path, options)
    return table.open_csv(path, options, like)


def open_trained(path: Path, options: DataOptions, like: AnyPreprocessing, known: TrainedColumns) -> Dataset:
    """A table with the columns and targets of a model's training; of the options `target` names other targets."""
    if path.is_dir():
        return open_folder(path, options, None, known).replace(matched=True)
    if like.kind != "sequences":
        return table.open_csv(path, options, like, known).replace(matched=True)  # type: ignore[arg-type]
    if like.task == "forecast":
        return open_series(path, options, known).replace(matched=True)
    return open_sequence_table(path, options, known).replace(matched=True)


READER = READERS.add(
    Reader(
        table.READER.kind,
        table.READER.says,
        (*table.READER.takes, "window", "horizon", "order", "group", "sequence"),
        table.READER.recognizes,
        open_table,
        order=TEXT + 10,
    )
)
