"""Convert a MemoryError to a zoo error that names what was too large and which options make it smaller."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from zoo.errors import TrainingError

Function = TypeVar("Function", bound=Callable[..., Any])


def within_memory(function: Function) -> Function:
    """Raise a `MemoryError` of the function as a `TrainingError` of one line."""

    @functools.wraps(function)
    def bounded(*given: Any, **named: Any) -> Any:
        try:
            return function(*given, **named)
        except MemoryError as error:
            # NumPy says how large an array would have been.
            reason = " ".join(str(error).split()) or "the system gives no more"
            raise TrainingError(
                f"{function.__name__}: not enough memory: {reason}; what helps: fewer classes or columns (another"
                " target, text columns left out), fewer rows, a smaller batch_size, data in HDF5 or NPY"
            ) from error

    return bounded  # type: ignore[return-value]
