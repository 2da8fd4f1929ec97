"""`mpiexec -n 2 python -m benchmarks.cluster_ranks overhead SIZE ROUNDS | mlp ROUNDS`, as JSON."""

from __future__ import annotations

import json
import statistics
import sys
import time
import warnings
from typing import Any

import numpy as np

from benchmarks.cluster_work import Echo, batch_of, seconds_of
from zoo.cluster.driver import Cluster
from zoo.cluster.mpi_engine import MpiEngine, rank, serve
from zoo.core.random import RandomStream
from zoo.core.training_step import AdditiveStep, StepContext
from zoo.parallel.threads import Workers
from zoo.training.prepare import prepare


def overhead(size: int, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of updates through zoo, and of a broadcast whose array comes back."""
    if rank():
        serve()
    else:
        engine, step, batch = MpiEngine(), Echo(size), batch_of(2)
        cluster = Cluster(engine, None)
        ours = [seconds_of(lambda: cluster.add_up(step, batch, step.stream), time.perf_counter) for _ in range(rounds)]
        engine.close()
    bare = [_exchange(np.ones(size, np.float32)) for _ in range(rounds)]
    return (ours, bare) if rank() == 0 else ([], [])


def _exchange(array: Any) -> float:
    from mpi4py import MPI

    comm, began = MPI.COMM_WORLD, time.perf_counter()
    comm.Bcast(array, 0)
    if rank():
        comm.Send(array + 1, 0)
    else:
        other = np.empty_like(array)
        own = array + 1
        comm.Recv(other, 1)
        own += other
    return time.perf_counter() - began


def mlp(rounds: int) -> tuple[float, float]:
    """Median seconds of an update on two ranks, and on one thread."""
    if rank():
        serve()
        return 0.0, 0.0
    random = np.random.default_rng(0)
    data = random.random((512, 784), np.float32), random.integers(0, 10, 512)
    from zoo.data.python_data import given_dataset

    engine, found = MpiEngine(), []
    training = {"epochs": 1, "batch_size": 512, "shards": 2, "blocks": 1}
    for cluster in (Cluster(engine, None), None):
        run = prepare("mlp", options={"hidden": (1024,)}, training=training, dataset=given_dataset(data, {"test": 0.0}))
        samples, step = run.samples("train"), run.training.phases[0].step(run.model)
        assert samples is not None and isinstance(step, AdditiveStep)
        batch = samples.rows(np.arange(len(samples)))
        with Workers(1, cluster=cluster) as workers:
            context = StepContext(RandomStream(0), workers)
            times = [seconds_of(lambda: step(batch, context), time.perf_counter) for _ in range(rounds)]  # noqa: B023
        found.append(statistics.median(times))
    engine.close()
    return found[0], found[1]


def main(what: str, *numbers: str) -> None:
    warnings.simplefilter("ignore")
    measured = {"overhead": overhead, "mlp": mlp}[what](*map(int, numbers))  # type: ignore[operator]
    if rank() == 0:
        print(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
