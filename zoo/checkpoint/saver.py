"""Saving beside the training: the caller pauses while arrays are copied, a thread does the rest."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from .background import Task
from .values import Array
from .writing import write


class Saver:
    """Saves in the background, one checkpoint at a time; the next save waits for the one before.

    What went wrong in the background is raised by the next call, at the latest by `wait`. As a context manager it waits
    at the end; where the block itself fails, its exception is the one that is raised, with a note about the save.

    >>> with Saver() as saver:
    ...     saver.save("net.h5", {}, {"weights/out/W": weights})
    """

    def __init__(self) -> None:
        self._task: Task[str] | None = None

    def save(
        self,
        path: str | os.PathLike[str],
        manifest: Mapping[str, Any],
        arrays: Mapping[str, Array],
        *,
        exclusive: bool = False,
    ) -> None:
        """Save the manifest and arrays as they are now; what the caller does to them afterwards is not saved."""
        self.wait()
        then = copy.deepcopy(dict(manifest))
        copies = {name: array.copy(order="C") for name, array in arrays.items()}
        self._task = Task(lambda: write(path, then, copies, exclusive=exclusive))

    def wait(self) -> str | None:
        """Wait for the save under way; gives its SHA-256, or None when there is none. Raises its CheckpointError."""
        task, self._task = self._task, None
        return task.result() if task is not None else None

    def __enter__(self) -> Saver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.wait()
        except Exception as problem:
            if error is None:
                raise
            error.add_note(f"and in the background: {problem}")
