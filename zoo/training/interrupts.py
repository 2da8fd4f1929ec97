"""Ctrl-C during a training called from Python: the first finishes the batch and saves, the second ends at once.

On the command line `zoo/cli/interrupt.py` does the same.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import AbstractContextManager, suppress
from types import FrameType, TracebackType
from typing import ClassVar, Self


class Interrupts(AbstractContextManager["Interrupts"]):
    """Inside its `with`, the first SIGINT asks to stop, the second raises KeyboardInterrupt; called, it says whether
    somebody asked.

    Only in the main thread, and only where the program leaves SIGINT to Python: a handler of the program's own (the
    command line's, asyncio's) stays. The handler is the process's: of several `with` the last to end gives it back.

    Python runs it between two of its own steps, so a call of NumPy in hand ends first, also after the second SIGINT:
    for a product of matrices a fraction of a second as a rule, for the decomposition of a large one longer.
    """

    _inside: ClassVar[list[Interrupts]] = []
    _signals: ClassVar[_Signals | None] = None

    def __init__(self) -> None:
        self._asked = False

    def __call__(self) -> bool:
        return self._asked

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGINT)
            if handler is signal.default_int_handler:
                Interrupts._signals = _Signals()
                signal.signal(signal.SIGINT, _ask)
            if signal.getsignal(signal.SIGINT) is _ask:
                self._inside.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self in self._inside:
            self._inside.remove(self)
            if not self._inside:
                if signal.getsignal(signal.SIGINT) is _ask:
                    signal.signal(signal.SIGINT, signal.default_int_handler)
                if Interrupts._signals is not None:
                    Interrupts._signals.close()
                    Interrupts._signals = None

    @classmethod
    def ask(cls) -> None:
        """Ask every training of this thread to stop; raise KeyboardInterrupt where all were asked before."""
        if all(each._asked for each in cls._inside):
            raise KeyboardInterrupt
        for each in cls._inside:
            each._asked = True


class _Signals:
    """Counts SIGINT: during one call of NumPy two of them make Python run its handler once.

    Each writes a byte into a pipe when it arrives, where the program does not use that for itself (`set_wakeup_fd`).
    """

    def __init__(self) -> None:
        self._told = self._calls = self._bytes = 0
        self._read, self._write = os.pipe()
        for descriptor in (self._read, self._write):
            os.set_blocking(descriptor, False)
        self._before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        if self._before != -1:
            signal.set_wakeup_fd(self._before)

    def new(self) -> int:
        """Called by the handler: how many have come since it ran last; 0 where it reported this one before."""
        self._calls += 1
        with suppress(BlockingIOError):
            while found := os.read(self._read, 1024):
                self._bytes += found.count(signal.SIGINT)
        # The byte may be written after the handler runs: both count the same signals, and neither too many.
        known = max(self._calls, self._bytes)
        self._told, new = known, known - self._told
        return new

    def close(self) -> None:
        if self._before == -1 and (now := signal.set_wakeup_fd(-1)) != self._write:
            signal.set_wakeup_fd(now)  # somebody else's by now
        os.close(self._read)
        os.close(self._write)


def _ask(number: int, frame: FrameType | None) -> None:
    signals = Interrupts._signals
    for _ in range(1 if signals is None else signals.new()):
        Interrupts.ask()
