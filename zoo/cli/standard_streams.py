"""Standard output and standard error that may be closed, full or unread: a lost log stops nothing, a lost result is
reported.

The program's own streams are replaced by ones that know when a write failed. On standard error nothing fails: whether
anybody reads it does not decide whether a training goes on. On standard output the first write that fails raises
`OutputLost`, which is no OSError, so that nothing in between mistakes it for a file's.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from zoo.platform import system


class OutputLost(Exception):
    """Standard output can no longer be written; `broken` where its reader has gone."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output: {error.strerror or error}")
        self.broken = error.errno == errno.EPIPE


class _Descriptor(io.RawIOBase):
    """A standard stream's file. The first failure to write is kept in `lost`; what is written later goes nowhere."""

    def __init__(self, descriptor: int, raises: bool, lost: OSError | None = None) -> None:
        self._descriptor, self._raises = descriptor, raises
        self.lost = lost
        self.raised = False

    def write(self, data: Any, /) -> int:
        while self.lost is None:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:  # a pipe that somebody set not to wait, and whose reader is slow
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.lost = error
        if self._raises and not self.raised:
            self.raised = True
            raise OutputLost(self.lost)
        return memoryview(data).nbytes

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)


class StandardStreams:
    """What became of the program's standard output."""

    def __init__(self, output: _Descriptor | None) -> None:
        self._output = output  # None where somebody put another stream in its place

    def lost(self) -> OutputLost | None:
        """Why standard output was lost, once all is written; None where it was not, or nothing was to be written."""
        try:
            sys.stdout.flush()
        except OutputLost as lost:
            return lost
        if self._output is None or self._output.lost is None or not self._output.raised:
            return None
        return OutputLost(self._output.lost)


@contextlib.contextmanager
def standard_streams() -> Iterator[StandardStreams]:
    """Inside it, the program's standard streams are those described above; streams that somebody put in their place
    stay as they are."""
    closed = [number for number in range(3) if not system.is_open(number)]
    for _ in closed:  # otherwise the next file opened, a checkpoint perhaps, would be standard output
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    before = sys.stdout, sys.stderr
    output = None
    if sys.stdout is sys.__stdout__:
        output = _Descriptor(1, True, OSError(errno.EBADF, "it is closed") if 1 in closed else None)
        sys.stdout = _text(sys.stdout, output)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(sys.stderr, _Descriptor(2, False))
    try:
        yield StandardStreams(output)
    finally:
        with contextlib.suppress(OutputLost):
            sys.stdout.flush()
        sys.stdout, sys.stderr = before


def _text(old: TextIO | None, raw: _Descriptor) -> TextIO:
    """A text stream to `raw` with the encoding and the buffering of the old one; None: as Python gives them."""
    encoding, errors, by_lines = "utf-8", "backslashreplace", raw.fileno() == 2
    if isinstance(old, io.TextIOWrapper):
        with contextlib.suppress(OSError):
            old.flush()
        encoding, errors, by_lines = old.encoding, old.errors or errors, old.line_buffering
    if encoding.lower().replace("-", "") != "utf8":
        errors = "backslashreplace"  # a narrower alphabet escapes what it lacks
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=by_lines)
