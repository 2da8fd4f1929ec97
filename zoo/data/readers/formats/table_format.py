"""What a format of tables is: how it is recognized, and how its rows are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Row = Sequence[str]


@dataclass(frozen=True)
class Rows:
    """The rows of a table, read anew by each call of `open`; a missing cell is empty."""

    names: tuple[str, ...]
    open: Callable[[], Iterator[Row]]
    named: bool = True  # whether the format has names of columns; else `names` is a first row like the others
    texts: frozenset[int] = frozenset()  # places of the columns that the file says hold text, whatever it looks like


@dataclass(frozen=True)
class TableFormat:
    """A format, by the first bytes of a file, unpacked, and the suffix of its name.

    `read` gets the names of the inputs that a model was trained on, none in training: in some formats a file does not
    say which columns there are. None: its columns have types, and `columns_in` takes them as they are.
    """

    name: str
    recognizes: Callable[[Path, bytes, str], bool]
    read: Callable[[Path, Sequence[str]], Rows] | None = None
