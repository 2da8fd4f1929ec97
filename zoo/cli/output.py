"""What commands print on standard output: a table, or one JSON document."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from zoo.printable import printable as printable

if TYPE_CHECKING:
    from zoo.core.metrics import Metric

SHORT = 24  # characters; a column of longer cells is wrapped where the terminal is narrow


def is_terminal() -> bool:
    return sys.stdout.isatty()


def print_json(document: Any) -> None:
    """The one document of `--json`; a number that is not finite is null, as JSON has no word for it."""
    click.echo(json_text(document))


def json_text(document: Any, indent: int | None = 2) -> str:
    """A document as JSON, of which every character is ASCII; what is not finite is null."""
    return json.dumps(_plain(document), indent=indent, ensure_ascii=True, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.item() if hasattr(value, "item") else str(value)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "", names: int = 0) -> None:
    """A table: on a terminal coloured (unless NO_COLOR is set) and wrapped, elsewhere aligned columns of text.

    The last `names` columns are named by the data: they keep their case.
    """
    rows = [[printable(cell) for cell in row] for row in rows]
    columns = [printable(column) for column in columns]
    if is_terminal():
        _rich_table(columns, rows, title)
        return
    if title:
        click.echo(title)
    widths = [max(len(row[i]) for row in [list(columns), *rows]) for i in range(len(columns))]
    ours = len(columns) - names
    for row in [[*(column.upper() for column in columns[:ours]), *columns[ours:]], *rows]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE, title=title or None, title_justify="left", pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        longest = max((len(row[number]) for row in rows), default=0)
        style = "cyan" if number == 0 else ""
        drawn.add_column(Text(column), style=style, no_wrap=longest <= SHORT, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    Console().print(drawn)


def metrics_line(metrics: Mapping[str, float], declared: Iterable[Metric] = ()) -> str:
    """Metrics side by side, as they are declared: "loss 0.0912  accuracy 97.41 %"."""
    from zoo.core import metrics as core  # start-up time: of results alone

    return core.metrics_line(metrics, declared)


def formatted(name: str, value: float | None, declared: Iterable[Metric] = ()) -> str:
    """A metric as people write it: in the unit it is declared with; a plain number where nobody declared it."""
    from zoo.core import metrics as core  # start-up time: of results alone

    return core.formatted(name, value, declared)


def say(line: str) -> None:
    """A line on standard error, in whatever characters that can take."""
    encoding = sys.stderr.encoding or "ascii"
    print(printable(line).encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr, flush=True)
