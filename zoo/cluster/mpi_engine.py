"""The MPI engine: rank 0 drives and measures, the others measure what it sends. For small batches and fast networks.

`mpiexec -n 4 zoo train … --cluster mpi`: every rank starts the same command; all but rank 0 leave it for `serve`. Sums
are gathered and added in the tree's order, never by MPI_SUM, whose order follows the number of ranks.
"""

from __future__ import annotations

import itertools
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from zoo.cluster.engine import Engine, EngineKind
from zoo.cluster.work import Answer, Change, Measurer, Report, Task
from zoo.errors import UsageError

BEGIN, CHANGE, TASK, END = 1, 2, 3, 4  # what rank 0 tells the others
AHEAD = 4  # tasks for each rank whose answers may wait for an earlier one


class MpiEngine(Engine):
    """The ranks of `mpiexec`, driven by rank 0."""

    def __init__(self, text: str = "mpi", seconds: float = 0) -> None:
        self._mpi = _mpi()
        self._comm = self._mpi.COMM_WORLD
        self._ranks = list(range(1, self._comm.Get_size()))
        self._own = Measurer()
        self._version = -1
        self._hook: Any = None
        if not self._ranks:
            raise UsageError("--cluster mpi: there is one process alone; start it as mpiexec -n 4 zoo train …")
        self._hook, sys.excepthook = sys.excepthook, self._abort

    @property
    def size(self) -> int:
        return len(self._ranks) + 1

    def begin(self, handed: bytes, accept: Callable[[Report], None]) -> None:
        self._version = -1
        for rank in self._ranks:
            self._comm.send((BEGIN, handed), rank)
        reports = [self._own.begin(handed), *(self._comm.recv(source=rank) for rank in self._ranks)]
        for report in reports:
            accept(report)

    def run(self, change: Change, tasks: Iterable[Task]) -> Iterator[Answer]:
        mine: Change | None = change
        if change.version != self._version:
            for rank in self._ranks:
                self._comm.send((CHANGE, change.version, [(each.shape, each.dtype) for each in change.arrays]), rank)
            for array in change.arrays:
                self._comm.Bcast(np.ascontiguousarray(array), 0)
            self._version = change.version
        rest, ready, following = enumerate(tasks), deque[tuple[int, Task]](), 0
        asked: dict[int, deque[int]] = {rank: deque() for rank in self._ranks}
        found: dict[int, Answer] = {}
        try:
            while True:
                if len(found) < AHEAD * self.size:
                    ready.extend(itertools.islice(rest, 2 * self.size - len(ready)))
                self._send(ready, asked, 1)
                own = ready.popleft() if ready else None
                self._send(ready, asked, 2)  # so that none waits while rank 0 measures
                if own is not None:
                    found[own[0]] = _checked(self._own.answer(mine, own[1])).copied()
                    mine = None
                elif not any(asked.values()):
                    return
                self._receive(asked, found, wait=own is None)
                while following in found:
                    yield found.pop(following)
                    following += 1
        finally:
            while any(asked.values()):  # nobody takes these answers any more
                asked[self._answered()[0]].popleft()

    def _send(self, ready: deque[tuple[int, Task]], asked: dict[int, deque[int]], most: int) -> None:
        """Tasks that are ready to the ranks with fewer than `most`."""
        for rank, numbers in asked.items():
            if ready and len(numbers) < most:
                number, task = ready.popleft()
                numbers.append(number)
                self._comm.send((TASK, task), rank)

    def _receive(self, asked: dict[int, deque[int]], found: dict[int, Answer], wait: bool) -> None:
        """The answers that are there; with `wait` at least one."""
        while any(asked.values()) and (wait or self._comm.iprobe()):
            rank, answer = self._answered()
            found[asked[rank].popleft()] = _checked(answer)
            wait = False

    def _answered(self) -> tuple[int, Answer | Exception]:
        status = self._mpi.Status()
        answer = self._comm.recv(status=status)
        return status.Get_source(), answer

    def _abort(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        """What nobody caught ends all ranks, with its message."""
        self._hook(kind, error, trace)
        sys.stderr.flush()
        self._comm.Abort(1)

    def close(self) -> None:
        if self._hook is not None:
            sys.excepthook, self._hook = self._hook, None
            for rank in self._ranks:
                self._comm.send((END,), rank)
        self._own.close()


def _checked(answer: Answer | Exception) -> Answer:
    if isinstance(answer, Exception):
        raise answer
    return answer


def serve() -> None:
    """What every rank but 0 does until rank 0 lets it go."""
    comm, measurer, version, arrays = _mpi().COMM_WORLD, Measurer(), -1, list[Any]()
    change: Change | None = None
    while True:
        asked = comm.recv(source=0)
        if asked[0] == END:
            measurer.close()
            return
        if asked[0] == BEGIN:
            comm.send(measurer.begin(asked[1]), 0)
        elif asked[0] == CHANGE:
            _, version, kinds = asked
            if [(each.shape, each.dtype) for each in arrays] != kinds:
                arrays = [np.empty(shape, dtype) for shape, dtype in kinds]
            for array in arrays:
                comm.Bcast(array, 0)
            change = Change(version, arrays)
        else:
            comm.send(measurer.answer(change, asked[1]), 0)
            change = None


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
