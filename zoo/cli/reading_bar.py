"""A bar for data that take more than a second to read, on a terminal; it goes when they are read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0  # seconds without a bar
EVERY = 0.1  # seconds between two drawings


class ReadingBar:
    """A listener of what is read. Inside the bar of a training, `progress`, it is a line of that."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.outer, self.progress = progress, progress
        self.task: TaskID | None = None
        self.what, self.began, self.drawn = "", 0.0, 0.0

    def __call__(self, what: str, done: float | None, total: float | None) -> None:
        now = time.monotonic()
        if done is None:
            if what == self.what:
                self.close()
            return
        if what != self.what:
            self.close()
            self.what, self.began = what, now
        if now - self.began < PATIENCE or now - self.drawn < EVERY:
            return
        self.drawn = now
        if self.progress is None:
            self.progress = _progress()
            self.progress.start()
        if self.task is None:
            self.task = self.progress.add_task(what, total=total, metrics="")
        self.progress.update(self.task, completed=done, total=total)

    def close(self) -> None:
        """Takes the bar away."""
        if self.task is not None and self.progress is not None:
            self.progress.remove_task(self.task)
            if self.progress is not self.outer:
                self.progress.stop()
        self.progress, self.task, self.what = self.outer, None, ""


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    # Names of files come into the description: markup in them is shown, not obeyed.
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
