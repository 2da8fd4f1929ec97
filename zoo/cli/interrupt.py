"""Ctrl-C during `zoo train`: the first waits for the current step and saves, the second ends at once.

From Python `zoo/training/interrupts.py` does the same.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zoo.cli.output import printable

if TYPE_CHECKING:
    from zoo.core.events import Event

AT_ONCE = 1.5  # seconds after the second signal by which the process has ended, whatever it is at
SHOW_CURSOR = b"\x1b[?25h"  # which a progress bar hides
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class StoppedAtOnce(BaseException):
    """The command ended without finishing anything, and has printed so."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Stop:
    """Inside its `with`, SIGINT, SIGTERM and SIGHUP ask to stop; called, it says whether somebody did.

    The second signal raises KeyboardInterrupt, and ends the process when that has not been enough after `AT_ONCE`: a
    long matrix product does not notice it. It receives the training's events, so that its lines say what
    was saved. After its `with`, signals change nothing more where one has come or the training is saved, until
    `restore` or, in the program, until the process is gone: the command is about to end, and to say how.
    """

    ended: ClassVar[list[Stop]] = []  # after their `with`, with handlers in place

    def __init__(self) -> None:
        self.signal = 0
        self._before: dict[int, Any] = {}
        self._saved = ""  # the file
        self._measuring = False
        self._ended = threading.Event()
        self._wakeup = (-1, -1, -1)  # the pipe through which signals wake `_watch`, and whose it was before

    def __call__(self) -> bool:
        return self.signal != 0

    def on_event(self, event: Event) -> None:
        """Called with the events of the training."""
        from zoo.core.events import Measuring, Saved  # start-up time: of a training alone

        if isinstance(event, Saved):
            self._saved = event.path
        elif isinstance(event, Measuring):
            self._measuring = True

    @property
    def exit_code(self) -> int:
        """As a shell knows it: 130 after Ctrl-C, 143 after SIGTERM, 129 when the terminal was closed."""
        return 128 + (self.signal or signal.SIGINT)

    @property
    def at_once_line(self) -> str:
        """What there is after the second signal."""
        if not self._saved:
            return "zoo: stopped at once, before anything was saved"
        what = "the training is complete in it, without its final metrics" if self._measuring else "as last saved"
        line = printable(f"zoo train --resume {shlex.quote(self._saved)}")
        return f"zoo: stopped at once; {what}: {line}"

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # no other thread may set handlers
            for number in (getattr(signal, name) for name in SIGNALS if hasattr(signal, name)):
                if number != getattr(signal, "SIGHUP", None) or signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._asked)  # nohup's wish is kept
            read, write = os.pipe()
            os.set_blocking(write, False)
            self._wakeup = read, write, signal.set_wakeup_fd(write, warn_on_full_buffer=False)
            threading.Thread(target=self._watch, args=(read,), name="zoo-stop", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._before:
            _, write, before = self._wakeup
            signal.set_wakeup_fd(before)
            os.close(write)  # which ends `_watch`
        if self.signal or self._saved:
            self.ended.append(self)
        else:
            self._put_back()

    def _put_back(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @classmethod
    def restore(cls) -> None:
        """Give the handlers back."""
        while cls.ended:
            cls.ended.pop()._put_back()

    @classmethod
    def leave(cls, code: int) -> None:
        """Let no signal change the exit code of a program that is about to end; end it here when it was stopped."""
        if any(each.signal for each in cls.ended):
            os._exit(code)  # threads may be at work that nobody waits for
        for each in cls.ended:
            for number in each._before:
                signal.signal(number, signal.SIG_IGN)  # Python gives any other handler back before its end
        cls.ended.clear()

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if self._ended.is_set():
            return
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number
        doing = (
            "all epochs are done and saved; ending their measurement"
            if self._measuring
            else ("finishing the batch and saving")
        )
        write(f"zoo: {doing}; once more to stop at once")

    def _watch(self, read: int) -> None:
        """Counts signals beside the main thread, which sees them only between two steps of Python."""
        count, before = 0, set(self._before)
        while numbers := os.read(read, 1):
            count += numbers[0] in before
            if count == 2 and not self._ended.wait(AT_ONCE):
                write(self.at_once_line)
                if sys.stderr.isatty():
                    with contextlib.suppress(OSError):
                        os.write(2, SHOW_CURSOR)
                os._exit(self.exit_code)
        os.close(read)


def write(line: str) -> None:
    """A line straight to the descriptor: whatever a signal interrupted may hold the locks of a stream or of a bar."""
    with contextlib.suppress(OSError):
        os.write(2, f"{line}\n".encode())
