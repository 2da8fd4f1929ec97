"""A Dask cluster of two processes for all tests of a module, and an engine on it."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def dask_cluster():
    distributed = pytest.importorskip("distributed", reason="it needs Dask: pip install 'zoo-networks[cluster]'")

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def engine(dask_cluster):
    from zoo.cluster.dask_engine import DaskEngine

    engine = DaskEngine(dask_cluster.scheduler_address, 30)
    yield engine
    engine.close()
