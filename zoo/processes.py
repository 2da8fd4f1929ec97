"""Processes that measure shards beside this one, where a step's many short calls would fight for Python's lock.

Each is a fork of this process, so it has the model, the step and the data's code as they were. For every batch it is
sent what changed since: the arrays that updates change, and its shards' rows, carried values and streams. It answers
with the sums. Arrays travel through memory that both share, the rest through a pipe. A shard's sums have the same bits
whoever measures it.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import pickle
import signal
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from zoo import system
from zoo.errors import TrainingError, ZooWarning

if TYPE_CHECKING:
    from zoo.rows import Rows
    from zoo.step import AdditiveStep, Measured
    from zoo.streams import Stream

Call = tuple["Rows", dict[str, Any], "Stream"]  # what `AdditiveStep.measure` is called with

ALIGNED = 64  # bytes of a cache line
ROOM = 2**24  # bytes for everything but what updates change; what does not fit goes through the pipe
MOST = 2**26  # bytes that updates change, up to which sending them costs little beside what is gained
PATIENCE = 0.002  # seconds a process looks for a message before it sleeps: to be woken takes 0.1 to 0.3 ms


class Processes:
    """`count` forks of this process that measure shards for one step, until `close` or the end of this one."""

    def __init__(self, step: AdditiveStep, count: int) -> None:
        size = sum(array.nbytes for array in step.changing())
        self._step = step
        self._others: list[_Process] = []
        for _ in range(count):
            self._others.append(_Process(step, size, [other.connection for other in self._others]))

    def measure(self, calls: Sequence[Call]) -> Iterator[Measured]:
        """The sums of every call, in their order; of N processes this one takes the first, the
        (N + 1)th and so on, the next one the second, the (N + 2)th and so on.

        What a process was asked that died meanwhile is measured here, and it is not asked again.
        """
        workers = len(self._others) + 1
        asked = [
            (other, slice(number, None, workers)) for number, other in enumerate(self._others, 1) if number < len(calls)
        ]
        for other, share in asked:
            other.send((self._step.changing(), calls[share]))
        found: list[Any] = [None] * len(calls)
        try:
            found[::workers] = [self._step.measure(*call) for call in calls[::workers]]
        finally:  # every answer is fetched, so that none is left over for the next question
            answers = [other.receive() for other, _ in asked]
        for (other, share), answer in zip(asked, answers, strict=True):
            if isinstance(answer, Exception):
                raise answer
            if answer is None:
                answer = [self._step.measure(*call) for call in calls[share]]
                self._lose(other)
            found[share] = answer
        return iter(found)

    def _lose(self, other: _Process) -> None:
        """Goes on without a process."""
        self._others.remove(other)
        how = system.exit_reason(other.close())
        warnings.warn(
            f"a process that measured part of each batch {how}, from outside or for want of memory; its part is done"
            " without it",
            ZooWarning,
            stacklevel=2,
        )

    def close(self) -> None:
        """Ends the processes."""
        for other in self._others:
            other.close()
        self._others = []


class _Process:
    """One fork, as this process sees it."""

    def __init__(self, step: AdditiveStep, size: int, inherited: list[Connection]) -> None:
        asked, answered = Shared(size + ROOM), Shared(size * -(-step.shards // 2) + ROOM)
        self.connection, there = Pipe()
        self._line = Line(self.connection, asked, answered)
        with warnings.catch_warnings():
            # Python warns of forks beside threads, for locks they may hold: the fork takes none of those.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._id = os.fork()
        if self._id == 0:
            try:
                for connection in (*inherited, self.connection):
                    connection.close()
                serve(step, Line(there, answered, asked))
            finally:
                os._exit(0)
        there.close()

    def send(self, question: Any) -> None:
        """Hands over what to measure."""
        with contextlib.suppress(OSError):  # when the process has died, which shows when it is to answer
            self._line.send(question)

    def receive(self) -> Any:
        """The list of sums, or the error one of them ended with; None when the process has died."""
        try:
            return self._line.receive()
        except (OSError, EOFError):
            return None

    def close(self) -> int:
        """Ends the process; its exit code, negative for the signal that ended it."""
        self.connection.close()  # which the other side sees as the end
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self._id, 0)[1])
        except ChildProcessError:  # somebody else has waited for it
            return 0


def serve(step: AdditiveStep, line: Line) -> None:
    """The fork's side: measures what it is sent until the other side is gone."""
    for sent_to_all in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # whoever forked this decides what they mean
        signal.signal(sent_to_all, signal.SIG_IGN)
    gc.freeze()
    step.workers = None
    while True:
        answer: Any
        try:
            changed, calls = line.receive()
        except (EOFError, OSError):
            return
        try:
            for array, new in zip(step.changing(), changed, strict=True):
                array[...] = new
            answer = [step.measure(*call) for call in calls]
        except Exception as error:
            answer = sendable(error)
        with contextlib.suppress(BrokenPipeError):
            line.send(answer)
        del answer
        step.release()


def sendable(error: Exception) -> Exception:
    """The error itself where it survives pickling, else one with its text and where it happened."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return TrainingError(f"{type(error).__name__}: {error}")
    return error


class Line:
    """One process's end of what it and another say to each other by turns."""

    def __init__(self, connection: Connection, outgoing: Shared, incoming: Shared) -> None:
        self._connection, self._outgoing, self._incoming = connection, outgoing, incoming
        self._received = 0

    def send(self, thing: Any) -> None:
        self._connection.send_bytes(self._outgoing.put(thing))
        self._outgoing.sent[0] += 1

    def receive(self) -> Any:
        """What the other side sends next, its arrays in place until this side has sent again; `EOFError` or `OSError`
        when it is gone."""
        asleep = time.perf_counter() + PATIENCE
        while self._incoming.sent[0] == self._received and time.perf_counter() < asleep:
            os.sched_yield()
        message = self._connection.recv_bytes()
        self._received += 1
        return self._incoming.take(message)


class Shared:
    """Memory of two processes, one of which puts an object there that the other takes; the next one takes its place."""

    def __init__(self, size: int) -> None:
        self._size = size
        memory = memoryview(mmap.mmap(-1, size + ALIGNED))  # pages that nobody writes to take no room
        self._memory = memory[ALIGNED:]
        self.sent = memory[:ALIGNED].cast("Q")  # [0]: how many messages are on their way or have come

    def put(self, thing: Any) -> bytes:
        """Stores the arrays in a thing; gives what `take` needs for it."""
        places: list[tuple[int, int]] = []
        end = 0

        def store(buffer: pickle.PickleBuffer) -> bool:
            nonlocal end
            data = buffer.raw()
            start = -(-end // ALIGNED) * ALIGNED
            if start + len(data) > self._size:
                return True  # goes into the pickle
            self._memory[start : start + len(data)] = data
            places.append((start, len(data)))
            end = start + len(data)
            return False

        pickled = pickle.dumps(thing, protocol=5, buffer_callback=store)
        return pickle.dumps((places, pickled))

    def take(self, message: bytes) -> Any:
        """The thing, whose arrays lie in the shared memory until the next is put there."""
        places, pickled = pickle.loads(message)
        return pickle.loads(pickled, buffers=[self._memory[start : start + size] for start, size in places])
