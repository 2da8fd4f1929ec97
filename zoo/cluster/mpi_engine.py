"""The MPI engine: rank 0 drives and measures, the others measure what it sends. For small batches and fast networks.

`mpiexec -n 4 zoo train … --cluster mpi`: every rank starts the same command; all but rank 0 leave it for `serve`. Sums
are gathered and added in the tree's order, never by MPI_SUM, whose order follows the number of ranks.
"""

from __future__ import annotations

import itertools
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from zoo.cluster.engine import Engine, EngineKind
from zoo.cluster.work import Answer, Change, Measurer, Report, Task
from zoo.errors import UsageError

BEGIN, TASK, END = 1, 2, 3  # what rank 0 asks of the others
HEAD, ARRAY = 1, 2  # tags of the two parts of an answer
_released = False  # whether the other ranks were let go
AHEAD = 4  # tasks for each rank whose answers may wait for an earlier one


class MpiEngine(Engine):
    """The ranks of `mpiexec`, driven by rank 0."""

    def __init__(self, text: str = "mpi", seconds: float = 0) -> None:
        self._mpi = _mpi()
        self._comm = self._mpi.COMM_WORLD
        self._ranks = list(range(1, self._comm.Get_size()))
        self._own = Measurer()
        self._version = self._own_version = -1  # of the arrays that the ranks have, and rank 0's copy of the step
        self._kinds: list[Any] | None = None  # their shapes and dtypes
        self._hook: Any = None
        if not self._ranks:
            raise UsageError("--cluster mpi: there is one process alone; start it as mpiexec -n 4 zoo train …")
        self._hook, sys.excepthook = sys.excepthook, self._abort

    @property
    def size(self) -> int:
        return len(self._ranks) + 1

    def begin(self, handed: bytes, accept: Callable[[Report], None]) -> None:
        self._version, self._own_version, self._kinds = -1, -1, None
        for rank in self._ranks:
            self._comm.send((BEGIN, handed), rank)
        reports = [self._own.begin(handed), *(self._comm.recv(source=rank) for rank in self._ranks)]
        for report in reports:
            accept(report)

    def run(self, change: Change, tasks: Iterable[Task]) -> Iterator[Answer]:
        rest, ready, following = enumerate(tasks), deque[tuple[int, Task]](), 0
        asked: dict[int, deque[int]] = {rank: deque() for rank in self._ranks}
        found: dict[int, Answer] = {}
        mine: int | None = None  # the task measured here last, whose sums lie in memory that is used again
        try:
            while True:
                if len(found) < AHEAD * self.size:
                    ready.extend(itertools.islice(rest, 2 * self.size - len(ready)))
                self._send(ready, asked, 1, change)
                own = ready.popleft() if ready else None
                self._send(ready, asked, 2, change)  # so that none waits while rank 0 measures
                if own is not None:
                    if mine in found:
                        found[mine] = found[mine].copied()
                    new = change if self._own_version != change.version else None
                    mine, self._own_version = own[0], change.version
                    found[mine] = _checked(self._own.answer(new, own[1]))
                elif not any(asked.values()):
                    return
                self._receive(asked, found, wait=own is None)
                while following in found:
                    yield found.pop(following)
                    following += 1
        finally:
            while any(asked.values()):  # nobody takes these answers any more
                asked[self._answered()[0]].popleft()

    def _send(self, ready: deque[tuple[int, Task]], asked: dict[int, deque[int]], most: int, change: Change) -> None:
        """Tasks that are ready to the ranks with fewer than `most`; what has changed to all of them, once."""
        changed, kinds = None, None
        if change.version != self._version:
            kinds = [(array.shape, array.dtype) for array in change.arrays]
            changed = change.version, kinds if kinds != self._kinds else None
        for rank, numbers in asked.items():
            task = None
            if ready and len(numbers) < most:
                number, task = ready.popleft()
                numbers.append(number)
            if task is not None or changed is not None:
                self._comm.send((TASK, changed, task), rank)
        if changed is not None:
            for array in change.arrays:
                self._comm.Bcast(np.ascontiguousarray(array), 0)
            self._version, self._kinds = change.version, kinds

    def _receive(self, asked: dict[int, deque[int]], found: dict[int, Answer], wait: bool) -> None:
        """The answers that are there; with `wait` at least one."""
        while any(asked.values()) and (wait or self._comm.iprobe(tag=HEAD)):
            rank, answer = self._answered()
            found[asked[rank].popleft()] = _checked(answer)
            wait = False

    def _answered(self) -> tuple[int, Answer | Exception]:
        status = self._mpi.Status()
        content, sizes = self._comm.recv(status=status, tag=HEAD)
        buffers = [np.empty(size, np.uint8) for size in sizes]
        for buffer in buffers:
            self._comm.Recv([buffer, self._mpi.BYTE], status.Get_source(), ARRAY)
        answer: Answer | Exception = pickle.loads(content, buffers=buffers)
        return status.Get_source(), answer

    def _abort(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        """What nobody caught ends all ranks, with its message."""
        self._hook(kind, error, trace)
        sys.stderr.flush()
        self._comm.Abort(1)

    def close(self) -> None:
        if self._hook is not None:
            sys.excepthook, self._hook = self._hook, None
            release()
        self._own.close()


def _checked(answer: Answer | Exception) -> Answer:
    if isinstance(answer, Exception):
        raise answer
    return answer


def serve() -> None:
    """What every rank but 0 does until rank 0 lets it go."""
    mpi, measurer, arrays = _mpi(), Measurer(), list[Any]()
    comm, change = mpi.COMM_WORLD, None
    while True:
        asked = comm.recv(source=0)
        if asked[0] == END:
            measurer.close()
            return
        if asked[0] == BEGIN:
            comm.send(measurer.begin(asked[1]), 0)
            continue
        _, changed, task = asked
        if changed is not None:
            version, kinds = changed
            if kinds is not None:
                arrays = [np.empty(shape, dtype) for shape, dtype in kinds]
            for array in arrays:
                comm.Bcast(array, 0)
            change = Change(version, arrays)
        if task is not None:
            answer, change = measurer.answer(change, task), None
            _reply(mpi, answer)


def _reply(mpi: Any, answer: Answer | Exception) -> None:
    """Send an answer to rank 0: its arrays as they lie in memory, after the rest."""
    buffers: list[pickle.PickleBuffer] = []
    content = pickle.dumps(answer, 5, buffer_callback=buffers.append)
    parts = [memoryview(each.raw()) for each in buffers]
    mpi.COMM_WORLD.send((content, [part.nbytes for part in parts]), 0, HEAD)
    for part in parts:
        mpi.COMM_WORLD.Send([part, mpi.BYTE], 0, ARRAY)


def release() -> None:
    """Let the other ranks end, once; they wait in `serve`, also where rank 0 fails before it has work for them."""
    global _released
    comm = _mpi().COMM_WORLD
    if not _released and comm.Get_rank() == 0:
        _released = True
        for other in range(1, comm.Get_size()):
            comm.send((END,), other)


def rank() -> int:
    """This process' number among those of `mpiexec`; 0 where it was started alone."""
    number: int = _mpi().COMM_WORLD.Get_rank()
    return number


def _mpi() -> Any:
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise UsageError(
            f"--cluster mpi: {' '.join(str(error).split())[:120]}; pip install 'zoo-networks[mpi]' brings mpi4py, and"
            " pip install mpich an MPI where the machine has none"
        ) from None
    return MPI


MPI = EngineKind("mpi", "MPI: mpiexec -n 4 zoo train … --cluster mpi", "mpi", lambda text: text == "mpi", MpiEngine)
