"""Read columns of a table, be its cells text or of a type."""

from __future__ import annotations

from collections.abc import Sequence

from zoo.data.named_columns import NamedColumns
from zoo.data.options import DataOptions
from zoo.data.readers.csv import parse
from zoo.data.readers.csv.sniff import Layout
from zoo.data.typed_columns import TypedTable


def read(
    columns: NamedColumns,
    places: list[int],
    text: list[bool],
    options: DataOptions,
    fillable: list[int],
    todo: str = "",
    written: Sequence[int] = (),
) -> parse.Table:
    """The columns at these places, as `parse.read` has them of a text file."""
    if isinstance(columns, TypedTable):
        return columns.read(places, text, options, fillable, todo, written)
    assert isinstance(columns, Layout)
    return parse.read(columns, places, text, options, fillable, todo, written)
