"""Whether others help is decided by the times of calls with and without them."""

from __future__ import annotations

import pytest

from zoo.parallel import threads as module
from zoo.parallel.gate import AGAIN, Gate
from zoo.parallel.threads import Workers


def calls(gate: Gate, alone: float, shared: float, count: int, pieces: int = 2) -> list[bool]:
    """Who does each of so many calls that take so long alone and shared."""
    ways = []
    for _ in range(count):
        way = bool(gate.shares(pieces))
        gate.record(way, shared if way else alone, pieces)
        ways.append(way)
    return ways


def test_short_work_is_never_shared() -> None:
    assert Gate().shares(2) is None
    assert not any(calls(Gate(), alone=1e-4, shared=1e-5, count=100))


def test_long_work_always_is() -> None:
    assert all(calls(Gate(), alone=1.0, shared=2.0, count=100)[1:])


@pytest.mark.parametrize(("alone", "shared"), [(0.002, 0.0012), (0.002, 0.003)])
def test_the_faster_way_is_preferred_and_the_other_tried_seldom(alone: float, shared: float) -> None:
    ways = calls(Gate(), alone, shared, 2000)
    slower = [number for number, way in enumerate(ways) if way != (shared < alone)]
    assert len(slower) < 3 + 8 and max(slower) > 500
    total = sum(shared if way else alone for way in ways)
    assert total < 1.01 * 2000 * min(alone, shared)


def test_a_change_of_what_is_faster_is_found() -> None:
    gate = Gate()
    calls(gate, 0.002, 0.003, 10)
    ways = calls(gate, 0.002, 0.001, 8 * AGAIN * 5)
    assert all(ways[-AGAIN:])


def test_a_job_whose_second_thread_only_waits_is_done_by_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock on which sharing takes twice as long."""
    now = [0.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    shared = []

    class Slow(Workers):
        def _share(self, work, todo) -> None:
            shared.append(len(todo))
            now[0] += 0.001 * len(todo)
            super()._share(work, todo)

    def work(piece: int) -> None:
        now[0] += 0.001

    with Slow(2) as workers:
        for _ in range(60):
            workers.each(work, range(4))
    assert 1 <= len(shared) <= 4
