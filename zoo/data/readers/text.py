"""Read text: one long sequence of characters, in consecutive pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Column, Dataset
from zoo.data.options import DataOptions
from zoo.data.readers.encoding import text_pieces
from zoo.data.readers.reader import READERS, TEXT, Reader
from zoo.data.windows import Windows
from zoo.errors import DataError
from zoo.platform.trust import is_trusted
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

WINDOW = 50  # characters
PIECE = 2**20  # characters that are numbered at once
MOST_SYMBOLS = 2**16
SUFFIXES = (".txt", ".text")


def open_text(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """A model of the text: each sample `window` characters, the targets the same one character later."""
    if like is not None:
        raise DataError(f"{path}: is text, expected {like.kind} of shape {like.shape} as in training")
    dataset = _dataset_of(lambda: text_pieces(path, options.encoding), options.window, str(path))
    return dataset.replace(name=path.stem, test=options.test, path=str(path.absolute()), options=options.changed())


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
            f"{where}: has {len(values):,} characters, expected twice --window and one, {2 * window + 1:,}; name a"
            f" smaller --window"
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
    characters: set[str] = set()
    length = 0
    for piece in pieces():
        characters |= set(piece)
        length += len(piece)
        if len(characters) > MOST_SYMBOLS and not is_trusted():
            raise DataError(
                f"{where}: holds more than {MOST_SYMBOLS:,} different characters, which is no text; see --encoding; or,"
                " if it is: trusted=True, or --trusted"
            )
    found = sorted(characters)
    codes = np.array([ord(each) for each in found], "<u4")
    numbers, done = np.empty(length, np.min_scalar_type(len(found))), 0
    for piece in pieces():
        here = np.frombuffer(piece.encode("utf-32-le", "surrogatepass"), "<u4")
        places = np.minimum(np.searchsorted(codes, here), len(codes) - 1)
        if done + len(here) > length or (codes[places] != here).any():
            break
        numbers[done : done + len(here)] = places
        done += len(here)
    if done != length:
        raise DataError(f"{where}: has changed while it was read; try again")
    return tuple(found), numbers


def _is_prose(path: Path, head: bytes) -> bool:
    """Whether a file is text to read rather than a table: by its suffix and its first lines.

    A table's lines have numbers, or all the same number of cells, two or more.
    """
    if not path.is_file() or path.suffix.lower() not in SUFFIXES:
        return False
    lines = [line for line in head.decode("utf-8", "replace").splitlines() if line.strip()]
    lines = lines[:-1] if len(head) == 4096 and len(lines) > 1 else lines
    if all(re.fullmatch(r"[-+0-9.eE,;\t |]+", line) for line in lines[1:] or lines):
        return False
    for delimiter in ("\t", ";", "|", ","):
        counts = {line.count(delimiter) for line in lines}
        if len(counts) != 1 or counts == {0} or len(lines) < 2:
            continue
        cells = [cell.strip() for line in lines[1:] for cell in line.split(delimiter)]
        numbers = sum(re.fullmatch(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?", cell) is not None for cell in cells)
        if 2 * numbers >= len(cells) or not any(delimiter + " " in line for line in lines):
            return False  # after a comma in prose comes a blank
    return True


READER = READERS.add(
    Reader(
        "text",
        "text (*.txt; any file with --task language)",
        ("task", "window", "encoding"),
        _is_prose,
        open_text,
        order=TEXT,
    )
)
