"""When and where a run saves: before its first batch, at intervals, and at the end.

The bytes are written by `zoo/checkpoint/writer.py`, beside the training by `zoo/checkpoint/async_writer.py`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from zoo import checkpoint
from zoo.checkpoint.model_state import Manifest, arrays_of
from zoo.core.events import Event, Saved
from zoo.errors import CheckpointError, OptionError
from zoo.training.kept_files import KeptFiles
from zoo.training.loop import Training

OFTEN = 300.0  # seconds between savings where nothing else is asked for


@dataclass(frozen=True)
class SaveEvery:
    """One of: every so many epochs, steps or seconds; none of them: at the end of an epoch, or within a long one, but
    at most once in five minutes."""

    epochs: int = 0
    steps: int = 0
    seconds: float = 0.0

    @classmethod
    def parse(cls, text: str) -> SaveEvery:
        """From "2epochs", "200steps" or "30s"."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(epochs?|steps?|s|seconds?|min|minutes?)", text.strip())
        number, unit = (float(match[1]), match[2]) if match else (0.0, "")
        if number > 0 and unit.startswith(("epoch", "step")) and number == int(number):
            return cls(epochs=int(number)) if unit.startswith("epoch") else cls(steps=int(number))
        if number > 0 and not unit.startswith(("epoch", "step")):
            return cls(seconds=number * (60 if unit.startswith("min") else 1))
        raise OptionError(f"--save-every: got {text!a}, expected a number and a unit: 1epoch, 200steps or 30s")


class Checkpointer:
    """Saves a run into one file, beside the training: writing goes on while the next batches are learned."""

    def __init__(
        self,
        path: str | Path,
        describe: Callable[[Training], Manifest],
        every: SaveEvery | None = None,
        listen: Callable[[Event], None] = lambda event: None,
        *,
        exclusive: bool = True,
        kept: KeptFiles | None = None,
    ) -> None:
        self.path = Path(path)
        self.every = every or SaveEvery()
        self._describe = describe
        self.listen = listen
        self._exclusive = exclusive  # until the first save: never overwrite a file this run did not write
        self._saver = checkpoint.Saver()
        self._kept, self._last_kept = kept, 0
        self._saved_at = time.monotonic()
        self._steps = self._epochs = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Waits for the writing; its own failure does not hide an error that is already on its way."""
        try:
            self._saver.wait()
        except CheckpointError:
            if error is None:
                raise

    def between(self, training: Training, epoch_done: bool) -> None:
        """Called between batches and after epochs: saves when it is time."""
        self._steps += 1
        self._epochs += epoch_done
        elapsed = time.monotonic() - self._saved_at
        if self.every.epochs:
            due = epoch_done and self._epochs % self.every.epochs == 0
        elif self.every.steps:
            due = self._steps % self.every.steps == 0
        else:
            due = elapsed >= (self.every.seconds or OFTEN)
        if due:
            self.save(training)
        if epoch_done and self._kept is not None:
            self._keep(training, self._kept)

    def _keep(self, training: Training, kept: KeptFiles) -> None:
        """The run in a file of its own, where an epoch ended after which one is kept."""
        epoch = sum(map(training.history.epochs, training.history.phases))
        if kept.due(epoch) and epoch != self._last_kept:
            self._last_kept = epoch
            checkpoint.write(kept.path(epoch), self._describe(training), arrays_of(training))
            self.listen(Saved(str(kept.path(epoch))))

    def save(self, training: Training, **changes: Any) -> None:
        """Saves the run as it stands; returns when the arrays are copied, the file is written beside the training."""
        try:
            manifest, arrays = self._describe(training) | changes, arrays_of(training)
        except CheckpointError as error:
            raise CheckpointError(
                f"cannot save checkpoint {str(self.path)!r}: {error}; the one saved before, if there is one, is kept,"
                " and --resume FILE --epochs N ends it sooner"
            ) from error
        if self._exclusive:
            checkpoint.write(self.path, manifest, arrays, exclusive=True)
            self._exclusive = False
        else:
            self._saver.save(self.path, manifest, arrays)
        self._saved_at = time.monotonic()
        self.listen(Saved(str(self.path)))

    def wait(self) -> None:
        """Wait until what was saved last is in the file."""
        self._saver.wait()
