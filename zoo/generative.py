"""What `zoo sample` asks of a model: to write text, symbol by symbol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from zoo.streams import Stream


@runtime_checkable
class Writes(Protocol):
    """A model of a language."""

    def write(self, length: int, temperature: float, prompt: str, stream: Stream) -> Iterator[str]:
        """`length` symbols after the prompt, each as it is drawn; temperature 0: always the likeliest.

        `UsageError` where the model was trained for something else, `DataError` where the prompt does not suit it.
        """
        ...
