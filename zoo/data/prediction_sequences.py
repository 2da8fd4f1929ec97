"""Open raw sequences for prediction: from a file, a folder, a dataset's name, lists or arrays."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from zoo.data.dataset import Column, Dataset
from zoo.data.options import DataOptions
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.python_arrays import array_of, is_ragged
from zoo.data.readers.columns_in import columns_in
from zoo.data.readers.csv.sequences import sequences_like
from zoo.data.readers.csv.series import columns_of_series, windows_like
from zoo.data.readers.encoding import text_pieces
from zoo.data.readers.folders import check_place
from zoo.data.windows import Ragged, Windows
from zoo.errors import DataError
from zoo.platform.paths import expanded
from zoo.types import Array

LONGEST = 10_000  # symbols before the next one that are looked at


def raw_sequences(raw: Any, like: SequencePreprocessing, options: Mapping[str, Any]) -> Dataset:
    """Sequences without targets. Text: what follows it; a series: what follows each window, the last included."""
    if isinstance(raw, Dataset):
        return raw.replace(task="unsupervised", targets=None, labels=())
    if not isinstance(raw, (str, Path)):
        return _given(raw, like)
    from zoo.data.open import open_dataset
    from zoo.platform.paths import is_path
    from zoo.registry import lookup

    text = str(raw)
    if not isinstance(raw, Path) and not is_path(text) and lookup.find_dataset(text) is not None:
        dataset = open_dataset(text, **options).replace(task="unsupervised", targets=None, labels=())
        if like.task == "forecast" and isinstance(dataset.inputs, Windows):
            return dataset.replace(inputs=replace(dataset.inputs, window=like.window, ahead=0))
        return dataset
    path, values = expanded(text), DataOptions.of(options, text)
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder")
    check_place(path)
    try:
        if like.task == "forecast":
            return windows_like(columns_in(path, values, columns_of_series(like).header), values, like)
        if like.task == "language" and not path.is_dir() and not like.sequence:
            return _symbols([_end_of(path, values.encoding, like)], like, str(path))
        return sequences_like(path, values, like)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


def _given(raw: Any, like: SequencePreprocessing) -> Dataset:
    """One array (rows, time, columns), or a list of sequences; a sequence of symbols may be a text."""
    where = "sequences to predict"
    if not is_ragged(raw) and not like.symbols:
        raw = array_of(raw, where)
    if not isinstance(raw, (list, tuple, np.ndarray)) or (isinstance(raw, np.ndarray) and raw.ndim == 0):
        raise DataError(f"{where}: got a {type(raw).__name__}, expected a list of sequences, or an array of them")
    if like.symbols:
        return _symbols(list(raw), like, where)
    sequences = [_sequence(each, f"{where}: number {number}") for number, each in enumerate(raw, 1)]
    sequences = [each[:, None] if each.ndim == 1 else each for each in sequences]
    columns = len(like.step.columns)
    for number, each in enumerate(sequences, 1):
        if each.ndim != 2 or each.shape[1] != columns:
            raise DataError(f"{where}: number {number} has shape {each.shape}, expected (time steps, {columns})")
        if like.window > 0 and len(each) != like.window:
            raise DataError(
                f"{where}: number {number} has {len(each)} time steps, expected the window of {like.window}"
            )
    if like.window > 0:
        values = np.concatenate(sequences) if sequences else np.zeros((0, columns))
        values = values[:, _as_encoded(like)]
        return _dataset(Windows(values, like.window, 0, stride=like.window), like, where)
    return _dataset(Ragged.of(sequences, where), like, where)


def _end_of(path: Path, encoding: str, like: SequencePreprocessing) -> str:
    """The end of a text, as much as a model is shown; all of it is gone through."""
    known, end = set(like.symbols), ""
    for piece in text_pieces(path, encoding):
        if not known.issuperset(piece):
            return piece  # which holds a symbol that was not seen in training
        end = (end + piece)[-LONGEST:]
    return end


def _as_encoded(like: SequencePreprocessing) -> Array:
    """Which columns of an array in the order of the table trained on stand where in a model's, whose targets are
    first."""
    names = [column.name for column in like.step.columns]
    if not {*names} <= {*like.step.table}:
        return np.arange(len(names))
    in_table = sorted(names, key=like.step.table.index)
    return np.array([in_table.index(name) for name in names])


def _sequence(each: Any, where: str) -> Array:
    """One sequence of numbers, (time steps,) or (time steps, columns)."""
    array = array_of(each, where)
    if array.dtype.kind not in "buif":
        raise DataError(f"{where} has the type {array.dtype}, expected numbers")
    return array.astype(np.float64)


def _symbols(sequences: list[Any], like: SequencePreprocessing, where: str) -> Dataset:
    known = {symbol: number for number, symbol in enumerate(like.symbols)}
    numbered: list[Array] = []
    for each in sequences:
        if not isinstance(each, (str, list, tuple, np.ndarray)) or (isinstance(each, np.ndarray) and each.ndim != 1):
            raise DataError(
                f"{where}: number {len(numbered) + 1} is {ascii(each)[:60]}, expected text, or a list of symbols"
            )
        unseen = [symbol for symbol in each if not isinstance(symbol, Hashable) or symbol not in known]
        if unseen:
            some = ", ".join(map(ascii, like.symbols[:12])) + (" …" if len(known) > 12 else "")
            raise DataError(
                f"{where}: the symbol {ascii(unseen[0])[:60]} was not seen in training, expected one of {some}"
            )
        numbered.append(np.array([known[symbol] for symbol in each[-LONGEST:]], np.int64))
    return _dataset(Ragged.of(numbered, where), like, where)


def _dataset(source: Ragged | Windows, like: SequencePreprocessing, where: str) -> Dataset:
    columns = tuple(Column(column.name, column.categories) for column in like.step.columns)
    return Dataset(name=where, task="unsupervised", inputs=source, kind="sequences", columns=columns)
