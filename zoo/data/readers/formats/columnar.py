"""Parquet and Feather, read by pyarrow (extra `tables`); their columns have types and are taken as they are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zoo.data.readers.formats.table_format import TableFormat
from zoo.errors import DataError
from zoo.platform.trust import refuse_bomb, refuse_many_rows

BATCH = 2**16  # rows
INDEX = "__index_level_"  # how the columns begin in which pandas keeps an index without a name; they come first here


def arrow_table(kind: str, path: Path) -> Any:
    """The table of pyarrow in a file; `DataError` where it is damaged, far larger than the file, or nested."""
    batches = []
    with _opened(kind, path) as (file, schema):
        import pyarrow

        names, types, size = schema.names, schema.types, path.stat().st_size
        for name, each in zip(names, types, strict=True):
            if pyarrow.types.is_nested(each) or pyarrow.types.is_binary(each) or pyarrow.types.is_large_binary(each):
                raise DataError(
                    f"{path}: column {name!r} holds {str(each)[:60]}, expected numbers, text, dates or truth values;"
                    " flatten it, or leave it out of the file"
                )
        if kind == "Parquet":
            meta = file.metadata
            refuse_many_rows(str(path), meta.num_rows, size)
            unpacked = sum(meta.row_group(n).total_byte_size for n in range(meta.num_row_groups))
            refuse_bomb(str(path), max(unpacked, meta.num_rows * len(names)), size)
            found = file.iter_batches(batch_size=BATCH)
        else:
            found = (file.get_batch(number) for number in range(file.num_record_batches))
        rows = 0
        for batch in found:
            rows += batch.num_rows
            refuse_many_rows(str(path), rows, size)
            batches.append(batch)
        table = pyarrow.Table.from_batches(batches, schema)
    order = sorted(range(len(names)), key=lambda place: not names[place].startswith(INDEX))
    shown = ["" if names[place].startswith(INDEX) else names[place] for place in order]
    return pyarrow.Table.from_arrays([table.column(place) for place in order], names=shown)


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


PARQUET = TableFormat("Parquet", lambda path, head, suffix: head.startswith(b"PAR1"))
FEATHER = TableFormat("Feather", lambda path, head, suffix: head.startswith(b"ARROW1"))
