"""Text files: which encodings they may have, and their characters some at a time."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path

from zoo.data.readers.unpacked import contents_of, position_in
from zoo.errors import DataError, OptionError
from zoo.platform.reading import reading

PIECE = 2**20  # bytes that are decoded at once
# Python's codecs that no text file has: some take quadratic time, some run what stands in the text as escapes.
NO_ENCODINGS = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem")


def codec_of(path: Path, encoding: str) -> str:
    """The name by which Python decodes a file in this encoding; a mark at the start of UTF-8 is no character.

    `OptionError` for an encoding that is not known, or that no file has.
    """
    try:
        "".encode(encoding)
        known = codecs.lookup(encoding).name.replace("_", "-") not in NO_ENCODINGS
    except (LookupError, UnicodeError, ValueError):  # a NUL character, or the codec "undefined"
        known = False
    if not known:
        raise OptionError(
            f"{path}: --encoding is {encoding!a}, which Python does not know as one of text files; expected utf-8,"
            " latin-1, cp1252, …"
        )
    return "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding


def text_pieces(path: Path, encoding: str) -> Iterator[str]:
    """The characters of a file, its ends of lines as \\n; `DataError` naming the line that is not in the encoding."""
    decoder = codecs.getincrementaldecoder(codec_of(path, encoding))()
    ends = io.IncrementalNewlineDecoder(None, translate=True)
    lines, blank = 0, True
    with contents_of(path) as file, reading(f"reading {path.name}", path.stat().st_size) as read_by_now:
        final = False
        while not final:
            block = file.read(PIECE)
            read_by_now(position_in(file))
            final = not block
            try:
                text = decoder.decode(block, final)
            except UnicodeError as error:
                raise DataError(_undecoded(path, encoding, lines, block, error)) from error
            lines += block.count(b"\n")
            piece = ends.decode(text, final)  # without a decoder it takes text
            if "\0" in piece:
                raise DataError(f"{path}: holds NUL characters, expected text; see --encoding (utf-16, perhaps)")
            blank = blank and not piece.strip()
            if piece:
                yield piece
    if blank:
        raise DataError(f"{path}: holds nothing but blanks, expected text")


def _undecoded(path: Path, encoding: str, lines: int, block: bytes, error: UnicodeError) -> str:
    """What to say of bytes that are not in the encoding; `lines` end before this block."""
    where = "the file"
    if isinstance(error, UnicodeDecodeError):
        seen = error.object  # what the decoder had kept of the block before, and this block
        kept = seen[: max(0, len(seen) - len(block))]
        line = lines - kept.count(b"\n") + seen[: error.start].count(b"\n") + 1
        where = f"line {line}"
    byte = f" (byte {error.object[error.start]:#04x})" if isinstance(error, UnicodeDecodeError) else ""
    return (
        f"{path}: {where} is not {encoding} text{byte}; name the file's encoding with --encoding, such as latin-1 or"
        " cp1252"
    )
