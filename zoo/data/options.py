"""The options of data: flags of `zoo train`, keys of a recipe's [data], and arguments of `open_dataset`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.options import Options, option

TASKS = (
    *("auto", "classification", "multi-label", "regression", "unsupervised"),
    *("labelling", "language", "forecast"),  # of sequences
)
DECIMALS = {"point": ".", "comma": ","}
GROUPS = {"": "", "comma": ",", "point": ".", "space": " ", "apostrophe": "'"}  # what may stand between thousands
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}
MISSING = ("error", "mean", "median", "most-frequent", "keep")
UNFILLED = ("error", "keep")  # of these, the ways that put nothing in


def signs(names: Mapping[str, str]) -> dict[Any, str]:
    """The sign that each name stands for, as another way to write it."""
    return {sign: name for name, sign in names.items() if sign}


@dataclass(frozen=True)
class DataOptions(Options):
    """How data are read. A dataset of its own kind adds options by a subclass."""

    name: ClassVar[str] = "data"

    target: str = option(
        "",
        "column to learn, by name or number from 1; several with commas between; empty: the last; none: no targets",
        listed=True,
    )
    task: str = option(
        "auto",
        "what is learned; auto: classification when the target is text or at most 20 different whole numbers",
        choices=TASKS,
    )
    ignore: str = option("", "columns left out, by name or number from 1, with commas between them", listed=True)
    categorical: str = option("", "columns whose numbers are names of categories, as for ignore", listed=True)
    missing: str = option(
        "error",
        "missing values: refuse them, impute a statistic of the training part, or keep them where the model can",
        choices=MISSING,
    )
    missing_targets: str = option(
        "error", "rows of a table whose target is missing: refuse them, or leave them out", choices=("error", "skip")
    )
    missing_values: str = option(
        "auto",
        "cells that stand for a missing value, with commas between them, such as NA,-; empty: none but empty cells;"
        " auto: the usual marks, in columns of text only those that cannot be a word",
    )
    use: str = option(
        "", "columns to learn from that would be left out, such as row numbers, as for ignore", listed=True
    )
    decimal: str = option(
        "auto", "what stands before the decimals of numbers", choices=("auto", *DECIMALS), aliases=signs(DECIMALS)
    )
    thousands: str = option(
        "auto",
        "what stands between the thousands of numbers",
        choices=("auto", "none", *filter(None, GROUPS)),
        aliases=signs(GROUPS) | {"\u2019": "apostrophe"},
    )
    dates: str = option("auto", "how dates are written: day-first, month-first, or a format such as %d.%m.%Y")
    header: str = option(
        "auto",
        "whether the first line of a CSV file holds the names of columns",
        choices=("auto", "yes", "no"),
        aliases={True: "yes", False: "no"},
    )
    delimiter: str = option(
        "auto",
        "what stands between the cells of a CSV file",
        choices=("auto", *DELIMITERS),
        aliases=signs(DELIMITERS) | {"\\t": "tab"},
    )
    encoding: str = option("utf-8", "how a CSV file's characters are encoded: utf-8, latin-1, cp1252, …")
    test: float = option(
        0.2, "share of the rows held out for testing, where data have no test part of their own", low=0.0, below=1.0
    )
    held_out: str = option(
        "auto",
        "which rows are held out: drawn at random, or the last (later in time)",
        choices=("auto", "random", "last"),
    )
    window: int = option(
        0,
        "time steps of one sample, of a series (0: 24 where --horizon is given) or of a text (0: 50)",
        low=0,
        high=1_000_000,
    )
    horizon: int = option(0, "time steps of a series to forecast; 0: 1 where --window is given", low=0, high=1_000_000)
    order: str = option(
        "auto",
        "the order of a series' rows: as in the file, or by the clock, its column of dates or times; auto: by the clock"
        " where rows run newest first or unsorted",
        choices=("auto", "clock", "file"),
    )
    group: str = option(
        "",
        "column that names the series of a row, where a table holds several: windows are cut within each; as for"
        " ignore; none: rows are one series",
        listed=True,
    )
    inputs: str = option(
        "", "array of an NPZ or HDF5 file that holds the inputs; empty: one under a usual name, such as x"
    )
    targets: str = option(
        "", "array of an NPZ or HDF5 file that holds the targets; empty: one under a usual name, such as y"
    )
    sequence: str = option("", "column that names the sequence a row belongs to, in a table of sequences")
    image_size: int = option(
        0, "height and width image files are brought to, in pixels; 0: those of the first", low=0, high=4096
    )
    image_colour: str = option(
        "auto", "whether image files are read as grey; auto: where all are grey", choices=("auto", "grey", "colour")
    )
    background: str = option(
        "white", "what shows through transparent pixels of image files", choices=("white", "black", "grey")
    )
    corrupt: str = option(
        "error", "image files that cannot be read: refuse them, or leave them out", choices=("error", "skip")
    )
    in_memory: int = option(
        256, "megabytes of a file that are read into memory; a larger one is read in blocks", low=0, high=1_000_000
    )


COMMON = ("test", "held_out")  # options that every dataset takes
