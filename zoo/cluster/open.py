"""Open what `--cluster` names: the engine that takes it, with the data of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.cluster.dask_engine import DASK
from zoo.cluster.driver import Cluster
from zoo.cluster.engine import EngineKind
from zoo.cluster.mpi_engine import MPI
from zoo.cluster.shared_data import SharedData
from zoo.core.open_registry import OpenRegistry
from zoo.errors import UsageError

if TYPE_CHECKING:
    from zoo.training.prepare import Run

WAIT = 60.0  # seconds to wait for workers
ENGINES: OpenRegistry[EngineKind] = OpenRegistry("engine", lambda engine: engine.name)
ENGINES.add(DASK)
ENGINES.add(MPI)


@dataclass(frozen=True)
class ClusterPlan:
    """What was asked for: the text of `--cluster`, how long to wait for workers, whether workers that compute with
    something else are accepted."""

    text: str
    wait: float = WAIT
    mixed: bool = False

    def __post_init__(self) -> None:
        engine_for(self.text)


def engine_for(text: str) -> EngineKind:
    """The engine that takes a text; `UsageError` where none does."""
    for name in ENGINES:
        if ENGINES[name].takes(text):
            return ENGINES[name]
    examples = ", ".join(ENGINES[name].example for name in ENGINES)
    raise UsageError(f"--cluster {text!a}: no engine takes this, expected one such as {examples}")


@contextmanager
def opened_cluster(plan: ClusterPlan | None, run: Run) -> Iterator[Cluster | None]:
    """The cluster of a plan, for a run, as long as the `with` lasts; None without a plan."""
    if plan is None:
        yield None
        return
    engine = engine_for(plan.text).open(plan.text, plan.wait)
    with Cluster(engine, SharedData.of(run), mixed=plan.mixed, differing=run.mixed) as cluster:
        yield cluster


def cluster_plan(text: str | None, wait: float | None = None, mixed: bool = False) -> ClusterPlan | None:
    """The plan that options ask for; None where there is no `--cluster`, without which the others have no effect."""
    if text is not None:
        return ClusterPlan(text, WAIT if wait is None else wait, mixed)
    for flag, given in (("--cluster-wait", wait is not None), ("--mixed", mixed)):
        if given:
            raise UsageError(f"{flag} has no effect without --cluster; leave it out")
    return None
