"""Encoded sequences: a batch is padded to its longest sequence, with a mask of real steps."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from zoo.core.batch import Batch
from zoo.data.checks.clipping import tell_of_clipping_in
from zoo.data.dataset import Dataset
from zoo.data.labels import label_numbers, numbers_in
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.windows import Ragged, Windows
from zoo.errors import DataError
from zoo.types import Array


class EncodedSequences:
    """The `Samples` with the given ascending row numbers of a dataset of sequences; by default all of it.

    `lengths` are the time steps of each row, None where all have the same; `continues`: row n + 1 goes on where row n
    ends.
    """

    block: int | None = None
    window: int = 1

    def __init__(
        self, dataset: Dataset, numbers: Array | None, preprocessing: SequencePreprocessing, dtype: Any = np.float32
    ) -> None:
        preprocessing.check_fits(dataset)
        assert isinstance(dataset.inputs, (Ragged, Windows))
        self.dataset = dataset
        self.source: Ragged | Windows = dataset.inputs
        self.part = np.arange(len(dataset)) if numbers is None else np.asarray(numbers)
        self.preprocessing = preprocessing
        self.dtype = np.dtype(dtype)
        self._numbers_of = [_renumbered(dataset, place, preprocessing) for place in range(len(dataset.columns))]
        self._labels_of = self._known_labels()
        # A language's targets are within the sequence itself: all but its last symbol are inputs.
        self._within = (
            isinstance(self.source, Ragged) and preprocessing.task == "language" and dataset.task == "language"
        )
        self.continues = isinstance(self.source, Windows) and self.source.continues
        self.lengths = self._lengths_of(self.part)

    def __len__(self) -> int:
        return len(self.part)

    def rows(self, numbers: Array, lanes: Array | None = None) -> Batch:
        """The samples with these numbers (0 ≤ number < len), encoded; lanes default to 0, 1, 2, …"""
        numbers = np.asarray(numbers)
        where = self.part[numbers]
        lanes = np.arange(len(numbers)) if lanes is None else lanes
        if isinstance(self.source, Windows):
            raw = self._known(self.source.take(where).reshape(-1, len(self.dataset.columns)), where)
            inputs = self._encoded(raw).reshape(len(where), self.source.window, -1)
            follows = None
            if self.continues:
                follows = np.concatenate([[False], np.diff(where) == 1])
            return Batch(inputs, self._targets_of_windows(where, raw), numbers, lanes, None, follows, where)
        lengths = self._lengths_of(where)
        assert lengths is not None
        real = np.arange(lengths.max()) < lengths[:, None]  # (rows, time)
        raw = self._known(self.source.take(where), where)
        ends = np.cumsum(self.source.lengths(where)) - 1
        steps = np.delete(raw, ends, axis=0) if self._within else raw
        inputs = np.zeros((*real.shape, *self.preprocessing.step.input_shape), self.dtype)
        inputs[real] = self._encoded(steps)
        targets: Array | None = None
        if self._within:
            targets = np.zeros(real.shape, np.int64)
            targets[real] = np.delete(raw, np.concatenate([[0], ends[:-1] + 1]), axis=0)[:, 0].astype(np.int64)
        elif self.dataset.targets is not None and self.dataset.task == "labelling":
            targets = np.zeros(real.shape, np.int64)
            targets[real] = self._label_numbers(self.dataset.targets.take(where)[:, 0], where)
        elif self.dataset.targets is not None and self.dataset.task == "classification":
            targets = self._label_numbers(self.dataset.targets.take(where), where)
        elif self.dataset.targets is not None:
            targets = self.preprocessing.encode_targets(self.dataset.targets.take(where), self.dtype)
        mask = None if real.all() else real.astype(self.dtype)
        return Batch(inputs, targets, numbers, lanes, mask, origin=where)

    @functools.cached_property
    def ends(self) -> frozenset[str]:
        """The symbols with which every sequence ends, where there are only such as stand nowhere else; else none."""
        symbols = self.preprocessing.symbols
        if not symbols or not isinstance(self.source, Ragged):
            return frozenset()
        values = self._known(self.source.take(self.part), self.part)[:, 0].astype(np.int64)
        last = np.cumsum(self.source.lengths(self.part)) - 1
        ends = set(values[last].tolist())
        within = set(np.delete(values, last).tolist())
        return frozenset() if ends & within else frozenset(symbols[number] for number in ends)

    def _lengths_of(self, where: Array) -> Array | None:
        """Time steps of the inputs of these rows of the dataset."""
        if isinstance(self.source, Windows):
            return None
        lengths = self.source.lengths(where)
        if self._within and len(lengths) and lengths.min() < 2:
            row = int(where[int(np.argmin(lengths))]) + 1
            raise DataError(
                f"{self.dataset.where}: sequence {row} is a single symbol, so no next one can be learned from it"
            )
        return lengths - 1 if self._within else lengths

    def _encoded(self, steps: Array) -> Array:
        tell_of_clipping_in(steps, self.dataset, self.preprocessing.step)
        return self.preprocessing.encode_steps(steps, self.dtype)

    def _targets_of_windows(self, where: Array, raw: Array) -> Array | None:
        source, task = self.source, self.dataset.task
        assert isinstance(source, Windows)
        if task == "language":
            after = self._known(source.after(where)[:, :1, 0].reshape(-1, 1), where)
            symbols = np.concatenate([raw.reshape(len(where), source.window), after], axis=1)
            return symbols[:, 1:].astype(np.int64)
        if task == "forecast":
            return self.preprocessing.encode_targets(
                source.after(where)[:, :, : len(self.preprocessing.labels)], self.dtype
            )
        return None

    def _known(self, raw: Array, where: Array) -> Array:
        """Raw steps with the numbers that their categories have in training; `DataError` for one unseen there."""
        renumbered = [place for place, numbers in enumerate(self._numbers_of) if numbers is not None]
        if not renumbered:
            return raw
        raw = raw.copy()
        for place in renumbered:
            numbers = self._numbers_of[place]
            assert numbers is not None
            cells = numbers[raw[:, place].astype(np.int64)]
            if (cells < 0).any():
                unseen = int(raw[int(np.argmax(cells < 0)), place])
                symbol = (self.dataset.columns[place].categories or ())[unseen]
                known = self.preprocessing.step.columns[place].categories or ()
                raise DataError(
                    f"{self.dataset.where}: {symbol!r} was not seen in training, expected one of"
                    f" {', '.join(map(ascii, known[:12]))}{' …' if len(known) > 12 else ''}"
                )
            raw[:, place] = cells
        return raw

    def _known_labels(self) -> Array | None:
        """For each label of the dataset its number in training, -1 where there is none."""
        if self.dataset.task not in ("classification", "labelling"):
            return None
        known = self.preprocessing
        return numbers_in(known.labels, known.label_type, self.dataset.labels, self.dataset.label_type)

    def _label_numbers(self, raw: Array, where: Array) -> Array:
        assert self._labels_of is not None
        numbers = self._labels_of[raw]
        if (numbers < 0).any():
            label = self.dataset.labels[int(raw[int(np.argmax(numbers < 0))])]
            raise DataError(
                f"{self.dataset.where}: the label {label!r} was not seen in training, expected one of"
                f" {', '.join(map(ascii, self.preprocessing.labels[:12]))}; see --target"
            )
        return numbers


def _renumbered(dataset: Dataset, place: int, preprocessing: SequencePreprocessing) -> Array | None:
    """For a text column that is numbered otherwise than in training: the number there of each category, -1 for none."""
    mine, theirs = preprocessing.step.columns[place].categories, dataset.columns[place].categories
    if mine is None or theirs is None or mine == theirs:
        return None
    return np.array(list(map(label_numbers(mine), theirs)), np.int64)
