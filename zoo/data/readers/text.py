"""Read text: one long sequence of characters, in consecutive pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Column, Dataset
from zoo.data.options import DataOptions
from zoo.data.readers.encoding import text_pieces
from zoo.data.readers.reader import READERS, TEXT, Reader
from zoo.data.readers.table_or_text import is_text, was_guessed
from zoo.data.readers.unpacked import stem_of
from zoo.data.windows import Windows
from zoo.errors import DataError
from zoo.platform.trust import is_trusted
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

WINDOW = 50  # characters
PIECE = 2**20  # characters that are numbered at once
MOST_SYMBOLS = 2**16
CODE_POINTS = 0x110000  # of Unicode: tables over all of them take 1 to 4 MB
AS_TEXT = "taken for a text, read character by character; if it is a table: --delimiter, such as --delimiter space"


def open_text(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """A model of the text: each sample `window` characters, the targets the same one character later."""
    if like is not None:
        raise DataError(f"{path}: is text, expected {like.kind} of shape {like.shape} as in training")
    dataset = _dataset_of(lambda: text_pieces(path, options.encoding), options.window, str(path))
    notes = () if options.task == "language" or not was_guessed(path) else (AS_TEXT,)
    return dataset.replace(
        name=stem_of(path), test=options.test, path=str(path.absolute()), options=options.changed(), notes=notes
    )


def text_dataset(text: str, window: int, where: str) -> Dataset:
    """The windows of a text, whose symbols are its characters; the last part of the text is held out.

    window: characters of each, 0 for 50.
    """
    return _dataset_of(lambda: (text[at : at + PIECE] for at in range(0, len(text), PIECE)), window, where)


def _dataset_of(pieces: Callable[[], Iterator[str]], window: int, where: str) -> Dataset:
    """The windows of a text that is gone through twice, piece by piece."""
    window = window or WINDOW
    symbols, values = symbols_of(pieces, where)
    if len(values) < 2 * window + 1:
        raise DataError(
            f"{where}: has {len(values):,} characters, expected {2 * window + 1:,}, so that a window is learned and one"
            f" held out; name a smaller --window, {max(1, (len(values) - 1) // 2)} at most"
        )
    return Dataset(
        name=where,
        task="language",
        inputs=Windows(values[:, None], window, stride=window),
        kind="sequences",
        columns=(Column("character", symbols),),
        splits="last",
    )


def symbols_of(pieces: Callable[[], Iterator[str]], where: str) -> tuple[tuple[str, ...], Array]:
    """(the characters that occur, sorted; the number of each character of the text)."""
    occurs, length, most = np.zeros(CODE_POINTS, bool), 0, None if is_trusted() else MOST_SYMBOLS
    for piece in pieces():
        codes = _code_points(piece)
        occurs[codes] = True
        length += len(codes)
        if most is not None and length > most and np.count_nonzero(occurs) > most:
            raise DataError(
                f"{where}: holds more than {MOST_SYMBOLS:,} different characters, which is no text; see --encoding; or,"
                " if it is: trusted=True, or --trusted"
            )
    found = np.flatnonzero(occurs)
    numbers, done = np.empty(length, np.min_scalar_type(len(found))), 0
    number_of = np.zeros(CODE_POINTS, numbers.dtype)
    number_of[found] = np.arange(len(found))
    for piece in pieces():
        codes = _code_points(piece)
        if done + len(codes) > length or not occurs[codes].all():
            break
        np.take(number_of, codes, out=numbers[done : done + len(codes)], mode="clip")  # "raise" would buffer the output
        done += len(codes)
    if done != length:
        raise DataError(f"{where}: has changed while it was read; try again")
    return tuple(map(chr, found.tolist())), numbers


def _code_points(piece: str) -> Array:
    """(characters,) the code point of each: bytes where all are ASCII, which Python copies without a look."""
    if piece.isascii():
        return np.frombuffer(piece.encode("ascii"), np.uint8)
    return np.frombuffer(piece.encode("utf-32-le", "surrogatepass"), "<u4")


READER = READERS.add(
    Reader(
        "text",
        "text (any text that is no table, or with --task language)",
        ("task", "window", "encoding"),
        is_text,
        open_text,
        order=TEXT,
    )
)
