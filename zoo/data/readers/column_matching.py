"""Match a table's columns to those of training: by name where both have names, else by order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zoo.data.missing_values import is_mark
from zoo.data.readers.columns import chosen
from zoo.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing


@dataclass(frozen=True)
class TrainedColumns:
    """The columns of the table a model was trained on, or of a time step."""

    inputs: tuple[str, ...]  # in the model's order
    text: tuple[bool, ...]  # which of these hold text
    targets: tuple[str, ...]  # none where only rows to predict are wanted
    table: tuple[str, ...]  # all columns in the file's order; without any, the inputs and then the targets
    named: bool  # whether these are names that the data gave, and not numbers that zoo counted
    optional: bool = False  # whether the targets need not be there: the model learned without them
    sequence: str = ""  # the column that names the sequences, as the option says it of the training table
    group: tuple[str, ...] = ()  # the columns that name the series
    spellings: tuple[str, ...] = ()  # how the inputs are written, then the targets; none where it is not known
    words: frozenset[str] = frozenset()  # categories that could be taken for missing values
    fills: bool = True  # whether the model knows what to put in for a missing cell
    clock: tuple[str, str] = ("", "")  # the column that says when a row of a series is, and how it is written

    @classmethod
    def of(
        cls,
        step: Preprocessing,
        targets: Sequence[str] = (),
        sequence: str = "",
        optional: bool = False,
        group: tuple[str, ...] = (),
        clock: tuple[str, str] = ("", ""),
    ) -> TrainedColumns:
        """Those that a table's preprocessing knows, or that of a time step, with the targets to be found besides."""
        names = tuple(column.name for column in step.columns)
        text = tuple(column.is_text for column in step.columns)
        spellings = (*(column.spelling for column in step.columns), *step.target_spellings)
        words = frozenset(name for column in step.columns for name in column.categories or () if is_mark(name))
        known = (names, text, tuple(targets), step.table, step.named, optional, sequence, group, spellings, words)
        return cls(*known, step.fills, clock)

    @property
    def header(self) -> tuple[str, ...]:
        """The names that a first row of names would hold; none where training's table had none."""
        return self.inputs if self.named else ()

    def without_targets(self) -> TrainedColumns:
        """These columns, where the targets are given beside the table or not wanted."""
        return replace(self, targets=())

    @property
    def order(self) -> tuple[str, ...]:
        return self.table or (*self.inputs, *self.targets)


@dataclass(frozen=True)
class Matched:
    """Places of the columns in another table."""

    inputs: list[int]  # in the model's order
    targets: list[int]
    notes: tuple[str, ...] = ()  # what was left out, and what was taken by its place


def match(
    known: TrainedColumns,
    names: Sequence[str],
    named: bool,
    where: str,
    *,
    target: str = "",
    ignored: Collection[int] = (),
    numeric: Sequence[int] | None = None,
    key: int | None = None,
) -> Matched:
    """The places of the inputs and targets of training in a table with these column names.

    `target` names other target columns than training's; `ignored` columns are left out without a remark. Without names
    the table has all columns of training, or the inputs alone; `numeric` are the places of the columns of numbers of a
    series, which may have other columns of text than in training, and `key` is that of the column which names the
    sequences, beside which the inputs may stand alone. `DataError` where a column is missing.
    """
    if known.named and named:
        found = _by_name(known, names, where)
    else:
        if numeric is None and key is not None:
            numeric = [place for place in range(len(names)) if place != key]
        found = _by_place(known, names, where, numeric)
    targets = found.targets
    if target not in ("", "none"):
        targets = chosen(target, names, where, "target")
        taken = set(found.inputs)
        both = next((place for place in targets if place in taken and known.targets), None)
        if both is not None:
            raise DataError(f"{where}: --target names {names[both]!r}, which is an input of the model")
    elif known.targets and not targets and not known.optional:
        some = (
            f"the column {known.targets[0]!r}" if len(known.targets) == 1 else f"the columns {_listed(known.targets)}"
        )
        raise DataError(
            f"{where}: the target is missing: got the columns {_listed(names)}, expected {some} as well, as in"
            " training; `zoo predict` answers rows without targets"
        )
    notes = list(found.notes)
    if known.named and named:
        used = {*found.inputs, *targets, *ignored}
        trained = set(known.order)
        extra = [name for place, name in enumerate(names) if place not in used and name not in trained]
        if extra:
            notes.append(f"left out, as training did not have {_it(extra)}: {_listed(extra)}")
    taken = set(found.inputs)
    inside = next((place for place in ignored if place in taken), None)
    if inside is not None:
        raise DataError(f"{where}: --ignore names {names[inside]!r}, which the model was trained on; leave it in")
    return Matched(found.inputs, targets, tuple(notes))


def _by_name(known: TrainedColumns, names: Sequence[str], where: str) -> Matched:
    there = set(names)
    missing = [name for name in known.inputs if name not in there]
    if missing:
        trained = set(known.inputs)
        others = [name for name in names if name not in trained]
        what = f"is no column {missing[0]!r}" if len(missing) == 1 else f"are no columns {_listed(missing)}"
        hint = did_you_mean(missing[0], others) if others else ""
        raise DataError(f"{where}: there {what}, which the model was trained on{hint}")
    places = {name: place for place, name in enumerate(names)}
    targets = [places[name] for name in known.targets if name in places]
    return Matched([places[name] for name in known.inputs], targets if len(targets) == len(known.targets) else [])


def _by_place(known: TrainedColumns, names: Sequence[str], where: str, numeric: Sequence[int] | None) -> Matched:
    order = known.order
    rank = {name: place for place, name in reversed(list(enumerate(order)))}
    alone = sorted(known.inputs, key=rank.__getitem__)  # the inputs in the order of training's table
    if len(names) == len(order):
        at = {name: place for place, name in enumerate(order)}
    elif len(names) == len(alone):
        at = {name: place for place, name in enumerate(alone)}
    elif numeric is not None and len(numeric) == len(alone):
        at = dict(zip(alone, numeric, strict=True))
    else:
        whole = f", or all {len(order)} of the training data ({_listed(order)})" if len(order) > len(alone) else ""
        raise DataError(
            f"{where}: the rows have {len(names)} columns, expected the {len(alone)} inputs ({_listed(alone)}){whole}"
        )
    notes: tuple[str, ...] = ()
    if known.named:
        notes = (f"has no names of columns; taken in training's order: {_listed(sorted(at, key=at.__getitem__))}",)
    targets = [at[name] for name in known.targets if name in at]
    return Matched([at[name] for name in known.inputs], targets if len(targets) == len(known.targets) else [], notes)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:8])) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _it(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
