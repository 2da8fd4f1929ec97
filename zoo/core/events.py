"""What the trainer says while it works. Listeners watch (progress bars, plugins); they may end the training.

Every listener is given events of its own, whose metrics are copies: what one does to them, nobody else sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from zoo.core.metrics import Metric


@dataclass(frozen=True)
class Event:
    """Something that happened in a run. `event.stop()` ends it."""

    def stop(self) -> None:
        """End the training after the batch in hand, as if that had been its last: the run is saved and measured, the
        model given back. `zoo.resume` goes on with the file, exactly."""
        ask = vars(self).get("_ask")
        if ask is not None:
            ask()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_ask"}


@dataclass(frozen=True)
class WithMetrics(Event):
    """Something that was measured: `metrics` by name, a copy; `metrics` declare them, as far as they are declared."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", dict(self.metrics))  # type: ignore[attr-defined]


def own_copy(event: Event, stop: Callable[[], None] | None = None) -> Event:
    """The event for one more listener, whose `event.stop()` calls `stop`."""
    copy = replace(event)
    if stop is not None:
        object.__setattr__(copy, "_ask", stop)
    return copy


def ignore(event: Event) -> None:
    """The listener that is none."""


@dataclass(frozen=True)
class Opening(Event):
    """The data that a checkpoint names are about to be opened: a stranger may have written that name."""

    data: str


@dataclass(frozen=True)
class Started(Event):
    """Training begins, or goes on: phase names with their epochs, samples to train on and held out, where it stands."""

    architecture: str
    phases: tuple[tuple[str, int], ...]
    samples: int
    held_out: int
    weights: int
    resumed: bool
    ended: bool = False  # at its last epoch already: nothing is left to learn


@dataclass(frozen=True)
class BatchDone(WithMetrics):
    """One batch was learned: `batch` of `batches` in `epoch` of `epochs` (both counted from 1), with its metrics."""

    phase: str
    epoch: int
    epochs: int
    batch: int
    batches: int
    metrics: Mapping[str, float]
    declared_metrics: tuple[Metric, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class EpochDone(WithMetrics):
    """One epoch was recorded; `best` when its weights are the best so far by the monitored metric."""

    phase: str
    epoch: int
    epochs: int
    metrics: Mapping[str, float]
    best: bool
    seconds: float
    declared_metrics: tuple[Metric, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class PhaseDone(Event):
    """A phase ended because its epochs were done ("epochs"), by early stopping ("patience"), by its goal ("goal")
    or by itself ("finished")."""

    phase: str
    epochs: int
    reason: str


@dataclass(frozen=True)
class Saved(Event):
    """A checkpoint was handed to the disk."""

    path: str


@dataclass(frozen=True)
class Measuring(Event):
    """All epochs are done, and saved where there is a file; the model is measured on `part`: "test part, 200
    samples"."""

    path: str | None
    part: str


@dataclass(frozen=True)
class Finished(WithMetrics):
    """Training is over; metrics of the weights that count, on the held-out part."""

    path: str | None
    metrics: Mapping[str, float]
    declared_metrics: tuple[Metric, ...] = field(default=(), repr=False)


Listener = Callable[[Event], None]
