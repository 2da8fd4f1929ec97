"""Decide whether a table holds samples, a time series or sequences."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.dataset import Dataset
from zoo.data.named_columns import NamedColumns
from zoo.data.options import DataOptions
from zoo.data.readers.columns_in import columns_in
from zoo.data.readers.csv import table
from zoo.data.readers.csv.sequences import open_folder, sequences_in
from zoo.data.readers.csv.series import series_in, wants_series
from zoo.data.readers.reader import READERS, TEXT, Reader
from zoo.data.targets import Targets
from zoo.errors import OptionError

if TYPE_CHECKING:
    from zoo.data.dispatch import AnyPreprocessing
    from zoo.data.preprocessing.tabular import Preprocessing
    from zoo.data.readers.column_matching import TrainedColumns

ANY_TABLE = (*table.TAKES, "window", "horizon", "order", "group", "sequence")  # options of tables of every source
OF_TEXT = ("header", "delimiter", "encoding")


def open_table(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """A table of text: samples, a time series or sequences; rows to predict are samples."""
    check_options(options, str(path), with_sequences=like is None)
    if like is None and (options.sequence or wants_series(options)):
        return open_columns(columns_in(path, options), options)
    return table.open_csv(path, options, like)


def open_columns(columns: NamedColumns, options: DataOptions, beside: Targets | None = None) -> Dataset:
    """With --sequence sequences, with --window, --horizon or --task forecast a series, else samples.

    Targets that stand `beside` the table are those of samples.
    """
    if options.sequence:
        return sequences_in(columns, options)
    if wants_series(options):
        return series_in(columns, options)
    return table.samples(columns, options, beside)


def check_options(options: DataOptions, where: str, *, with_sequences: bool = True) -> None:
    """`OptionError` for options of a table that are not for what the others ask for."""
    if not wants_series(options) and (options.order != "auto" or options.group):
        which = "order" if options.order != "auto" else "group"
        raise OptionError(
            f"{where}: --{which} has no effect: it is for a time series, which --window or --horizon asks for; name one"
            " of them, or leave it out"
        )
    if with_sequences and options.missing_targets != "error" and (options.sequence or wants_series(options)):
        raise OptionError(
            f"{where}: --missing-targets {options.missing_targets} is for rows that are samples by themselves, not for"
            " a series or sequences; leave it out"
        )
    if options.sequence and with_sequences:
        if wants_series(options):
            raise OptionError(
                f"{where}: --sequence names sequences, --window and --horizon a series; name one of them; of several"
                f" series in one table: --group {shlex.quote(options.sequence)} in place of --sequence"
            )
        if options.missing != "error":
            raise OptionError(
                f"{where}: --missing {options.missing} is not for sequences, whose time steps must be whole; leave it"
                " out, and fill or remove the steps with missing cells yourself"
            )
        if options.use:
            raise OptionError(f"{where}: --use has no effect on sequences, whose columns are all in use; leave it out")
    elif wants_series(options) and with_sequences:
        if options.missing != "error":
            raise OptionError(
                f"{where}: --missing {options.missing} is not for a series, which must be whole; leave it out, and fill"
                " the gaps yourself"
            )
        if options.categorical:
            raise OptionError(
                f"{where}: --categorical is not for a series, whose columns are all numbers; leave it out"
            )


def open_trained(path: Path, options: DataOptions, like: AnyPreprocessing, known: TrainedColumns) -> Dataset:
    """A file with the columns and targets of a model's training; of the options `target` names other targets."""
    if path.is_dir():
        return open_folder(path, options, None, known).replace(matched=True)
    return columns_as_trained(columns_in(path, options, known.header), options, like, known)


def columns_as_trained(
    columns: NamedColumns,
    options: DataOptions,
    like: AnyPreprocessing,
    known: TrainedColumns,
    beside: Targets | None = None,
) -> Dataset:
    """A table with the columns and targets of a model's training."""
    if like.kind != "sequences":
        dataset = table.samples_like(columns, options, like, known, beside)  # type: ignore[arg-type]
    elif like.task == "forecast":
        dataset = series_in(columns, options, known)
    else:
        dataset = sequences_in(columns, options, known)
    return dataset.replace(matched=True)


READER = READERS.add(
    Reader(
        table.READER.kind,
        table.READER.says,
        (*ANY_TABLE, *OF_TEXT),
        table.READER.recognizes,
        open_table,
        order=TEXT + 10,
    )
)
