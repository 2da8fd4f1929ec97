"""Parquet and Feather, read in batches by pyarrow (extra `tables`)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from zoo.data.readers.formats.cells import cell_of
from zoo.data.readers.formats.table_format import Row, Rows, TableFormat
from zoo.errors import DataError
from zoo.platform.trust import refuse_bomb, refuse_many_rows

BATCH = 4096  # rows
INDEX = "__index_level_"  # how the columns begin in which pandas keeps an index without a name; they come first here


def _read(kind: str, path: Path, trained: Sequence[str]) -> Rows:
    with _opened(kind, path) as (file, schema):
        import pyarrow

        names, types = schema.names, schema.types
        for name, each in zip(names, types, strict=True):
            if pyarrow.types.is_nested(each) or pyarrow.types.is_binary(each) or pyarrow.types.is_large_binary(each):
                raise DataError(
                    f"{path}: column {name!r} holds {str(each)[:60]}, expected numbers, text, dates or truth values;"
                    " flatten it, or leave it out of the file"
                )
        order = sorted(range(len(names)), key=lambda place: not names[place].startswith(INDEX))
        texts = frozenset(n for n, place in enumerate(order) if _is_text(types[place]))
        if kind == "Parquet":
            meta = file.metadata
            refuse_many_rows(str(path), meta.num_rows, path.stat().st_size)
            unpacked = sum(meta.row_group(n).total_byte_size for n in range(meta.num_row_groups))
            refuse_bomb(str(path), max(unpacked, meta.num_rows * len(names)), path.stat().st_size)
    shown = tuple("" if names[place].startswith(INDEX) else names[place] for place in order)
    return Rows(shown, partial(_rows, kind, path, order), texts=texts)


def _is_text(type_: Any) -> bool:
    import pyarrow

    if pyarrow.types.is_dictionary(type_):
        return _is_text(type_.value_type)
    return bool(pyarrow.types.is_string(type_) or pyarrow.types.is_large_string(type_) or "string_view" in str(type_))


def _rows(kind: str, path: Path, order: Sequence[int]) -> Iterator[Row]:
    done = 0
    with _opened(kind, path) as (file, _):
        if kind == "Parquet":
            batches = file.iter_batches(batch_size=BATCH)
        else:
            batches = (file.get_batch(number) for number in range(file.num_record_batches))
        for batch in batches:
            for start in range(0, batch.num_rows, BATCH):
                part = batch.slice(start, BATCH)
                done += part.num_rows
                refuse_many_rows(str(path), done, path.stat().st_size)
                columns = [[cell_of(value) for value in part.column(place).to_pylist()] for place in order]
                yield from zip(*columns, strict=True)


@contextlib.contextmanager
def _opened(kind: str, path: Path) -> Iterator[tuple[Any, Any]]:
    """(pyarrow's reader of a file, its schema); `DataError` for what pyarrow says of the file."""
    try:
        import pyarrow
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(
            f"{path}: {kind} is read with pyarrow, which is not installed: pip install 'zoo-networks[tables]'; or save"
            " it as CSV"
        ) from error
    try:
        with pyarrow.OSFile(str(path)) as source:
            if kind == "Parquet":
                file = pyarrow.parquet.ParquetFile(source)
                yield file, file.schema_arrow
            else:
                file = pyarrow.ipc.open_file(source)
                yield file, file.schema
    except (pyarrow.ArrowException, OSError, ValueError, TypeError) as error:
        text = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataError(f"{path}: the {kind} file is damaged, or holds what is not known here: {text}") from error


PARQUET = TableFormat("Parquet", lambda path, head, suffix: head.startswith(b"PAR1"), partial(_read, "Parquet"))
FEATHER = TableFormat("Feather", lambda path, head, suffix: head.startswith(b"ARROW1"), partial(_read, "Feather"))
