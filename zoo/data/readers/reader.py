"""The reader protocol and the table of readers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.core.open_registry import OpenRegistry
from zoo.data.options import DataOptions
from zoo.errors import PluginError

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.data.preprocessing.tabular import Preprocessing

BINARY, PLUGINS, TEXT = 10, 50, 90  # usual values of `order`


@dataclass(frozen=True)
class Reader:
    """One kind of file.

    `open` gets the options, and for rows to be predicted the preprocessing they have to suit: then targets need not be
    there and are not read. An option that a kind does not take is refused when it is set.
    """

    kind: str
    says: str  # for the list of kinds in an error
    takes: tuple[str, ...]  # names of the options it heeds, besides those of every dataset
    recognizes: Callable[[Path, bytes], bool]  # by the path and the file's first 4,096 bytes (none for a folder)
    open: Callable[[Path, DataOptions, Preprocessing | None], Dataset]
    order: int = PLUGINS  # readers of a smaller one are asked first: those of certain formats before those of text

    @property
    def name(self) -> str:
        """The kind as one word: "an-image"."""
        return re.sub(r"[^a-z0-9]+", "-", self.kind.lower()).strip("-")


def check_reader(reader: Reader) -> None:
    """`PluginError` unless a plugin's reader is a Reader."""
    if not isinstance(reader, Reader):
        raise PluginError(f"got {ascii(reader)[:80]}, expected a zoo.data.Reader")


READERS: OpenRegistry[Reader] = OpenRegistry("reader", lambda reader: reader.name, check_reader)
