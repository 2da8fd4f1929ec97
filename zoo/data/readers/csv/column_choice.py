"""Choose a table's targets, inputs and left-out columns from the options and the column kinds."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zoo.data.column_kinds import DIFFERENT, ColumnKind, Values
from zoo.data.dataset import Column
from zoo.data.named_columns import NamedColumns
from zoo.data.options import DataOptions
from zoo.data.readers.columns import chosen, without
from zoo.data.spelling import PLAINLY
from zoo.errors import DataError, OptionError

NAMED = 8  # columns, or classes, that a line lists
LONG = 60  # characters of a name in a list of them
WIDE = 118  # characters of a line


@dataclass(frozen=True)
class Choice:
    """Places of columns in the file."""

    inputs: list[int]
    targets: list[int]
    left: list[int]  # by their kind, not by an option
    used: list[int]  # asked for by an option, whatever they hold
    text: list[bool]  # which of the inputs and then the targets hold categories


def choose(layout: NamedColumns, options: DataOptions) -> Choice:
    """What the options say; else the last column that tells rows apart by more than their number is learned, and an
    index, row numbers, identifiers, texts too varied and empty columns are left out, unless nothing else is there."""
    names, where, kinds = layout.names, layout.where, layout.kinds
    ignored = chosen(options.ignore, names, where, "ignore") if options.ignore else []
    used = chosen(options.use, names, where, "use") if options.use else []
    if twice := set(used) & set(ignored):
        raise DataError(f"{where}: the column {names[min(twice)]!r} is both in --use and in --ignore")
    cells = layout.first_cells() if used else ()
    idle = [place for place in used if _is_in_use(kinds[place], cells[place])]
    if used and idle == used:
        raise OptionError(
            f"{where}: --use {shlex.quote(options.use)} has no effect: {some([names[place] for place in idle])} would"
            " not be left out; leave the option out"
        )
    targets: list[int] = []
    if options.target not in ("", "none"):
        targets = chosen(options.target, names, where, "target")
    left = [place for place in without(len(names), {*ignored, *used}) if kinds[place].left_out]
    if not options.target and options.task != "unsupervised":
        others = without(len(names), ignored)
        able = [place for place in others if place not in left or kinds[place].kind in ("text", "identifier")]
        able = [place for place in able if not layout.is_date(place)] or others
        targets = able[-1:]
    if both := set(targets) & set(ignored):
        raise DataError(f"{where}: the column {names[min(both)]!r} is both --target and in --ignore")
    left = [place for place in left if place not in targets]
    inputs = without(len(names), {*targets, *ignored, *left})
    if not inputs:
        inputs = [place for place in left if kinds[place].kind != "empty"]
        left = [place for place in left if place not in inputs]
    if not inputs:
        raise DataError(
            f"{where}: no columns are left for the inputs: of {len(names)}, {len(targets)} are targets; see --delimiter"
        )
    categorical = set(chosen(options.categorical, names, where, "categorical")) if options.categorical else set()
    text = [place in categorical or kinds[place].text for place in inputs]
    codes = options.task != "regression"
    text += [place in categorical or layout.is_text(place, codes=codes) or layout.is_date(place) for place in targets]
    return Choice(inputs, targets, left, used, text)


def _is_in_use(kind: ColumnKind, cells: Sequence[str] | Values) -> bool:
    """Whether a column is an input without being asked for, in a table of any length."""
    return not kind.left_out and (not kind.text or isinstance(cells, Values) or len(set(cells)) <= DIFFERENT)


def understood(
    layout: NamedColumns, choice: Choice, columns: Sequence[Column], rows: int, task: str, labels: Sequence[str]
) -> Iterator[str]:
    """A few lines for the eye: what is learned, from which columns, and which are left out.

    `columns` are those that were read: the inputs, then the targets.
    """
    count = len(layout.names)
    yield f"{layout.title}: {rows:,} rows, {count:,} column{'s' if count != 1 else ''}"
    if choice.targets:
        learned = ", ".join(layout.names[place] for place in choice.targets[:NAMED])
        what = (
            f"{len(labels):,} classes: {some(labels)}"
            if task == "classification"
            else {
                "regression": "a number" if len(choice.targets) == 1 else "numbers",
                "multi-label": "labels, any of them at once",
            }.get(task, "known, not learned from")
        )
        words = sorted({word for place in choice.targets for word in layout.kinds[place].words})
        if words:
            what += f" ({some(words)} among them; missing? --missing-values {shlex.quote(','.join(words))})"
        spelled = [layout.spelling(place).description for place in choice.targets if not layout.kinds[place].text]
        yield _line("learns", [f"{learned} — {what}" + "".join(f" ({each})" for each in spelled if each)])
    pairs = list(zip(choice.inputs, columns, strict=False))
    numbers = [place for place, column in pairs if not column.is_text and not column.spelling]
    parts = []
    if len(numbers) > NAMED:
        parts = [f"{len(numbers):,} columns of numbers: {some([layout.names[place] for place in numbers])}"]
        plain = set(numbers)
        pairs = [(place, column) for place, column in pairs if place not in plain]
    parts += [f"{layout.names[place]} — {_of(layout.kinds[place], column)}" for place, column in pairs]
    yield _line("from", parts)
    if choice.left:
        names = [layout.names[place] for place in choice.left]
        kinds = [f"{name} — {layout.kinds[place].kind}" for name, place in zip(names, choice.left, strict=True)]
        use = ",".join(layout.names[place] for place in choice.left if layout.kinds[place].kind != "empty")
        yield _line("leaves", kinds, f" (--use {shlex.quote(use)})" if use else "")


def _of(kind: ColumnKind, column: Column) -> str:
    """What a column of inputs is taken for."""
    if column.categories is None:
        name = kind.kind if kind.kind in ("whole number", "date", "constant") else "number"
        if kind.spelling == PLAINLY or kind.kind == "constant":
            return name
        if not kind.spelling.date:
            return f"{name} ({kind.spelling.description})"
        first = "day" if kind.spelling.date.startswith("%d") else "month"
        other = "month" if first == "day" else "day"
        return f"date {kind.spelling.date}, as days" + (
            f" (taken for {first}-first; --dates {other}-first)" if kind.unsure else ""
        )
    if kind.kind == "constant":
        return kind.kind
    if kind.kind == "true/false":
        return "/".join(column.categories)
    text = f"category of {len(column.categories):,}"
    if kind.words:
        words = ",".join(kind.words)
        return f"{text}, {some(kind.words)} among them (missing? --missing-values {shlex.quote(words)})"
    return text


def some(names: Sequence[str]) -> str:
    """The first names, each of bounded length, and whether there are more."""
    shown = (name if len(name) <= LONG else f"{name[:LONG]}…" for name in names[:NAMED])
    return ", ".join(shown) + (", …" if len(names) > NAMED else "")


def _line(head: str, parts: Sequence[str], end: str = "") -> str:
    """ "  from     age — number; city — category of 12; …", not too long."""
    line, shown = f"  {head:9}", 0
    for part in parts:
        more = f"{'; ' if shown else ''}{part}"
        if shown and len(line) + len(more) + len(end) > 2 * WIDE:
            line += f"; and {len(parts) - shown} more"
            break
        line, shown = line + more, shown + 1
    return line + end
