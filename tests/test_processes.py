"""Processes measure shards as threads do, bit for bit; they end with their workers, and say when one of them dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo import system
from zoo.errors import ZooWarning
from zoo.prepare import prepare
from zoo.processes import Processes, Shared
from zoo.rows import Rows
from zoo.step import AdditiveStep, Context, Measured, Sums
from zoo.streams import Stream
from zoo.workers import Workers

pytestmark = pytest.mark.skipif(not system.CAN_FORK, reason="processes are forked on Linux alone")


class Doubling(AdditiveStep):
    """Σ weight · x over the rows; an update doubles the weight. A shard that holds −1 fails."""

    shards = 5

    def __init__(self) -> None:
        self.state = {}
        self.weight = np.ones(3)
        self.measured_here = 0

    def measure(self, rows: Rows, carried: dict[str, Any], stream: Stream) -> Measured:
        self.measured_here += 1
        if (rows.inputs == -1).any():
            raise ArithmeticError(f"row {int(rows.numbers[0])}")
        total = (self.weight * rows.inputs).sum(axis=0) + stream("noise").random()
        return Measured({"total": total, "count": np.asarray(float(len(rows)))})

    def figures(self, sums: Sums) -> dict[str, float]:
        return {f"total{place}": float(value) for place, value in enumerate(sums["total"])}

    def update(self, sums: Sums, context: Context) -> None:
        self.weight *= 2

    def changing(self) -> list[np.ndarray[Any, Any]]:
        return [self.weight]


def batch(length: int) -> Rows:
    return Rows.of(np.arange(3.0 * length).reshape(length, 3))


@pytest.fixture(params=[2, 3, 9])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    with Workers(request.param) as workers:
        yield workers


def test_sums_and_updates_are_those_of_one_process(workers: Workers) -> None:
    alone, together = Doubling(), Doubling()
    with Workers(1) as one:
        for number, length in enumerate((50, 7, 5, 3, 1, 50)):
            context = Context(Stream(3).at(batch=number), one)
            expected = alone(batch(length), context)
            assert together(batch(length), Context(context.stream, workers)) == expected
    assert 0 < together.measured_here < alone.measured_here
    assert workers.processes(together) is not None


def test_what_does_not_fit_the_shared_memory_goes_through_the_pipe() -> None:
    shared = Shared(1000)
    thing = {"small": np.arange(10), "large": np.arange(1000), "more": [np.ones(5), "text"], "none": np.empty((0, 3))}
    taken = shared.take(shared.put(thing))
    assert taken["more"][1] == "text" and taken["none"].shape == (0, 3)
    np.testing.assert_array_equal(taken["small"], thing["small"])
    np.testing.assert_array_equal(taken["large"], thing["large"])
    np.testing.assert_array_equal(taken["more"][0], np.ones(5))


def test_an_error_in_a_process_is_raised_here_and_the_next_batch_goes_well(workers: Workers) -> None:
    step, wrong = Doubling(), batch(10)
    wrong.inputs[3] = -1  # in the second shard, which another process measures
    context = Context(Stream(0), workers)
    with pytest.raises(ArithmeticError, match="row 2") as caught:
        step(wrong, context)
    assert "in measure" in "".join(caught.value.__notes__)
    assert step(batch(10), context) == Doubling()(batch(10), Context(Stream(0), Workers(1)))


def test_what_a_process_that_dies_was_asked_is_measured_here() -> None:
    with Workers(3) as workers:
        step, alone = Doubling(), Doubling()
        kept = workers.processes(step)
        assert kept is not None
        os.kill(kept._others[0]._id, signal.SIGKILL)
        context = Context(Stream(0), workers)
        with pytest.warns(ZooWarning, match="was ended by signal SIGKILL"):
            found = step(batch(10), context)
        assert found == alone(batch(10), Context(Stream(0), Workers(1)))
        assert len(kept._others) == 1
        assert step(batch(10), context) == alone(batch(10), Context(Stream(0), Workers(1)))  # and no word of it


def test_what_is_sent_to_all_of_a_terminal_does_not_end_them() -> None:
    with Workers(2) as workers:
        step = Doubling()
        kept = workers.processes(step)
        assert kept is not None
        step(batch(10), Context(Stream(0), workers))
        for sent_to_all in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(kept._others[0]._id, sent_to_all)
        time.sleep(0.05)
        assert alive(kept._others[0]._id)


def test_processes_end_with_their_workers_or_with_another_step() -> None:
    with Workers(3) as workers:
        first, second = Doubling(), Doubling()
        kept = workers.processes(first)
        assert isinstance(kept, Processes) and workers.processes(first) is kept
        identifiers = [other._id for other in kept._others]
        assert len(identifiers) == 2 and all(alive(number) for number in identifiers)
        workers.processes(second)
        assert not any(alive(number) for number in identifiers)
    assert workers.processes(first) is None  # outside its `with`, this process does everything
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)  # none is left


def test_processes_end_when_this_one_is_killed(tmp_path: Path) -> None:
    code = """
import sys, time
sys.path.insert(0, sys.argv[1])
from test_processes import Doubling
from zoo.workers import Workers
with Workers(3) as workers:
    print(*(other._id for other in workers.processes(Doubling())._others), flush=True)
    time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(Path(__file__).parent)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        identifiers = [int(word) for word in process.stdout.readline().split()]
        assert len(identifiers) == 2
        process.kill()
    for _ in range(100):
        if not any(alive(number) for number in identifiers):
            return
        time.sleep(0.1)
    pytest.fail("the processes are still there ten seconds after the one that forked them was killed")


@pytest.mark.parametrize("name", ["lenet5", "cnn"])
def test_a_training_step_is_measured_by_processes_to_the_same_bits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(threads: int) -> bytes:
        run = prepare(name, training={"epochs": 1})
        samples = run.samples("train")
        assert samples is not None
        step = run.training.phases[0].step(run.model)
        with Workers(threads) as workers:
            for number in range(3):
                rows = samples.rows(np.arange(number, number + 40))
                step(rows, Context(Stream(0).at(batch=number), workers, updates=number))
            assert isinstance(step, AdditiveStep)
            assert (workers.processes(step) is not None) == (threads > 1 and system.CAN_FORK)
        return b"".join(array.tobytes() for array in run.model.weights.values())

    alone = trained(1)
    assert trained(2) == trained(3) == alone
    monkeypatch.setattr(system, "CAN_FORK", False)
    assert trained(2) == alone


def test_the_weights_of_a_large_net_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepare("lenet5")
    step = run.training.phases[0].step(run.model)
    with Workers(2) as workers:
        assert isinstance(step, AdditiveStep)
        monkeypatch.setattr("zoo.processes.MOST", 1000)
        assert workers.processes(step) is None


def alive(identifier: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return "State:\tZ" not in Path(f"/proc/{identifier}/status").read_text()
    except OSError:
        return False
