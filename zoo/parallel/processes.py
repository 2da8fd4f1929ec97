"""Worker processes that measure shards, where Python's lock would make threads slow.

Each is a new Python that was handed the step once. For every batch it is sent what changed since: the arrays that
updates change, and its shards' rows, carried values and random streams. It answers with the sums, which have the same
bits whoever measures them. Until a process has started, a batch is measured without it.

A process is started, not forked: a fork would have the locks of this process's other threads as they happened to be,
and its open files besides. It has nothing of this process but its ends of two shared memories and of a socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import warn
from zoo.parallel import pickling
from zoo.parallel.shared_messages import ALIGNED, Line, Shared
from zoo.platform import system
from zoo.registry import selection

if TYPE_CHECKING:
    from zoo.core.batch import Batch
    from zoo.core.random import RandomStream
    from zoo.core.training_step import AdditiveStep, PartialSums

Call = tuple["Batch", dict[str, Any], "RandomStream"]  # what `AdditiveStep.measure` is called with

BUFFER = 2**24  # bytes for everything but what updates change; what does not fit goes through the socket
MOST = 2**26  # bytes that updates change, up to which sending them costs little beside what is gained
START = """
import json, os, sys, threading

start = json.loads(sys.argv[1])
started = threading.Event()

def watch():
    while not started.wait(0.05):
        if os.getppid() != start["parent"]:
            os._exit(1)

threading.Thread(target=watch, daemon=True).start()
sys.path[:] = start["path"]
from zoo.parallel.worker_main import main

main(start, started)
"""  # its imports take a second or more, in which whoever started it may be killed
BLOCKED = ("SIGINT", "SIGTERM", "SIGHUP")  # sent to all of a terminal: whoever trains decides what they mean


class Processes:
    """`count` processes that measure shards for one step, until `close` or the end of this process."""

    def __init__(self, step: AdditiveStep, count: int) -> None:
        self._step = step
        self._others: list[_Process] = []  # which measure
        self._starting: list[_Process] = []
        self._number = 0  # of the last question
        self._warned = False
        try:
            self._start(step, count)
        except Exception as error:
            self.close()
            _warn_of_threads(step, f"{type(error).__name__}: {error}")

    def _start(self, step: AdditiveStep, count: int) -> None:
        pickled = pickling.dumps(step)
        handed = system.shared_memory("zoo step", len(pickled))
        try:
            system.write_at(handed, pickled, 0)
            for _ in range(count):
                self._starting.append(_Process(step, handed, len(pickled)))
        finally:
            os.close(handed)

    def __bool__(self) -> bool:
        """Whether a process has started that measures; looks after those that are about to."""
        for other in list(self._starting):
            if other.has_message():
                self._starting.remove(other)
                self._welcome(other)
        return bool(self._others)

    def wait(self, seconds: float) -> None:
        """Wait until every process has started or cannot, `seconds` at most."""
        end = time.monotonic() + seconds
        while (bool(self), self._starting)[1] and time.monotonic() < end:
            time.sleep(0.005)

    def _welcome(self, other: _Process) -> None:
        """Let a process that has started measure, or say why it cannot."""
        answer = other.receive(0)
        if answer == "ready":
            self._others.append(other)
            return
        reason = system.exit_reason(other.close()) if answer is None else str(answer)
        if not self._warned:
            _warn_of_threads(self._step, reason)
        self._warned = True  # of several, one is enough

    def measure(self, calls: Sequence[Call]) -> Iterator[PartialSums]:
        """The sums of every call, in their order; of N processes this one takes the first, the
        (N + 1)th and so on, the next one the second, the (N + 2)th and so on.

        What a process was asked that ended meanwhile is measured here, and it is not asked again.
        """
        self._number += 1
        workers = len(self._others) + 1
        asked = [
            (other, slice(number, None, workers)) for number, other in enumerate(self._others, 1) if number < len(calls)
        ]
        changing = list(self._step.changing() or ())
        found: list[Any] = [None] * len(calls)
        try:
            for other, share in asked:
                other.send(self._number, (changing, calls[share]))
            found[::workers] = [self._step.measure(*call) for call in calls[::workers]]
            answers = [other.receive(self._number) for other, _ in asked]
        except (KeyboardInterrupt, SystemExit):  # anywhere, perhaps amid a message
            self.close()
            raise
        for (other, share), answer in zip(asked, answers, strict=True):
            if isinstance(answer, Exception):
                raise answer
            if answer is None:
                answer = [self._step.measure(*call) for call in calls[share]]
                self._lose(other)
            found[share] = answer
        return iter(found)

    def _lose(self, other: _Process) -> None:
        """Go on without a process."""
        self._others.remove(other)
        reason = system.exit_reason(other.close())
        warn(
            f"a process that measured part of each batch {reason}; its part is measured without it, with the same"
            " results"
        )

    def close(self) -> None:
        """End the processes; in a fork of the process that started them, only forget them."""
        every = [*self._others, *self._starting]
        for other in every:
            other.end()
        for other in every:
            other.close()
        self._others, self._starting = [], []


class _Process:
    """One process, as the one that started it sees it."""

    def __init__(self, step: AdditiveStep, handed: int, handed_size: int) -> None:
        size = sum(array.nbytes for array in step.changing() or ())
        sizes = size + BUFFER, size * -(-step.shards // 2) + BUFFER
        self._owner = os.getpid()
        self._owed = 0  # the number of a question that was not answered yet
        theirs: list[int] = []
        here, there = (system.above_standard(each.detach()) for each in socket.socketpair())
        try:
            theirs = [there]
            theirs += [system.shared_memory("zoo shards", each + ALIGNED) for each in sizes]
            asked, answered = (Shared(memory, each) for memory, each in zip(theirs[1:], sizes, strict=True))
            start = {
                "path": list(map(str, sys.path)),
                "socket": there,
                "memories": list(zip(theirs[1:], sizes, strict=True)),
                "step": (handed, handed_size),
                "plugins": selection.files(),
                "errors": np.geterr(),
                "parent": self._owner,
            }
            self._process = _started(json.dumps(start), [*theirs, handed])
        except BaseException:
            os.close(here)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        self._line = Line(here, asked, answered)

    @property
    def pid(self) -> int:
        return self._process.pid

    def has_message(self) -> bool:
        return self._line.has_message() or self._process.poll() is not None

    def send(self, number: int, question: Any) -> None:
        """Ask; what was asked before and never fetched, since an error came between, is answered first."""
        if self._owed:
            self.receive(self._owed)
        self._owed = number
        with contextlib.suppress(OSError):  # when the process has ended, which shows when it is to answer
            self._line.send(number, question)

    def receive(self, number: int) -> Any:
        """The answer to the question of this number; None when the process has ended."""
        answered = -1
        while answered != number:
            try:
                answered, answer = self._line.receive(self._is_alive)
            except (OSError, EOFError):
                return None
        self._owed = 0
        return answer

    def _is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """Let the process end, without waiting for it."""
        if self._owner == os.getpid():
            self._line.close()
        else:
            self._line.forget()

    def close(self) -> int:
        """End the process; its exit code, negative for the signal that ended it."""
        self.end()
        if self._owner != os.getpid():
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(timeout=0.2)
        self._process.kill()  # it measures what nobody waits for any more
        return self._process.wait()


def _started(start: str, descriptors: Sequence[int]) -> subprocess.Popen[bytes]:
    """A Python process with these open files and no others, which signals to a whole terminal do not reach."""
    # On one thread from the start: NumPy's BLAS would make threads on import that nobody uses.
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [getattr(signal, name) for name in BLOCKED])  # it inherits that
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", START, start],
            stdin=subprocess.DEVNULL,
            stdout=2 if system.is_open(2) else subprocess.DEVNULL,
            pass_fds=descriptors,
            env={**os.environ, **dict.fromkeys(threads, "1")},
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _warn_of_threads(step: AdditiveStep, reason: str) -> None:
    reason = " ".join(reason.split())[:300]
    warn(
        f"{type(step).__name__} cannot be measured in other processes ({reason}); threads measure it instead, with the"
        " same results"
    )
