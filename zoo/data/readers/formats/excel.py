"""Excel workbooks (.xlsx), read row by row by openpyxl (extra `tables`): the first sheet that has cells."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from zoo.data.readers.formats.cells import cell_of
from zoo.data.readers.formats.table_format import Row, Rows, TableFormat
from zoo.data.readers.unpacked import DAMAGE, zip_members, zip_of
from zoo.errors import DataError
from zoo.platform.system import open_regular
from zoo.platform.trust import refuse_bomb

MOST_COLUMNS = 16_384  # that Excel has


def _recognized(path: Path, head: bytes, suffix: str) -> bool:
    return zipfile.is_zipfile(path) and "xl/workbook.xml" in zip_members(path)


def _read(path: Path, trained: Sequence[str]) -> Rows:
    with open_regular(path) as file:
        try:
            sizes = [info.file_size for info in zip_of(file, path).infolist()]
        except DAMAGE as error:
            raise DataError(f"{path}: the Excel file is damaged or cut short: {error}; get it anew") from error
        refuse_bomb(str(path), sum(sizes), path.stat().st_size)
    width = max((len(row) for row in _cells(path)), default=0)
    if not width:
        raise DataError(f"{path}: its sheets hold no cells")
    first = next(_cells(path))
    names = (*first, *[""] * (width - len(first)))
    return Rows(names, partial(_rows, path, width), named=False)


def _rows(path: Path, width: int) -> Iterator[Row]:
    for number, row in enumerate(_cells(path)):
        if number:
            yield [*row, *[""] * (width - len(row))]


def _cells(path: Path) -> Iterator[list[str]]:
    """The rows that are not empty, without the empty cells behind the last."""
    with _sheet(path) as sheet:
        for values in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS if sheet.max_column is None else None):
            row = [cell_of(value) for value in values]
            while row and not row[-1]:
                row.pop()
            if row:
                yield row


def _first_rows(sheet: Any) -> Iterator[Sequence[Any]]:
    return sheet.iter_rows(values_only=True, max_row=100)  # type: ignore[no-any-return]


@contextlib.contextmanager
def _sheet(path: Path) -> Iterator[Any]:
    """The first sheet that has cells; `DataError` for what openpyxl says of the file."""
    try:
        import openpyxl
    except ImportError as error:
        raise DataError(
            f"{path}: Excel files are read with openpyxl, which is not installed: pip install 'zoo-networks[tables]';"
            " or save it as CSV"
        ) from error
    try:
        with open_regular(path) as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheets = book.worksheets
            full = (sheet for sheet in sheets if any(cell is not None for row in _first_rows(sheet) for cell in row))
            yield next(full, sheets[0])
    except DataError:
        raise
    except (*DAMAGE, ValueError, TypeError, LookupError, AttributeError, SyntaxError) as error:
        # openpyxl has no error of its own for bad XML (a SyntaxError), missing parts, and numbers that are none.
        raise DataError(
            f"{path}: the Excel file is damaged, or holds what is not known here: {str(error)[:120]}"
        ) from error


XLSX = TableFormat("Excel", _recognized, _read)
