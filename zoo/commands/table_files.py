"""Tables of values in files and on standard output: CSV, values between tabs, JSON, JSON lines."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from zoo.commands.output import json_text, printable
from zoo.errors import UsageError

Rows = Iterable[Sequence[Any]]

ENDINGS = {
    "": "csv",
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


def check_out(out: str) -> None:
    """Refuses an --out that exists or whose ending is that of another kind of file, before any time is spent."""
    ending = Path(out).suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f"predict: --out {out!a} ends in {ending}, expected {', '.join(each for each in ENDINGS if each)}"
        )
    if Path(out).exists():
        raise UsageError(f"predict: --out {out!a} exists already; name another file")


def write_table(out: str, columns: Sequence[str], rows: Rows) -> None:
    """Writes a new file of the kind that its ending says."""
    kind = ENDINGS[Path(out).suffix.lower()]
    with open(out, "x", newline="", encoding="utf-8") as file:
        if kind == "json":
            file.write(json_text({"columns": columns, "rows": list(rows)}) + "\n")
        elif kind == "jsonl":
            for row in rows:
                line = json_text(dict(zip(columns, row, strict=True)), indent=None)
                file.write(line + "\n")
        else:
            _write(file, [columns, *rows], "\t" if kind == "tsv" else ",")


def print_csv(columns: Sequence[str], rows: Rows) -> None:
    """Prints CSV with a header on standard output."""
    _write(sys.stdout, ([_shown(cell) for cell in row] for row in [columns, *rows]))


def print_values(rows: Rows) -> None:
    """Prints CSV without a header on standard output."""
    _write(sys.stdout, ([_shown(cell) for cell in row] for row in rows))


def _shown(cell: Any) -> Any:
    return printable(cell) if isinstance(cell, str) else cell


def _write(file: TextIO, rows: Rows, delimiter: str = ",") -> None:
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
