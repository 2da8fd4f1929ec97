"""The bytes of a file as h5py asks for them, by place: in a child process, out of its parent through a pipe."""

from __future__ import annotations

import functools
import os
from typing import IO, Any

from zoo.platform.guarded_process import MESSAGE

_PAGE = 2**15
_LARGE = 2**17  # more than this is asked for at once and not kept


class Asked:
    """A file object of the child's: pages that are asked for, the last thousand of which are kept.

    Reading past the end is an error: of a short answer libhdf5 would take the rest from what was in its buffer.
    """

    def __init__(self, length: int, answers: IO[bytes], questions: IO[bytes]) -> None:
        self.length = length
        self._position = 0
        self._answers = answers
        self._questions = questions
        self._page = functools.lru_cache(maxsize=1000)(self._ask)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset if whence == os.SEEK_SET else self.length + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, target: Any) -> int:
        size, end = len(target), self._position + len(target)
        if not 0 <= self._position <= end <= self.length:
            raise EOFError(f"{size} bytes at {self._position} are not all inside the file")
        target[:] = self._fetch(self._position, size)
        self._position = end
        return size

    def flush(self) -> None:
        return

    def _fetch(self, offset: int, size: int) -> bytes:
        if size > _LARGE:
            return self._ask_range(offset, size)
        first, last = offset // _PAGE, max(offset, offset + size - 1) // _PAGE
        data = b"".join(self._page(number) for number in range(first, last + 1))
        return data[offset - first * _PAGE :][:size]

    def _ask(self, number: int) -> bytes:
        start = number * _PAGE
        return self._ask_range(start, min(_PAGE, self.length - start))

    def _ask_range(self, start: int, size: int) -> bytes:
        self._questions.write(MESSAGE.pack(b"R", start, size))
        self._questions.flush()
        data = self._answers.read(size)
        if len(data) != size:
            os._exit(3)  # whoever asked is gone
        return data
