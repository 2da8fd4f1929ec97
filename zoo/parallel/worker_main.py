"""Main loop of a worker process: receive the step, measure shards, end with the parent.

`zoo.parallel.processes` starts it and says what it is given.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import pickle
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import TrainingError
from zoo.parallel import blas, pickling
from zoo.parallel.shared_messages import Line, Shared
from zoo.registry import selection

if TYPE_CHECKING:
    from zoo.core.training_step import AdditiveStep


def main(start: Mapping[str, Any], started: threading.Event) -> None:
    """Take over what the command line says, and serve; `started` is set when it looks for its end itself."""
    asked, answered = (Shared(descriptor, size) for descriptor, size in start["memories"])
    line = Line(start["socket"], answered, asked)
    try:
        blas.hold_this_thread()
        np.seterr(**start["errors"])
        for path in start["plugins"]:
            selection.use_plugin(path)
        descriptor, size = start["step"]
        with mmap.mmap(descriptor, size) as memory:
            step = pickling.loads(memory)
        os.close(descriptor)
    except BaseException as error:
        with contextlib.suppress(OSError):
            line.send(0, "".join(traceback.format_exception_only(error)))
        return
    with contextlib.suppress(OSError):  # the training may have ended meanwhile, which `serve` finds
        line.send(0, "ready")
    started.set()
    serve(step, line, start["parent"])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError):  # there may be none, and nobody may read it
            stream.flush()
    os._exit(0)  # nothing is left to clean up, and whoever waits waits for this


def serve(step: AdditiveStep, line: Line, parent: int) -> None:
    """Measure what is asked until the process that asks is gone."""
    gc.collect()
    gc.freeze()
    while True:
        answer: Any
        try:
            number, (changed, calls) = line.receive(lambda: os.getppid() == parent)
        except (EOFError, OSError):
            return
        try:
            for array, new in zip(step.changing() or (), changed, strict=True):
                array[...] = new
            answer = [step.measure(*call) for call in calls]
        except Exception as error:
            answer = sendable(error)
        with contextlib.suppress(OSError):
            line.send(number, answer)
        del answer, changed, calls
        step.release()


def sendable(error: Exception) -> Exception:
    """The error itself where it survives pickling, else one with its text and where it happened."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return TrainingError(f"{type(error).__name__}: {error}")
    return error
