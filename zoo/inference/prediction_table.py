"""Predictions as a table: row number, file, sequence or time, carried columns, values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data import Dataset
from zoo.data.carried_columns import kept_columns
from zoo.data.forecast_times import next_times
from zoo.data.options import DataOptions
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.timeline import Timeline
from zoo.data.windows import Windows
from zoo.errors import UsageError
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.model import Model


@dataclass(frozen=True)
class PredictionTable:
    """Lines of cells under `columns`: the first `places` say what a prediction is of, then `kept` columns of the data,
    then the values. `note`: what there is to say of rows without a prediction or with several."""

    columns: tuple[str, ...]
    places: int
    kept: int
    rows: Sequence[Sequence[Any]]
    note: str = ""

    @property
    def values(self) -> Iterator[Sequence[Any]]:
        """The values alone."""
        first = self.places + self.kept
        return (row[first:] for row in self.rows)


@dataclass(frozen=True)
class Places:
    """What each line is of, and in which row of the file that stands (None: beyond its end)."""

    names: tuple[str, ...]
    cells: list[tuple[Any, ...]]
    rows: list[int | None] | None  # None: lines are of whole sequences
    note: str = ""


def prediction_table(
    model: Model,
    data: Dataset,
    values: Array | Mapping[str, Array],
    names: Sequence[str],
    *,
    keep: Sequence[str] = (),
    options: DataOptions | None = None,
) -> PredictionTable:
    """The table of the values (predictions, …) of a model for raw rows or sequences, under these `names`.

    Arrays by name, of a model that decodes its outputs itself, have a line for each row or sequence.

    `keep` names columns of the data's file; `options` are those it was opened with.
    """
    options = options or DataOptions()
    if isinstance(values, Mapping) and model.signature.task in ("forecast", "labelling"):
        raise UsageError(
            f"predict: {model.architecture.name} decodes its outputs itself, several for each row; keep them as"
            " they are with --out FILE.npz"
        )
    rows = next(iter(values.values())) if isinstance(values, Mapping) else values
    places = _places(model, data, rows, options)
    kept = _kept(data, list(keep), options, model, places) if keep else {}
    if data.timeline is not None:  # these stand among the places, beyond the end as well
        kept = {name: cells for name, cells in kept.items() if name not in (data.timeline.column, *data.timeline.group)}
    lines = [
        (*place, *cells, *value)
        for place, cells, value in zip(
            places.cells,
            zip(*kept.values(), strict=True) if kept else ((),) * len(places.cells),
            _own_lines(values) if isinstance(values, Mapping) else _lines(values, model),
            strict=True,
        )
    ]
    columns = _distinct(places.names, list(kept), names)
    return PredictionTable(columns, len(places.names), len(kept), lines, places.note)


# --- values -----------------------------------------------------------------------------------------------------------


def value_names(model: Model, target: str, *, probabilities: bool = False) -> list[str]:
    """The columns of predictions: the target's name, names of labels or targets; with probabilities of the classes."""
    signature = model.signature
    if probabilities:
        return list(model.signature.labels)
    if signature.task in ("classification", "labelling"):
        return [target or "label"]
    if signature.task == "language":
        return ["next"]
    names = [str(label) for label in signature.labels]
    count = signature.output_shape[-1] if signature.task == "forecast" else signature.outputs
    return names if len(names) == count else [f"output{number}" for number in range(1, count + 1)]


def own_names(values: Mapping[str, Array]) -> list[str]:
    """The columns of arrays by name: the name, or with the place of each value behind it: "ends1", "image_1_2"."""
    found: list[str] = []
    for name, array in values.items():
        places = list(np.ndindex(array.shape[1:]))
        if array.ndim == 2:
            found += [f"{name}{place[0] + 1}" for place in places]
        else:
            found += ["_".join([name, *(str(each + 1) for each in place)]) for place in places]
    return found


def _own_lines(values: Mapping[str, Array]) -> Iterator[list[Any]]:
    """A line for each row: the values of every array."""
    columns = [array.reshape(len(array), -1) for array in values.values()]
    for row in range(len(columns[0])):
        yield [_plain(each) for column in columns for each in _shortest(column[row])]


def target_name(model: Model) -> str:
    """The column that holds the classes; "" where the data have none, or it is not known which."""
    if model.provenance is not None and model.provenance.targets:
        return model.provenance.targets[0] if len(model.provenance.targets) == 1 else ""
    step = getattr(model.preprocessing, "step", model.preprocessing)
    inputs = {column.name for column in getattr(step, "columns", ())}
    others = [name for name in getattr(step, "table", ()) if name not in inputs]
    return others[0] if len(others) == 1 else ""


def _lines(values: Array, model: Model) -> Iterator[Sequence[Any]]:
    """The values of each line as Python's own: numbers, texts, classes as they are spelled; a line for each time step
    that has one of its own."""
    task = model.signature.task
    if task in ("classification", "labelling"):
        values = _spelled(values, model)
    for value in values:
        if task == "forecast":
            yield from np.asarray(value).tolist()
        elif task == "labelling":
            yield from ([_plain(each)] for each in value) if isinstance(value, tuple) else _plain_rows(value)
        elif getattr(value, "ndim", 0):
            yield [_plain(each) for each in _shortest(value.ravel())]
        else:
            yield [_plain(value)]


def _spelled(values: Array, model: Model) -> Array:
    """Classes by their names, where the values are classes and not probabilities; numbers that are spelled as Python
    does stay numbers, for JSON."""
    classes = getattr(model.preprocessing, "label_values", None)
    if classes is None or (len(values) and isinstance(values[0], np.ndarray) and values.dtype == object):
        return values  # among them the probabilities of each time step
    names = {
        value: value if type(value) in (int, float) and str(value) == name else name
        for value, name in zip(classes.tolist(), model.signature.labels, strict=True)
    }
    if values.dtype == object and len(values) and isinstance(values[0], tuple):
        spelled = np.empty(len(values), object)
        spelled[:] = [tuple(names.get(each, each) for each in value) for value in values]
        return spelled
    if values.dtype != classes.dtype or values.shape[1:] not in ((), (1,)):
        return values
    return np.array([*(names.get(each, each) for each in values.ravel().tolist()), None], object)[:-1]


def _plain_rows(value: Array) -> Iterator[list[Any]]:
    return (_shortest(row) for row in value)


def _shortest(values: Array) -> list[Any]:
    """Numbers as Python's, of float32 the shortest that means the same."""
    if values.dtype == np.float32:
        return [float(str(each)) for each in values]
    found: list[Any] = values.tolist()
    return found


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return int(value) if isinstance(value, bool) else value


# --- places -----------------------------------------------------------------------------------------------------------


def _places(model: Model, data: Dataset, values: Array, options: DataOptions) -> Places:
    task, preprocessing = model.signature.task, model.preprocessing
    if task == "forecast":
        return _times(model, data)
    if data.kind != "sequences":
        numbers = range(1, len(values) + 1)
        if data.files:
            return Places(("file",), [(file,) for file in data.files], [])
        return Places(("row",), [(number,) for number in numbers], list(numbers))
    key = preprocessing.sequence if isinstance(preprocessing, SequencePreprocessing) else ""
    lengths = [len(value) for value in values] if task == "labelling" else []
    if data.files:
        if task != "labelling":
            return Places(("file",), [(file,) for file in data.files], None)
        cells: list[tuple[Any, ...]]
        cells = [(file, row + 1) for file, length in zip(data.files, lengths, strict=True) for row in range(length)]
        return Places(("file", "row"), cells, None)
    if key and data.path and Path(data.path).is_file():
        owners = next(
            iter(kept_columns(Path(data.path), [key], options, tuple(column.name for column in data.columns)).values())
        )
        rows: dict[str, list[int]] = {}
        for row, owner in enumerate(owners, 1):
            rows.setdefault(owner, []).append(row)
        if task == "labelling":
            found = [row for each in rows.values() for row in each]
            return Places(("row",), [(row,) for row in found], list(found))
        return Places((key,), [(owner,) for owner in rows], [each[0] for each in rows.values()])
    if task == "labelling":
        cells = [(number, step + 1) for number, length in enumerate(lengths, 1) for step in range(length)]
        return Places(("sequence", "step"), cells, None)
    return Places(("sequence",), [(number,) for number in range(1, len(values) + 1)], None)


def _times(model: Model, data: Dataset) -> Places:
    """Row, series where there are several, and time where the data say it of each forecast; how many steps ahead it is;
    whether it is of the future."""
    source, line = data.inputs, data.timeline or Timeline()
    assert isinstance(source, Windows)
    horizon, borders = model.signature.output_shape[0], source.borders.tolist()
    rows_of = np.arange(1, len(source.values) + 1) if line.rows is None else line.rows
    plain = line.rows is None and not line.group  # then rows beyond the end go on counting
    cells: list[tuple[Any, ...]] = []
    rows: list[int | None] = []
    first = source.first(np.arange(len(data))) + source.window
    for series, (start, stop) in enumerate(itertools.pairwise(borders)):
        name = line.names[series] if line.group else ()
        times = list(line.times[start:stop])
        times += next_times(times, horizon, line.form) if line.column else []
        for begin in first[(first > start) & (first <= stop)].tolist():
            for ahead in range(1, horizon + 1):
                step = begin + ahead - 1
                future = step >= stop
                row = int(rows_of[step]) if not future else step + 1 if plain else None
                time = (times[step - start],) if line.column else ()
                cells.append((row, *name, *time, ahead, "yes" if future else "no"))
                rows.append(None if future else row)
    names = ("row", *line.group, *((line.column,) if line.column else ()), "ahead", "future")
    return Places(names, cells, rows, _note(source, line, horizon))


def _note(source: Windows, line: Timeline, horizon: int) -> str:
    """Which rows have no forecast, and which forecasts lie beyond the end."""
    steps, count = len(source.values), source.shape[0]
    each = f"{horizon} forecasts" if horizon > 1 else "a forecast"
    if line.group:
        able = int((source.counts > 0).sum())
        return (
            f"{steps:,} rows, {len(source.counts):,} series by {', '.join(line.group)}: {each} after each of the"
            f" {count:,} windows of {source.window:,} rows; the first {source.window:,} rows of each series have none,"
            f" {each} in each of {able:,} series lie{'' if horizon > 1 else 's'} beyond its end (future: yes)"
        )
    beyond = f"rows {steps + 1:,} to {steps + horizon:,} lie" if horizon > 1 else f"row {steps + 1:,} lies"
    first = f"first {source.window:,} rows"
    windows = "the one window" if count == 1 else f"each of the {count:,} windows"
    if line.rows is not None:
        first, beyond = f"oldest {source.window:,} rows", f"{each} lie{'' if horizon > 1 else 's'}"
    return (
        f"{steps:,} rows: {each} after {windows} of {source.window:,} rows; the {first} have none,"
        f" {beyond} beyond the end (future: yes)"
    )


# --- columns carried along --------------------------------------------------------------------------------------------


def _kept(data: Dataset, keep: list[str], options: DataOptions, model: Model, places: Places) -> dict[str, list[str]]:
    if not data.path:
        raise UsageError(f"predict: --keep carries columns of a file along, and {data.name!a} is none; leave it out")
    columns = kept_columns(Path(data.path), keep, options, tuple(column.name for column in data.columns))
    if places.rows is None:
        raise UsageError(
            "predict: --keep needs the rows of one table; leave it out for sequences in files of their own"
        )
    key = getattr(model.preprocessing, "sequence", "")
    if key and places.names == (key,):
        owners = next(
            iter(kept_columns(Path(data.path), [key], options, tuple(column.name for column in data.columns)).values())
        )
        for name, cells in columns.items():
            values: dict[str, str] = {}
            for row, (owner, cell) in enumerate(zip(owners, cells, strict=True), 1):
                if values.setdefault(owner, cell) != cell:
                    raise UsageError(
                        f"predict: --keep {name!a}: the column changes within the sequence {owner!a} (row {row}), and"
                        " there is one prediction for each sequence; leave it out"
                    )
    return {name: ["" if row is None else cells[row - 1] for row in places.rows] for name, cells in columns.items()}


def _distinct(places: Sequence[str], kept: Sequence[str], values: Sequence[str]) -> tuple[str, ...]:
    """The names of all columns; those of the data stay as they are, ours give way."""
    taken = set(kept)
    found = [f"{name} number" if name in taken else name for name in places]
    taken |= set(found)
    return (*found, *kept, *(f"predicted {name}" if name in taken else name for name in values))
