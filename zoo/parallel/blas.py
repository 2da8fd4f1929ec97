"""Inspect NumPy's BLAS and limit it to one thread."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import AbstractContextManager
from functools import cache
from types import TracebackType
from typing import Any, Self

import threadpoolctl

WITH_SMALL_KERNELS = ("SkylakeX", "Cooperlake", "SapphireRapids")  # OpenBLAS' names of processors with AVX-512


_controller: tuple[int, threadpoolctl.ThreadpoolController] | None = None  # and how many modules there were


def controller() -> threadpoolctl.ThreadpoolController:
    """What sets the number of threads of every BLAS in this process.

    Finding the libraries takes 0.2 to 0.8 ms, so they are looked for again only after modules were imported, which may
    have brought others.
    """
    global _controller
    modules = len(sys.modules)
    if _controller is None or _controller[0] != modules:
        _controller = modules, threadpoolctl.ThreadpoolController()
    return _controller[1]


def libraries() -> list[dict[str, Any]]:
    """What threadpoolctl says of every BLAS in this process: others than NumPy may have brought theirs."""
    return [library for library in controller().info() if library.get("user_api") == "blas"]


def is_known() -> bool:
    """Whether threadpoolctl can hold this NumPy's BLAS to one thread; where it cannot, exactness is not promised."""
    return bool(libraries())


def hold_this_thread() -> None:
    """Hold BLAS to one thread where this thread calls it: some builds keep their number per calling thread."""
    controller().limit(limits=1, user_api="blas")


class OneThread(AbstractContextManager["OneThread"]):
    """Inside its `with`, BLAS runs on one thread.

    The number of BLAS threads is the whole process's: of several that overlap, in whatever threads, the first sets it
    and the last to end restores it.
    """

    _lock = threading.Lock()
    _inside = 0
    _before: Any = None  # the limits as they were before the first

    def __enter__(self) -> Self:
        kind = OneThread
        with kind._lock:
            limits = controller().limit(limits=1, user_api="blas")
            if kind._before is None:
                kind._before = limits
            kind._inside += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with OneThread._lock:
            OneThread._inside -= 1
            if OneThread._inside <= 0 and OneThread._before is not None:
                OneThread._before.restore_original_limits()
                OneThread._inside, OneThread._before = 0, None

    @classmethod
    def forget_others(cls) -> None:
        """In a fork of this process: nobody is inside; the next to end restores the limits as they were."""
        cls._lock, cls._inside = threading.Lock(), 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=OneThread.forget_others)


@cache
def small_kernels() -> bool:
    """Whether NumPy's BLAS multiplies small matrices as they lie, without packing them first."""
    found = [library for library in libraries() if library.get("internal_api") == "openblas"]
    own = [library for library in found if "numpy" in str(library.get("filepath"))] or found
    return bool(own) and all(library.get("architecture") in WITH_SMALL_KERNELS for library in own)
