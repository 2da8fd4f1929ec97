"""Work beside the caller's, in threads: hashing, copying and waiting for a disk all give up the interpreter lock.

Plain threads, not an executor: one that is still saving when the program ends is waited for, and may itself start
others then, which the executors of the standard library refuse.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")

# What is hashed or read at a time: large enough that the lock hardly changes hands, small enough to stay in cache.
PIECE = 2**20


class Task(Generic[T]):
    """A function running in a thread of its own; `result` waits and gives what it returned or raises what it raised.

    Where no thread can be had (a limit; some versions of Python while the program ends), the function runs when its
    result is asked for; `beside` tells which.
    """

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._outcome: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        try:
            self._thread.start()
            self.beside = True
        except RuntimeError:
            self.beside = False

    def _run(self) -> None:
        try:
            self._outcome.append(self._function())
        except BaseException as error:
            self._error = error

    def wait(self) -> None:
        if self.beside:
            self._thread.join()
        elif not self._outcome and self._error is None:
            self._run()

    def result(self) -> T:
        self.wait()
        if self._error is not None:
            raise self._error
        return self._outcome[0]


class Digest:
    """The SHA-256 of pieces handed over in order, computed while the caller fetches or writes the next."""

    def __init__(self) -> None:
        self._pieces: SimpleQueue[memoryview | None] = SimpleQueue()

    def __enter__(self) -> Digest:
        self._task = Task(self._run)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pieces.put(None)
        self._task.wait()

    def _run(self) -> bytes:
        digest = hashlib.sha256()
        while (piece := self._pieces.get()) is not None:
            digest.update(piece)
        return digest.digest()

    def update(self, piece: memoryview) -> None:
        """Hash a piece next; it must not change until `result`."""
        self._pieces.put(piece)

    def result(self) -> bytes:
        """The digest of all pieces so far; none can follow."""
        self._pieces.put(None)
        return self._task.result()


def digest_each(values: Mapping[str, memoryview], threads: int) -> dict[str, str]:
    """The SHA-256 of each value in hexadecimal, the largest first, in so many threads."""
    pending = deque(sorted(values, key=lambda name: len(values[name]), reverse=True))
    digests: dict[str, str] = {}

    def work() -> None:
        while pending:
            try:
                name = pending.popleft()
            except IndexError:  # another thread was faster
                return
            digests[name] = hashlib.sha256(values[name]).hexdigest()

    for task in [Task(work) for _ in range(min(threads, len(pending)))]:
        task.result()
    return digests
