"""Threads and processes; results are identical for any number of them.

Work is cut into a number of pieces that the recipe fixes; workers only take the pieces. BLAS runs on one thread
meanwhile, because a product on two BLAS threads has other bits than on one.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from zoo.errors import ZooError
from zoo.parallel import blas
from zoo.parallel.gate import Gate
from zoo.platform import system

if TYPE_CHECKING:
    from zoo.cluster.driver import Cluster
    from zoo.core.training_step import AdditiveStep, PartialSums
    from zoo.parallel.processes import Processes

A = TypeVar("A")
B = TypeVar("B")

SOON = 0.2  # seconds a step is measured by threads before processes are started: a short run ends before they help
LEFT = 3.0  # seconds that a phase is to go on for processes to be started: that takes a processor half a second
STARTING = 60.0  # seconds to wait for processes where they are to measure from the start


LENT: ContextVar[Workers | None] = ContextVar("workers lent to the piece in work", default=None)


class Stopped(ZooError):
    """Work was given up between two of its steps, since somebody asked to stop."""


def cores() -> int:
    """Processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


class Workers(AbstractContextManager["Workers"]):
    """A pool of threads for one run; inside its `with`, BLAS runs on one thread in the caller and in each worker.

    The caller is one of the threads, so the pool has one fewer; it starts when there is a second piece of work.
    """

    def __init__(
        self,
        threads: int | None = None,
        *,
        stop: Callable[[], bool] = lambda: False,
        wait_for_processes: bool = False,
        cluster: Cluster | None = None,
    ) -> None:
        """`stop`: whether somebody asked to stop, for `check_stop`. `wait_for_processes`: they measure from the first
        batch, not from when they have started; results are the same. `cluster`: who measures training steps instead."""
        self.threads = threads or cores()
        self.cluster = cluster
        self._stop = stop
        self._wait = wait_for_processes
        self._spare = 0  # threads that may be started besides the caller; none outside the `with`
        self._crew: list[threading.Thread] = []
        self._calls: SimpleQueue[_Call[Any] | None] = SimpleQueue()
        self._limit = blas.OneThread()
        self._asked: tuple[AdditiveStep, float, float] | None = None  # the step of `processes`, since when, from where
        self._shapes: list[tuple[int, ...]] | None = None  # of what that step's updates change
        self._processes: Processes | None = None
        self._gates: dict[tuple[object, int], Gate] = {}  # by kind of call, and pieces where they are counted
        self._owner = os.getpid()
        self._given_up = False  # nobody waits for the pieces in work any more

    def __enter__(self) -> Self:
        self._owner = os.getpid()
        self._limit.__enter__()
        self._spare = self.threads - 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends threads and processes; after Ctrl-C it does not wait for the pieces they are at."""
        self._look_for_fork()
        at_once = self._given_up = isinstance(error, KeyboardInterrupt)
        crew, self._crew, self._spare = self._crew, [], 0
        try:
            with contextlib.suppress(Empty):
                while True:  # what no thread has begun, none shall begin
                    self._calls.get_nowait()
            for _ in crew:
                self._calls.put(None)
            for thread in crew:
                if not at_once:
                    thread.join()
        finally:
            self._end_processes()
            self._limit.__exit__(kind, error, trace)

    def check_stop(self) -> None:
        """Called between two steps of long work that changes nothing: raises `Stopped` when it is to end here."""
        if self._given_up or self._stop():
            raise Stopped("stopped")

    def in_order(self, work: Callable[[A], B], pieces: Iterable[A], kind: object = None) -> Iterator[B]:
        """`work` of each piece, in the order of the pieces; at most threads + 1 results are alive at once.

        The caller alone takes pieces from `pieces`. While it waits for the next result, it does a piece that no thread
        has begun. Calls of one `kind`, by default of one function, it does alone where that is faster.
        """
        self._look_for_fork()
        rest = iter(pieces)
        begin = list(itertools.islice(rest, 2))
        if self._spare and len(begin) == 1:  # a single piece is done here: no thread has to wake for it
            token = LENT.set(self)  # but may cut large products for the threads that have nothing to do
            try:
                result = work(begin[0])
            finally:
                LENT.reset(token)
            yield result
            return
        if not self._spare or not begin:
            yield from map(work, itertools.chain(begin, rest))
            return
        gate, began, done = self._gate(kind or work), time.perf_counter(), 0
        shares = gate.shares(gate.pieces)
        if timed := shares is None:  # the first piece shows whether the others are worth a thread
            first, done = work(begin.pop(0)), 1
            gate.record(False, time.perf_counter() - began, 1)
            yield first
            shares = gate.shares(gate.pieces) is not False
        for result in (self._by_all if shares else map)(work, itertools.chain(begin, rest)):
            done += 1
            yield result
        gate.pieces = done
        if not timed:
            gate.record(shares, time.perf_counter() - began, done)

    def _by_all(self, work: Callable[[A], B], pieces: Iterable[A]) -> Iterator[B]:
        """What `in_order` gives, by all threads."""
        waiting: deque[_Call[B]] = deque()
        try:
            for piece in pieces:
                waiting.append(_Call(work, piece))
                if len(self._crew) < min(self._spare, len(waiting) - 1):
                    self._start_thread()
                self._calls.put(waiting[-1])
                if len(waiting) > self.threads:
                    yield _next_result(waiting)
            while waiting:
                yield _next_result(waiting)
        finally:
            for call in waiting:
                call.begin()  # so that nobody does

    def each(self, work: Callable[[A], Any], pieces: Sequence[A], kind: object = None) -> None:
        """Does `work` on every piece and waits. Whoever is free takes the next piece, the caller among them; the caller
        alone where that is faster, for calls of one `kind`, by default of one function.

        So a worker that wakes late, or is busy, costs nothing: what it does not take the caller does. The queue and two
        locks take 10 µs less than an executor's futures, of which a small net's step would need three.
        """
        self._look_for_fork()
        todo = deque(pieces)
        if not self._spare or len(todo) < 2:
            take(work, todo)
            return
        gate, began = self._gate(kind or work, len(todo)), time.perf_counter()
        shares = gate.shares(len(todo))
        if timed := shares is None:  # the first piece shows whether the others are worth a thread
            work(todo.popleft())
            gate.record(False, time.perf_counter() - began, 1)
            shares = gate.shares(len(pieces)) is not False
        if shares:
            self._share(work, todo)
        else:
            take(work, todo)
        if not timed:
            gate.record(shares, time.perf_counter() - began, len(pieces))

    def _share(self, work: Callable[[A], Any], todo: deque[A]) -> None:
        """All pieces, by as many threads as there are pieces."""
        share = partial(take, work)
        helpers = [_Call(share, todo) for _ in range(min(self._spare, max(1, len(todo) - 1)))]
        while len(self._crew) < len(helpers):
            self._start_thread()
        for helper in helpers:
            self._calls.put(helper)
        try:
            take(work, todo)
        finally:
            todo.clear()
            for helper in helpers:
                if not helper.begin():
                    helper.wait()
        for helper in helpers:
            if helper.error is not None:
                raise helper.error

    def _gate(self, kind: Any, pieces: int = 0) -> Gate:
        """The times of calls of this kind: of one object, or of the functions written in one place."""
        kind = getattr(kind, "func", kind)  # of a partial
        key = getattr(kind, "__code__", kind), pieces
        if key not in self._gates:
            self._gates[key] = Gate()
        return self._gates[key]

    def _start_thread(self) -> None:
        name = f"zoo-{len(self._crew) + 1}"
        self._crew.append(threading.Thread(target=_serve, name=name, args=(self._calls,), daemon=True))
        self._crew[-1].start()

    def measured(
        self, step: AdditiveStep, call: Callable[[int], tuple[Any, ...]], shards: int, progress: float | None = None
    ) -> Iterator[PartialSums]:
        """`step.measure` of each shard, called with `call(shard)`, in their order: by processes, by threads or by the
        caller, whichever is faster. `progress`: the share of the phase that is done."""
        processes = self.processes(step, progress) if shards > 1 else None
        if processes is None:
            yield from self.in_order(lambda shard: step.measure(*call(shard)), range(shards), step)
            return
        gate, began = self._gate(processes, shards), time.perf_counter()
        shares = self._wait or gate.shares(shards) is True  # alone at first: that takes one step
        if shares:
            yield from processes.measure([call(shard) for shard in range(shards)])
        else:
            yield from (step.measure(*call(shard)) for shard in range(shards))
        gate.record(shares, time.perf_counter() - began, shards)

    def processes(self, step: AdditiveStep, progress: float | None = None) -> Processes | None:
        """Processes that measure this step's shards, once they have started; None where threads do it: until then,
        where none can be started, or what updates change is unknown, or so large that sending it takes longer than is
        gained, or the rest of the phase, by its `progress`, ends too soon."""
        self._look_for_fork()
        changing = step.changing()
        shapes = None if changing is None else [array.shape for array in changing]
        if self._asked is None or self._asked[0] is not step or self._shapes != shapes:  # weights may grow
            self._end_processes()
            self._asked, self._shapes = (step, time.monotonic(), progress or 0.0), shapes
        if self._processes is None and self._are_due(step, progress):
            from zoo.parallel.processes import Processes

            self._processes = Processes(step, min(self.threads, step.shards) - 1)
            if self._wait:
                self._processes.wait(STARTING)
        return self._processes or None

    def _are_due(self, step: AdditiveStep, progress: float | None) -> bool:
        """Whether to start processes for the step: not where what is left to do is over before that pays."""
        from zoo.parallel.processes import MOST

        if not self._spare or step.shards < 2 or not system.can_start_python():
            return False
        assert self._asked is not None
        passed, done = time.monotonic() - self._asked[1], (progress or 0.0) - self._asked[2]
        ends = progress is not None and (done <= 0 or passed * (1 - progress) < LEFT * done)
        soon = not self._wait and (passed < SOON or ends)
        changing = step.changing()
        if soon or changing is None or (step.prefers_threads and not self._wait):
            return False
        return sum(array.nbytes for array in changing) <= MOST

    def _end_processes(self) -> None:
        if self._processes is not None:
            self._processes.close()
        self._processes = self._asked = None

    def _look_for_fork(self) -> None:
        """In a fork of the process that entered the `with`, all is done here: its threads are not in the fork."""
        if os.getpid() != self._owner:
            self._owner = os.getpid()
            self._spare, self._crew, self._calls = 0, [], SimpleQueue()
            self._end_processes()


class _Call(Generic[B]):
    """`work(piece)`, done once: by a thread that comes to it, or by the caller."""

    __slots__ = ("_begun", "_ended", "_piece", "_work", "error", "result")

    def __init__(self, work: Callable[[A], B], piece: A) -> None:
        self._work: Callable[[Any], B] = work
        self._piece = piece
        self.result: B
        self.error: BaseException | None = None
        self._begun = threading.Lock()  # taken by whoever does it, or by the caller when nobody is to do it any more
        self._ended = threading.Lock()
        self._ended.acquire()

    def begin(self) -> bool:
        """Whether nobody has begun; then it is up to whoever asked."""
        return self._begun.acquire(blocking=False)

    def run(self) -> None:
        """Do the work, and keep what comes of it."""
        try:
            self.result = self._work(self._piece)
        except BaseException as error:
            self.error = error
        finally:
            self._ended.release()

    @property
    def has_ended(self) -> bool:
        return not self._ended.locked()

    def wait(self) -> None:
        """Return when whoever began has ended."""
        self._ended.acquire()


def _serve(calls: SimpleQueue[_Call[Any] | None]) -> None:
    """What a thread does until the pool ends."""
    blas.hold_this_thread()
    while (call := calls.get()) is not None:
        if call.begin():
            call.run()


def _next_result(waiting: deque[_Call[B]]) -> B:
    """The result of the first call; until it is there, the caller does what nobody has begun."""
    first = waiting[0]
    for call in waiting:
        if first.has_ended:
            break
        if call.begin():
            call.run()
            if call.error is not None and not isinstance(call.error, Exception):
                raise call.error  # Ctrl-C does not wait for the turn of the piece it came in
    first.wait()
    waiting.popleft()
    if first.error is not None:
        raise first.error
    return first.result


def take(work: Callable[[A], Any], todo: deque[A]) -> None:
    """`work` on what is left to do, until nothing is."""
    while True:
        try:
            piece = todo.popleft()
        except IndexError:
            return
        work(piece)
