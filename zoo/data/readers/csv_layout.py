"""What the first rows of a CSV file tell of all: encoding, delimiter, names of columns, and which are of text."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from zoo.data.labels import is_code, is_whole
from zoo.data.options import DELIMITERS, DataOptions
from zoo.errors import DataError, OptionError

SAMPLE = 10_000  # rows by which delimiter, header and kinds of columns are judged
SAMPLE_CELLS = 1_000_000  # cells of these rows, when the table is wide
MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "?"))  # in lower case


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

    def is_text(self, place: int, *, codes: bool = True) -> bool:
        """Whether a column is of text: at most half of its cells in the sample are numbers, or, where `codes` are text,
        all are whole numbers of which some begin with a zero that no number needs (007)."""
        present = [row[place] for row in self.sample if not is_missing(row[place])]
        if codes and any(map(is_code, present)) and all(map(is_whole, present)):
            return True
        return 2 * sum(map(is_number, present)) <= len(present) and bool(present)


def look_at(path: Path, options: DataOptions) -> Layout:
    """Delimiter, header and names of a file; `DataError` when it is not text or has no rows."""
    encoding = _encoding(path, options.encoding)
    with path.open(encoding=encoding, newline="") as file, complaints(path, encoding):
        start = file.read(1 << 16)
    if "\0" in start:
        raise DataError(f"{path}: holds NUL characters, expected text; see --encoding (utf-16, perhaps)")
    if not start.strip():
        raise DataError(f"{path}: holds nothing but blank lines, expected rows of cells")
    delimiter = _delimiter(start) if options.delimiter == "auto" else DELIMITERS[options.delimiter]
    with path.open(encoding=encoding, newline="") as file, complaints(path, encoding):
        rows = list(_sampled(rows_of(file, delimiter)))
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
    twice = next((name for name, count in Counter(names).items() if count > 1), None) if named else None
    if twice is not None:
        raise DataError(f"{path}: line 1 names two columns {twice!r}; rename one, or say --header no if line 1 is data")
    return Layout(path, encoding, delimiter, names, named, line if named else 0, sample)


def _sampled(rows: Iterator[tuple[list[str], int]]) -> Iterator[tuple[list[str], int]]:
    """The first rows, so many that no more than so many cells are held as text."""
    cells = 0
    for row in itertools.islice(rows, SAMPLE + 1):
        yield row
        cells += len(row[0])
        if cells > SAMPLE_CELLS:
            return


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


class complaints:
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


def rows_of(file: IO[str], delimiter: str) -> Iterator[tuple[list[str], int]]:
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
            counts = [len(row) for row, _ in rows_of(iter(lines), delimiter)]  # type: ignore[arg-type]
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
