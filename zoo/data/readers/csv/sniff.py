"""Sniff a CSV file: encoding, delimiter, first line of the table, columns."""

from __future__ import annotations

import contextlib
import csv
import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from zoo.data.column_kinds import ColumnKind, is_number, kind_of
from zoo.data.dates import WAYS, date_format
from zoo.data.missing_values import MissingValues
from zoo.data.options import DELIMITERS, DataOptions
from zoo.data.readers.csv.header import LOOKED_AT, header_lines, is_header, joined_names
from zoo.data.readers.csv.source import TableSource
from zoo.data.readers.encoding import codec_of
from zoo.data.readers.table_or_text import FOREIGN
from zoo.data.spelling import Spelling, spelling_of
from zoo.errors import DataError, OptionError, warn
from zoo.platform.trust import is_trusted

if TYPE_CHECKING:
    from zoo.data.readers.column_matching import TrainedColumns

SAMPLE = 10_000  # rows by which delimiter, header and kinds of columns are judged
SAMPLE_CELLS = 1_000_000  # cells of these rows, when the table is wide
SAMPLE_CHARACTERS = 2**24  # of these rows, when the cells are long
LONGEST_ROW = 2**22  # characters
MOST_COLUMNS = 100_000  # each takes 0.1 ms and a kilobyte
BEFORE = 40  # lines at most that may stand before the table


@dataclass(frozen=True)
class Layout:
    """What the first rows of a file tell of all of them."""

    source: TableSource
    encoding: str
    delimiter: str
    names: tuple[str, ...]
    named: bool  # the names come from the file
    header_lines: int  # lines before the first row of data
    sample: list[list[str]]  # rows of data
    learned: bool = False  # a model was trained on these columns: which there are, and of what kind, is settled
    skipped: int = 0  # lines before the names, or before the first row of data where there are none
    index: int | None = None  # the column that has no name where the others have one
    missing: MissingValues = field(default_factory=MissingValues)
    decimal: str = "auto"
    thousands: str = "auto"
    dates: str = "auto"
    spellings: Mapping[int, Spelling] = field(default_factory=dict)  # known from training, by place
    notes: tuple[str, ...] = ()
    original: tuple[str, ...] = ()  # the names as the file has them
    texts: frozenset[int] = frozenset()  # places of the columns that the format says hold text, whatever it looks like

    @property
    def path(self) -> Path:
        return self.source.path

    @property
    def where(self) -> str:
        return str(self.path)

    def open(self) -> IO[str]:
        """The text of the table."""
        return self.source.open(self.encoding)

    def is_text(self, place: int, *, codes: bool = True) -> bool:
        """Whether a column holds categories; without `codes`, whole numbers that begin with a zero are numbers."""
        kind = self.kinds[place]
        return kind.text and (codes or not kind.codes)

    def is_date(self, place: int) -> bool:
        return self.kinds[place].kind == "date"

    def spelling(self, place: int) -> Spelling:
        """How a column of numbers is written."""
        return self.spellings[place] if self.learned and place in self.spellings else self.kinds[place].spelling

    def as_trained(self, inputs: Sequence[int], targets: Sequence[int], known: TrainedColumns) -> Layout:
        """With what training knew of the columns at these places, as far as the options do not say otherwise."""
        spellings: dict[int, Spelling] = {}
        if known.spellings:
            spellings = {place: Spelling() for place in inputs}
            places = [*inputs, *targets]
            spellings |= {place: Spelling.parse(text) for place, text in zip(places, known.spellings, strict=False)}
            spellings = {place: each.written(self.decimal, self.thousands) for place, each in spellings.items()}
        missing = self.missing.as_trained(known.words)
        return replace(self, learned=True, spellings=spellings, missing=missing)

    @functools.cached_property
    def marks(self) -> MissingValues:
        """The marks of missing values, with those that columns of numbers have shown."""
        return self._understood[1]

    @property
    def kinds(self) -> tuple[ColumnKind, ...]:
        """The kind of each column, by the rows of the sample."""
        return self._understood[0]

    @functools.cached_property
    def _understood(self) -> tuple[tuple[ColumnKind, ...], MissingValues]:
        columns: list[Sequence[str]] = list(zip(*self.sample, strict=True)) if self.sample else [()] * len(self.names)
        kinds = [self._kind(place, cells, self.missing) for place, cells in enumerate(columns)]
        if any(kind.spelling.decimal == "comma" for kind in kinds) and self.decimal == "auto":
            for place, (kind, cells) in enumerate(zip(kinds, columns, strict=True)):
                if not kind.text and not kind.spelling.date and any("." in each or "," in each for each in cells):
                    kinds[place] = self._with_comma(kind, cells)
        numbers = (cells for kind, cells in zip(kinds, columns, strict=True) if not kind.text and kind.kind != "empty")
        marks = self.missing.seen_in_numbers(
            cell.strip().lower()
            for cells in numbers
            for cell in cells
            if not cell[-1:].isdigit()  # as no word ends
        )
        if marks != self.missing:
            kinds = [
                self._kind(place, columns[place], marks) if kind.text else kind for place, kind in enumerate(kinds)
            ]
        return tuple(kinds), marks

    def _kind(self, place: int, cells: Sequence[str], missing: MissingValues) -> ColumnKind:
        kind = kind_of(
            self.names[place],
            cells,
            missing,
            named=self.named,
            outermost=place in (0, len(self.names) - 1),
            decimal=self.decimal,
            thousands=self.thousands,
            dates=self.dates,
            text=place in self.texts,
        )
        if place == self.index and len(set(cells)) == len(cells) and kind.kind != "empty":
            return ColumnKind("index", kind.text, kind.spelling)
        return kind

    def _with_comma(self, kind: ColumnKind, cells: Sequence[str]) -> ColumnKind:
        """The kind again, in a file where another column has a decimal comma."""
        present = [cell for cell in cells if not self.missing.is_missing(cell, text=False)]
        spelling = spelling_of(list(dict.fromkeys(present)), thousands=self.thousands, comma=True)
        return kind if spelling is None else ColumnKind(kind.kind, spelling=spelling)


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


def refuse_unused(layout: Layout, options: DataOptions) -> None:
    """`OptionError` where an option says how cells are written, and no column has cells written so."""
    _refuse_unused_dates(layout, options)
    numbers = [place for place in range(len(layout.names)) if not layout.is_text(place) and not layout.is_date(place)]
    for name, open_to in (("decimal", ("auto", "point")), ("thousands", ("auto", "none"))):
        asked = getattr(options, name)
        if asked not in open_to and all(layout.kinds[place].left_out for place in numbers):
            raise OptionError(
                f"{layout.where}: --{name} {asked} has no effect: no column in use holds numbers; leave it out"
            )
    if layout.missing.named:
        absent = [mark for mark in options.missing_values.split(",") if mark.strip() and not _stands(mark, layout)]
        if absent:
            named = ", ".join(repr(mark.strip()) for mark in absent)
            rows = f"of the first {len(layout.sample):,} rows " if len(layout.sample) >= SAMPLE else ""
            warn(f"{layout.where}: no cell {rows}is {named}, named by --missing-values")


def _stands(mark: str, layout: Layout) -> bool:
    """Whether a cell of the sample is this mark of a missing value."""
    alone = MissingValues.of(mark)
    for place, cells in enumerate(zip(*layout.sample, strict=True)):
        text, spelling = layout.is_text(place), layout.spelling(place)
        for cell in set(cells) - {""}:
            if alone.is_missing(cell, text) and cell.strip():
                return True
            if alone.numbers and not text:
                with contextlib.suppress(ValueError):
                    if spelling.value(cell) in alone.numbers:
                        return True
    return False


def _refuse_unused_dates(layout: Layout, options: DataOptions) -> None:
    """`OptionError` where --dates says how dates are written and no column has dates written so."""
    if options.dates == DataOptions().dates:
        return
    written = {layout.kinds[place].spelling.date for place in range(len(layout.names)) if layout.is_date(place)}
    first = {"day-first": "%d", "month-first": "%m"}.get(options.dates)
    if first is not None and any(form.startswith(first) for form in written):
        return
    if options.dates not in written:
        found = ", ".join(sorted(written))
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
        raise DataError(f"{path}: holds NUL characters, expected text; see --encoding (utf-16, perhaps)")
    if not start.strip():
        raise DataError(f"{path}: holds nothing but blank lines, expected rows of cells")
    for beginning, what in FOREIGN:
        if start.lstrip().lower().startswith(beginning):
            raise DataError(f"{path}: {what}")
    delimiter, skipped, names_above, notes = _before_table(start, options)
    with source.open(encoding) as file, complaints(source, encoding):
        rows = list(_sampled(rows_of(BoundedLines(file, str(path)), delimiter, skipped)))
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
        source,
        encoding,
        delimiter,
        names,
        named,
        line if named else skipped,
        below,
        skipped=skipped,
        index=index,
        missing=MissingValues.of(options.missing_values),
        decimal=options.decimal,
        thousands=options.thousands,
        dates=options.dates,
        notes=(*notes, *([remark] if remark else [])),
        original=names,
        texts=source.rows.texts if source.rows is not None else frozenset(),
    )


def _of_format(source: TableSource, options: DataOptions) -> DataOptions:
    """The options for the text that rows of another format are written as; `OptionError` where one is of text alone."""
    if source.rows is None:
        return options
    own = {"delimiter", "encoding"} | ({"header"} if source.rows.named else set())
    for name in sorted(own & set(options.changed())):
        raise OptionError(
            f"{source.path}: --{name} has no effect: the file is {source.name}, which says so itself; leave it out"
        )
    return options.replace(delimiter="comma", encoding="utf-8", header="yes" if source.rows.named else options.header)


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
    if begins[:2] in (b"\xff\xfe", b"\xfe\xff") and name.lower().replace("_", "-") in ("utf-8", "utf8"):
        return "utf-16"  # as its first bytes say
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
