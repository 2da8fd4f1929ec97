"""What an engine has to do: hand a step to workers, and let them measure tasks. Each engine is one file.

An engine is offered by the hook `zoo_engines`; `--cluster` names it by what its `takes` recognizes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from zoo.cluster.work import Answer, Change, Report, Task
from zoo.errors import TrainingError


class ClusterLost(TrainingError):
    """Nobody is left to measure: no worker, or no scheduler. The run stands between two batches, and can be saved."""


class Engine(ABC):
    """Workers of a cluster, as the driver uses them."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many workers measure now; at least 1."""

    @abstractmethod
    def begin(self, handed: bytes, accept: Callable[[Report], None]) -> None:
        """Hand a step to every worker, and to those that join later; `accept` looks at what each reports, and raises
        where it may not measure."""

    @abstractmethod
    def run(self, change: Change, tasks: Iterable[Task]) -> Iterator[Answer]:
        """The answers to the tasks, in their order; every task is measured with the arrays as in `change`.

        At most a few tasks for each worker are taken from `tasks` before their answers are given. What a worker was
        asked that ended meanwhile is measured elsewhere. Raises what a worker raised, and `ClusterLost`.
        """

    @abstractmethod
    def close(self) -> None:
        """Let the workers go; those that were started for this run end."""


@dataclass(frozen=True)
class EngineKind:
    """An engine as a plugin offers it: `takes` recognizes the text given with --cluster, `open(text, wait)` opens it.

    `wait` is how many seconds to wait for workers, at the start and when none is left. `example` is a text it takes.
    """

    name: str
    summary: str
    example: str
    takes: Callable[[str], bool]
    open: Callable[[str, float], Engine]
