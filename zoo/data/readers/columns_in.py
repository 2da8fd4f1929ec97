"""The named columns of a file, and how their cells are read: as text, or in the types that their source has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from zoo.data.named_columns import NamedColumns
from zoo.data.options import DataOptions
from zoo.data.readers.csv import parse
from zoo.data.readers.csv.parse import Table
from zoo.data.readers.csv.sniff import Layout, look_at, refuse_of_text
from zoo.data.readers.formats import format_in
from zoo.data.readers.formats.columnar import arrow_table
from zoo.data.typed_columns import TypedTable
from zoo.errors import DataError


def columns_in(path: Path, options: DataOptions, trained: Sequence[str] | None = None) -> NamedColumns:
    """The columns of a table in a file, for a model that was trained on inputs with these names."""
    found = format_in(path)
    if found is None or found.read is not None:
        return look_at(path, options, trained)
    refuse_of_text(str(path), found.name, options, named=True)
    table = TypedTable.of(arrow_table(found.name, path), str(path), options, path)
    if table is None or not len(table):
        raise DataError(f"{path}: holds the names of columns but no rows of data")
    return table


def read(
    columns: NamedColumns,
    places: list[int],
    text: list[bool],
    options: DataOptions,
    fillable: list[int],
    todo: str = "",
    written: Sequence[int] = (),
) -> Table:
    """The columns at these places, as `parse.read` has them of a text file."""
    if isinstance(columns, TypedTable):
        return columns.read(places, text, options, fillable, todo, written)
    assert isinstance(columns, Layout)
    return parse.read(columns, places, text, options, fillable, todo, written)


def rows_as_text(columns: NamedColumns) -> Iterator[Sequence[str]]:
    """The cells of every row, as they stand in a text file."""
    if isinstance(columns, TypedTable):
        return zip(*(column.cells for column in columns.columns), strict=True)
    assert isinstance(columns, Layout)
    return parse.rows_as_text(columns)
