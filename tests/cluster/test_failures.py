"""What happens on a Dask cluster when workers die, join or lack data, the scheduler goes, or the driver is killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.cluster import dask_engine
from zoo.cluster.driver import Cluster
from zoo.cluster.engine import ClusterLost
from zoo.cluster.open import ClusterPlan, cluster_plan
from zoo.cluster.work import Measurer
from zoo.core.events import BatchDone
from zoo.errors import DataError, TrainingError, UsageError
from zoo.testing.case import difference
from zoo.training import run as training_run
from zoo.training.prepare import prepare

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'zoo-networks[cluster]'")
ZOO = str(Path(sys.executable).parent / "zoo")
pytestmark = pytest.mark.slow  # each starts processes of its own
JOB = {"epochs": 2, "batch_size": 50, "shards": 2, "update": "batch", "seed": 3}


@pytest.fixture
def cluster():
    """A cluster of a test's own: processes that do not come back when they are killed."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        yield cluster


def job(**more):
    return prepare("rbm", options={"hidden": 20}, training={**JOB, **more}, data={"name": "glyphs"})


def pids(cluster) -> list[int]:
    return [worker.process.pid for worker in cluster.workers.values() if worker.process is not None]


def trained(run, where: str, at: int = 0, then=lambda: None, wait: float = 30, out=None):
    """The run on a cluster; after batch number `at` of the second epoch `then` is called once."""
    seen = []

    def listen(event):
        if isinstance(event, BatchDone) and event.epoch == 2 and event.batch == at and not seen:
            seen.append(event)
            then()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = training_run.train(run, out=out, threads=1, cluster=ClusterPlan(where, wait), listen=listen)
    assert bool(seen) == bool(at)
    return result, [str(each.message) for each in caught]


@pytest.fixture(scope="module")
def alone():
    run = job()
    training_run.train(run, threads=1)
    return run


@pytest.mark.parametrize("update", ["batch", "epoch"])
def test_a_worker_killed_amid_an_epoch_changes_no_bit(cluster, update):
    expected, run = job(update=update), job(update=update)
    training_run.train(expected, threads=1)
    _, said = trained(run, cluster.scheduler_address, 2, lambda: os.kill(pids(cluster)[0], signal.SIGKILL))
    assert not difference(expected.training, run.training)
    assert any("is gone; its part is measured elsewhere" in line for line in said)


def test_a_worker_that_joins_amid_an_epoch_measures_and_changes_no_bit(cluster, alone, monkeypatch):
    monkeypatch.setattr("zoo.cluster.crew.LOOK", 0.0)
    run, sizes = job(), []
    count = Cluster.add_up

    def add_up(self, *arguments):
        sizes.append(self.engine.size)
        return count(self, *arguments)

    monkeypatch.setattr(Cluster, "add_up", add_up)

    def join():
        cluster.scale(3)
        cluster.wait_for_workers(3)

    trained(run, cluster.scheduler_address, 2, join)
    assert not difference(alone.training, run.training)
    assert sizes[0] == 2 and sizes[-1] == 3


def test_no_worker_left_saves_and_says_how_to_go_on(cluster, alone, tmp_path):
    run, out = job(), tmp_path / "run.h5"
    with pytest.raises(ClusterLost, match=r"no worker of .* is left.*the run is saved") as caught:
        trained(run, cluster.scheduler_address, 2, lambda: cluster.scale(0), wait=2, out=out)
    again = re.search(r"zoo train --resume (\S+)", str(caught.value))
    assert again and zoo.resume(again[1]).weights.keys()
    resumed = zoo.load(out)
    assert all(np.array_equal(resumed.weights[name], array) for name, array in alone.model.weights.items())


def test_the_scheduler_gone_saves_and_says_how_to_go_on(alone, tmp_path):
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None)
    try:
        run, out = job(), tmp_path / "run.h5"
        with pytest.raises(ClusterLost, match="the run is saved"):
            trained(run, cluster.scheduler_address, 2, lambda: cluster.close(timeout=5), wait=2, out=out)
        zoo.resume(out)
        assert not [name for name, array in alone.model.weights.items() if (zoo.load(out).weights[name] != array).any()]
    finally:
        cluster.close(timeout=5)


class Deadly(Measurer):
    """A worker that ends whenever it measures the third batch of an epoch."""

    def answer(self, change, task):
        if task.batches[0][0].stream.batch == 2:
            os._exit(1)
        return super().answer(change, task)


def test_a_batch_that_keeps_ending_workers_is_named(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(dask_engine, "Measurer", Deadly)
    with pytest.raises(TrainingError, match=r"batch 3 of epoch 1 ended 3 workers.*memory.*--batch-size"):
        trained(job(), cluster.scheduler_address, out=tmp_path / "run.h5")
    assert zoo.load(tmp_path / "run.h5").weights


def table(path: Path, seed: int = 0) -> Path:
    rows = np.random.default_rng(seed).normal(size=(90, 4)).round(3)
    path.write_text("a,b,c,y\n" + "\n".join(",".join(map(str, row)) for row in rows) + "\n")
    return path


@pytest.mark.parametrize("then", ["missing", "others"])
def test_data_that_a_worker_does_not_find_are_refused_before_the_first_batch(cluster, tmp_path, then):
    path = table(tmp_path / "table.csv")
    run = prepare("mlp", training={"epochs": 1, "shards": 2, "blocks": 1}, data={"name": str(path)})
    path.unlink() if then == "missing" else table(path, 1)
    expected = "no such file" if then == "missing" else "holds other data"
    with pytest.raises((UsageError, DataError), match=f"worker on .* cannot measure.*{expected}"):
        trained(run, cluster.scheduler_address)
    assert not run.training.position.batch and not run.training.position.epoch


def test_workers_with_other_versions_are_refused_or_accepted_and_remembered(cluster, tmp_path, monkeypatch):
    from zoo.cluster import driver

    here = {**driver.fingerprint(), "numpy": "1.0"}
    monkeypatch.setattr(driver, "fingerprint", lambda: here)
    with pytest.raises(UsageError, match=r"computes with something else.*numpy: 1.0 here.*--mixed"):
        trained(job(), cluster.scheduler_address)
    plan, out = ClusterPlan(cluster.scheduler_address, 30, mixed=True), tmp_path / "mixed.h5"
    with pytest.warns(UserWarning, match="the run is not exact"):
        training_run.train(job(epochs=1), threads=1, cluster=plan, out=out)
    assert "numpy: 1.0 here" in zoo.read(out).manifest["versions"]["mixed"]
    with pytest.warns(UserWarning, match="machines of a cluster that computed with others"):
        zoo.resume(out, epochs=2)


def test_stopped_on_the_cluster_it_goes_on_here_and_the_reverse(cluster, alone, tmp_path):
    where = cluster.scheduler_address
    for number, (first, second) in enumerate(((where, None), (None, where))):
        out, seen = tmp_path / f"{number}.h5", []

        def stop(seen=seen):
            seen.append(None)
            return len(seen) == 5

        result = training_run.train(job(), out=out, threads=1, cluster=cluster_plan(first), stop=stop)
        assert result.stopped
        zoo.resume(out, cluster=second)
        found = zoo.load(out).weights
        assert not [name for name, array in alone.model.weights.items() if not np.array_equal(found[name], array)]


def children() -> set[int]:
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if MARK in text or ((b := folder / "environ").exists() and _has_mark(b)):
            found.add(int(folder.name))
    return found


MARK = "zoo-cluster-test-mark"


def _has_mark(path: Path) -> bool:
    try:
        return MARK.encode() in path.read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are found in /proc")
def test_nothing_is_left_running_when_the_driver_ends(tmp_path, how):
    out = tmp_path / "run.h5"
    command = [ZOO, "train", "rbm", "--data", "glyphs", "--epochs", "500", "--shards", "2", "--out", str(out)]
    driver = subprocess.Popen(
        [*command, "--cluster", "local:2", "--save-every", "1epoch"],
        env={**os.environ, "MARK": MARK},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    end = time.monotonic() + 60
    while time.monotonic() < end and not (out.exists() and zoo.read(out).manifest["position"]["epoch"]):
        time.sleep(0.2)
    assert len(children()) >= 3
    driver.send_signal(how)
    driver.wait(timeout=30)
    end = time.monotonic() + 20
    while children() and time.monotonic() < end:
        time.sleep(0.2)
    assert not children()
    assert zoo.resume(out, epochs=zoo.read(out).manifest["position"]["epoch"] + 1).weights


def test_a_text_that_no_engine_takes_is_refused_and_so_are_flags_without_effect():
    with pytest.raises(UsageError, match=r"no engine takes this, expected one such as local:2, mpi"):
        zoo.train("rbm", cluster="here")
    with pytest.raises(UsageError, match="no scheduler answers there"):
        dask_engine.DaskEngine("tcp://127.0.0.1:1", 1)
    with pytest.raises(UsageError, match="--mixed has no effect without --cluster"):
        cluster_plan(None, mixed=True)


def test_a_rule_that_is_no_sum_is_refused(cluster):
    with pytest.raises(UsageError, match="sees the last one's change"):
        zoo.train("perceptron", cluster=cluster.scheduler_address)
    assert threading.active_count() < 100
