"""The lines of a text file of a format other than separated text: UTF-8, each of bounded length."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from zoo.data.readers.unpacked import contents_of
from zoo.errors import DataError
from zoo.platform.trust import is_trusted

LONGEST = 2**22  # characters


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, line without its end) of each line that is not blank."""
    with contents_of(path) as binary, io.TextIOWrapper(binary, encoding="utf-8-sig") as file:
        number = 0
        while True:
            try:
                line = file.readline() if is_trusted() else file.readline(LONGEST)
            except UnicodeError as error:
                raise DataError(f"{path}: line {number + 1} is not UTF-8 text; save the file as UTF-8") from error
            if not line:
                return
            number += 1
            if len(line) == LONGEST and not is_trusted():
                raise DataError(
                    f"{path}: line {number} has {LONGEST:,} characters or more; if they are one row: trusted=True, or"
                    " --trusted"
                )
            if line.strip():
                yield number, line.rstrip("\r\n")
