"""Tables whose columns have a type: DataFrames, pyarrow's tables, structured arrays, mappings of columns.

A column holds numbers, dates or text, which its type says, or each of its cells where these are Python objects. What
it means is decided as for a text file, by `NamedColumns`: numbers and dates are taken as they are, text as the cells
of a file would be, truth values as the texts True and False.
"""

from __future__ import annotations

import datetime
import functools
import numbers
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from zoo.data.column_kinds import Values
from zoo.data.compact import Cells, CompactBuilder
from zoo.data.dataset import Column
from zoo.data.dates import DATE, TIME
from zoo.data.labels import is_whole, name_of
from zoo.data.named_columns import SAMPLE, SAMPLE_CELLS, NamedColumns, settings_of
from zoo.data.options import DataOptions
from zoo.data.python_arrays import array_of, column_of, is_missing, is_ragged, unmasked
from zoo.data.readers.csv.parse import Table, numbers_in, ranked
from zoo.data.readers.unpacked import stem_of
from zoo.data.spelling import PLAINLY
from zoo.data.written import Written
from zoo.errors import DataError
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.sequences import SequencePreprocessing

DAY = 86_400_000_000  # microseconds
BLOCK = 2**20  # cells put together at once
NESTED = (list, tuple, dict, set, np.ndarray)


@dataclass(frozen=True, eq=False)
class TypedColumn:
    """One column (rows,); of objects where its cells are Python's."""

    name: str
    array: Array
    categorical: bool = False  # whether its type says that its values are names of categories

    def __len__(self) -> int:
        return len(self.array)

    def first(self, count: int) -> TypedColumn:
        return self if count >= len(self) else replace(self, array=self.array[:count])

    @functools.cached_property
    def holds(self) -> str:
        """ "numbers", "dates" or "text"."""
        kind = self.array.dtype.kind
        if self.categorical or kind not in "iufmMO":
            return "text"
        if kind != "O":
            return "dates" if kind == "M" else "numbers"
        found = {_held(cell) for cell in self.array} - {""}
        return found.pop() if len(found) == 1 else "text" if found else "numbers"

    @property
    def nested(self) -> int | None:
        """The first row whose cell holds several values; None where none does."""
        if self.array.dtype.kind != "O":
            return None
        return next((row for row, cell in enumerate(self.array) if isinstance(cell, NESTED)), None)

    @functools.cached_property
    def numbers(self) -> Array:
        """(rows,) the numbers, or truth values as 0 and 1, in their own type; NaN where one is missing."""
        kind = self.array.dtype.kind
        if kind in "biuf":
            return self.array
        if kind == "m":
            return _with_nan(self.array, self.array.astype("m8[us]").astype(np.int64) / 1e6)
        return np.array([np.nan if is_missing(cell) else _number(cell) for cell in self.array], np.float64)

    @functools.cached_property
    def times(self) -> Array:
        """(rows,) the dates in UTC as NumPy has these, to the microsecond."""
        if self.array.dtype.kind == "M":
            return self.array.astype("M8[us]")
        return np.array(["NaT" if is_missing(cell) else _in_utc(cell).isoformat() for cell in self.array], "M8[us]")

    @functools.cached_property
    def days(self) -> Array:
        """(rows,) the dates as days since 1970; NaN where one is missing."""
        return _with_nan(self.times, self.times.astype(np.int64) / DAY)

    @functools.cached_property
    def form(self) -> str:
        """The format in which its dates would be written."""
        days = self.days[np.isfinite(self.days)]
        return DATE if (days == np.floor(days)).all() else TIME

    @functools.cached_property
    def cells(self) -> Sequence[str]:
        """The cells as text; a missing one is empty."""
        if self.holds == "dates":
            fine = self.times
            whole = np.isnat(fine) | (fine == fine.astype("M8[s]"))
            unit: Any = "D" if self.form == DATE else "s" if whole.all() else "us"
            return [
                "" if text == "NaT" else text.replace("T", " ")
                for text in np.datetime_as_string(fine, unit=unit).tolist()
            ]
        cells = self.numbers.tolist() if self.holds == "numbers" else self.array.tolist()
        return ["" if is_missing(cell) else cell_text(cell) for cell in cells]

    @property
    def values(self) -> Values | Sequence[str]:
        """The cells as their kind is judged by."""
        if self.holds == "text":
            return self.cells
        dates = self.holds == "dates"
        return Values(self.days, self.form) if dates else Values(self.numbers.astype(np.float64))

    @property
    def names_digits(self) -> bool:
        """Whether whole numbers stand there as text, which are names rather than numbers."""
        if self.categorical:
            return True
        if self.array.dtype.kind not in "OUS" or self.holds != "text":
            return False
        cells = [cell for cell in self.cells if cell]
        return bool(cells) and all(map(is_whole, cells))


def _held(cell: Any) -> str:
    """What an object is; "" where it is missing."""
    if is_missing(cell):
        return ""
    if isinstance(cell, (bool, np.bool_, str, bytes)):
        return "text"
    if isinstance(cell, (numbers.Real, Decimal, datetime.timedelta, np.timedelta64)):
        return "numbers"
    return "dates" if hasattr(cell, "year") and hasattr(cell, "isoformat") else "text"


def _number(cell: Any) -> float:
    if isinstance(cell, np.timedelta64):
        cell = cell.astype("m8[us]").item()
    try:
        return cell.total_seconds() if isinstance(cell, datetime.timedelta) else float(cell)
    except OverflowError:
        return np.inf


def _in_utc(cell: Any) -> Any:
    return cell.astimezone(UTC).replace(tzinfo=None) if getattr(cell, "tzinfo", None) else cell


def _with_nan(times: Array, numbers: Array) -> Array:
    return np.where(np.isnat(times), np.nan, numbers)


def cell_text(cell: Any) -> str:
    """A cell as text: a number as labels have it, a text without blanks around it."""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "backslashreplace").strip()
    number = isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool)
    return name_of(cell) if number else str(cell).strip()


# --- tables -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TypedTable(NamedColumns):
    """A table of typed columns; those of a DataFrame's `labels`, its index, are no columns but can tell times."""

    columns: tuple[TypedColumn, ...]
    called: str
    labels: tuple[TypedColumn, ...] = ()
    path: Path | None = None  # of the file

    @classmethod
    def of(cls, raw: Any, called: str, options: DataOptions | None = None, path: Path | None = None) -> Self | None:
        """A pandas or polars DataFrame, a table of pyarrow, a structured array, or a mapping of columns; None for
        anything else."""
        found = _columns(raw, called)
        if found is None:
            return None
        columns, names = found
        counts = Counter(column.name for column in columns)
        twice = next((name for name, count in counts.items() if count > 1), None)
        if twice is not None:
            raise DataError(f"{called}: two columns are named {twice!r}; rename one")
        for column in columns:
            shape, first = column.array.shape, columns[0]
            if column.array.ndim != 1 or len(column) != len(first):
                expected = (
                    f"vectors of one length, as column {first.name!r} of shape {first.array.shape}"
                    if column is not first
                    else "a vector (rows,)"
                )
                raise DataError(f"{called}: column {column.name!r} has shape {shape}, expected {expected}")
            if (row := column.nested) is not None:
                raise DataError(
                    f"{called}: column {column.name!r}, row {row + 1} is {ascii(column.array[row])[:40]}, expected a"
                    " number, text, date or truth value; flatten it, or leave the column out"
                )
            if column.array.dtype.kind in "cV":
                raise DataError(
                    f"{called}: column {column.name!r} has the type {column.array.dtype}, expected numbers, text, dates"
                    " or truth values; leave it out"
                )
        counted = all(isinstance(name, (int, np.integer)) for name in names) and list(names) == list(range(len(names)))
        labels = _index(raw, len(columns[0])) if columns else []
        made = cls.made(columns, called, not counted, options, labels)
        return made if path is None else replace(made, path=path)

    @classmethod
    def made(
        cls,
        columns: Sequence[TypedColumn],
        called: str,
        named: bool,
        options: DataOptions | None = None,
        labels: Sequence[TypedColumn] = (),
        index: Collection[int] = (),
    ) -> Self:
        """A table of these columns; `named`: their names say more than their places."""
        if not columns:
            raise DataError(f"{called}: there are no columns")
        blank = [place for place, column in enumerate(columns) if not column.name.strip()]
        columns = [replace(c, name=c.name.strip() or f"column {n}") for n, c in enumerate(columns, 1)]
        if named and blank == [0] and len(columns) > 1:
            index = (0, *index)  # as pandas and R write what names the rows
        typed = any(column.holds != "text" or column.array.dtype.kind == "b" for column in columns)
        digits = [n for n, column in enumerate(columns) if column.categorical or (typed and column.names_digits)]
        return cls(
            names=tuple(column.name for column in columns),
            named=named,
            columns=tuple(columns),
            called=called,
            labels=tuple(labels),
            index=frozenset(index),
            texts=frozenset(digits),
            **settings_of(options or DataOptions()),
        )

    @classmethod
    def of_array(cls, array: Array, called: str, options: DataOptions | None = None) -> Self:
        """The columns of an array (rows, columns), known by their numbers."""
        columns = [TypedColumn(f"column {number}", column) for number, column in enumerate(array.T, 1)]
        return cls.made(columns, called, False, options)

    def with_index(self, options: DataOptions) -> Self:
        """This table with a DataFrame's index as further columns, which are no inputs."""
        names = set(self.names)
        labels = [each for each in self.labels if each.name not in names]
        if not labels:
            return self
        places = range(len(self.columns), len(self.columns) + len(labels))
        return self.made([*self.columns, *labels], self.called, self.named, options, index=places)

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def where(self) -> str:
        return self.called

    @property
    def title(self) -> str:
        return self.called if self.path is None else self.path.name

    @property
    def about(self) -> Mapping[str, Any]:
        if self.path is None:
            return {"name": "arrays", "path": ""}
        return {"name": stem_of(self.path), "path": str(self.path.absolute())}

    @property
    def whole(self) -> bool:
        return len(self) <= self._looked_at

    @property
    def _looked_at(self) -> int:
        return max(1, min(SAMPLE, SAMPLE_CELLS // len(self.columns)))

    def first_cells(self) -> Sequence[Sequence[str] | Values]:
        return [column.first(self._looked_at).values for column in self.columns]

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(
        self,
        places: Sequence[int],
        text: Sequence[bool],
        options: DataOptions,
        fillable: Collection[int],
        todo: str = "",
        written: Sequence[int] = (),
    ) -> Table:
        """As `parse.read` has it of a text file."""
        found, columns, typed = [], [], {}
        for number, (place, is_text) in enumerate(zip(places, text, strict=True)):
            name, column = self.names[place], self.columns[place]
            values, categories = self._categories(column, name) if is_text else (self._numbers(place), None)
            if options.missing == "error" or place not in fillable:
                missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(0, bool)
                if missing.any():
                    row = int(np.argmax(missing))
                    cell = column.cells[row]
                    advice = todo or self.without_missing(place in fillable)
                    raise DataError(self.missing_cell(name, self.place(row), cell, advice))
            found.append(values)
            spelling = "" if is_text else str(self._spelling(place))
            columns.append(Column(name, categories, spelling))
            if column.holds != "dates":
                typed[number] = values if not is_text and column.holds == "numbers" else column.array
        as_written = {place: Written.of_cells(self.columns[place].cells) for place in written}
        return Table(tuple(columns), _together(found), 0, as_written, typed)

    def _spelling(self, place: int) -> Any:
        """How a column is written: of training, of the text here, or as dates of this type would be."""
        column = self.columns[place]
        if self.learned and place in self.spellings:
            return self.spellings[place]
        return self.kinds[place].spelling if column.holds != "numbers" else PLAINLY

    def _numbers(self, place: int) -> Array:
        column, name = self.columns[place], self.names[place]
        spelling = self._spelling(place)
        if column.holds == "dates":
            if not spelling.date and self.learned:
                raise DataError(self.no_number(name, self.place(0), column.cells[0], spelling))
            return column.days
        if column.holds == "text" and column.array.dtype.kind != "b":
            return numbers_in(column.cells, self, name, 0, None, spelling)
        values = column.numbers
        if spelling.date:
            cell = next((cell for cell in column.cells if cell), "")
            raise DataError(self.no_number(name, self.place(column.cells.index(cell)), cell, spelling))
        if marks := [mark for mark in self.marks.numbers if (values == mark).any()]:
            values = np.where(np.isin(values, marks), np.nan, values)
        if values.dtype.kind == "f" and np.isinf(values).any():
            row = int(np.argmax(np.isinf(values)))
            raise DataError(self.no_number(name, self.place(row), str(values[row]), spelling))
        return values

    def _categories(self, column: TypedColumn, name: str) -> tuple[Array, tuple[str, ...]]:
        """(the number of the category of each row, the categories)."""
        places: dict[str, int] = {}
        is_a_mark = functools.cache(lambda cell: self.marks.is_missing(cell, text=True))
        rows = [-1 if is_a_mark(cell) else places.setdefault(cell, len(places)) for cell in column.cells]
        order, rank = ranked(tuple(places))
        if not order:
            raise DataError(
                f"{self.where}: column {name!r} holds nothing but missing cells; leave it out with --ignore"
            )
        return rank[np.array(rows)], order

    def times_at(self, place: int) -> Array | None:
        """(rows,) days since 1970 in a column of dates that has a type."""
        return self.columns[place].days if self.columns[place].holds == "dates" else None


def _together(columns: Sequence[Array]) -> Cells:
    """Columns side by side (rows, columns): compact where float64 would take far more than these do."""
    rows = len(columns[0])
    plain = (
        np.empty((rows, len(columns))) if 2 * sum(each.nbytes for each in columns) >= 8 * rows * len(columns) else None
    )
    builder, step = CompactBuilder(len(columns)), max(1, BLOCK // len(columns))
    for start in range(0, rows, step):
        block = np.empty((min(step, rows - start), len(columns))) if plain is None else plain[start : start + step]
        for number, values in enumerate(columns):
            block[:, number] = values[start : start + step]
        if plain is None:
            builder.add(block)
    return builder.finish() if plain is None else plain


# --- where typed columns come from ----------------------------------------------------------------------------------


def is_table(raw: Any) -> bool:
    """Whether an object is a table of named columns."""
    if isinstance(raw, np.ndarray):
        return raw.dtype.names is not None
    if isinstance(raw, Mapping) or (hasattr(raw, "schema") and hasattr(raw, "column_names")):
        return True
    return hasattr(raw, "columns") and hasattr(raw, "shape") and hasattr(raw, "to_numpy")


def series_given(
    raw: Any, like: SequencePreprocessing, called: str, options: DataOptions | None = None
) -> TypedTable | None:
    """The table of one series, where that is what an array holds, and not windows of it one by one."""
    if like.symbols or is_ragged(raw):
        return None
    array = array_of(raw, called)
    count = len(like.step.columns)
    if array.ndim == 1 and count == 1:
        array = array[:, None]
    windows = count == 1 and array.ndim == 2 and array.shape[1] == like.window
    return TypedTable.of_array(array, called, options) if array.ndim == 2 and not windows else None


def _columns(raw: Any, called: str) -> tuple[list[TypedColumn], Sequence[Any]] | None:
    """(columns, their names as they were given) of a table; None for what is none."""
    if not is_table(raw):
        return None
    if isinstance(raw, Mapping):
        return [_column(str(name), raw[name], called) for name in raw], list(raw)
    if isinstance(raw, np.ndarray):
        return [TypedColumn(name, unmasked(raw[name])) for name in raw.dtype.names], raw.dtype.names
    if hasattr(raw, "column_names"):
        return [
            _of_arrow(str(name), raw.column(place)) for place, name in enumerate(raw.column_names)
        ], raw.column_names
    at = raw.iloc if hasattr(raw, "iloc") else raw
    names = [_text(name) for name in raw.columns]
    return [_of_series(name, at[:, place]) for place, name in enumerate(names)], list(raw.columns)


def _text(name: Any) -> str:
    """The name of a column; those of pandas' levels joined by a blank."""
    return " ".join(filter(None, map(str, name))) if isinstance(name, tuple) else str(name)


def _column(name: str, values: Any, called: str) -> TypedColumn:
    if hasattr(values, "to_numpy") and hasattr(values, "dtype"):
        return _of_series(name, values)
    if hasattr(values, "type") and hasattr(values, "to_pylist"):
        return _of_arrow(name, values)
    return TypedColumn(name, column_of(values, name, called))


def _of_series(name: str, series: Any) -> TypedColumn:
    """A column of pandas or polars."""
    categorical = str(series.dtype).lower().startswith(("category", "categorical", "enum"))
    return TypedColumn(name, np.asarray(series), categorical)


def _of_arrow(name: str, column: Any) -> TypedColumn:
    """A column of pyarrow."""
    categorical = str(column.type).startswith("dictionary")
    if str(column.type).startswith(("timestamp", "date")):
        array = np.asarray(column.cast("timestamp[us]").to_numpy())
        return TypedColumn(name, array.astype("M8[us]"))
    plain = column.cast(column.type.value_type) if categorical else column
    try:
        array = plain.to_numpy(zero_copy_only=False)
    except TypeError:  # a ChunkedArray has no such argument
        array = plain.to_numpy()
    return TypedColumn(name, np.asarray(array), categorical)


def _index(raw: Any, rows: int) -> list[TypedColumn]:
    """The levels of a pandas index that have names, or hold dates."""
    index = getattr(raw, "index", None)
    if not hasattr(raw, "iloc") or index is None or len(index) != rows:
        return []
    count = getattr(index, "nlevels", 1)
    levels = [index] if count == 1 else [index.get_level_values(place) for place in range(count)]
    names = [getattr(level, "name", None) for level in levels]
    found = [
        TypedColumn("index" if name is None else str(name), np.asarray(level))
        for name, level in zip(names, levels, strict=True)
        if name is not None or np.asarray(level).dtype.kind == "M"
    ]
    return found if len({each.name for each in found}) == len(found) else []
