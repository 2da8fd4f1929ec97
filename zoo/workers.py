"""Threads, used so that their number changes no bit of any result.

Work is cut into a number of pieces that the recipe fixes; workers only take the pieces. BLAS runs on one thread
meanwhile, because a product on two BLAS threads has other bits than on one.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self, TypeVar

import threadpoolctl

A = TypeVar("A")
B = TypeVar("B")


def cores() -> int:
    """Processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def blas_is_known() -> bool:
    """Whether threadpoolctl can hold this NumPy's BLAS to one thread; where it cannot, exactness is not promised."""
    return any(library.get("user_api") == "blas" for library in threadpoolctl.threadpool_info())


class Workers(AbstractContextManager["Workers"]):
    """A pool of threads for one run; inside its `with`, BLAS runs on one thread in the caller and in each worker."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or cores()
        self._pool: ThreadPoolExecutor | None = None
        self._limit: Any = None

    def __enter__(self) -> Self:
        self._limit = threadpoolctl.threadpool_limits(1, user_api="blas")
        if self.threads > 1:
            # Some BLAS builds keep their number of threads per calling thread: each worker sets its own.
            self._pool = ThreadPoolExecutor(
                self.threads, "zoo", lambda: threadpoolctl.threadpool_limits(1, user_api="blas") and None
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        self._limit.restore_original_limits()

    def in_order(self, work: Callable[[A], B], pieces: Iterable[A]) -> Iterator[B]:
        """`work` of each piece, in the order of the pieces; at most workers + 1 results are alive at once."""
        if self._pool is None:
            yield from map(work, pieces)
            return
        waiting: deque[Future[B]] = deque()
        try:
            for piece in pieces:
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

        So a worker that wakes late, or is busy, costs nothing: what it does not take the caller does.
        """
        if self._pool is None or len(pieces) < 2:
            for piece in pieces:
                work(piece)
            return
        todo = deque(pieces)

        def take() -> None:
            while True:
                try:
                    piece = todo.popleft()
                except IndexError:
                    return
                work(piece)

        helping = [self._pool.submit(take) for _ in range(min(self.threads, len(pieces)) - 1)]
        try:
            take()
        finally:
            todo.clear()
            for helper in helping:
                if not helper.cancel():
                    helper.result()
