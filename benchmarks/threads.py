"""Whether two threads are ever slower than one: the default job of every architecture, idle and beside a busy process.

    python -m benchmarks threads                # quiet, then beside a process that keeps one processor busy
    python -m benchmarks threads --row lstm

The jobs run in turns, round by round, and the ratio is formed within each: one thread's time over two threads'. Long
jobs have fewer epochs.
"""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.harness import Contest, Line, Outcome, Row, Side, Spread, Terms, Unavailable, take_turns
from benchmarks.machine import load_of_others
from zoo.training.prepare import prepare
from zoo.training.run import train

LEAST = 0.95  # times as fast as one thread that two are to be, at least

# Architecture, with its options; datasets that need no file. AlexNet and VGG are minutes of what `cnn` shows.
JOBS: dict[str, dict[str, Any]] = {
    "perceptron": {},
    "logistic": {},
    "mlp": {},
    "cnn": {},
    "lenet5": {},
    "elman": {},
    "jordan": {},
    "lstm": {},
    "gru": {},
    "rbm": {"annealing_steps": 0},
    "dbn": {},
    "boltzmann": {},
    "som": {},
    "rbf": {},
    "grnn": {},
    "pnn": {},
    "art1": {},
    "art2a": {},
    "fuzzy-art": {},
    "fuzzy-artmap": {},
}
EPOCHS = {"mlp": 5, "cnn": 1, "lenet5": 2, "elman": 2, "jordan": 5, "lstm": 2, "gru": 2, "rbm": 3, "dbn": 1}
QUICK = "perceptron"
SECONDS = 0.15  # a round of shorter jobs does several


class DefaultJob(Side):
    """`zoo train NAME` without its file: prepared anew each time, outside of what is timed."""

    def __init__(self, job: str, threads: int, quick: bool) -> None:
        self.name = f"zoo, {threads} thread{'s' * (threads > 1)}"
        self.job, self.threads, self.quick = job, threads, quick
        self.runs: list[Any] = []
        self.count = 1

    def settle(self) -> None:
        """How many jobs a round does, so that it takes long enough to be timed."""
        with self.around():
            began = time.perf_counter()
            self.work(1)
            self.count = 1 if self.quick else max(1, round(SECONDS / (time.perf_counter() - began)))

    @contextmanager
    def around(self) -> Iterator[None]:
        epochs = {"epochs": 1 if self.quick else EPOCHS[self.job]} if self.job in EPOCHS or self.quick else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.runs = [prepare(self.job, options=JOBS[self.job], training=epochs) for _ in range(self.count)]
            yield

    def work(self, count: int) -> None:
        for run in self.runs:
            train(run, threads=self.threads, measure="nothing")


@contextmanager
def busy(others: int) -> Iterator[None]:
    """So many processes that compute without end beside what is measured."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(others)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


class TwoThreads(Row):
    """One architecture's default job on two threads beside one."""

    large = False

    def __init__(self, job: str, others: int) -> None:
        self.job, self.others = job, others
        self.name = job + (", beside a busy process" if others else "")
        self.about = f"the default job of {job} on two threads and on one"

    def run(self, terms: Terms) -> Outcome:
        if terms.quick and self.job != QUICK:
            raise Unavailable(f"once and small it shows nothing that {QUICK} does not")
        one, two = (DefaultJob(self.job, threads, terms.quick) for threads in (1, 2))
        one.settle()
        two.count = one.count
        contest = Contest(two, unit="job", count=one.count, rounds=terms.few(9, 1), warm_up=0)
        with load_of_others() as load, busy(self.others):
            seconds, _ = take_turns([two, one], contest, terms)
        value = {side: Spread.of(times) for side, times in seconds.items()}
        ratio = Spread.of([slow / fast for slow, fast in zip(seconds[one], seconds[two], strict=True)])
        lines = [
            Line(two.name, value[two].median, "job"),
            Line(one.name, value[one].median, "job", ratio, f"{LEAST} ×", ratio.median >= LEAST),
        ]
        rounds = {side.name: times for side, times in seconds.items()}
        return Outcome(self.name, self.about, lines, busy=None if self.others else load.busy, rounds=rounds)


ROWS = [TwoThreads(job, others) for others in (0, 1) for job in JOBS]
