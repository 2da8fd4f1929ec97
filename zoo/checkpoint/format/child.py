"""The walk in a process of its own, for files whose origin nobody vouches for: there libhdf5 may crash, hang or grow.

The child gets no file, only a pipe: it asks for bytes by place, and is answered out of those whose digest was checked.
It may not open anything, and has little memory and time. What it reports is checked again by the one who asked.

On the pipe go messages of 17 bytes, kind and two numbers: H hello, answered by the file's length in 8 bytes;
R(offset, size), answered by so many bytes from there; T(length), followed by the table as JSON; E(length), followed by
the text of an error.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import struct
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from zoo.checkpoint.format.errors import quoted
from zoo.checkpoint.format.index import ITEM_SIZES, MOST_MANIFEST, MOST_OBJECTS, MOST_RANK, Entry
from zoo.checkpoint.format.walk import Source, walk
from zoo.errors import CheckpointError
from zoo.platform import system

if TYPE_CHECKING:  # the parent's side imports what it needs where it needs it: the child is to start soon
    import subprocess
    from types import TracebackType

# Beyond what Python, NumPy and h5py take. The largest valid table needs a third of it.
MEMORY = 512 * 2**20
PROCESSOR_SECONDS = 60
SECONDS = 120.0

_MESSAGE = struct.Struct("<cQQ")
_PAGE = 2**15
_LARGE = 2**17  # more than this is asked for at once and not kept
_ADVICE = "with trusted=True, or a sha256= known from elsewhere, none is needed"
_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from zoo.checkpoint.format.child import main; main()"


class Child:
    """The parent's side: a process that is started when a file needs it, and ended for sure."""

    def __init__(self) -> None:
        import subprocess

        path = [*sys.path, str(Path(__file__).parents[3])]
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _START, json.dumps(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
        except (OSError, ValueError) as error:
            raise CheckpointError(f"the process that walks through it does not start ({error}); {_ADVICE}") from error

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # what was not sent has nobody to read it
                pipe.close()

    def walk(self, data: memoryview) -> list[Entry]:
        """What `walk` finds in the bytes of a file; CheckpointError also when it crashes, hangs or talks nonsense."""
        import threading

        clock = threading.Timer(SECONDS, self._process.kill)
        clock.daemon = True
        clock.start()
        try:
            return self._converse(data)
        except OSError:  # a broken pipe
            raise self._ended("on its way; the file is damaged or hostile") from None
        finally:
            clock.cancel()

    def _converse(self, data: memoryview) -> list[Entry]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        hello = stdout.read(_MESSAGE.size)
        if hello != _MESSAGE.pack(b"H", 0, 0):
            raise self._ended(f"before its first step; {_ADVICE}")
        stdin.write(struct.pack("<Q", len(data)))
        stdin.flush()
        while True:
            message = stdout.read(_MESSAGE.size)
            if len(message) != _MESSAGE.size:
                raise self._ended("on its way; the file is damaged or hostile")
            kind, first, second = _MESSAGE.unpack(message)
            match kind:
                case b"R" if first + second <= len(data):
                    stdin.write(data[first : first + second])
                    stdin.flush()
                case b"T" if first <= MOST_MANIFEST:
                    return _reported(stdout.read(first))
                case b"E" if first <= MOST_MANIFEST:
                    text = stdout.read(first).decode("ascii", "replace")
                    raise CheckpointError("".join(letter if letter.isprintable() else "?" for letter in text[:1000]))
                case _:
                    raise CheckpointError(f"the process that walks through it sent {quoted(repr(message))}")

    def _ended(self, when: str) -> CheckpointError:
        """Why there is no answer. A process that closed its pipe is about to end, if it has not been ended."""
        import subprocess

        try:
            reason = system.exit_reason(self._process.wait(timeout=5))
        except subprocess.TimeoutExpired:
            reason = "fell silent"
        return CheckpointError(f"the process that walks through it {reason} {when}")


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


def environment() -> dict[str, str]:
    """One BLAS thread, no plugins of libhdf5, and otherwise only what Python needs to start."""
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    return {
        **system.inherited_environment(),
        **dict.fromkeys(threads, "1"),
        "HDF5_PLUGIN_PATH": "",
        "HDF5_PLUGIN_PRELOAD": "::",  # which turns loading off altogether
    }


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
        self._questions.write(_MESSAGE.pack(b"R", start, size))
        self._questions.flush()
        data = self._answers.read(size)
        if len(data) != size:
            os._exit(3)  # whoever asked is gone
        return data


def main() -> None:
    """The child: say hello, walk, report, end at once."""
    answers = sys.stdin.buffer
    # The pipe is for messages alone: what a library may print goes nowhere.
    questions = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    system.limit_this_process(MEMORY, PROCESSOR_SECONDS)
    questions.write(_MESSAGE.pack(b"H", 0, 0))
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
    questions.write(_MESSAGE.pack(kind, len(data), 0) + data)
    questions.flush()
    os._exit(0)
