"""Keep prints off standard output, which carries results, while foreign code runs."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any


class PrintsToStderr(AbstractContextManager[None]):
    """Inside its `with`, what is printed goes to standard error.

    `sys.stdout` is the process's: of several `with` that overlap, in whatever threads, the first replaces it and the
    last to end puts it back.
    """

    _lock = threading.Lock()
    _inside = 0
    _before: Any = None
    _instead: Any = None

    def __enter__(self) -> None:
        kind = PrintsToStderr
        with kind._lock:
            if kind._inside == 0:
                kind._before, kind._instead = sys.stdout, sys.stderr
                sys.stdout = sys.stderr
            kind._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with PrintsToStderr._lock:
            PrintsToStderr._inside -= 1
            if PrintsToStderr._inside <= 0:
                self._put_back()

    @classmethod
    def _put_back(cls) -> None:
        if cls._instead is not None and sys.stdout is cls._instead:  # else somebody else replaced it meanwhile
            sys.stdout = cls._before
        cls._inside, cls._before, cls._instead = 0, None, None

    @classmethod
    def forget_others(cls) -> None:
        """In a fork of this process: nobody else is inside."""
        cls._lock = threading.Lock()
        cls._put_back()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=PrintsToStderr.forget_others)
