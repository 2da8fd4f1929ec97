"""What every log of a run shares: which events become numbers under which names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from zoo.core.events import EpochDone, Event, Finished, Started


class RunLog(ABC):
    """A listener of one run: each epoch's metrics as "PHASE/METRIC" at the epoch's number, the final ones as
    "final/METRIC". To be closed at the end, or used in a `with` block."""

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self.begin(
                {
                    "architecture": event.architecture,
                    "samples": str(event.samples),
                    "held_out": str(event.held_out),
                    "weights": str(event.weights),
                    **{f"{phase}_epochs": str(epochs) for phase, epochs in event.phases},
                }
            )
        elif isinstance(event, EpochDone):
            self.write({f"{event.phase}/{name}": value for name, value in event.metrics.items()}, event.epoch)
        elif isinstance(event, Finished):
            self.write({f"final/{name}": value for name, value in event.metrics.items()}, 0)

    @abstractmethod
    def begin(self, parameters: Mapping[str, str]) -> None:
        """What is known of the run before its first epoch."""

    @abstractmethod
    def write(self, metrics: Mapping[str, float], step: int) -> None:
        """Metrics by name at a step; they outlive the process from then on."""

    @abstractmethod
    def close(self) -> None:
        """Ends the log."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
