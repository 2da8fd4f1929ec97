"""The walk in a process of its own, for files whose origin nobody vouches for: there libhdf5 may crash, hang or grow.

The child gets no file, only a pipe: it asks for bytes by place, and is answered out of those whose digest was checked.
It may not open anything, and has little memory and time. What it reports is checked again by the one who asked.

On the pipe go messages of 17 bytes, kind and two numbers: H hello, answered by the file's length in 8 bytes;
R(offset, size), answered by so many bytes from there; T(length), followed by the table as JSON; E(length), followed by
the text of an error.
"""

from __future__ import annotations

import functools
import json
import os
import struct
from typing import IO, TYPE_CHECKING

from zoo.checkpoint.format.errors import quoted
from zoo.checkpoint.format.index import ITEM_SIZES, MOST_MANIFEST, MOST_OBJECTS, MOST_RANK, Entry
from zoo.checkpoint.format.walk import Source, walk
from zoo.errors import CheckpointError
from zoo.platform import system
from zoo.platform.guarded_process import HELLO, MESSAGE, GuardedProcess, pipes, program_of

if TYPE_CHECKING:
    from types import TracebackType

# Beyond what Python, NumPy and h5py take. The largest valid table needs a third of it.
MEMORY = 512 * 2**20
PROCESSOR_SECONDS = 60
SECONDS = 120.0

_PAGE = 2**15
_LARGE = 2**17  # more than this is asked for at once and not kept
_ADVICE = "with --trusted, or a --sha256 known from elsewhere, none is needed"
_START = program_of("zoo.checkpoint.format.child")


class Child(GuardedProcess):
    """The parent's side: a process that is started when a file needs it, and ended for sure."""

    def __init__(self) -> None:
        super().__init__(_START, "the process that walks through it", _ADVICE, CheckpointError)

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def walk(self, data: memoryview) -> list[Entry]:
        """What `walk` finds in the bytes of a file; CheckpointError also when it crashes, hangs or talks nonsense."""
        with self.within(SECONDS):
            self.greet()
            self.send(struct.pack("<Q", len(data)))
            while True:
                kind, first, second = self.message()
                match kind:
                    case b"R" if first + second <= len(data):
                        self.send(data[first : first + second])
                    case b"T" if first <= MOST_MANIFEST:
                        return _reported(bytes(self.received(first)))
                    case b"E" if first <= MOST_MANIFEST:
                        text = self.received(first).decode("ascii", "replace")
                        raise CheckpointError(text[:1000])
                    case _:
                        said = quoted(repr(MESSAGE.pack(kind, first, second)))
                        raise CheckpointError(f"the process that walks through it sent {said}")


def _reported(text: bytes) -> list[Entry]:
    """The table that a child reports, doubted like all else it says."""
    from zoo.checkpoint.format.json_schema import Items, Table, Text, Whole
    from zoo.checkpoint.format.manifest import parse

    entry = Table(
        {
            "name": Text(5_000),
            "dtype": Text(choices=tuple(ITEM_SIZES)),
            "shape": Items(Whole(0, 2**64 - 1), most=MOST_RANK),
            "offset": Whole(0, 2**63 - 1),
        }
    )
    report = parse(text)
    Items(entry, most=MOST_OBJECTS).check(report, "report on the structure")
    return [Entry(item["name"], item["dtype"], tuple(item["shape"]), item["offset"]) for item in report]


class Asked(Source):
    """The child's side of the file: pages that are asked for, the last thousand of which are kept."""

    def __init__(self, length: int, answers: IO[bytes], questions: IO[bytes]) -> None:
        self._length = length
        self._answers = answers
        self._questions = questions
        self._page = functools.lru_cache(maxsize=1000)(self._ask)

    @property
    def length(self) -> int:
        return self._length

    def fetch(self, offset: int, size: int) -> bytes:
        if size > _LARGE:
            return self._ask_range(offset, size)
        first, last = offset // _PAGE, max(offset, offset + size - 1) // _PAGE
        data = b"".join(self._page(number) for number in range(first, last + 1))
        return data[offset - first * _PAGE :][:size]

    def _ask(self, number: int) -> bytes:
        start = number * _PAGE
        return self._ask_range(start, min(_PAGE, self._length - start))

    def _ask_range(self, start: int, size: int) -> bytes:
        self._questions.write(MESSAGE.pack(b"R", start, size))
        self._questions.flush()
        data = self._answers.read(size)
        if len(data) != size:
            os._exit(3)  # whoever asked is gone
        return data


def main() -> None:
    """The child: say hello, walk, report, end at once."""
    answers, questions = pipes()
    system.limit_this_process(MEMORY, PROCESSOR_SECONDS)
    questions.write(HELLO)
    questions.flush()
    (length,) = struct.unpack("<Q", answers.read(8))
    try:
        entries = walk(Asked(length, answers, questions))
        kind, text = b"T", json.dumps([vars(entry) for entry in entries])
    except CheckpointError as error:
        kind, text = b"E", str(error)
    except BaseException as error:
        kind, text = b"E", f"its structure cannot be read: {type(error).__name__}: {quoted(str(error), 300)}"
    data = text.encode("ascii", "backslashreplace")
    questions.write(MESSAGE.pack(kind, len(data), 0) + data)
    questions.flush()
    os._exit(0)
