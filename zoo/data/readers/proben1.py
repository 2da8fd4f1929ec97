"""Read Proben1's .dt files: a header of counts, then rows of inputs and outputs in three parts.

    bool_in=0  real_in=9  bool_out=2  real_out=0
    training_examples=350  validation_examples=175  test_examples=174

Source: L. Prechelt (1994), Proben1: a set of neural network benchmark problems and benchmarking rules, section 3.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Dataset, InMemory, Source
from zoo.data.options import DataOptions
from zoo.data.readers import arrays
from zoo.data.readers.reader import READERS, Reader
from zoo.errors import DataError, OptionError
from zoo.platform.system import open_regular
from zoo.platform.trust import refuse_bomb
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

COUNTS = ("bool_in", "real_in", "bool_out", "real_out")
EXAMPLES = ("training_examples", "validation_examples", "test_examples")
LINE = re.compile(r"\s*(\w+)\s*=\s*(\d{1,12})\s*")
FIRST = re.compile(rb"\s*bool_in\s*=\s*\d+\s*[\r\n]")


def open_proben1(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """Three parts: training, validation and test. Outputs of 0 and 1, one of them 1, are classes."""
    with open_regular(path) as file:
        text = file.read().decode("ascii", "replace")
    lines = text.splitlines()
    counts: dict[str, int] = {}
    start = 0
    for start, line in enumerate(lines):  # noqa: B007 - where the rows begin
        found = LINE.fullmatch(line)
        if found is None:
            break
        counts[found[1]] = int(found[2])
    missing = [name for name in (*COUNTS, *EXAMPLES) if name not in counts]
    if missing:
        raise DataError(
            f"{path}: has no line {missing[0]}=NUMBER, expected {', '.join((*COUNTS, *EXAMPLES))} above the rows"
        )
    inputs = counts["bool_in"] + counts["real_in"]
    outputs = counts["bool_out"] + counts["real_out"]
    rows = _rows(path, lines[start:], start, inputs, outputs, [counts[name] for name in EXAMPLES], len(text))
    sizes = [counts[name] for name in EXAMPLES]
    parts = [part for part, size in zip(("training", "validation", "test"), sizes, strict=True) if size]
    cut = np.split(rows, np.cumsum([size for size in sizes if size])[:-1])
    sources: list[Source] = [InMemory(np.ascontiguousarray(part[:, :inputs])) for part in cut]
    if options.held_out != DataOptions().held_out and "test" in parts:
        raise OptionError(
            f"{path}: --held-out {options.held_out} has no effect: these data have their own test part; leave it out"
        )
    if like is not None or not outputs:
        return arrays.dataset(path, options, sources, None, parts=parts)
    targets = [np.ascontiguousarray(part[:, inputs:]) for part in cut]
    return arrays.dataset(path, options, sources, targets, parts=parts)


def _rows(path: Path, lines: list[str], before: int, inputs: int, outputs: int, sizes: list[int], length: int) -> Array:
    """All rows as the header counts them: (rows, inputs + outputs)."""
    width, count = inputs + outputs, sum(sizes)
    rows = [(number, line) for number, line in enumerate(lines, before + 1) if line.strip()]
    if not inputs or not sizes[0]:
        raise DataError(f"{path}: its header counts {inputs} inputs and {sizes[0]} rows to train on, expected some")
    if len(rows) != count:
        raise DataError(f"{path}: holds {len(rows)} rows, expected {count} as its header says; download it again")
    refuse_bomb(str(path), 4 * count * width, length)
    values = np.empty((count, width), np.float32)
    for place, (number, line) in enumerate(rows):
        cells = line.split()
        if len(cells) != width:
            raise DataError(
                f"{path}: line {number} has {len(cells)} values, expected {inputs} inputs and {outputs} outputs"
            )
        try:
            values[place] = [float(cell) for cell in cells]
        except ValueError:
            wrong = next(cell for cell in cells if not _is_number(cell))
            raise DataError(f"{path}: line {number} holds {wrong[:40]!a}, expected numbers") from None
    if not np.isfinite(values).all():
        place = int(np.argmin(np.isfinite(values).all(axis=1)))
        raise DataError(f"{path}: line {rows[place][0]} holds a value that is not finite, expected numbers")
    return values


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


READER = READERS.add(
    Reader(
        "Proben1",
        "Proben1 (.dt: a header of counts, and rows in three parts)",
        ("task",),
        lambda path, head: FIRST.match(head) is not None,
        open_proben1,
    )
)
