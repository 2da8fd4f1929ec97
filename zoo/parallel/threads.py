"""Threads and processes; results are identical for any number of them.

Work is cut into a number of pieces that the recipe fixes; workers only take the pieces. BLAS runs on one thread
meanwhile, because a product on two BLAS threads has other bits than on one.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from zoo.errors import ZooError
from zoo.parallel import blas
from zoo.platform import system

if TYPE_CHECKING:
    from zoo.core.training_step import AdditiveStep
    from zoo.parallel.processes import Processes

A = TypeVar("A")
B = TypeVar("B")

SOON = 0.2  # seconds a step is measured by threads before processes are started: a short run ends before they help
STARTING = 60.0  # seconds to wait for processes where they are to measure from the start


class Stopped(ZooError):
    """Work was given up between two of its steps, since somebody asked to stop."""


def cores() -> int:
    """Processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


class Workers(AbstractContextManager["Workers"]):
    """A pool of threads for one run; inside its `with`, BLAS runs on one thread in the caller and in each worker."""

    def __init__(
        self, threads: int | None = None, *, stop: Callable[[], bool] = lambda: False, wait_for_processes: bool = False
    ) -> None:
        """`stop`: whether somebody asked to stop, for `check_stop`. `wait_for_processes`: they measure from the first
        batch, not from when they have started; results are the same."""
        self.threads = threads or cores()
        self._stop = stop
        self._wait = wait_for_processes
        self._pool: ThreadPoolExecutor | None = None  # for `in_order`
        self._crew: list[threading.Thread] = []  # for `each`: one fewer than threads, since the caller works too
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._limit = blas.OneThread()
        self._asked: tuple[AdditiveStep, float] | None = None  # the step of `processes`, and since when
        self._processes: Processes | None = None
        self._owner = os.getpid()
        self._given_up = False  # nobody waits for the pieces in work any more

    def __enter__(self) -> Self:
        self._owner = os.getpid()
        self._limit.__enter__()
        if self.threads > 1:
            self._pool = ThreadPoolExecutor(self.threads, "zoo", blas.hold_this_thread)
            self._crew = [
                threading.Thread(target=self._serve, name=f"zoo-each-{number}", daemon=True)
                for number in range(1, self.threads)
            ]
            for thread in self._crew:
                thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends threads and processes; after Ctrl-C it does not wait for the pieces they are at."""
        self._look_for_fork()
        at_once = self._given_up = isinstance(error, KeyboardInterrupt)
        try:
            if self._pool is not None:
                self._pool.shutdown(wait=not at_once, cancel_futures=True)
            for _ in self._crew:
                self._calls.put(None)
            for thread in self._crew:
                if not at_once:
                    thread.join()
        finally:
            self._pool, self._crew = None, []
            self._end_processes()
            self._limit.__exit__(kind, error, trace)

    def check_stop(self) -> None:
        """Called between two steps of long work that changes nothing: raises `Stopped` when it is to end here."""
        if self._given_up or self._stop():
            raise Stopped("stopped")

    def in_order(self, work: Callable[[A], B], pieces: Iterable[A]) -> Iterator[B]:
        """`work` of each piece, in the order of the pieces; at most workers + 1 results are alive at once."""
        self._look_for_fork()
        rest = iter(pieces)
        begin = list(itertools.islice(rest, 2))
        if self._pool is None or len(begin) < 2:  # a single piece is done here: no thread has to wake for it
            yield from map(work, itertools.chain(begin, rest))
            return
        waiting: deque[Future[B]] = deque()
        try:
            for piece in itertools.chain(begin, rest):
                waiting.append(self._pool.submit(work, piece))
                if len(waiting) > self.threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def each(self, work: Callable[[A], Any], pieces: Sequence[A]) -> None:
        """Does `work` on every piece and waits. Whoever is free takes the next piece, the caller among them.

        So a worker that wakes late, or is busy, costs nothing: what it does not take the caller does. The queue and two
        locks take 10 µs less than an executor's futures, of which a small net's step would need three.
        """
        self._look_for_fork()
        todo = deque(pieces)
        helpers = [_Helper(work, todo) for _ in range(min(len(self._crew), len(pieces) - 1))]
        for helper in helpers:
            self._calls.put(helper)
        try:
            take(work, todo)
        finally:
            todo.clear()
            for helper in helpers:
                helper.wait()
        for helper in helpers:
            if helper.error is not None:
                raise helper.error

    def processes(self, step: AdditiveStep) -> Processes | None:
        """Processes that measure this step's shards, once they have started; None where threads do it: until then,
        where none can be started, or what updates change is unknown, or so large that sending it takes longer than is
        gained."""
        self._look_for_fork()
        if self._asked is None or self._asked[0] is not step:
            self._end_processes()
            self._asked = step, time.monotonic()
        if self._processes is None and self._are_due(step):
            from zoo.parallel.processes import Processes

            self._processes = Processes(step, min(self.threads, step.shards) - 1)
            if self._wait:
                self._processes.wait(STARTING)
        return self._processes or None

    def _are_due(self, step: AdditiveStep) -> bool:
        """Whether to start processes for the step."""
        from zoo.parallel.processes import MOST

        if not self._crew or step.shards < 2 or not system.can_start_python():
            return False
        assert self._asked is not None
        soon = not self._wait and time.monotonic() < self._asked[1] + SOON
        return not soon and 0 < sum(array.nbytes for array in step.changing()) <= MOST

    def _end_processes(self) -> None:
        if self._processes is not None:
            self._processes.close()
        self._processes = self._asked = None

    def _look_for_fork(self) -> None:
        """In a fork of the process that entered the `with`, all is done here: its threads are not in the fork."""
        if os.getpid() != self._owner:
            self._owner = os.getpid()
            self._pool, self._crew = None, []
            self._end_processes()

    def _serve(self) -> None:
        """What a thread of the crew does until the pool ends."""
        blas.hold_this_thread()
        while (call := self._calls.get()) is not None:
            call()


class _Helper:
    """One thread's part of some work: it begins when a thread comes to it, unless the caller was done before."""

    def __init__(self, work: Callable[[Any], Any], todo: deque[Any]) -> None:
        self.work, self.todo = work, todo
        self.error: BaseException | None = None
        self._begun = threading.Lock()  # taken by the thread when it begins, or by the caller when it no longer may
        self._ended = threading.Lock()
        self._ended.acquire()

    def __call__(self) -> None:
        if not self._begun.acquire(blocking=False):
            return
        try:
            take(self.work, self.todo)
        except BaseException as error:
            self.error = error
        finally:
            self._ended.release()

    def wait(self) -> None:
        """Returns when the thread is done, at once when it has not begun."""
        if not self._begun.acquire(blocking=False):
            self._ended.acquire()


def take(work: Callable[[A], Any], todo: deque[A]) -> None:
    """`work` on what is left to do, until nothing is."""
    while True:
        try:
            piece = todo.popleft()
        except IndexError:
            return
        work(piece)
