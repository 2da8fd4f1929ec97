"""Whether the data files of this call are trusted, which lifts the limits on hostile files.

Trust is the caller's to give (`trusted=True`, `--trusted`), never a recipe's or a checkpoint's: anybody writes those.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from zoo.errors import DataError

_trusted = ContextVar("trusted", default=False)

# What a compressed file may unpack to: twice its own length and this many bytes more (MNIST as float32 fits).
ALLOWANCE = 180 * 2**20


def is_trusted() -> bool:
    """Whether whoever called vouches for the data files."""
    return _trusted.get()


@contextlib.contextmanager
def trusting(trusted: bool = True) -> Iterator[None]:
    """Data files opened inside are trusted, or not."""
    token = _trusted.set(trusted or _trusted.get())
    try:
        yield
    finally:
        _trusted.reset(token)


def most_unpacked(length: int) -> int:
    """Bytes that a compressed file of this length may unpack to."""
    return 2 * length + ALLOWANCE


def refuse_bomb(where: str, unpacked: int, length: int) -> None:
    """`DataError` where a file unpacks to far more than its length, unless it is trusted."""
    if unpacked > most_unpacked(length) and not is_trusted():
        raise DataError(
            f"{where}: unpacks to {unpacked / 2**20:,.0f} megabytes out of {length / 2**20:,.1f}, which a file from"
            " anybody may not; if you know where it comes from: --trusted"
        )


ROW = 24  # bytes that the numbers of a row take: its place in a part and in the order of an epoch


def refuse_many_rows(where: str, rows: int, length: int) -> None:
    """`DataError` where a file claims so many rows that their numbers alone would fill the memory, unless trusted."""
    if ROW * rows > most_unpacked(length) and not is_trusted():
        raise DataError(
            f"{where}: holds {rows:,} rows in {length / 2**20:,.1f} megabytes, more than a file from anybody may; if"
            " you know where it comes from: trusted=True, or --trusted"
        )
