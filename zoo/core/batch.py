"""A batch, or a shard of one: encoded samples with their row numbers in the data and the lanes they occupy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.samples.protocol import Samples


@dataclass(frozen=True)
class Batch:
    """Encoded samples, read-only.

    inputs (rows, *input_shape); targets: classification (rows,) whole numbers, multi-label (rows, labels) of 0 and 1,
    regression (rows, outputs), unsupervised None, or (rows,) class numbers where labels are known but not learned from;
    mask (rows, time), 1 where a step of a sequence is real; numbers (rows,) in the part of the data; lanes (rows,)
    in the batch; origin (rows,): their numbers in the whole of the data, where these are known, to name them by;
    follows (rows,), true where a row goes on where the row before it in the batch ends (pieces of one text).
    """

    inputs: Array
    targets: Array | None
    numbers: Array
    lanes: Array
    mask: Array | None = None
    follows: Array | None = None
    origin: Array | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def part(self, start: int, stop: int) -> Batch:
        """The rows from `start` to before `stop`, as views."""
        cut = slice(start, stop)
        return Batch(
            self.inputs[cut],
            None if self.targets is None else self.targets[cut],
            self.numbers[cut],
            self.lanes[cut],
            None if self.mask is None else self.mask[cut],
            None if self.follows is None else self.follows[cut],
            None if self.origin is None else self.origin[cut],
        )

    @staticmethod
    def of(
        inputs: Array,
        targets: Array | None = None,
        mask: Array | None = None,
    ) -> Batch:
        """Arrays as one batch, numbered from 0."""
        numbers = np.arange(len(inputs))
        return Batch(inputs, targets, numbers, numbers, mask)


class UnreadBatch(Batch):
    """The batch of these rows, read when something looks at them: workers elsewhere read their own."""

    def __init__(self, data: Samples, numbers: Array, lanes: Array) -> None:
        for name, value in (("data", data), ("numbers", numbers), ("lanes", lanes)):
            object.__setattr__(self, name, value)

    def part(self, start: int, stop: int) -> Batch:
        return UnreadBatch(self.data, self.numbers[start:stop], self.lanes[start:stop])  # type: ignore[attr-defined]

    @cached_property
    def _read(self) -> Batch:
        batch: Batch = self.data.rows(self.numbers, self.lanes)  # type: ignore[attr-defined]
        return batch

    @property
    def inputs(self) -> Array:
        return self._read.inputs

    @property
    def targets(self) -> Array | None:
        return self._read.targets

    @property
    def mask(self) -> Array | None:
        return self._read.mask

    @property
    def follows(self) -> Array | None:
        return self._read.follows

    @property
    def origin(self) -> Array | None:
        return self._read.origin
