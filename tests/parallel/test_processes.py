"""Processes measure shards as threads do, bit for bit; they end with their workers, and say when one of them dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from doubling import Doubling, batch

from zoo.core.random import RandomStream
from zoo.core.sum_tree import Sums
from zoo.core.training_step import AdditiveStep, StepContext
from zoo.errors import ZooWarning
from zoo.parallel.processes import Processes
from zoo.parallel.shared_messages import Shared
from zoo.parallel.threads import Workers
from zoo.platform import system
from zoo.training.prepare import prepare
from zoo.types import Array

pytestmark = pytest.mark.skipif(not system.CAN_SHARE_MEMORY, reason="they share files in memory, which Linux alone has")


@pytest.fixture(params=[2, 3, 9])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    with Workers(request.param, wait_for_processes=True) as workers:
        yield workers


def test_sums_and_updates_are_those_of_one_process(workers: Workers) -> None:
    alone, together = Doubling(), Doubling()
    with Workers(1) as one:
        for number, length in enumerate((50, 7, 5, 3, 1, 50)):
            context = StepContext(RandomStream(3).at(batch=number), one)
            expected = alone(batch(length), context)
            assert together(batch(length), StepContext(context.stream, workers)) == expected
    assert 0 < together.measured_here < alone.measured_here
    assert workers.processes(together) is not None


def test_what_does_not_fit_the_shared_memory_goes_through_the_pipe() -> None:
    shared = Shared(-1, 1000)
    thing = {"small": np.arange(10), "large": np.arange(1000), "more": [np.ones(5), "text"], "none": np.empty((0, 3))}
    taken = shared.take(shared.put(thing))
    assert taken["more"][1] == "text" and taken["none"].shape == (0, 3)
    np.testing.assert_array_equal(taken["small"], thing["small"])
    np.testing.assert_array_equal(taken["large"], thing["large"])
    np.testing.assert_array_equal(taken["more"][0], np.ones(5))


def test_an_error_in_a_process_is_raised_here_and_the_next_batch_goes_well(workers: Workers) -> None:
    step, wrong = Doubling(), batch(10)
    wrong.inputs[3] = -1  # in the second shard, which another process measures
    context = StepContext(RandomStream(0), workers)
    with pytest.raises(ArithmeticError, match="row 2") as caught:
        step(wrong, context)
    assert "in measure" in "".join(caught.value.__notes__)
    assert step(batch(10), context) == Doubling()(batch(10), StepContext(RandomStream(0), Workers(1)))


def test_what_a_process_that_dies_was_asked_is_measured_here() -> None:
    with Workers(3, wait_for_processes=True) as workers:
        step, alone = Doubling(), Doubling()
        kept = workers.processes(step)
        assert kept is not None
        os.kill(kept._others[0].pid, signal.SIGKILL)
        context = StepContext(RandomStream(0), workers)
        with pytest.warns(ZooWarning, match="was ended by signal SIGKILL"):
            found = step(batch(10), context)
        assert found == alone(batch(10), StepContext(RandomStream(0), Workers(1)))
        assert len(kept._others) == 1
        assert step(batch(10), context) == alone(
            batch(10), StepContext(RandomStream(0), Workers(1))
        )  # and no word of it


def test_why_a_process_ended_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    class_of = {-2: "ended with status 3", -3: "was ended by signal SIGABRT"}
    for mark, reason in class_of.items():
        with Workers(2, wait_for_processes=True) as workers:
            step, wrong = Doubling(), batch(10)
            step(batch(10), StepContext(RandomStream(0), workers))
            wrong.inputs[3] = mark
            with pytest.warns(ZooWarning, match=f"each batch {reason}; its part is measured without it"):
                step(wrong, StepContext(RandomStream(0), workers))
            assert not workers.processes(step)


def test_no_stale_answer_is_taken_after_an_error_half_way() -> None:
    with Workers(3, wait_for_processes=True) as workers:
        step, alone, wrong = Doubling(), Doubling(), batch(10)
        wrong.inputs[0] = -1  # in the first shard, which is measured here while the others are asked
        context = StepContext(RandomStream(0), workers)
        for length in (10, 50, 7):
            with pytest.raises(ArithmeticError, match="row 0"):
                step(wrong, context)
            assert step(batch(length), context) == alone(batch(length), StepContext(RandomStream(0), Workers(1)))


def test_what_cannot_be_pickled_is_measured_by_threads_and_says_so() -> None:
    class Local(Doubling):
        pass

    with Workers(2, wait_for_processes=True) as workers:
        step = Local()
        with pytest.warns(ZooWarning, match="Local cannot be measured in other processes .*; threads measure it"):
            found = step(batch(10), StepContext(RandomStream(0), workers))
        assert found == Doubling()(batch(10), StepContext(RandomStream(0), Workers(1)))
        step(batch(10), StepContext(RandomStream(0), workers))  # and no word of it


def test_what_a_process_does_not_know_is_measured_by_threads_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each != str(Path(__file__).parent)])
    with Workers(3, wait_for_processes=True) as workers:
        with pytest.warns(ZooWarning, match="ModuleNotFoundError.*doubling") as found:
            assert workers.processes(Doubling()) is None
        assert len([each for each in found if issubclass(each.category, ZooWarning)]) == 1


def test_processes_are_started_only_for_steps_that_last(monkeypatch: pytest.MonkeyPatch) -> None:
    with Workers(2) as workers:
        step = Doubling()
        assert workers.processes(step) is None and workers._processes is None
        monkeypatch.setattr("zoo.parallel.threads.SOON", 0.0)
        for _ in range(2000):
            if workers.processes(step):
                break
            time.sleep(0.01)
        monkeypatch.setattr("zoo.parallel.gate.WORTH", 0.0)
        alone = Doubling()
        for _ in range(2):  # the first step shows how long it takes alone
            before = step.measured_here
            expected = alone(batch(10), StepContext(RandomStream(0), Workers(1)))
            assert step(batch(10), StepContext(RandomStream(0), workers)) == expected
        assert step.measured_here - before < 5


def test_processes_are_not_started_where_the_rest_of_a_phase_ends_too_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the share of it that is done, and how long that took."""
    monkeypatch.setattr("zoo.parallel.threads.SOON", 0.0)
    started = []
    monkeypatch.setattr("zoo.parallel.processes.Processes", lambda step, count: started.append(step) or Closed())
    for second, due in ((0.5, False), (0.001, True)):
        with Workers(2) as workers:
            step = Doubling()
            assert workers.processes(step, 0.0) is None or due
            time.sleep(0.02)
            workers.processes(step, second)  # the other half in 0.02 s; or 999 times that
            assert bool(started) == due


class Closed:
    """Processes that have not started."""

    def __bool__(self) -> bool:
        return False

    def close(self) -> None:
        pass


def test_children_the_caller_forks_meanwhile_hold_nothing_up() -> None:
    children = []
    try:
        with Workers(3, wait_for_processes=True) as workers:
            step = Doubling()
            step(batch(10), StepContext(RandomStream(0), workers))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # this test forks beside threads
                children.append(os.fork())
            if children == [0]:
                time.sleep(60)
                os._exit(0)
            step(batch(10), StepContext(RandomStream(0), workers))
            kept = workers.processes(step)
            assert kept is not None
            identifiers = [other.pid for other in kept._others]
        assert not any(alive(number) for number in identifiers)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def test_a_fork_amid_a_run_leaves_the_processes_alone_and_does_all_by_itself() -> None:
    with Workers(3, wait_for_processes=True) as workers:
        step = Doubling()
        context = StepContext(RandomStream(0), workers)
        step(batch(10), context)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            try:
                right = step(batch(10), context) == {f"total{i}": v for i, v in enumerate(step_sums())}
                workers.__exit__(None, None, None)
                os._exit(0 if right else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        kept = workers.processes(step)
        assert kept is not None and all(alive(other.pid) for other in kept._others)
        step(batch(10), context)


def step_sums() -> list[float]:
    """The metrics of the second of two equal batches."""
    alone = Doubling()
    alone(batch(10), StepContext(RandomStream(0), Workers(1)))
    return list(alone(batch(10), StepContext(RandomStream(0), Workers(1))).values())


def test_nothing_is_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise AssertionError("a fork beside live threads")

    monkeypatch.setattr(os, "fork", refused)
    with Workers(2, wait_for_processes=True) as workers:
        assert workers.processes(Doubling())


def test_trainings_in_threads_at_once_end_with_the_bits_they_have_alone() -> None:
    def trained(seed: int, threads: int) -> list[dict[str, float]]:
        step = Doubling()
        with Workers(threads, wait_for_processes=True) as workers:
            return [step(batch(20), StepContext(RandomStream(seed).at(batch=n), workers)) for n in range(30)]

    alone = [trained(seed, 1) for seed in range(2)]
    for _ in range(2):
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(trained, range(2), [3] * 2)) == alone


def test_what_is_sent_to_all_of_a_terminal_does_not_end_them() -> None:
    with Workers(2, wait_for_processes=True) as workers:
        step = Doubling()
        kept = workers.processes(step)
        assert kept is not None
        step(batch(10), StepContext(RandomStream(0), workers))
        for sent_to_all in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(kept._others[0].pid, sent_to_all)
        time.sleep(0.05)
        assert alive(kept._others[0].pid)


def children() -> set[str]:
    """The processes that this one started; other tests may have left some, such as a tracker of shared memory."""
    return {number for path in Path("/proc/self/task").glob("*/children") for number in path.read_text().split()}


def test_processes_end_with_their_workers_or_with_another_step() -> None:
    before = children()
    with Workers(3, wait_for_processes=True) as workers:
        first, second = Doubling(), Doubling()
        kept = workers.processes(first)
        assert isinstance(kept, Processes) and workers.processes(first) is kept
        identifiers = [other.pid for other in kept._others]
        assert len(identifiers) == 2 and all(alive(number) for number in identifiers)
        workers.processes(second)
        assert not any(alive(number) for number in identifiers)
    assert workers.processes(first) is None  # outside its `with`, this process does everything
    assert children() <= before  # none is left


SLOWLY = """
import os, time
from doubling import Doubling

time.sleep(60 if "SLOWLY" in os.environ else 0)

class Slow(Doubling):
    pass
"""


@pytest.mark.parametrize("while_they", ["measure", "start"])
def test_processes_end_when_this_one_is_killed(tmp_path: Path, while_they: str) -> None:
    (tmp_path / "slowly.py").write_text(SLOWLY)
    code = """
import os, sys, time
sys.path[:0] = sys.argv[1:3]
from slowly import Slow
from zoo.parallel.processes import Processes
if sys.argv[3] == "start":
    os.environ["SLOWLY"] = "yes"  # importing the step takes a minute
others = Processes(Slow(), 2)
others.wait(1 if sys.argv[3] == "start" else 60)
print(*(other.pid for other in [*others._others, *others._starting]), flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path), while_they]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        identifiers = [int(word) for word in process.stdout.readline().split()]
        assert len(identifiers) == 2 and all(alive(number) for number in identifiers)
        process.kill()
    for _ in range(100):
        if not any(alive(number) for number in identifiers):
            return
        time.sleep(0.1)
    pytest.fail("the processes are still there ten seconds after the one that started them was killed")


@pytest.mark.parametrize("name", ["lenet5", "cnn"])
def test_a_training_step_is_measured_by_processes_to_the_same_bits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def trained(threads: int) -> bytes:
        run = prepare(name, training={"epochs": 1})
        samples = run.samples("train")
        assert samples is not None
        step = run.training.phases[0].step(run.model)
        with Workers(threads, wait_for_processes=True) as workers:
            for number in range(3):
                batch = samples.rows(np.arange(number, number + 40))
                step(batch, StepContext(RandomStream(0).at(batch=number), workers, updates=number))
            assert isinstance(step, AdditiveStep)
            assert (workers.processes(step) is not None) == (threads > 1 and system.CAN_SHARE_MEMORY)
        return b"".join(array.tobytes() for array in run.model.weights.values())

    alone = trained(1)
    assert trained(2) == trained(3) == alone
    monkeypatch.setattr(system, "CAN_SHARE_MEMORY", False)
    assert trained(2) == alone


class Unknown(Doubling):
    """A step that does not say what its updates change."""

    def changing(self) -> None:  # type: ignore[override]
        return None


class InThreads(Doubling):
    prefers_threads = True


class Still(Doubling):
    """A step whose sums do not depend on anything that changes."""

    def changing(self) -> list[Array]:
        return []

    def update(self, sums: Sums, context: StepContext) -> None:
        return


def sums_by(step: AdditiveStep, workers: Workers, number: int = 0) -> dict[str, bytes]:
    sums = step.add_up(batch(13), StepContext(RandomStream(3).at(batch=number), workers))
    return {name: value.tobytes() for name, value in sums.items()}


def test_a_step_that_reads_nothing_that_changes_is_measured_by_processes(workers: Workers) -> None:
    step = Still()
    with Workers(1) as one:
        assert sums_by(step, workers) == sums_by(Still(), one)
    assert workers.processes(step) is not None and step.measured_here < step.shards


def test_a_step_that_does_not_say_what_changes_is_measured_by_threads(workers: Workers) -> None:
    step = Unknown()
    with Workers(1) as one:
        assert sums_by(step, workers) == sums_by(Unknown(), one)
    assert workers.processes(step) is None and step.measured_here == step.shards


def test_a_step_of_large_calls_is_measured_by_threads_unless_processes_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("zoo.parallel.threads.SOON", 0.0)
    with Workers(2) as workers:
        assert workers.processes(InThreads()) is None
    with Workers(2, wait_for_processes=True) as workers:
        assert workers.processes(InThreads()) is not None


def test_weights_that_grow_are_sent_as_a_whole(workers: Workers) -> None:
    step = Still()
    sums_by(step, workers)
    before = workers.processes(step)
    step.weight = np.concatenate([step.weight, step.weight])[:3] * 3  # another array of the same shape
    assert workers.processes(step) is before
    growing = Doubling()
    sums_by(growing, workers)
    before = workers.processes(growing)
    growing.weight = np.full((1, 3), 5.0)
    with Workers(1) as one:
        alone = Doubling()
        alone.weight = np.full((1, 3), 5.0)
        assert sums_by(growing, workers, 1) == sums_by(alone, one, 1)
    assert workers.processes(growing) is not before


def test_the_weights_of_a_large_net_are_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepare("lenet5")
    step = run.training.phases[0].step(run.model)
    with Workers(2, wait_for_processes=True) as workers:
        assert isinstance(step, AdditiveStep)
        monkeypatch.setattr("zoo.parallel.processes.MOST", 1000)
        assert workers.processes(step) is None


def alive(identifier: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return "State:\tZ" not in Path(f"/proc/{identifier}/status").read_text()
    except OSError:
        return False
