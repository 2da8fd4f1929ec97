"""A child process for parsing a file nobody vouches for: it gets bytes through a pipe and may open nothing.

A parser in C may crash, hang, grow or follow a path where a hostile file leads it: there that ends a process without
files, memory or time. Both sides write messages of 17 bytes, a kind and two numbers, and the bytes these announce;
the child's first is a greeting.

The parent's side imports what it needs where it needs it: the child is to start soon.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import sys
import threading
import weakref
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from zoo.errors import ZooError
from zoo.platform import system

if TYPE_CHECKING:
    import subprocess

MESSAGE = struct.Struct("<cQQ")
HELLO = MESSAGE.pack(b"H", 0, 0)
_DAMAGED = "on its way; the file is damaged or hostile"


def program_of(module: str) -> str:
    """The text of a program that runs the function `main` of a module; its argument is the parent's search path."""
    return f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main()"


class GuardedProcess:
    """The parent's side. What the child does wrong is an `error` that begins with `who`, such as "the process that
    parses it"; one that does not start, or not come to its greeting, says `advice`. The pipes are this process's alone,
    also where it forks."""

    def __init__(self, program: str, who: str, advice: str, error: type[ZooError]) -> None:
        import subprocess

        self.owner = os.getpid()
        self._who, self._advice, self._error = who, advice, error
        search = [*sys.path, os.path.dirname(os.path.dirname(__file__))]
        try:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", program, json.dumps(search)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        except (OSError, ValueError) as reason:
            raise error(f"{who} does not start ({reason}); {advice}") from reason
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        for pipe in (self._to, self._from):
            system.enlarge_pipe(pipe.fileno())
        self._finalizer = weakref.finalize(self, _end, self._process, self.owner)

    @property
    def pid(self) -> int:
        return self._process.pid

    def greet(self) -> None:
        """Wait for the child's greeting."""
        if self._from.read(MESSAGE.size) != HELLO:
            raise self._ended(f"before its first step; {self._advice}")

    def send(self, *data: bytes | memoryview) -> None:
        try:
            for each in data:
                self._to.write(each)
            self._to.flush()
        except OSError:  # a broken pipe
            raise self._ended(_DAMAGED) from None

    def message(self) -> tuple[bytes, int, int]:
        """The next message: its kind and two numbers."""
        message = self._from.read(MESSAGE.size)
        if len(message) != MESSAGE.size:
            raise self._ended(_DAMAGED)
        kind, first, second = MESSAGE.unpack(message)
        return kind, first, second

    def received(self, size: int) -> bytearray:
        """So many bytes that a message announced."""
        data = bytearray(size)
        self.receive_into(memoryview(data))
        return data

    def receive_into(self, view: memoryview) -> None:
        """Fill a buffer with bytes that a message announced."""
        done = 0
        while done < len(view):
            got = self._from.readinto(view[done:])  # type: ignore[attr-defined]
            if not got:
                raise self._ended(_DAMAGED)
            done += got

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """End the child should the block take longer."""
        clock = threading.Timer(seconds, self._process.kill)
        clock.daemon = True
        clock.start()
        try:
            yield
        finally:
            clock.cancel()

    def close(self) -> None:
        """End the child for sure; in a forked process only let go of its pipes."""
        self._finalizer()

    def _ended(self, when: str) -> ZooError:
        """Why there is no answer. A process that closed its pipe is about to end, if it has not been ended."""
        import subprocess

        try:
            reason = system.exit_reason(self._process.wait(timeout=5))
        except subprocess.TimeoutExpired:
            reason = "fell silent"
        return self._error(f"{self._who} {reason} {when}")


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    if owner == os.getpid():
        process.kill()
        process.wait()
    else:
        process.returncode = 0  # it is another process's to wait for
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with contextlib.suppress(OSError):  # what was not sent has nobody to read it
            pipe.close()


def _environment() -> dict[str, str]:
    """One BLAS thread, no plugins of libhdf5, and otherwise only what Python needs to start."""
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    return {
        **system.inherited_environment(),
        **dict.fromkeys(threads, "1"),
        "HDF5_PLUGIN_PATH": "",
        "HDF5_PLUGIN_PRELOAD": "::",  # which turns loading off altogether
    }


# --- the child's side -------------------------------------------------------------------------------------------------


def pipes() -> tuple[IO[bytes], IO[bytes]]:
    """(what the parent sends, where messages to it go). What a library may print goes nowhere."""
    outgoing = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return sys.stdin.buffer, outgoing
