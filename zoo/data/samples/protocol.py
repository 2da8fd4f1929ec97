"""The samples protocol: encoded samples by row number, as training, evaluation and prediction use them."""

from __future__ import annotations

from typing import Protocol

from zoo.core.batch import Batch
from zoo.types import Array


class Samples(Protocol):
    """Part of a dataset (training, validation or test) behind its preprocessing; encodes rows as they are asked for."""

    block: int | None  # rows that are read together from a file; None where all are in memory
    window: int  # blocks kept in memory at once

    def __len__(self) -> int: ...

    def rows(self, numbers: Array, lanes: Array | None = None) -> Batch:
        """The samples with these numbers (0 ≤ number < len), encoded; lanes default to 0, 1, 2, …"""
        ...
