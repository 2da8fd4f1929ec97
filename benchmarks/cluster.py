"""Clusters: what an update costs by the size of the weights, on Dask and under MPI, beside the bare messages; and how
many times as fast two processes are as one.

MPI's rows run in `mpiexec -n 2`, by `benchmarks.cluster_ranks`, whose last line is what was measured.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cluster_work import Echo, batch_of, seconds_of
from benchmarks.harness import Bound, Measured, Terms, Unavailable
from zoo.types import Array

SIZES = {"0.04 MB": 10_000, "1.6 MB": 400_000, "16 MB": 4_000_000}  # of single precision
MOST = 1.5  # times the bare messages
ROOT = Path(__file__).resolve().parents[1]


class Remote:
    """An actor that gives back an array of the same size: the bare exchange."""

    def answer(self, array: Array) -> Array:
        return array + 1


def dask_overhead(size: int, terms: Terms) -> Measured:
    """An update whose sums are an array of the weights' size, through zoo and through a bare actor on each of two
    workers."""
    if importlib.util.find_spec("distributed") is None:
        raise Unavailable("Dask is not installed: pip install 'zoo-networks[cluster]'")
    from concurrent.futures import ThreadPoolExecutor

    from distributed import LocalCluster

    from zoo.cluster.dask_engine import DaskEngine
    from zoo.cluster.driver import Cluster

    started: Any = LocalCluster
    with started(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as local:
        engine, step, batch = DaskEngine(local.scheduler_address, 30), Echo(size), batch_of(2)
        cluster, client = Cluster(engine, None), engine.client
        workers = list(client.scheduler_info(n_workers=-1)["workers"])
        actors = [client.submit(Remote, actor=True, workers=[each], pure=False).result() for each in workers]
        with ThreadPoolExecutor(2) as pool, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            bare = partial(_asked, pool, actors, step.weights)
            return _beside(lambda: cluster.add_up(step, batch, step.stream), bare, terms, engine.close)


def _asked(pool: Any, actors: list[Any], array: Array) -> None:
    list(pool.map(lambda actor: actor.answer(array).result(), actors))


def _beside(ours: Callable[[], Any], bare: Callable[[], Any], terms: Terms, end: Callable[[], None]) -> Measured:
    rounds = terms.few(60, 2)
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 3):
        for each, found in zip((ours, bare), times, strict=True):
            seconds = seconds_of(each, terms.clock)
            if number >= 3:
                found.append(seconds)
    end()
    return _measured(*times)


def _measured(ours: list[float], bare: list[float]) -> Measured:
    mine, theirs = statistics.median(ours), statistics.median(bare)
    metrics = {
        "times the bare messages": mine / theirs,
        "95th percentile, ms": 1000 * float(np.percentile(ours, 95)),
        "bare, ms": 1000 * theirs,
    }
    return Measured(mine, "s", MOST * theirs, theirs, "the bare messages", metrics)


def ranks(what: str, *arguments: str) -> Any:
    """What `benchmarks.cluster_ranks` measured on two ranks."""
    if importlib.util.find_spec("mpi4py") is None:
        raise Unavailable("mpi4py is not installed: pip install 'zoo-networks[mpi]' mpich")
    found = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise Unavailable("there is no mpiexec: pip install mpich")
    done = subprocess.run(
        [found, "-n", "2", sys.executable, "-m", "benchmarks.cluster_ranks", what, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise Unavailable(f"mpiexec ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout.splitlines()[-1])


def mpi_overhead(size: int, terms: Terms) -> Measured:
    """An update whose sums are an array of the weights' size, through zoo and by broadcast and receive alone."""
    return _measured(*ranks("overhead", str(size), str(terms.few(200, 2))))


def mpi_speed_up(terms: Terms) -> Measured:
    """An MLP 784-1024-10 at batch 512, two shards: seconds of an update on two ranks, and on one thread."""
    together, alone = ranks("mlp", str(terms.few(60, 2)))
    metrics = {"times as fast as one process": alone / together, "one process, ms": 1000 * alone}
    return Measured(together, "s", alone / 1.5, metrics=metrics)


ROWS = [
    *(
        Bound(f"{engine} update, {name}", f"two workers, sums of the weights' size, {name}", partial(measure, size))
        for engine, measure in (("Dask", dask_overhead), ("MPI", mpi_overhead))
        for name, size in SIZES.items()
    ),
    Bound("MPI, mlp at batch 512", "784-1024-10, two ranks beside one process", mpi_speed_up),
]
