"""A dataset: raw rows as they stand in memory or in files, with what is known about their columns, targets and labels.

Rows are never copied for a split: a part of a dataset is row numbers, and rows are encoded when a batch asks for them.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from zoo.core.metrics import Metric
from zoo.data.chosen_rows import RowNumbers, rank_in
from zoo.data.options import DataOptions
from zoo.data.timeline import Timeline
from zoo.errors import DataError
from zoo.platform.reading import reading
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.model import Model
    from zoo.data.samples.protocol import Samples


KINDS = ("table", "images", "sequences")
SPLITS = ("random", "last", "all")
SAMPLED = "sha256-sampled:"  # how a digest begins that was not made of all contents
PIECE = 2**22  # bytes looked at together when a whole dataset is gone through


class Source(Protocol):
    """Rows of numbers, in memory or in a file: (rows, *shape of one)."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    @property
    def block(self) -> int | None:
        """Rows best read together from the file; None in memory."""
        ...

    def read(self, start: int, stop: int) -> Array:
        """The rows from `start` to before `stop`, in order; not to be written to."""
        ...

    def take(self, numbers: Array) -> Array:
        """The rows with these numbers, in this order, as a new array."""
        ...


@dataclass(frozen=True, eq=False)
class InMemory:
    """Rows in an array."""

    array: Array
    block: None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.array.dtype)

    def read(self, start: int, stop: int) -> Array:
        return self.array[start:stop]

    def take(self, numbers: Array) -> Array:
        # take() is the faster, but copies the whole array first where it is not contiguous (some columns of a table).
        return self.array.take(numbers, axis=0) if self.array.flags.c_contiguous else self.array[numbers]


@dataclass(frozen=True, eq=False)
class Joined:
    """The rows of one source, then those of another of the same shape: a training part and its own test part."""

    first: Source
    second: Source

    @property
    def shape(self) -> tuple[int, ...]:
        return (len_of(self.first) + len_of(self.second), *self.first.shape[1:])

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(self.first.dtype, self.second.dtype)

    @property
    def block(self) -> int | None:
        return self.first.block or self.second.block

    def read(self, start: int, stop: int) -> Array:
        border = len_of(self.first)
        if stop <= border:
            return self.first.read(start, stop)
        if start >= border:
            return self.second.read(start - border, stop - border)
        return np.concatenate([self.first.read(start, border), self.second.read(0, stop - border)])

    def take(self, numbers: Array) -> Array:
        border = len_of(self.first)
        if not len(numbers) or numbers.max() < border:
            return self.first.take(numbers)
        if numbers.min() >= border:
            return self.second.take(numbers - border)
        rows = np.empty((len(numbers), *self.shape[1:]), self.dtype)
        early = numbers < border
        rows[early] = self.first.take(numbers[early])
        rows[~early] = self.second.take(numbers[~early] - border)
        return rows


def len_of(source: Source) -> int:
    return source.shape[0]


def joined(parts: list[Array]) -> Source:
    """Arrays one after the other, as one source; nothing is copied."""
    first = InMemory(parts[0])
    return first if len(parts) == 1 else Joined(first, InMemory(parts[1]))


def pieces(source: Source, size: int = PIECE) -> Iterator[Array]:
    """All rows in order, some at a time."""
    step = rows_within(source, size)
    for start in range(0, len_of(source), step):
        yield source.read(start, min(start + step, len_of(source)))


def pieces_of(source: Source, numbers: RowNumbers, size: int = PIECE) -> Iterator[tuple[Array, Array]]:
    """The rows with these ascending numbers, some at a time, with their numbers; reads at most `size` bytes at once."""
    step, done = rows_within(source, size), 0
    with reading("going through the rows", len(numbers)) as read_by_now:
        while done < len(numbers):
            start = int(numbers[done])
            stop = min(start + step, len_of(source))
            upto = rank_in(numbers, stop)
            part = numbers[done:upto]
            rows = source.read(start, int(part[-1]) + 1)
            yield part, rows if len(rows) == len(part) else rows[part - start]
            done = upto
            read_by_now(done)


def rows_within(source: Source, size: int) -> int:
    """How many rows of a source take `size` bytes; at least one."""
    return max(1, size // max(1, int(np.prod(source.shape[1:], dtype=np.int64)) * source.dtype.itemsize))


@dataclass(frozen=True, slots=True)  # there may be a million
class Column:
    """A column of a table. One of text has categories: its cells are their numbers. A missing cell is NaN."""

    name: str
    categories: tuple[str, ...] | None = None  # None: a column of numbers
    spelling: str = ""  # how numbers are written, or dates that became days, as `Spelling` has it; "" plainly
    # Of a column of numbers in a file: the different cells as they are written, None where they are very many.
    written: Callable[[], tuple[str, ...] | None] | None = field(default=None, compare=False, repr=False)

    @property
    def is_text(self) -> bool:
        return self.categories is not None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Raw rows, and how they are to be read.

    inputs (rows, *shape of one input). Grey images have shape (height, width), others (height, width, channel).
    targets: classification (rows,) numbers of `labels`; multi-label (rows, labels) of 0 and 1; regression
    (rows, targets); None where there are none. `labels` are the class names, in numeric order where all are numbers,
    else sorted; for multi-label and regression the names of the target columns. In which type classes were given, and
    are answered, says `label_type`; whether targets were a vector or columns, `target_axes` (1 or 2, None: classes are
    a vector, quantities columns).
    """

    name: str
    task: str
    inputs: Source
    targets: Source | None = None  # always in memory
    labels: tuple[str, ...] = ()
    label_type: str = "text"  # of zoo.data.labels.TYPES
    target_axes: int | None = None
    kind: str = "table"  # what one input is: a row of a "table", whose columns differ, one of "images", of "sequences"
    columns: tuple[Column, ...] = ()  # of a table, one for each input column; of sequences, of one time step
    named: bool = False  # whether the columns' names come from the data, and not from counting
    table: tuple[str, ...] = ()  # names of all columns of the file in their order, inputs or not
    target_columns: tuple[str, ...] = ()  # names of the columns of a table that the targets come from
    target_spellings: tuple[str, ...] = ()  # how their cells are written, as those of columns
    matched: bool = False  # whether the columns were found as a trained model's, and not by the options alone
    registered: bool = False  # whether it opens again by its name
    own_validation: int = 0  # rows before the data's own test part, so many, are their own validation part
    own_test: int = 0  # the last rows, so many, are the data's own test part
    splits: str = "random"  # how the rest is split: "random", "last" (later rows are held out), "all" (a truth table)
    test: float = 0.2  # share held out where there is no own test part
    missing: str = "error"  # what is done about missing values
    path: str = ""  # the file or folder it was read from; "" for a registered dataset
    options: Mapping[str, Any] = field(
        default_factory=dict
    )  # the data options it was opened with, where not the default
    window: int = 8  # blocks kept in memory at once
    understood: tuple[str, ...] = ()  # a few lines: what is learned, from which columns, and what is left out
    left_out: tuple[str, ...] = ()  # columns that are not learned from by what they hold, with that: "id (index)"
    # What was assumed where no option decided, with the option that decides, and oddities of the data.
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()  # of rows to predict that are each a file of a folder: its path in there
    timeline: Timeline | None = None  # of a series out of a table: of which row and time each time step is
    # Further metrics of a model on samples, of what only these data know: whether a string is of their grammar.
    judge: Callable[[Model, Samples], Mapping[str, float]] | None = None
    declared_metrics: tuple[Metric, ...] = ()  # what `judge` gives, declared

    def __post_init__(self) -> None:
        for name in ("inputs", "targets"):
            given = getattr(self, name)
            if isinstance(given, np.ndarray):
                object.__setattr__(self, name, InMemory(given))
        if self.kind not in KINDS or self.splits not in SPLITS:
            raise DataError(f"{self.name}: kind {self.kind!r} or split {self.splits!r} is not known")
        if not len(self):
            raise DataError(f"{self.where}: there are no rows")
        if not self.inputs.shape[1:] or 0 in self.inputs.shape:
            raise DataError(f"{self.where}: inputs have shape {self.inputs.shape}, expected (rows, values of one, …)")
        if self.targets is not None and len_of(self.targets) != len(self):
            raise DataError(
                f"{self.where}: there are {len(self)} rows of inputs and {len_of(self.targets)} of targets,"
                " expected as many of one as of the other"
            )
        if self.kind != "images" and not self.columns:
            object.__setattr__(self, "columns", numbered_columns(self.inputs.shape[-1]))
        # The cells of inputs were looked at by now: nothing is to keep their file's first rows alive.
        if any(each.written is not None for each in self.columns):
            plain = (each if each.written is None else replace(each, written=None) for each in self.columns)
            object.__setattr__(self, "columns", tuple(plain))

    def __len__(self) -> int:
        return len_of(self.inputs)

    @property
    def where(self) -> str:
        """The data as an error names them."""
        return self.path or self.name

    @property
    def reopen(self) -> tuple[str, dict[str, Any]]:
        """What `open_dataset` is given to have the same data again: name or path, and the options that were set."""
        return self.path or self.name, dict(self.options)

    @property
    def block(self) -> int | None:
        """Rows that are read together from a file; None where all inputs are in memory."""
        return self.inputs.block

    @property
    def has_classes(self) -> bool:
        """Whether the targets are class numbers, be they learned from or only known."""
        return self.targets is not None and self.task in ("classification", "unsupervised")

    @functools.cached_property
    def digest(self) -> str:
        """What the data are known by: "sha256:…" over all contents when they are in memory.

        Data read in blocks: "sha256-sampled:…", over shapes, types, what is in memory, and 256 pieces of rows evenly
        spread over the file, first and last included. It knows another file for another, at a cost that does not grow
        with the file; a single value changed between the pieces it does not see. Whether a dataset has the digest of
        one that was read in the other way tells `has_digest`.
        """
        return self._digest(self.block is not None)

    def has_digest(self, digest: str) -> bool:
        """Whether these are the data known by this digest, be it over all contents or sampled, in memory or in blocks.

        A digest over all contents reads data in blocks once.
        """
        sampled = digest.startswith(SAMPLED)
        return digest == (self.digest if self.digest.startswith(SAMPLED) == sampled else self._digest(sampled))

    @property
    def contents_digest(self) -> str:
        """One digest for the same data in memory and in blocks: the sampled one."""
        return self.digest if self.digest.startswith(SAMPLED) else self._digest(True)

    @property
    def rows_digest(self) -> str:
        """One digest for the same rows of a source, whichever columns are inputs; without targets, of all contents."""
        if self.targets is None:
            return self.contents_digest
        digest = hashlib.sha256(json.dumps([self.path or self.name, self.labels, len(self)]).encode())
        for rows in _contents(self.targets, False):
            digest.update(np.ascontiguousarray(rows).data)
        return digest.hexdigest()

    def _digest(self, sampled: bool) -> str:
        about = {
            "kind": self.kind,
            "task": self.task,
            "labels": self.labels,
            "columns": [[column.name, column.categories] for column in self.columns],
            "own_test": self.own_test,
        }
        if self.own_validation:
            about["own_validation"] = self.own_validation
        digest = hashlib.sha256(json.dumps(about).encode())
        for source in (self.inputs, self.targets):
            if source is None:
                continue
            plain = source.dtype.newbyteorder("<")
            digest.update(json.dumps([source.shape, plain.str]).encode())
            for rows in _contents(source, sampled and source is self.inputs):
                digest.update(np.ascontiguousarray(rows, plain).data)
        return (SAMPLED if sampled else "sha256:") + digest.hexdigest()

    @property
    def has_test_part(self) -> bool:
        """Whether the data come with a test part of their own, or are their own test (a truth table)."""
        return self.own_test > 0 or self.splits == "all"

    def to_manifest(self) -> dict[str, Any]:
        """What a manifest says of the data: enough to open the same again, and to see that they are the same."""
        name, options = self.reopen
        return {
            "name": name,
            "options": options,
            "task": self.task,
            "shape": list(self.inputs.shape),
            "digest": self.digest,
            "targets": list(self.target_columns),
            "splits": self.splits,
            "test": self.test,
            "given": not self.path and not self.registered,
            "matched": self.matched,
        }

    def replace(self, **changes: Any) -> Dataset:
        return replace(self, **changes)


def _contents(source: Source, sampled: bool) -> Iterator[Array]:
    """What a digest is made of."""
    own = getattr(source, "contents", None)  # of sequences, whose rows overlap or have many lengths
    if own is not None:
        return (each.reshape(-1) for each in own())
    return _sampled(source) if sampled else pieces(source)


def _sampled(source: Source) -> Iterator[Array]:
    rows, step = len_of(source), rows_within(source, 2**16)
    for start in np.unique(np.linspace(0, max(0, rows - step), 256).astype(np.int64)):
        yield source.read(int(start), min(int(start) + step, rows))


def numbered_columns(count: int, first: int = 1) -> tuple[Column, ...]:
    """Columns that are known by their number alone."""
    return tuple(Column(f"column {number}") for number in range(first, first + count))


@dataclass(frozen=True)
class DatasetSource:
    """A dataset with a name, as a plugin declares it: `--data NAME` opens it.

    `open` gets options of the class `options`. A dataset that takes some of the options of files (target, missing, …)
    names them in `takes`; for others they are refused, since they would be silently lost. One that is downloaded when
    it is opened for the first time says by `here` whether it was.
    """

    name: str
    summary: str
    open: Callable[[Any], Dataset]
    task: str = "classification"
    options: type[DataOptions] = DataOptions
    takes: tuple[str, ...] = ()
    here: Callable[[], bool] = lambda: True  # whether it opens without a download
