"""The columns of a table, wherever they come from: names, kinds, how cells are written, marks of missing values.

Two kinds of tables stand behind this: cells that are text (`readers.csv.sniff.Layout`) and columns that have a type
(`typed_columns.TypedTable`). Everything that depends on what a column means is decided here, from the first rows of
either by the rules of `column_kinds`; readers only hand over names and cells.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from zoo.data.column_kinds import ColumnKind, Values, constant, kind_of, kind_of_values
from zoo.data.missing_values import MissingValues
from zoo.data.options import DataOptions
from zoo.data.spelling import PLAINLY, Spelling, spelling_of
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.readers.column_matching import TrainedColumns

SAMPLE = 10_000  # rows by which the kinds of columns are judged
SAMPLE_CELLS = 1_000_000  # cells of these rows, when the table is wide


@dataclass(frozen=True, kw_only=True)
class NamedColumns(ABC):
    """What the first rows of a table tell of all of them."""

    names: tuple[str, ...]
    named: bool  # the names come from the table
    learned: bool = False  # a model was trained on these columns: which there are, and of what kind, is settled
    fills: bool = True  # whether a missing cell of an input can be imputed: of a trained model, whether it knows how
    index: frozenset[int] = frozenset()  # columns that have no name where the others have one, or name the rows
    missing: MissingValues = field(default_factory=MissingValues)
    decimal: str = "auto"
    thousands: str = "auto"
    dates: str = "auto"
    spellings: Mapping[int, Spelling] = field(default_factory=dict)  # known from training, by place
    notes: tuple[str, ...] = ()
    texts: frozenset[int] = frozenset()  # places of the columns whose source says that they hold text

    # --- where the columns come from --------------------------------------------------------------------------------

    @property
    @abstractmethod
    def where(self) -> str:
        """The table as an error names it."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The table as a line for the eye names it."""

    @property
    @abstractmethod
    def about(self) -> Mapping[str, Any]:
        """What a dataset says of where it comes from: `name` and `path`."""

    @property
    @abstractmethod
    def whole(self) -> bool:
        """Whether the first rows are all of them."""

    @abstractmethod
    def first_cells(self) -> Sequence[Sequence[str] | Values]:
        """The first cells of each column: text, or values that have a type."""

    @abstractmethod
    def times_at(self, place: int) -> Array | None:
        """(rows,) days since 1970 in a column of dates that has a type; None for one that is text."""

    @abstractmethod
    def with_index(self, options: DataOptions) -> Self:
        """This table with what names its rows beside the columns, a DataFrame's index, as further columns."""

    def place(self, row: int, line: int | None = None) -> str:
        """A row, counted from 0, as an error names it."""
        return f"row {row + 1}" if line is None else f"row {row + 1} (line {line})"

    # --- what the columns mean --------------------------------------------------------------------------------------

    def is_text(self, place: int, *, codes: bool = True) -> bool:
        """Whether a column holds categories; without `codes`, whole numbers that begin with a zero are numbers."""
        kind = self.kinds[place]
        return kind.text and (codes or not kind.codes)

    def is_date(self, place: int) -> bool:
        return bool(self.kinds[place].spelling.date)

    def spelling(self, place: int) -> Spelling:
        """How a column of numbers is written."""
        return self.spellings[place] if self.learned and place in self.spellings else self.kinds[place].spelling

    def as_trained(self, inputs: Sequence[int], targets: Sequence[int], known: TrainedColumns) -> Self:
        """With what training knew of the columns at these places, as far as the options do not say otherwise."""
        spellings: dict[int, Spelling] = {}
        if known.spellings:
            spellings = {place: Spelling() for place in inputs}
            places = [*inputs, *targets]
            spellings |= {place: Spelling.parse(text) for place, text in zip(places, known.spellings, strict=False)}
            asked = self.decimal, self.thousands, self.dates
            spellings = {place: each.written(*asked) for place, each in spellings.items()}
        missing = self.missing.as_trained(known.words)
        return replace(self, learned=True, fills=known.fills, spellings=spellings, missing=missing)

    @functools.cached_property
    def marks(self) -> MissingValues:
        """The marks of missing values, with those that columns of numbers have shown."""
        return self._understood[1]

    @property
    def kinds(self) -> tuple[ColumnKind, ...]:
        """The kind of each column, by the first rows."""
        return self._understood[0]

    @functools.cached_property
    def _understood(self) -> tuple[tuple[ColumnKind, ...], MissingValues]:
        columns = self.first_cells()
        kinds = [self._kind(place, cells, self.missing) for place, cells in enumerate(columns)]
        written = [None if isinstance(cells, Values) else cells for cells in columns]
        if any(kind.spelling.decimal == "comma" for kind in kinds) and self.decimal == "auto":
            for place, (kind, cells) in enumerate(zip(kinds, written, strict=True)):
                numbers = cells is not None and not kind.text and not kind.spelling.date
                if cells is not None and numbers and any("." in each or "," in each for each in cells):
                    kinds[place] = self._with_comma(kind, cells)
        marks = self.missing.seen_in_numbers(
            cell.strip().lower()
            for kind, cells in zip(kinds, written, strict=True)
            if cells is not None and not kind.text and kind.kind != "empty"
            for cell in cells
            if not cell[-1:].isdigit()  # as no word ends
        )
        if marks != self.missing:
            kinds = [
                self._kind(place, columns[place], marks) if kind.text else kind for place, kind in enumerate(kinds)
            ]
        if self.whole:
            kinds = [constant(kind, cells, marks) for kind, cells in zip(kinds, columns, strict=True)]
        return tuple(kinds), marks

    @functools.cached_property
    def _ends(self) -> tuple[int, int]:
        """The places of the first and the last column that is no index."""
        places = range(len(self.names))
        first = next((place for place in places if place not in self.index), -1)
        return first, next((place for place in reversed(places) if place not in self.index), -1)

    def _kind(self, place: int, cells: Sequence[str] | Values, missing: MissingValues) -> ColumnKind:
        outermost = place in self._ends
        if isinstance(cells, Values):
            kind = kind_of_values(self.names[place], cells, missing, named=self.named, outermost=outermost)
        else:
            kind = kind_of(
                self.names[place],
                cells,
                missing,
                named=self.named,
                outermost=outermost,
                decimal=self.decimal,
                thousands=self.thousands,
                dates=self.dates,
                text=place in self.texts,
            )
        if place in self.index and kind.kind != "empty" and _all_differ(cells):
            return ColumnKind("index", kind.text, kind.spelling)
        return kind

    def _with_comma(self, kind: ColumnKind, cells: Sequence[str]) -> ColumnKind:
        """The kind again, in a table where another column has a decimal comma."""
        present = [cell for cell in cells if not self.missing.is_missing(cell, text=False)]
        spelling = spelling_of(list(dict.fromkeys(present)), thousands=self.thousands, comma=True)
        return kind if spelling is None else ColumnKind(kind.kind, spelling=spelling)

    # --- what is said of a cell -------------------------------------------------------------------------------------

    def missing_cell(self, name: str, at: str, cell: str, todo: str) -> str:
        """The error of a missing cell; `at`: its row, `todo`: what can be done about it."""
        got = f"{cell.strip()!r}" if cell.strip() else "nothing"
        if cell.strip() and self.missing.named:
            got += " (missing, by --missing-values)"
        elif cell.strip() and not self.learned:
            todo += f"; or, if {got} is a value of its own, say so with --missing-values ''"
        return f"{self.where}: column {name!r}, {at}: got {got}, expected a value; {todo}"

    def without_missing(self, fillable: bool) -> str:
        """What can be done about a missing cell of an input (`fillable`) or of a target."""
        if not fillable:
            what = "" if self.learned else "a row without its target cannot be learned from: "
            return f"{what}remove it, or leave such rows out with --missing-targets skip"
        if not self.learned:
            return "remove the row, leave the column out with --ignore, or fill it with --missing mean"
        if self.fills:
            return "remove the row, or fill it with --missing mean"
        return "remove the row, or fill the cell; a model trained with --missing mean fills it by itself"

    def no_number(self, name: str, at: str, cell: str, spelling: Spelling) -> str:
        """The error of a cell in a column of numbers, or of dates, that is not written as one."""
        plain = spelling == PLAINLY
        expected = f"a date like {spelling.date}" if spelling.date else "a number"
        expected += "" if plain or spelling.date else f" written with {spelling.description}"
        if self.learned:
            advice = f"{expected} as in training; fix it"
            advice += "; dates of another format: --dates FORMAT" if spelling.date else ""
            if not spelling.date and spelling_of([cell]) is not None:
                advice += ", or, where these numbers are written otherwise, say how: --decimal, --thousands"
        else:
            advice = (
                f"{expected}; fix it, leave the column out with --ignore, name a mark of missing values with"
                " --missing-values, or, if it holds text, name it with --categorical"
            )
        return f"{self.where}: column {name!r}, {at}: got {cell.strip()!r}, expected {advice}"


def _all_differ(cells: Sequence[str] | Values) -> bool:
    if isinstance(cells, Values):
        values = cells.array.tolist()
        return len(set(values)) == len(values)
    return len(set(cells)) == len(cells)


def settings_of(options: DataOptions) -> dict[str, Any]:
    """What the options say of how cells are written."""
    return {
        "missing": MissingValues.of(options.missing_values),
        "decimal": options.decimal,
        "thousands": options.thousands,
        "dates": options.dates,
    }
