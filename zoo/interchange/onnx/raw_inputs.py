"""The inputs of an exported model: raw values, encoded inside the graph as in training.

One input `inputs` for images, and for tables and sequences whose columns all hold numbers; else one for each column,
under its name: numbers as float64, dates as days since 1970-01-01, text as strings, "" for a missing cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.core.graph import ML, TEXT, Graph, Value
from zoo.core.model import Model
from zoo.data.dispatch import AnyPreprocessing
from zoo.data.options import UNFILLED
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.spelling import Spelling
from zoo.errors import PluginError

ROWS, TIME = "rows", "time"
REFUSED = -1  # the number of a category that was not seen in training
MISSING = -2  # the number of a cell without text


def encoded_inputs(graph: Graph, model: Model) -> Value:
    """The graph's inputs, and out of them those of `model.predict`: (rows, *input_shape)."""
    known, dtype = model.preprocessing, np.dtype(model.architecture.dtype)
    if known is None:
        return graph.input("inputs", dtype, (ROWS, *_named(model.signature.input_shape)), "encoded inputs")
    if isinstance(known, SequencePreprocessing):
        return _table(graph, known.step, (ROWS, TIME), dtype)
    if not isinstance(known, Preprocessing):
        raise PluginError(f"export: got {type(known).__name__}, expected a preprocessing of zoo")
    if known.kind == "table":
        return _table(graph, known, (ROWS,), dtype)
    pixels = np.dtype(known.dtype or np.float64)
    raw = graph.input("inputs", pixels, (ROWS, *known.shape), "raw images")
    return _scaled(_filled(raw, known), known, dtype)


def _named(shape: tuple[int, ...]) -> tuple[int | str, ...]:
    return tuple(TIME if n < 0 else n for n in shape)


def _table(graph: Graph, known: Preprocessing, rows: tuple[str, ...], dtype: np.dtype[Any]) -> Value:
    """(*rows, columns) in one input, or one of (*rows) for each column where some are text."""
    if not known.has_text:
        about = "raw numbers, a column each: " + ", ".join(column.name for column in known.columns)
        if dated := [column.name for column in known.columns if Spelling.parse(column.spelling).date]:
            about += f"; days since 1970-01-01: {', '.join(dated)}"
        raw = graph.input("inputs", np.float64, (*rows, len(known.columns)), about)
        return _scaled(_filled(raw, known), known, dtype)
    parts: list[Value] = []
    names = _distinct([column.name for column in known.columns])
    for place, (column, name) in enumerate(zip(known.columns, names, strict=True)):
        one = _OneColumn(known, place)
        if column.categories is None:
            date = Spelling.parse(column.spelling).date
            about = f"days since 1970-01-01, written {date} in training" if date else "raw numbers"
            raw = graph.input(name, np.float64, rows, about).expand_dims(-1)
            parts.append(_scaled(_filled(raw, one), one, dtype))
        else:
            cells = graph.input(name, TEXT, rows, 'text, "" where it is missing; ' + ", ".join(column.categories[:20]))
            parts.append(_one_hot(cells, one, column.categories, dtype))
    return graph.concat(parts)


def _distinct(names: list[str]) -> list[str]:
    """The names of columns, each once: a second one has its number behind it."""
    found: list[str] = []
    for place, name in enumerate(names, 1):
        found.append(name if name and name not in found else f"{name or 'column'} {place}")
    return found


class _OneColumn:
    """The constants of one column of a table."""

    def __init__(self, known: Preprocessing, place: int) -> None:
        self.inputs, self.missing = known.inputs, known.missing
        some = slice(place, place + 1)
        self.shift, self.scale, self.fill = known.shift[some], known.scale[some], None
        if known.fill is not None:
            self.fill = known.fill[some]


Constants = Preprocessing | _OneColumn


def _filled(raw: Value, known: Constants) -> Value:
    """Raw numbers with the value put in that stands for a missing one; other values that are not finite are refused."""
    if raw.dtype.kind != "f":
        return raw
    if known.fill is not None:
        raw = raw.graph.where(raw.is_nan(), known.fill, raw)
    elif known.missing in UNFILLED and known.missing != "keep":
        raw = raw.graph.require(raw, ~raw.is_nan(), "a value is missing, and training had none")
    return raw.graph.require(raw, ~raw.op("IsInf", dtype=bool), "a value is infinite")


def _scaled(raw: Value, known: Constants, dtype: np.dtype[Any]) -> Value:
    """As `Preprocessing.encode_inputs`, in double precision."""
    graph = raw.graph
    if known.inputs == "raw":
        return raw.cast(dtype)
    x = raw.cast(np.float64)
    if known.inputs == "binary":
        bits = (x > known.shift).cast(dtype)
        return graph.where(x.is_nan(), np.nan, bits) if known.missing == "keep" else bits
    x = (x - known.shift) * known.scale
    if known.inputs in ("unit", "signed"):
        low = 0.0 if known.inputs == "unit" else -1.0
        clipped = x.maximum(low).minimum(1.0)
        x = graph.where(x.is_nan(), np.nan, clipped) if known.missing == "keep" else clipped
    return x.cast(dtype)


def _one_hot(cells: Value, known: _OneColumn, categories: tuple[str, ...], dtype: np.dtype[Any]) -> Value:
    """Text (…) to one column per category (…, categories); NaN throughout where a cell stays missing."""
    graph, count = cells.graph, len(categories)
    keys, numbers = list(categories), list(range(count))
    if "" not in categories:
        keys, numbers = [*keys, ""], [*numbers, MISSING]
    number = graph.op(
        "LabelEncoder",
        cells,
        dtype=np.int64,
        domain=ML,
        keys_strings=keys,
        values_int64s=numbers,
        default_int64=REFUSED,
    )
    number = graph.require(number, ~number.equals(REFUSED), "a text is no category of training")
    if known.fill is not None:
        number = graph.where(number.equals(MISSING), int(known.fill[0]), number)
    elif known.missing != "keep":
        number = graph.require(number, ~number.equals(MISSING), "a text is missing, and training had none")
    off = -1.0 if known.inputs == "signed" else 0.0
    rows = np.full((count + 1, count), off, dtype)
    np.fill_diagonal(rows, 1.0)
    rows[count] = np.nan
    place = graph.where(number.equals(MISSING), count, number)
    return graph.constant(rows).take(place)


def describe_columns(known: AnyPreprocessing | None) -> list[str]:
    """The names of a table's columns, in their order."""
    step = known.step if isinstance(known, SequencePreprocessing) else known
    return [column.name for column in step.columns] if step is not None else []
