"""Progress on standard error: a bar on a terminal, one line per epoch elsewhere, nothing with --quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from zoo.cli.output import metrics_line
from zoo.cli.reading_bar import ReadingBar
from zoo.core.events import BatchDone, EpochDone, Event, Measuring, Opening, PhaseDone, Started
from zoo.platform.reading import listening

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

REASONS = {"patience": "no better for its patience", "finished": "settled by itself", "until": "its criterion holds"}
BAR_EVERY = 0.1  # seconds between two drawings of the bar
LINE_EVERY = 0.5  # seconds between two lines above the bar, where epochs are short


MOST_LINES = 50  # of a phase's epochs, about: of more, every second has a line, or every third, and so on


class Lines:
    """Lines for the epochs, and one where a phase ends before its epochs are done."""

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self.say(started_line(event))
        elif isinstance(event, Opening):
            self.say(f"reading the data that the checkpoint names: {event.data!a}")
        elif isinstance(event, EpochDone):
            if event.epoch in (1, event.epochs) or event.epoch % -(-event.epochs // MOST_LINES) == 0:
                self.say(epoch_line(event))
        elif isinstance(event, PhaseDone) and event.reason in REASONS:
            self.say(f"{event.phase}: ended after epoch {event.epochs}, {REASONS[event.reason]}")
        elif isinstance(event, Measuring):
            self.say(f"measuring on {'' if event.part.startswith('all ') else 'the '}{event.part}")

    def say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


class Bar(Lines):
    """A bar of batches over the epochs of the phase, with the last metrics; lines of epochs stand above it."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.task: TaskID | None = None
        self.phase = ""
        self.drawn = self.last_line = 0.0

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, BatchDone):
            if now - self.drawn >= BAR_EVERY or event.batch == event.batches:
                self.drawn = now
                self._draw(event)
        elif isinstance(event, Measuring):
            self._measure(event)
        elif isinstance(event, EpochDone) and event.epoch < event.epochs and now - self.last_line < LINE_EVERY:
            pass
        else:
            self.last_line = now
            super().__call__(event)

    def _draw(self, event: BatchDone) -> None:
        total = event.epochs * event.batches
        done = (event.epoch - 1) * event.batches + event.batch
        text = f"{event.phase} {event.epoch}/{event.epochs}"
        if self.task is None or self.phase != event.phase:
            if self.task is not None:
                self.progress.remove_task(self.task)
            self.task, self.phase = self.progress.add_task(text, total=total, metrics=""), event.phase
        self.progress.update(
            self.task,
            completed=done,
            total=total,
            description=text,
            metrics=metrics_line(_watched(event.metrics), event.declared_metrics),
        )

    def _measure(self, event: Measuring) -> None:
        """A bar that moves to and fro: how long it takes, nobody knows."""
        if self.task is not None:
            self.progress.remove_task(self.task)
        self.task = self.progress.add_task("measuring", total=None, metrics=f"on the {event.part}")

    def say(self, line: str) -> None:
        self.progress.console.print(line, highlight=False, markup=False)


class Shown(AbstractContextManager["Shown"]):
    """What a command gives the trainer as listener, inside its `with`."""

    def __init__(self, quiet: bool = False) -> None:
        self._listener: Any = None if quiet else Lines()
        self._progress: Progress | None = None
        self._reading = ExitStack()
        if not quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            # Texts from files come into these columns: markup in them is shown, not obeyed.
            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[metrics]}", markup=False),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._listener = Bar(self._progress)

    def __call__(self, event: Event) -> None:
        if self._listener is not None:
            self._listener(event)

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
            self._reading.enter_context(listening(ReadingBar(self._progress)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reading.close()
        if self._progress is not None:
            self._progress.stop()


def started_line(event: Started) -> str:
    if event.ended:
        epochs = event.phases[-1][1]
        return f"{event.architecture} has learned its {epochs:,} epochs already; --epochs with a larger number goes on"
    held = f", {event.held_out:,} held out to watch" if event.held_out else ""
    verb = "going on with" if event.resumed else "training"
    return f"{verb} {event.architecture}: {event.weights:,} weights, {event.samples:,} samples{held}"


def epoch_line(event: EpochDone) -> str:
    best = "  best" if event.best else ""
    metrics = metrics_line(_watched(event.metrics), event.declared_metrics)
    return f"{event.phase} {event.epoch}/{event.epochs}  {metrics}  {event.seconds:.1f} s{best}"


def _watched(metrics: Mapping[str, float]) -> dict[str, float]:
    """Metrics of training and validation; those of other paths ("gradient/hidden1") are for plots."""
    return {name: value for name, value in metrics.items() if name.rpartition("/")[0] in ("", "validation")}
