"""Ctrl-C during a training called from Python: the first finishes the batch and saves, the second ends at once."""

from __future__ import annotations

import signal
import threading
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import ClassVar, Self


class Interrupts(AbstractContextManager["Interrupts"]):
    """Inside its `with`, the first SIGINT asks to stop, the second raises KeyboardInterrupt; called, it says whether
    somebody asked.

    Only in the main thread, and only where the program leaves SIGINT to Python: a handler of the program's own (the
    command line's, asyncio's) stays. The handler is the process's: of several `with` the last to end gives it back.
    Python runs it between two of its own steps: a long product of NumPy ends first, also after the second SIGINT.
    """

    _inside: ClassVar[list[Interrupts]] = []

    def __init__(self) -> None:
        self._asked = False

    def __call__(self) -> bool:
        return self._asked

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGINT)
            if handler is signal.default_int_handler:
                signal.signal(signal.SIGINT, _ask)
            if signal.getsignal(signal.SIGINT) is _ask:
                self._inside.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self in self._inside:
            self._inside.remove(self)
            if not self._inside and signal.getsignal(signal.SIGINT) is _ask:
                signal.signal(signal.SIGINT, signal.default_int_handler)

    @classmethod
    def ask(cls) -> None:
        """Ask every training of this thread to stop; raise KeyboardInterrupt where all were asked before."""
        if all(each._asked for each in cls._inside):
            raise KeyboardInterrupt
        for each in cls._inside:
            each._asked = True


def _ask(number: int, frame: FrameType | None) -> None:
    Interrupts.ask()
