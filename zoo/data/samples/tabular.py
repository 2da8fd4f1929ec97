"""Encoded rows of a dataset's part: gathered and encoded when a batch needs them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import numpy as np

from zoo.core.batch import Batch
from zoo.data.checks.clipping import tell_of_clipping, tell_of_clipping_in
from zoo.data.checks.finite import refuse_not_finite
from zoo.data.chosen_rows import ChosenRows, RowNumbers
from zoo.data.dataset import Dataset, pieces_of
from zoo.data.labels import label_numbers, numbers_in
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.data.splits import all_rows
from zoo.errors import DataError
from zoo.types import Array

AT_ONCE = 2**20  # row numbers that are looked at together


class Encoded:
    """The `Samples` with the given ascending row numbers of a dataset; by default all of it.

    In memory, a batch costs one gather and one pass of arithmetic, and nothing is copied beforehand. Larger data
    are read block by block: a block is `block` consecutive rows of this part, and the last used ones are kept.
    """

    def __init__(
        self, dataset: Dataset, numbers: RowNumbers | None, preprocessing: Preprocessing, dtype: Any = np.float32
    ) -> None:
        preprocessing.check_fits(dataset)
        preprocessing = preprocessing.filling(dataset.missing)
        self.dataset = dataset
        self.part: RowNumbers = _checked(all_rows(dataset) if numbers is None else numbers, dataset.block is not None)
        self.preprocessing = preprocessing
        self.dtype = np.dtype(dtype)
        self.block = dataset.block
        self.window = dataset.window
        self._classes = self._class_numbers()
        self._categories = self._category_numbers()
        if self.block is not None:
            self._blocks = _Blocks(dataset, self.part, self.block, self.window + 2)
        elif dataset.inputs.dtype.kind == "f":
            for part, raw in pieces_of(dataset.inputs, self.part):
                refuse_not_finite(dataset, raw, part)
        tell_of_clipping(dataset, preprocessing)

    def __len__(self) -> int:
        return len(self.part)

    def rows(self, numbers: Array, lanes: Array | None = None) -> Batch:
        """The samples with these numbers (0 ≤ number < len), encoded; lanes default to 0, 1, 2, …"""
        numbers = np.asarray(numbers)
        if self.block is None:
            where = self.part[numbers]
            raw = self.dataset.inputs.take(where)
        else:
            raw, where = self._blocks.take(numbers)
            tell_of_clipping_in(raw, self.dataset, self.preprocessing)
        for column, names in self._categories.items():
            cells = raw[:, column]
            present = ~np.isnan(cells)
            cells[present] = names[cells[present].astype(np.int64)]
        inputs = self.preprocessing.encode_inputs(raw, self.dtype)
        lanes = np.arange(len(numbers)) if lanes is None else lanes
        return Batch(inputs, self._targets(where), numbers, lanes, origin=where)

    def _targets(self, where: Array) -> Array | None:
        source = self.dataset.targets
        if source is None:
            return None
        raw = source.take(where)
        if self._classes is not None:
            return self._classes[raw]
        if self.preprocessing.task == "unsupervised":
            return None
        return self.preprocessing.encode_targets(raw, self.dtype)

    def _class_numbers(self) -> Array | None:
        """For each label of the dataset its class number in training; `DataError` where a row has one unseen there."""
        if not self.dataset.has_classes or self.dataset.targets is None:
            return None
        known = self.preprocessing
        classes = numbers_in(known.labels, known.label_type, self.dataset.labels, self.dataset.label_type)
        if (classes < 0).any():
            for part, raw in pieces_of(self.dataset.targets, self.part):
                unseen = classes[raw] < 0
                if unseen.any():
                    row = int(np.argmax(unseen))
                    raise DataError(
                        f"{self.dataset.where}: row {int(part[row]) + 1} has the label"
                        f" {self.dataset.labels[int(raw[row])]!r},"
                        f" unseen in training; expected one of {_some(self.preprocessing.labels)}"
                    )
        return classes

    def _category_numbers(self) -> dict[int, Array]:
        """For each text column that is numbered otherwise than in training: the number there of each category."""
        renumbered = {}
        for number, (mine, theirs) in enumerate(zip(self.preprocessing.columns, self.dataset.columns, strict=True)):
            if mine.categories is None or theirs.categories is None or mine.categories == theirs.categories:
                continue
            names = np.array(list(map(label_numbers(mine.categories), theirs.categories)), np.float64)
            for part, raw in pieces_of(self.dataset.inputs, self.part):
                cells = raw[:, number]
                present = np.flatnonzero(~np.isnan(cells))
                unseen = present[names[cells[present].astype(np.int64)] < 0]
                if len(unseen):
                    category = theirs.categories[int(cells[unseen[0]])]
                    raise DataError(
                        f"{self.dataset.where}: column {theirs.name!r}, row {int(part[unseen[0]]) + 1} holds"
                        f" {category!r}, unseen in training; expected one of {_some(mine.categories)}"
                    )
            renumbered[number] = names
        return renumbered


def _checked(numbers: RowNumbers, in_blocks: bool) -> RowNumbers:
    """The row numbers of a part, as an array where any of them may be asked for at any time."""
    if isinstance(numbers, ChosenRows):
        return numbers if in_blocks else np.asarray(numbers)
    found = np.asarray(numbers)
    for start in range(0, len(found), AT_ONCE):
        if (np.diff(found[start : start + AT_ONCE + 1]) <= 0).any():
            raise ValueError("the row numbers of a part must ascend")
    return found


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


class _Blocks:
    """The last used blocks of a part of data read in blocks; for any number of threads."""

    def __init__(self, dataset: Dataset, part: RowNumbers, block: int, most: int) -> None:
        self.dataset = dataset
        self.part = part
        self.block = block
        self.most = most
        self._kept: OrderedDict[int, tuple[Array, Array]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, numbers: Array) -> tuple[Array, Array]:
        """The raw inputs with these numbers in the part, and their numbers in the data."""
        source = self.dataset.inputs
        rows, where = np.empty((len(numbers), *source.shape[1:]), source.dtype), np.empty(len(numbers), self.part.dtype)
        blocks = numbers // self.block
        first = int(blocks[0]) if len(blocks) else 0
        if (blocks == first).all() and len(blocks):
            held, own = self._get(first)
            return held[numbers - first * self.block], own[numbers - first * self.block]
        for block in dict.fromkeys(blocks.tolist()):
            here = np.flatnonzero(blocks == block)
            held, own = self._get(block)
            rows[here], where[here] = held[numbers[here] - block * self.block], own[numbers[here] - block * self.block]
        return rows, where

    def _get(self, block: int) -> tuple[Array, Array]:
        with self._lock:
            if block in self._kept:
                self._kept.move_to_end(block)
                return self._kept[block]
            while len(self._kept) >= self.most:
                self._kept.popitem(last=False)
            self._kept[block] = self._read(block)
            return self._kept[block]

    def _read(self, block: int) -> tuple[Array, Array]:
        source = self.dataset.inputs
        part = self.part[block * self.block : (block + 1) * self.block]
        rows = np.empty((len(part), *source.shape[1:]), source.dtype)
        done, size = 0, self.block * (source.dtype.itemsize * int(np.prod(source.shape[1:])))
        for numbers, raw in pieces_of(source, part, size):
            refuse_not_finite(self.dataset, raw, numbers)
            rows[done : done + len(raw)] = raw
            done += len(raw)
        return rows, part
