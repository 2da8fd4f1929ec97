"""Save in a background thread: training pauses only while the arrays are copied."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import numpy as np

from zoo.checkpoint.format.errors import naming
from zoo.checkpoint.format.hashing import Task
from zoo.checkpoint.writer import write
from zoo.errors import CheckpointError
from zoo.types import Array

LET_GO = 1e-4  # seconds


class Saver:
    """Saves in the background, one checkpoint at a time; the next save waits for the one before.

    What went wrong in the background is raised by the next call, at the latest by `wait`. As a context manager it waits
    at the end; where the block itself fails, its exception is the one that is raised, with a note about the save.

    >>> with Saver() as saver:
    ...     saver.save("net.h5", {}, {"weights/out/W": weights})
    """

    def __init__(self) -> None:
        self._task: Task[str] | None = None
        # Kept from save to save: filling memory that is there already takes a tenth of the time of new memory.
        self._copies: dict[str, Array] = {}

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
        with naming("save", path):
            manifest = copy.deepcopy(dict(manifest))
            copies = self._copies = {name: self._copied(name, array) for name, array in arrays.items()}

        def writing() -> str:
            time.sleep(LET_GO)  # the caller goes on first: starting to write would hold Python's lock
            return write(path, manifest, copies, exclusive=exclusive)

        self._task = Task(writing)
        if not self._task.beside:
            self._task.wait()

    def _copied(self, name: str, array: Array) -> Array:
        kept = self._copies.get(name)
        if kept is None or type(array) is not np.ndarray or (kept.dtype, kept.shape) != (array.dtype, array.shape):
            return array.copy(order="C")
        np.copyto(kept, array)
        return kept

    def wait(self) -> str | None:
        """Wait for the save under way; gives its SHA-256, or None when there is none. Raises its CheckpointError."""
        task, self._task = self._task, None
        return task.result() if task is not None else None

    def __enter__(self) -> Saver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.wait()
        except CheckpointError as problem:
            if error is None:
                raise
            error.add_note(f"and in the background: {problem}")
