"""Tables of values in files and on standard output: CSV, values between tabs, JSON, JSON lines."""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from zoo.cli.cells import Cells
from zoo.cli.output import json_text
from zoo.errors import UsageError
from zoo.platform.output_files import new_text

Batch = Iterable[Sequence[Any]]

ENDINGS = {
    "": "csv",
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}


def check_out(out: str, others: Sequence[str] = ()) -> None:
    """Refuse an --out that exists or that ends like another kind of file, before any time is spent; `others` are the
    endings this model's predictions may have besides those of tables."""
    ending = Path(out).suffix.lower()
    known = [each for each in (*ENDINGS, *others) if each]
    if ending and ending not in known:
        raise UsageError(f"predict: --out {out!a} ends in {ending}, expected {', '.join(known)}")
    if Path(out).exists():
        raise UsageError(f"predict: --out {out!a} exists already; name another file")


def write_table(out: str, columns: Sequence[str], batch: Batch) -> None:
    """Writes a new file of the kind that its ending says."""
    kind = ENDINGS[Path(out).suffix.lower()]
    with new_text(out, "predict: --out") as file:
        if kind == "json":
            file.write(json_text({"columns": columns, "rows": list(batch)}) + "\n")
        elif kind == "jsonl":
            for row in batch:
                line = json_text(dict(zip(columns, row, strict=True)), indent=None)
                file.write(line + "\n")
        else:
            _write(file, [columns, *batch], "\t" if kind == "tsv" else ",")


def print_csv(columns: Sequence[str], batch: Batch) -> None:
    """Prints CSV with a header on standard output."""
    _write(sys.stdout, [columns, *batch])


def print_values(batch: Batch) -> None:
    """Prints CSV without a header on standard output."""
    _write(sys.stdout, batch)


def write_csv(path: str | Path, who: str, columns: Sequence[str], batch: Batch) -> None:
    """Writes a new CSV file; `who` begins an error."""
    with new_text(path, who) as file:
        _write(file, itertools.chain([columns], batch))


def _write(file: TextIO, batch: Batch, delimiter: str = ",") -> None:
    cells = Cells()
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(cells.rows(batch))
    cells.warn()
