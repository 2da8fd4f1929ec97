"""An input that a model cannot take; the error names its row and column where they are known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from zoo.core.batch import Batch
from zoo.errors import DataError


class InvalidInput(DataError):
    """Raised by who sees a batch of inputs alone; `naming` makes the error of it that names the data's row and column.

    row: of the batch, from 0; column: of a row's inputs laid flat, None where the row as a whole does not fit; what:
    how the sentence goes on, "is 0.5, expected 0 or 1".
    """

    def __init__(self, who: str, row: int, column: int | None, what: str) -> None:
        super().__init__(who, row, column, what)
        self.who, self.row, self.column, self.what = who, row, column, what

    def __str__(self) -> str:
        return self.message(None, None)

    def message(self, origin: Any, preprocessing: Any) -> str:
        """The message, given the rows' numbers in the data and the preprocessing they came through, or None."""
        row = "one of the rows" if origin is None else f"row {int(origin[self.row]) + 1}"
        column = "" if self.column is None else f"{self._column(preprocessing)} of "
        return f"{self.who}: {column}{row} {self.what}"

    def _column(self, preprocessing: Any) -> str:
        assert self.column is not None
        shape, names = getattr(preprocessing, "input_shape", ()), getattr(preprocessing, "input_names", ())
        if len(shape) > 1 and self.column < np.prod(shape):
            return f"input {tuple(int(n) for n in np.unravel_index(self.column, shape))}"
        return f"column {names[self.column]!r}" if self.column < len(names) else f"input {self.column + 1}"


@contextmanager
def locate_errors(batch: Batch, preprocessing: Any) -> Iterator[None]:
    """While these rows are looked at, what does not fit is named by their rows in the data, and its column."""
    try:
        yield
    except InvalidInput as error:
        raise DataError(error.message(batch.origin, preprocessing)) from None
