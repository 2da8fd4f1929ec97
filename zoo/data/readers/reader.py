"""What a reader of one kind of file gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.data.options import DataOptions

if TYPE_CHECKING:
    from zoo.data.dataset import Dataset
    from zoo.data.preprocessing.tabular import Preprocessing


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
