"""Training that a page watches is no slower than nine tenths of training that nobody watches.

All that watching costs is spent in the trainer's listener. So its share of the thread's processor time tells, on a
machine that does other things as well.
"""

from __future__ import annotations

import threading
import time

import pytest
from working import Working

from zoo.core.events import Event

SECONDS = 1.5  # of processor time


def used(thread: threading.Thread) -> float:
    """Processor time of a thread."""
    assert thread.ident is not None
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["moons", "lenet5", "lstm-reber", "bars", "som-colours"])
def test_watching_costs_a_tenth_at_most(name, tmp_path, monkeypatch):
    """A page asks for a frame with all views as soon as it has the last."""
    working = Working(tmp_path)
    worker, spent = working.worker, 0.0
    listen = worker.on_event

    def timed(event: Event) -> None:
        nonlocal spent
        began = time.thread_time()
        listen(event)
        spent += time.thread_time() - began

    monkeypatch.setattr(worker, "on_event", timed)
    described = working.start(name, training={"epochs": 100_000})
    views = [view["name"] for view in described["views"]]
    working.send("play")
    working.wait(lambda: worker.steps > 20)
    working.frame(*views)  # the first takes what is made once
    spent, seen, first = 0.0, len(working.frames), len(working.frames)
    working.send("frame", views=views, version=0, run=described["run"], since=len(worker.rows))
    began = used(working.thread)
    while (total := used(working.thread) - began) < SECONDS:
        if len(working.frames) > seen:
            seen = len(working.frames)
            working.send("frame", views=views, version=0, run=described["run"], since=len(worker.rows))
        time.sleep(0.001)
    share = spent / total
    working.send("pause")
    print(f"{name}: {100 * share:.1f} % of the time, {seen - first} frames")
    assert seen > first
    assert share < 0.1
