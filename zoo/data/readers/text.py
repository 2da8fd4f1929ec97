"""Read text: one long sequence of characters, in consecutive pieces."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.data.dataset import Column, Dataset
from zoo.data.options import DataOptions
from zoo.data.readers.reader import READERS, TEXT, Reader
from zoo.data.windows import Windows
from zoo.errors import DataError, OptionError
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

WINDOW = 50  # characters
PIECE = 2**20  # characters that are numbered at once
SUFFIXES = (".txt", ".text")


def open_text(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """A model of the text: each sample `window` characters, the targets the same one character later."""
    if like is not None:
        raise DataError(f"{path}: is text, expected {like.kind} of shape {like.shape} as in training")
    text = read_text(path, options.encoding)
    dataset = text_dataset(text, options.window, str(path))
    return dataset.replace(name=path.stem, test=options.test, path=str(path.absolute()), options=options.changed())


def text_dataset(text: str, window: int, where: str) -> Dataset:
    """The windows of a text, whose symbols are its characters; the last part of the text is held out.

    window: characters of each, 0 for 50.
    """
    window = window or WINDOW
    symbols, values = symbols_of(text)
    if len(text) < 2 * window + 1:
        raise DataError(
            f"{where}: has {len(text):,} characters, expected twice --window and one, {2 * window + 1:,}; name a"
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


def symbols_of(text: str) -> tuple[tuple[str, ...], Array]:
    """(the characters that occur, sorted; the number of each character of the text)."""
    found = sorted(set(text))
    codes, dtype = np.array([ord(each) for each in found], "<u4"), np.min_scalar_type(len(found))
    numbers = [
        np.searchsorted(codes, np.frombuffer(text[at : at + PIECE].encode("utf-32-le", "surrogatepass"), "<u4")).astype(
            dtype
        )
        for at in range(0, len(text), PIECE)
    ]
    return tuple(found), np.concatenate(numbers) if numbers else np.zeros(0, dtype)


def read_text(path: Path, encoding: str) -> str:
    """The characters of a file, its ends of lines as \\n; `DataError` naming the line that is not in the encoding."""
    try:
        "".encode(encoding)
    except LookupError:
        raise OptionError(
            f"{path}: --encoding is {encoding!a}, which Python does not know; expected utf-8, latin-1, cp1252, …"
        ) from None
    content = path.read_bytes()
    name = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}: line {line} is not {encoding} text (byte {content[error.start]:#04x}); name the file's encoding"
            " with --encoding, such as latin-1 or cp1252"
        ) from error
    if "\0" in text:
        raise DataError(f"{path}: holds NUL characters, expected text; see --encoding (utf-16, perhaps)")
    if not text.strip():
        raise DataError(f"{path}: holds nothing but blanks, expected text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


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
