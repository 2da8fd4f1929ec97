"""Trainings side by side: one piece of work for each item, in processes with one BLAS thread each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from zoo.errors import TrainingError
from zoo.parallel import blas
from zoo.platform.trust import is_trusted, trusting
from zoo.registry import selection

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_work: Callable[[Any], Any]  # of a process of the pool


def outcomes_of(
    work: Callable[[Item], Outcome],
    items: Sequence[Item],
    *,
    who: str,
    processes: int | None = None,
    deadline: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Item, Outcome]]:
    """(item, what `work` gives of it) for every item, as they come, about in their order.

    `work` goes to each process once, by pickling. When `deadline`, of `time.monotonic`, passes or `stop()` holds, what
    is in work is given up. An exception of `work` ends all. `who` begins the error where a process was ended.
    """
    count = min(processes or cores(), len(items))
    if not items or (deadline is not None and time.monotonic() > deadline):
        return
    context, begin = multiprocessing.get_context("spawn"), (selection.files(), work, is_trusted())
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=begin)
    waiting, running = list(reversed(items)), dict[Future[Outcome], Item]()
    try:
        while waiting or running:
            while waiting and len(running) < count:
                item = waiting.pop()
                with _without_script():
                    running[pool.submit(_done, item)] = item
            finished, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in finished:
                yield running.pop(future), future.result()
            late = deadline is not None and time.monotonic() > deadline
            if late or stop():
                return
    except BrokenProcessPool as error:
        raise TrainingError(
            f"{who}: a process that trains was ended, perhaps for want of memory; fewer at a time: --threads 1"
        ) from error
    finally:
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            if running:
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _without_script() -> Iterator[None]:
    """Inside, new processes do not run the user's script again, which would start the same trainings."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _begin(plugins: Sequence[str], work: Callable[[Any], Any], trusted: bool) -> None:
    """In a process of the pool: leave signals to the parent, use its plugins, one BLAS thread."""
    global _work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for path in plugins:
        selection.use_plugin(path)
    blas.hold_this_thread()
    _work = _trusted(work) if trusted else work


def _trusted(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def trusted(item: Any) -> Any:
        with trusting(True):
            return work(item)

    return trusted


def _done(item: Any) -> Any:
    return _work(item)
