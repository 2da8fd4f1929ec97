"""Sniff a CSV file: encoding, delimiter, first line of the table, columns."""

from __future__ import annotations

import contextlib
import csv
import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from zoo.data.column_kinds import Values, is_number
from zoo.data.dates import WAYS, date_format
from zoo.data.missing_values import MissingValues
from zoo.data.named_columns import SAMPLE, SAMPLE_CELLS, NamedColumns, settings_of
from zoo.data.options import DELIMITERS, DataOptions
from zoo.data.readers.csv.header import LOOKED_AT, header_lines, is_header, joined_names
from zoo.data.readers.csv.source import TableSource
from zoo.data.readers.encoding import codec_of
from zoo.data.readers.table_or_text import FOREIGN
from zoo.data.readers.unpacked import stem_of
from zoo.errors import DataError, OptionError, warn
from zoo.platform.trust import is_trusted

SAMPLE_CHARACTERS = 2**24  # of these rows, when the cells are long
LONGEST_ROW = 2**22  # characters
MOST_COLUMNS = 100_000  # each takes 0.1 ms and a kilobyte
OF_R = {"NA", "NaN", "Inf", "-Inf", "TRUE", "FALSE"}  # what R writes without quotes, besides numbers and dates
LETTERS = re.compile(r"(?<!\d)[^\W\d_]|[^\W\d_]{2}")  # but the e of an exponent
BEFORE = 40  # lines at most that may stand before the table


@dataclass(frozen=True, kw_only=True)
class Layout(NamedColumns):
    """A table of text: what the first rows of a file tell of all of them."""

    source: TableSource
    encoding: str
    delimiter: str
    header_lines: int  # lines before the first row of data
    sample: list[list[str]]  # rows of data
    skipped: int = 0  # lines before the names, or before the first row of data where there are none
    original: tuple[str, ...] = ()  # the names as the file has them
    cut: bool = False  # whether there are more rows than those of the sample

    @property
    def path(self) -> Path:
        return self.source.path

    @property
    def where(self) -> str:
        return str(self.path)

    @property
    def title(self) -> str:
        return self.path.name

    @property
    def about(self) -> Mapping[str, Any]:
        return {"name": stem_of(self.path), "path": str(self.path.absolute())}

    @property
    def whole(self) -> bool:
        return not self.cut

    def open(self) -> IO[str]:
        """The text of the table."""
        return self.source.open(self.encoding)

    def times_at(self, place: int) -> None:
        return None

    def with_index(self, options: DataOptions) -> Layout:
        return self

    def first_cells(self) -> Sequence[Sequence[str]]:
        return list(zip(*self.sample, strict=True)) if self.sample else [()] * len(self.names)


def refuse_names_alone(layout: Layout, options: DataOptions) -> None:
    """`DataError` where the only row of a file is text in every cell: names of columns without rows below."""
    if layout.named or len(layout.sample) != 1 or options.header != "auto":
        return
    (cells,) = layout.sample
    if any(not cell.strip() or is_number(cell) or layout.missing.is_missing(cell, text=True) for cell in cells):
        return
    names = f"the names of {len(cells)} columns" if len(cells) > 1 else "the name of 1 column,"
    raise DataError(
        f"{layout.where}: holds {names} but no rows of data; if line 1 is data, say --header no; see also --delimiter"
    )


def refuse_unused(layout: NamedColumns, options: DataOptions) -> None:
    """`OptionError` where an option says how cells are written, and no column has cells written so."""
    cells = layout.first_cells()
    written = [place for place, each in enumerate(cells) if not isinstance(each, Values)]
    _refuse_unused_dates(layout, options, written)
    numbers = [place for place in written if not layout.is_text(place) and not layout.is_date(place)]
    for name, open_to in (("decimal", ("auto", "point")), ("thousands", ("auto", "none"))):
        asked = getattr(options, name)
        if asked not in open_to and all(layout.kinds[place].left_out for place in numbers):
            raise OptionError(
                f"{layout.where}: --{name} {asked} has no effect: no column in use holds numbers; leave it out"
            )
    if layout.missing.named:
        marks = [mark for mark in options.missing_values.split(",") if mark.strip()]
        absent = [mark for mark in marks if not _stands(mark, layout, cells)]
        if absent:
            named = ", ".join(repr(mark.strip()) for mark in absent)
            rows = "" if layout.whole else "of the first rows "
            warn(f"{layout.where}: no cell {rows}is {named}, named by --missing-values")


def _stands(mark: str, layout: NamedColumns, columns: Sequence[Sequence[str] | Values]) -> bool:
    """Whether one of the first cells is this mark of a missing value."""
    alone = MissingValues.of(mark)
    for place, cells in enumerate(columns):
        if isinstance(cells, Values):
            if alone.numbers and not cells.form and np.isin(cells.array, list(alone.numbers)).any():
                return True
            continue
        text, spelling = layout.is_text(place), layout.spelling(place)
        for cell in set(cells) - {""}:
            if alone.is_missing(cell, text) and cell.strip():
                return True
            if alone.numbers and not text:
                with contextlib.suppress(ValueError):
                    if spelling.value(cell) in alone.numbers:
                        return True
    return False


def _refuse_unused_dates(layout: NamedColumns, options: DataOptions, written: Sequence[int]) -> None:
    """`OptionError` where --dates says how dates are written and no column has dates written so."""
    if options.dates == DataOptions().dates:
        return
    forms = {layout.kinds[place].spelling.date for place in written if layout.is_date(place)}
    first = {"day-first": "%d", "month-first": "%m"}.get(options.dates)
    if first is not None and any(form.startswith(first) for form in forms):
        return
    if options.dates not in forms:
        found = ", ".join(sorted(forms))
        raise OptionError(
            f"{layout.where}: --dates {ascii(options.dates)[1:-1]} has no effect: "
            + (f"the dates are written {found}" if found else "no column holds dates")
            + "; leave it out, or name their format, such as %d.%m.%Y"
        )


def look_at(path: Path, options: DataOptions, trained: Sequence[str] | None = None) -> Layout:
    """Delimiter, header and names of a file; `DataError` when it is not text or has no rows.

    `trained` are the names of the columns that a model was trained on: whether the first row is one of names is decided
    by them.
    """
    if options.dates not in WAYS:
        try:
            date_format(options.dates)
        except ValueError as error:
            raise OptionError(f"{path}: --dates: {error}; or day-first or month-first") from None
    source = TableSource.of(path, trained or ())
    options = _of_format(source, options)
    encoding = _encoding(source, options.encoding)
    with source.open(encoding) as file, complaints(source, encoding):
        start = file.read(1 << 16)
    if "\0" in start:
        raise DataError(f"{path}: holds NUL characters, expected text; see --encoding (utf-16-le, perhaps)")
    if not start.strip():
        raise DataError(f"{path}: holds nothing but blank lines, expected rows of cells")
    for beginning, what in FOREIGN:
        if start.lstrip().lower().startswith(beginning):
            raise DataError(f"{path}: {what}")
    delimiter, skipped, names_above, notes = _before_table(start, options)
    with source.open(encoding) as file, complaints(source, encoding):
        every = rows_of(BoundedLines(file, str(path)), delimiter, skipped)
        rows = list(_sampled(every))
        cut = next(every, None) is not None
    if not rows:
        raise DataError(f"{path}: holds nothing but comments, expected rows of cells")
    if options.header != "no" and (lines := header_lines([row for row, _ in rows[:LOOKED_AT]])) > 1:
        joined = joined_names([row for row, _ in rows[:lines]])
        skipped, options = rows[lines - 2][1], options.replace(header="yes")
        notes = [*notes, f"{_lines(lines)} are taken for the names of the columns, joined; else --header no"]
        rows = [(joined, rows[lines - 1][1]), *rows[lines:]]
    first, line = rows[0]
    if len(first) > MOST_COLUMNS and not is_trusted():
        raise DataError(
            f"{path}: line {line} has {len(first):,} cells, expected {MOST_COLUMNS:,} columns at most; wider data are"
            " arrays (NPY, HDF5); or, if these are columns: trusted=True, or --trusted"
        )
    widths = Counter(len(row) for row, _ in rows[1:])
    width = widths.most_common(1)[0][0] if widths else len(first)
    below = [row for row, _ in rows[1:] if len(row) == width]
    index = None
    if names_above and len(names_above) == len(first) and options.header == "auto" and any(map(is_number, first)):
        first, rows, line, width, below = (
            names_above,
            [(names_above, line), *rows],
            skipped,
            len(first),
            [r for r, _ in rows],
        )
        named, remark = True, ""
    elif width == len(first) + 1 and options.header != "no" and not any(cell.strip() == "" for cell in first):
        # One name less than cells: R writes the names of rows without a name; or every row ends in a delimiter.
        if all(not row[-1].strip() for row in below):
            first = [*first, ""]
        else:
            first, index = ["", *first], 0
        named, remark = True, ""
    else:
        below = [row for row, _ in rows[1:] if len(row) == len(first)]
        named, remark = options.header == "yes", ""
        if options.header == "auto":
            named, remark = is_header(path, first, below, trained)
        if named and not first[0].strip() and all(cell.strip() for cell in first[1:]) and len(first) > 1:
            index = 0
    if not named:
        below = [first, *below]
    elif len(rows) == 1:
        raise DataError(
            f"{path}: holds the names of {len(first)} columns but no rows of data; if line 1 is data, say --header no;"
            " see also --delimiter"
        )
    names = tuple(
        cell.strip() if named and cell.strip() else f"column {number}" for number, cell in enumerate(first, 1)
    )
    twice = next((name for name, count in Counter(names).items() if count > 1), None) if named else None
    if twice is not None:
        raise DataError(f"{path}: line 1 names two columns {twice!r}; rename one, or say --header no if line 1 is data")
    if named:
        below = [row for row in below if not is_names_again(row, names)] or below
    return Layout(
        source=source,
        encoding=encoding,
        delimiter=delimiter,
        names=names,
        named=named,
        header_lines=line if named else skipped,
        sample=below,
        skipped=skipped,
        index=frozenset() if index is None else frozenset((index,)),
        notes=(*notes, *([remark] if remark else [])),
        original=names,
        texts=source.rows.texts if source.rows is not None else frozenset(),
        cut=cut,
        **settings_of(options) | _marks_of_r(start, delimiter, options),
    )


def _marks_of_r(start: str, delimiter: str, options: DataOptions) -> dict[str, MissingValues]:
    """The marks of missing values of a file as R writes it: texts stand in quotes, and NA, which does not, is none."""
    marks = MissingValues.of(options.missing_values)
    if marks.named or '"' not in start or "NA" not in start:
        return {}
    lines = start.splitlines()[: -1 if len(start) >= 1 << 16 else None]
    plain = re.findall(rf'"(?:[^"]|"")*"|([^"{re.escape(delimiter)}\r\n]+)', "\n".join(lines))
    cells = {cell.strip() for cell in plain}
    if "NA" not in cells or any(LETTERS.search(cell) and cell not in OF_R for cell in cells):
        return {}
    return {"missing": replace(marks, in_text=marks.in_text | {"na"})}


def _of_format(source: TableSource, options: DataOptions) -> DataOptions:
    """The options for the text that rows of another format are written as."""
    if source.rows is None:
        return options
    refuse_of_text(str(source.path), source.name, options, named=source.rows.named)
    return options.replace(delimiter="comma", encoding="utf-8", header="yes" if source.rows.named else options.header)


def refuse_of_text(where: str, kind: str, options: DataOptions, *, named: bool) -> None:
    """`OptionError` for an option of text alone in a file of another format, which may have names of columns."""
    own = {"delimiter", "encoding"} | ({"header"} if named else set())
    for name in sorted(own & set(options.changed())):
        raise OptionError(f"{where}: --{name} has no effect: the file is {kind}, which says so itself; leave it out")


def is_names_again(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row holds the names of the columns once more, as where files were joined."""
    return row[0].strip() == names[0] and [cell.strip() for cell in row] == list(names)


def _before_table(start: str, options: DataOptions) -> tuple[str, int, list[str] | None, list[str]]:
    """(the delimiter, lines before the table, names in the last comment above it, remarks) by a file's beginning.

    Before the table may stand Excel's sep=;, comments that begin with #, and a few lines with other numbers of cells.
    """
    asked = DELIMITERS.get(options.delimiter, "")
    lines = start.splitlines()
    lines = lines[:-1] if len(lines) > 1 and len(start) >= 1 << 16 else lines  # the last may be cut short
    skipped, notes, names = 0, [], None
    excel = re.fullmatch(r'\s*"?sep=(.)"?\s*', lines[0]) if lines else None
    if excel:
        skipped, asked = 1, asked or excel[1]
    comments = 0
    while skipped + comments < len(lines) and (
        lines[skipped + comments].startswith(("#", "%")) or (comments and not lines[skipped + comments].strip())
    ):
        comments += 1
    if comments == len(lines) - skipped:
        comments = 0
    rest = "\n".join(lines[skipped + comments :])
    delimiter = asked or _delimiter(rest)
    if comments:
        last = next(line for line in reversed(lines[skipped : skipped + comments]) if line.strip())
        inner = [row for row, _ in rows_of([last.lstrip("#% ")], delimiter)]
        if inner and len(inner[0]) > 1 and all(cell.strip() for cell in inner[0]):
            names = [cell.strip() for cell in inner[0]]
        skipped += comments
        notes.append(f"{_lines(comments)} of comments before the table: left out")
    more = 0 if options.header == "no" else _preamble(rest, delimiter)
    if more:
        first = rest.splitlines()[0].strip()[:40]
        notes.append(f"{_lines(more)} before the table ({first!r}{', …' if more > 1 else ''}): left out")
        names = None
    return delimiter, skipped + more, names, notes


def _lines(count: int) -> str:
    return f"{count:,} line{'s' if count > 1 else ''}"


def _preamble(text: str, delimiter: str) -> int:
    """Lines before a table that are no rows of it: with fewer cells than nearly all others have, or with all but one
    empty. A single line with one cell less is a header as R writes it."""
    lines = text.splitlines()[:200]
    try:
        rows = [(row, line) for row, line in rows_of(lines, delimiter)]
    except csv.Error:
        return 0
    widths = Counter(len(row) for row, _ in rows)
    width, often = widths.most_common(1)[0] if widths else (0, 0)
    if width < 2 or often < 0.7 * len(rows) or often < 3:
        return 0

    def is_row(row: Sequence[str]) -> bool:
        filled = sum(bool(cell.strip()) for cell in row)
        return len(row) >= width - 1 and (filled > 1 or width < 3)

    before = 0
    for row, line in rows[:BEFORE]:
        if is_row(row):
            break
        before = line
    if not before or not is_row(next((row for row, line in rows if line > before), [])):
        return 0
    return before


def _sampled(rows: Iterator[tuple[list[str], int]]) -> Iterator[tuple[list[str], int]]:
    """The first rows, so many that no more than so many cells and characters are held as text."""
    cells = characters = 0
    for row in itertools.islice(rows, SAMPLE + 1):
        yield row
        cells += len(row[0])
        characters += sum(map(len, row[0]))
        if cells > SAMPLE_CELLS or characters > SAMPLE_CHARACTERS:
            return


def _encoding(source: TableSource, name: str) -> str:
    with source.binary() as file:
        begins = file.read(4)
    if name.lower().replace("_", "-") in ("utf-8", "utf8", "utf-16", "utf16"):
        if begins[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"  # as its first bytes say
        if len(begins) == 4 and (begins[1::2] == b"\0\0") != (begins[::2] == b"\0\0"):
            return "utf-16-le" if begins[1::2] == b"\0\0" else "utf-16-be"  # without a mark
    return codec_of(source.path, name)


class complaints:
    """Turns what Python says about text into one line that names the file and the line."""

    def __init__(self, source: TableSource, encoding: str) -> None:
        self.source, self.path, self.encoding = source, source.path, encoding

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
            with self.source.binary() as file:
                for line in file:
                    number += 1
                    line.decode(self.encoding)
        except UnicodeError:
            return f"line {number}"
        return "the file"


class BoundedLines:
    """The lines of a file; `DataError` where one, or the lines of one row together, are too long to hold as cells."""

    def __init__(self, file: IO[str], where: str) -> None:
        self.where = where
        self.characters = 0  # read by now
        self.row = 0  # how many had been read when the last row ended
        self.number = 0
        self.most = None if is_trusted() else LONGEST_ROW
        self._lines = file if self.most is None else iter(functools.partial(file.readline, LONGEST_ROW), "")

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.characters += len(line)
            self.number += 1
            if self.most is not None and self.characters - self.row >= self.most:
                raise DataError(
                    f"{self.where}: the row at line {self.number} has more than {self.most:,} characters; end lines and"
                    " quotes as a table does; or, if these are rows: trusted=True, or --trusted"
                )
            yield line


def rows_of(file: Iterable[str], delimiter: str, skip: int = 0) -> Iterator[tuple[list[str], int]]:
    """The rows that are not blank, after `skip` lines, each with the number of its last line."""
    bounded = file if isinstance(file, BoundedLines) else None
    for row in _rows_of(iter(file), delimiter, skip):
        if bounded is not None:
            bounded.row = bounded.characters
        if row[0]:
            yield row


def _rows_of(file: Iterator[str], delimiter: str, skip: int) -> Iterator[tuple[list[str], int]]:
    """The same, with blank rows as []."""
    for _ in range(skip):
        next(file, None)
    if delimiter == " ":
        for number, line in enumerate(file, skip + 1):
            yield _blank_separated(line), number
        return
    reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=True)
    try:
        for row in reader:
            blank = not row or (len(row) == 1 and not row[0].strip())
            yield [] if blank else row, reader.line_num + skip
    except csv.Error as error:
        raise csv.Error(
            f"line {reader.line_num + skip}: {error}, expected cells with commas or quotes inside to stand in quotes"
        ) from error


def _blank_separated(line: str) -> list[str]:
    """Cells with blanks between them; in quotes a cell may have blanks inside."""
    if '"' not in line:
        return line.split()
    return next(csv.reader([line.strip()], delimiter=" ", skipinitialspace=True), [])


def _delimiter(text: str) -> str:
    """The delimiter with which most of the first lines have equally many cells, two or more; else a comma."""
    lines = [line for line in text.splitlines()[:200] if line.strip()]
    lines = lines[:-1] if len(lines) > 1 else lines  # the last may be cut short
    best, most = ",", 0.0
    for delimiter in ("\t", ";", "|", ",", " "):
        try:
            counts = [len(row) for row, _ in rows_of(lines, delimiter)]
        except csv.Error:
            continue
        if not counts:
            continue
        usual = max(set(counts), key=counts.count)
        share = counts.count(usual) / len(counts)
        if usual > 1 and share > most:
            best, most = delimiter, share
    return best
