"""Cells of a data file as written, by column, to be copied beside predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zoo.data.options import DataOptions
from zoo.data.readers import reader_for
from zoo.data.readers.columns import chosen
from zoo.data.readers.columns_in import columns_in, rows_as_text
from zoo.data.readers.csv import dispatch
from zoo.errors import DataError, UsageError


def kept_columns(
    path: Path, columns: list[str], options: DataOptions, trained: Sequence[str] = ()
) -> dict[str, list[str]]:
    """The cells of each of these columns (names, or numbers from 1), a text for each row, by the column's name.

    `trained` are the names of the columns that the model was trained on.
    """
    if reader_for(path) is not dispatch.READER:
        raise UsageError(
            f"predict: --keep carries columns of a table in a CSV file along, and {str(path)!a} is none; leave it out"
        )
    layout = columns_in(path, options, trained)
    named = (place for column in columns for place in chosen(column, layout.names, layout.where, "keep"))
    places = list(dict.fromkeys(named))
    found: dict[str, list[str]] = {layout.names[place]: [] for place in places}
    try:
        for row in rows_as_text(layout):
            for place in places:
                found[layout.names[place]].append(row[place].strip())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    return found
