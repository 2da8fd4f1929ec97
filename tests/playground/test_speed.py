"""Training that a page watches is no slower than nine tenths of training that nobody watches."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path

import pytest
from working import Working

from zoo.core.events import BatchDone, Event
from zoo.training.prepare import prepare
from zoo.training.run import train

SECONDS = 2.0  # of processor time in one measurement


def used(thread: threading.Thread) -> float:
    """Processor time of a thread."""
    assert thread.ident is not None
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


def batches_unwatched(name: str) -> float:
    """Batches in a second of processor time, as `zoo train` learns them."""
    count, began = 0, 0.0

    def listen(event: Event) -> None:
        nonlocal count, began
        if isinstance(event, BatchDone):
            count += 1
            if count == 20:
                began = time.thread_time()

    def stop() -> bool:
        return count > 20 and time.thread_time() - began > SECONDS

    train(prepare(name, training={"epochs": 100_000}), listen=listen, stop=stop, measure=False)
    return (count - 20) / (time.thread_time() - began)


def batches_watched(name: str, folder: Path) -> float:
    """The same while a page asks for every frame with all views, as soon as it has the last."""
    working = Working(folder)
    described = working.start(name, training={"epochs": 100_000})
    views = [view["name"] for view in described["views"]]
    working.send("play")
    working.wait(lambda: working.worker.steps > 20)
    seen = len(working.frames)
    working.send("frame", views=views, version=-1, run=described["run"])
    steps, began = working.worker.steps, used(working.thread)
    while used(working.thread) - began < SECONDS:
        if len(working.frames) > seen:
            seen = len(working.frames)
            working.send("frame", views=views, version=0, run=described["run"], since=len(working.worker.rows))
        time.sleep(0.002)
    rate = (working.worker.steps - steps) / (used(working.thread) - began)
    working.send("pause")
    assert seen > 2
    return rate


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moons", "lenet5", "lstm-reber", "bars", "som-colours", "moons-fuzzy-art"])
def test_watching_costs_a_tenth_at_most(name, tmp_path):
    ratios = []
    for turn in range(3):
        folder = tmp_path / str(turn)
        folder.mkdir()
        ratios.append(batches_watched(name, folder) / batches_unwatched(name))
    print(name, [f"{ratio:.3f}" for ratio in ratios])
    assert statistics.median(ratios) >= 0.9
