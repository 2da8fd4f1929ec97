"""One tree of errors. The command line prints each as one line; `exit_code` is what the process ends with.

A message says who, where, got, expected and what to do, in one line: "column 'age' of people.csv, row 17: got 'n/a',
expected a number; name it with --missing to impute it". Messages are written with the flags of the command line; who
calls from Python reads arguments (`zoo.wording`).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

from zoo.printable import one_line
from zoo.wording import worded

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from zoo.core.model import Model
    from zoo.sweeps.table import Sweep

CALLING = ("contextlib", "functools", "numba")  # modules that stand between zoo's own functions


class ZooError(Exception):
    """Anything zoo refuses or cannot do, with a message meant for the person who asked.

    The message is one line of printable characters, whatever names out of a file stand in it.
    """

    exit_code = 1

    def __init__(self, message: object = "", *others: object) -> None:
        super().__init__(_shown(message), *map(worded, others))


class UsageError(ZooError):
    """The call itself is wrong: an unknown name, an option out of range, flags that contradict each other."""

    exit_code = 2


class OptionError(UsageError):
    """An option of an architecture, of training or of data that is unknown, of the wrong type or out of range."""


class DataError(ZooError):
    """Data that cannot be read or do not fit the model: ragged rows, text for numbers, NaN, unseen labels."""


class CheckpointError(ZooError):
    """A checkpoint that is damaged, hostile, of another format, or cannot be written."""


class OutputError(ZooError):
    """An output file or folder that cannot be written; nothing of it is left."""


class PluginError(ZooError):
    """A plugin that cannot be loaded, or two that offer the same name."""


class TrainingError(ZooError):
    """Training that cannot go on: a loss that is not finite, data that are not separable."""


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C during a training called from Python, once the batch was finished and the run was saved.

    model: with its best weights so far; path: of the checkpoint that resumes, None where none was asked for.
    """

    def __init__(self, message: str, model: Model, path: Path | None) -> None:
        super().__init__(message)
        self.model, self.path = model, path


class SweepInterrupted(KeyboardInterrupt):
    """Ctrl-C during a sweep called from Python: `sweep` has the runs that were done."""

    def __init__(self, message: str, sweep: Sweep) -> None:
        super().__init__(message)
        self.sweep = sweep


class ZooWarning(UserWarning):
    """Something to know that stops nothing: values clipped, other versions than the file's. One printable line."""

    def __init__(self, message: object = "", *others: object) -> None:
        super().__init__(_shown(message), *map(worded, others))


def warn(message: object, kind: type[Warning] = ZooWarning) -> None:
    """Issue a warning that points at the line which called zoo, not at zoo's own.

    Lines of the modules of zoo and its families are passed over, up to the first that belongs to neither.
    """
    frame: FrameType | None = sys._getframe(1)
    level = 2
    while frame is not None and _is_own(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(kind(message), stacklevel=level if frame is not None else 2)


def _is_own(module: str) -> bool:
    """Whether a module is zoo's, a family's, or one of Python's that calls on their behalf."""
    top = module.partition(".")[0]
    return top == "zoo" or top.startswith("zoo_") or top in CALLING


def _shown(message: object) -> object:
    """The message with options as the caller knows them, on one printable line."""
    message = worded(message)
    return one_line(message) if isinstance(message, str) else message


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of an error about an unknown name: "; did you mean 'hidden'?", or what there is, or nothing."""
    known = sorted(known)
    if len(name) > 200:  # comparing takes time that grows with the product of lengths
        return ""
    import difflib  # start-up time: of errors alone

    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    if known and len(known) <= 12:
        return "; there is " + ", ".join(known)
    return ""
