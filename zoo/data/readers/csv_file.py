"""CSV: a table of numbers and text, with the names of its columns in the first line or without."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Array, Column, Dataset, InMemory
from zoo.data.options import DELIMITERS, DataOptions
from zoo.data.readers.columns import chosen, without
from zoo.data.readers.reader import Reader
from zoo.data.targets import decide, label_order, written_numbers
from zoo.errors import DataError, OptionError, nearest

if TYPE_CHECKING:
    from zoo.data.preprocessing import Preprocessing

SAMPLE = 10_000  # rows by which delimiter, header and kinds of columns are judged
CHUNK = 4096  # rows turned into numbers at once
MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "?"))  # in lower case
MOST_CATEGORIES = 1000
SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".data")


@dataclass(frozen=True)
class Layout:
    """What the first rows of a file tell of all of them."""

    path: Path
    encoding: str
    delimiter: str
    names: tuple[str, ...]
    named: bool  # the names come from the file
    header_lines: int  # lines before the first row of data
    sample: list[list[str]]  # rows of data
    learned: bool = False  # a model was trained on these columns: which there are, and of what kind, is settled

    @property
    def where(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class Table:
    """Some columns of a file: cells (rows, columns) in float64, in text columns numbers of categories, missing: NaN."""

    columns: tuple[Column, ...]
    cells: Array


def open_csv(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """Inputs and targets out of a table. Text columns become categories; a missing cell is NaN if it may be missing."""
    layout = look_at(path, options)
    if like is not None:
        return _like(layout, options, like)
    names, where = layout.names, layout.where
    targets: list[int] = []
    if options.target not in ("", "none"):
        targets = chosen(options.target, names, where, "target")
    ignored = chosen(options.ignore, names, where, "ignore") if options.ignore else []
    if not options.target and options.task != "unsupervised":
        left = without(len(names), ignored)
        targets = left[-1:]
    both = set(targets) & set(ignored)
    if both:
        raise DataError(f"{where}: the column {names[min(both)]!r} is both --target and in --ignore")
    inputs = without(len(names), {*targets, *ignored})
    if not inputs:
        raise DataError(
            f"{where}: no columns are left for the inputs: of {len(names)}, {len(targets)} are targets; see --delimiter"
        )
    categorical = set(chosen(options.categorical, names, where, "categorical")) if options.categorical else set()
    places = inputs + targets
    table = read(layout, places, [_kind(layout, place, place in categorical) for place in places], options, inputs)
    for column in table.columns[: len(inputs)]:
        _refuse_names(column, len(table.cells), where)
    found = decide(
        [(table.columns[n], table.cells[:, n]) for n in range(len(inputs), len(places))], options.task, where
    )
    return Dataset(
        name=path.stem,
        task=found.task,
        # A view: the targets' columns stay where they are.
        inputs=InMemory(table.cells[:, : len(inputs)]),
        targets=None if found.values is None else InMemory(np.ascontiguousarray(found.values)),
        labels=found.labels,
        columns=table.columns[: len(inputs)],
        named=layout.named,
        table=names,
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        missing=options.missing,
        path=str(path.absolute()),
        options=options.changed(),
        remarks=found.remarks,
    )


def _like(layout: Layout, options: DataOptions, like: Preprocessing) -> Dataset:
    """The inputs that a preprocessing was fitted on: by name where both have names, else by place."""
    names, where = layout.names, layout.where
    wanted = tuple(column.name for column in like.columns)
    if like.kind != "table" or not wanted:
        raise DataError(f"{where}: is a table, expected {like.kind} of shape {like.shape} as in training")
    if like.named and layout.named:
        for name in wanted:
            if name not in names:
                raise DataError(
                    f"{where}: there is no column {name!r}, which the model was trained on{nearest(name, names)}"
                )
        places = [names.index(name) for name in wanted]
    elif len(names) == len(wanted):
        places = list(range(len(names)))
    elif len(names) == len(like.table):
        places = [like.table.index(name) for name in wanted]
    else:
        whole = f", or all {len(like.table)} of the training data" if len(like.table) > len(wanted) else ""
        raise DataError(f"{where}: the rows have {len(names)} columns, expected the {len(wanted)} inputs{whole}")
    if not layout.named:  # errors shall speak of the columns as training knew them
        known = dict(zip(places, wanted, strict=True))
        layout = replace(layout, names=tuple(known.get(place, name) for place, name in enumerate(names)))
    layout = replace(layout, learned=True)
    table = read(layout, places, [column.is_text for column in like.columns], options, places)
    return Dataset(
        name=layout.path.stem,
        task="unsupervised",
        inputs=InMemory(table.cells),
        columns=tuple(Column(name, column.categories) for name, column in zip(wanted, table.columns, strict=True)),
        named=layout.named,
        table=names,
        missing=options.missing,
        path=str(layout.path.absolute()),
        options=options.changed(),
    )


# --- looking at the first rows ----------------------------------------------------------------------------------------


def look_at(path: Path, options: DataOptions) -> Layout:
    """Delimiter, header and names of a file; `DataError` when it is not text or has no rows."""
    encoding = _encoding(path, options.encoding)
    with path.open(encoding=encoding, newline="") as file, _complaints(path, encoding):
        start = file.read(1 << 16)
    if "\0" in start:
        raise DataError(f"{path}: holds NUL characters, expected text; see --encoding (utf-16, perhaps)")
    if not start.strip():
        raise DataError(f"{path}: holds nothing but blank lines, expected rows of cells")
    delimiter = _delimiter(start) if options.delimiter == "auto" else DELIMITERS[options.delimiter]
    with path.open(encoding=encoding, newline="") as file, _complaints(path, encoding):
        rows = list(itertools.islice(_rows(file, delimiter), SAMPLE + 1))
    first, line = rows[0]
    sample = [row for row, _ in rows[1:] if len(row) == len(first)]
    named = options.header == "yes" or (options.header == "auto" and _is_header(path, first, sample))
    if not named:
        sample = [first, *sample]
    elif len(rows) == 1:
        raise DataError(
            f"{path}: holds the names of {len(first)} columns but no rows of data; if line 1 is data, say --header no"
        )
    names = tuple(
        cell.strip() if named and cell.strip() else f"column {number}" for number, cell in enumerate(first, 1)
    )
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None) if named else None
    if twice is not None:
        raise DataError(f"{path}: line 1 names two columns {twice!r}; rename one, or say --header no if line 1 is data")
    return Layout(path, encoding, delimiter, names, named, line if named else 0, sample)


def _encoding(path: Path, name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise OptionError(
            f"{path}: --encoding is {name!a}, which Python does not know; expected utf-8, latin-1, cp1252, …"
        ) from None
    return (
        "utf-8-sig" if name.lower().replace("_", "-") in ("utf-8", "utf8") else name
    )  # a mark at the start is not a name's


class _complaints:
    """Turns what Python says about text into one line that names the file and the line."""

    def __init__(self, path: Path, encoding: str) -> None:
        self.path, self.encoding = path, encoding

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UnicodeError):
            raise DataError(
                f"{self.path}: {self._line()} is not {self.encoding.removesuffix('-sig')} text;"
                " name the file's encoding with --encoding, such as latin-1 or cp1252"
            ) from error
        if isinstance(error, csv.Error):
            raise DataError(f"{self.path}: {error}") from error

    def _line(self) -> str:
        number = 0
        try:
            with self.path.open("rb") as file:
                for line in file:
                    number += 1
                    line.decode(self.encoding)
        except UnicodeError:
            return f"line {number}"
        return "the file"


def _rows(file: IO[str], delimiter: str) -> Iterator[tuple[list[str], int]]:
    """The rows that are not blank, each with the number of its last line."""
    if delimiter == " ":
        for number, line in enumerate(file, 1):
            if row := line.split():
                yield row, number
        return
    reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield row, reader.line_num
    except csv.Error as error:
        raise csv.Error(
            f"line {reader.line_num}: {error}, expected cells with commas or quotes inside to stand in quotes"
        ) from error


def _delimiter(text: str) -> str:
    """The delimiter with which most of the first lines have equally many cells, two or more; else a comma."""
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    lines = lines[:-1] if len(lines) > 1 else lines  # the last may be cut short
    best, most = ",", 0.0
    for delimiter in ("\t", ";", "|", ",", " "):
        try:
            counts = [len(row) for row, _ in _rows(iter(lines), delimiter)]  # type: ignore[arg-type]
        except csv.Error:
            continue
        if not counts:
            continue
        usual = max(set(counts), key=counts.count)
        share = counts.count(usual) / len(counts)
        if usual > 1 and share > most:
            best, most = delimiter, share
    return best


def _is_header(path: Path, first: Sequence[str], sample: list[list[str]]) -> bool:
    """Whether the first row holds names rather than data.

    It does when a cell of it is text above a column of numbers, or when all its cells are text, all different, and none
    occurs again below. Where text stands above numbers but other cells of the row are numbers, nobody can tell.
    """
    if any(is_missing(cell) for cell in first) and not sample:
        return False
    numbers = [is_number(cell) for cell in first]
    columns = list(zip(*sample[:1000], strict=True)) or [()] * len(first)
    above = []
    for cell, number, column in zip(first, numbers, columns, strict=True):
        present = [each for each in column if not is_missing(each)]
        above.append(not number and not is_missing(cell) and bool(present) and all(map(is_number, present)))
    if any(above) and any(numbers):
        place = above.index(True)
        raise DataError(
            f"{path}: line 1 has {first[place]!r} above numbers in column {place + 1}, and numbers elsewhere; it may"
            " hold names or data: say --header yes or --header no"
        )
    if any(above):
        return True
    if any(numbers) or any(is_missing(cell) for cell in first):
        return False
    below = [cell in column for cell, column in zip(first, columns, strict=True)]
    return len(set(first)) == len(first) and not any(below) and (len(sample) > 0 or len(first) > 1)


def is_number(cell: str) -> bool:
    """Whether a cell reads as a number; NaN does not, and neither do digits with underscores."""
    try:
        value = float(cell)
    except ValueError:
        return False
    return value == value and "_" not in cell


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def _kind(layout: Layout, place: int, categorical: bool) -> bool:
    """Whether a column is of text: it is meant to be, or at most half of its cells in the sample are numbers."""
    if categorical:
        return True
    present = [row[place] for row in layout.sample if not is_missing(row[place])]
    return 2 * sum(map(is_number, present)) <= len(present) and bool(present)


# --- reading all rows -------------------------------------------------------------------------------------------------


def read(
    layout: Layout, places: list[int], text: list[bool], options: DataOptions, fillable: list[int], todo: str = ""
) -> Table:
    """The columns at these places, each of text or of numbers; NaN where a cell of a `fillable` one is missing.

    `DataError` naming row and line where the rows are ragged, a number is expected, or a cell is missing; `todo` says
    what can be done about that where it is not what can be in a table of samples.
    """
    names = [layout.names[place] for place in places]
    if not any(text):
        cells = _all_numbers(layout, places, options)
        if cells is not None:
            return Table(tuple(map(Column, names)), cells)
    known: list[dict[str, int]] = [{} for _ in places]
    chunks: list[Array] = []
    with layout.path.open(encoding=layout.encoding, newline="") as file, _complaints(layout.path, layout.encoding):
        for first, rows, lines in _chunks(layout, file):
            part = np.empty((len(rows), len(places)))
            columns = list(zip(*rows, strict=True))
            for number, place in enumerate(places):
                if text[number]:
                    part[:, number] = _categories(columns[place], known[number])
                else:
                    part[:, number] = _numbers(columns[place], layout, names[number], first, lines)
                if options.missing == "error" or place not in fillable:
                    advice = todo or _advice(layout, place in fillable)
                    _refuse_missing(part[:, number], columns[place], layout, names[number], first, lines, advice)
            chunks.append(part)
    cells = np.concatenate(chunks)
    columns_found = []
    for number, name in enumerate(names):
        if not text[number]:
            columns_found.append(Column(name))
            continue
        order = sorted(known[number], key=label_order(tuple(known[number])))
        if not order:
            raise DataError(
                f"{layout.where}: column {name!r} holds nothing but missing cells; leave it out with --ignore"
            )
        rank = np.empty(len(order) + 1)
        rank[[known[number][category] for category in order]] = np.arange(len(order))
        rank[-1] = np.nan
        cells[:, number] = rank[np.where(np.isnan(cells[:, number]), len(order), cells[:, number]).astype(np.int64)]
        columns_found.append(Column(name, tuple(order)))
    return Table(tuple(columns_found), cells)


def _all_numbers(layout: Layout, places: list[int], options: DataOptions) -> Array | None:
    """All rows through NumPy's own reader, twice as fast; None where anything is amiss, for the other to say what."""
    try:
        with layout.path.open(encoding=layout.encoding, newline="") as file:
            cells = np.loadtxt(
                file,
                delimiter=None if layout.delimiter == " " else layout.delimiter,
                skiprows=layout.header_lines,
                comments=None,
                quotechar='"',
                ndmin=2,
            )
    except (ValueError, UnicodeError):
        return None
    if cells.shape[1] != len(layout.names) or not np.isfinite(cells).all():
        return None
    first = places[0]
    if places == list(range(first, first + len(places))):
        return cells[:, first : first + len(places)]
    return cells[:, places]


def _chunks(layout: Layout, file: IO[str]) -> Iterator[tuple[int, list[list[str]], list[int]]]:
    """Rows some at a time, with the number of the first and the line of each; `DataError` for a ragged row."""
    rows = _rows(file, layout.delimiter)
    if layout.named:
        next(rows)
    width, first = len(layout.names), 1
    while chunk := list(itertools.islice(rows, CHUNK)):
        for number, (row, line) in enumerate(chunk, first):
            if len(row) != width:
                raise DataError(
                    f"{layout.where}: row {number} (line {line}) has {len(row)} cells, expected {width} as in line 1;"
                    " mend it, or see --delimiter"
                )
        yield first, [row for row, _ in chunk], [line for _, line in chunk]
        first += len(chunk)


def _numbers(cells: Sequence[str], layout: Layout, name: str, first: int, lines: list[int]) -> Array:
    """Cells of a column of numbers; NaN where one is missing."""
    try:
        values = np.array(list(map(float, cells)))
        if "_" not in "".join(cells) and not np.isinf(values).any():
            return values
    except ValueError:
        pass
    values = np.empty(len(cells))
    for number, cell in enumerate(cells):
        if is_missing(cell):
            values[number] = np.nan
        elif is_number(cell) and np.isfinite(float(cell)):
            values[number] = float(cell)
        else:
            expected = "a number; mend it, leave the column out with --ignore, or, if it holds text, name it with"
            raise DataError(
                f"{layout.where}: column {name!r}, row {first + number} (line {lines[number]}): got {cell.strip()!r},"
                f" expected {'a number as in training; mend it' if layout.learned else f'{expected} --categorical'}"
            )
    return values


def _categories(cells: Sequence[str], known: dict[str, int]) -> Array:
    """Cells of a text column as numbers of categories, in the order of first meeting them; NaN where one is missing."""
    return np.array([np.nan if is_missing(cell) else known.setdefault(cell.strip(), len(known)) for cell in cells])


def _advice(layout: Layout, fillable: bool) -> str:
    """What can be done about a missing cell of an input (`fillable`) or of a target."""
    if fillable:
        ignore = "" if layout.learned else "leave the column out with --ignore, "
        return f"remove the row, {ignore}or fill it with --missing mean"
    return "remove the row" if layout.learned else "a row without its target cannot be learned from: remove it"


def _refuse_missing(
    values: Array, cells: Sequence[str], layout: Layout, name: str, first: int, lines: list[int], todo: str
) -> None:
    missing = np.isnan(values)
    if not missing.any():
        return
    at = int(np.argmax(missing))
    got = f"{cells[at].strip()!r}" if cells[at].strip() else "nothing"
    raise DataError(
        f"{layout.where}: column {name!r}, row {first + at} (line {lines[at]}): got {got}, expected a value; {todo}"
    )


def _refuse_names(column: Column, rows: int, where: str) -> None:
    """A text column with a category for nearly every row tells rows apart and nothing else."""
    count = len(column.categories or ())
    if count > MOST_CATEGORIES or count > max(20, rows // 2):
        if told := written_numbers(column.categories or ()):
            raise DataError(f"{where}: column {column.name!r} {told}")
        raise DataError(
            f"{where}: text column {column.name!r} holds {count} different texts in {rows} rows, too many to encode;"
            f" leave it out with --ignore {column.name!r}; a time series is read with --window"
        )


READER = Reader(
    "CSV",
    "CSV (*.csv, *.tsv, *.txt, *.dat, *.data)",
    ("target", "task", "ignore", "categorical", "missing", "header", "delimiter", "encoding"),
    lambda path, head: path.is_file() and path.suffix.lower() in SUFFIXES,
    open_csv,
)
