"""Escape table cells for terminals and spreadsheets: no control sequences, no formulas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from zoo.cli.output import printable, say

FORMULAS = "=+-@＝＋－＠"


class Cells:
    """Rows on their way into a table; counts the cells that were changed."""

    def __init__(self) -> None:
        self.quoted = 0
        self.example = ""

    def rows(self, rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
        for row in rows:
            yield [self.cell(each) if isinstance(each, str) else each for each in row]

    def cell(self, text: str) -> str:
        """Text with control characters escaped and, where a spreadsheet would run it, with ' in front; no number is."""
        shown = printable(text)
        if shown[:1] not in FORMULAS or not shown or _is_number(shown):
            return shown
        self.quoted += 1
        self.example = self.example or shown
        return "'" + shown

    def warn(self) -> None:
        """Say what was changed, if anything was."""
        if self.quoted:
            count = "1 cell begins" if self.quoted == 1 else f"{self.quoted:,} cells begin"
            say(
                f"{count} as a formula does (such as {self.example[:40]!r}) and stand with ' in front, so that"
                " spreadsheets do not run them; JSON has them as they are"
            )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
