"""Every additive step of every family has the same bits on one thread, on Dask and under MPI, whoever measures it."""

from __future__ import annotations

import pytest

from tests.testing.test_additive_steps import every
from zoo.cluster.driver import Cluster
from zoo.cluster.shared_data import SharedData
from zoo.core.training_step import AdditiveStep
from zoo.errors import UsageError
from zoo.parallel.threads import Workers
from zoo.testing import Case
from zoo.testing.case import difference, finish
from zoo.training.loop import train


def on_cluster(run, engine):
    with Workers(1, cluster=Cluster(engine, SharedData.of(run))) as workers:
        train(run.training, run.samples("train"), run.samples("validation"), workers)


def is_additive(run) -> bool:
    return all(isinstance(phase.step(run.model), AdditiveStep) for phase in run.training.phases)


@pytest.mark.parametrize("update", ["batch", "epoch"])
@pytest.mark.parametrize("case", every(), ids=str)
def test_a_dask_cluster_gives_the_bits_of_one_thread(case: Case, update: str, engine) -> None:
    more = {} if "shards" in case.training or "blocks" in case.training else {"shards": 3}
    alone, there = (case.prepare(**{**more, "update": update}) for _ in range(2))
    if not is_additive(alone):
        with pytest.raises(UsageError, match=r"sample sees the last one's change|expected .batch."):
            on_cluster(there, engine)
        return
    finish(alone)
    on_cluster(there, engine)
    assert not difference(alone.training, there.training)
