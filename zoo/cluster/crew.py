"""Give tasks to seats as they come free, and answers in the order of the tasks: what engines of many workers share."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from zoo.cluster.engine import ClusterLost
from zoo.cluster.work import Answer, Change, Task
from zoo.errors import TrainingError

AHEAD = 4  # tasks for each seat whose answers may wait for an earlier one
DEADLY = 3  # workers that end while they measure one task, after which it is given up
LOOK = 0.5  # seconds between two looks for workers that joined


class SeatLost(Exception):
    """The worker in a seat has ended, or nobody can reach it."""


class Seat(ABC):
    """A worker, as the crew sees it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = -1  # of the arrays it has

    @abstractmethod
    def ask(self, change: Change | None, task: Task) -> Answer | Exception:
        """The worker's answer; blocks. `SeatLost` where there is no worker any more."""


class Crew:
    """The seats in use. `find` gives seats for workers that joined since; `lost` is called with one that is lost."""

    def __init__(self, find: Callable[[], list[Seat]], lost: Callable[[Seat], None], seconds: float, who: str) -> None:
        self._find, self._lost, self._seconds, self._who = find, lost, seconds, who
        self.seats: list[Seat] = []
        self._pool = ThreadPoolExecutor(1024, "zoo-cluster")  # a thread for each seat that is asked
        self._looked = 0.0

    def look(self, now: bool = False) -> None:
        """Take in workers that joined, at most every half second."""
        if now or time.monotonic() - self._looked > LOOK:
            self.seats += self._find()
            self._looked = time.monotonic()

    def _wait_for_one(self) -> None:
        end = time.monotonic() + self._seconds
        while not self.seats:
            if time.monotonic() > end:
                raise ClusterLost(f"no worker of {self._who} is left, and none came within {self._seconds:.0f} s")
            self.look()
            time.sleep(0.05)

    def run(self, change: Change, tasks: Iterable[Task]) -> Iterator[Answer]:
        """The answers in the order of the tasks."""
        rest = enumerate(tasks)
        again: list[tuple[int, Task]] = []  # tasks of seats that were lost
        losses: Counter[int] = Counter()  # workers that ended while they measured a task
        running: dict[Future[Answer | Exception], tuple[Seat, int, Task]] = {}
        found: dict[int, Answer] = {}
        following, ended = 0, False
        try:
            while True:
                self.look()
                busy = {id(seat) for seat, _, _ in running.values()}
                for seat in [each for each in self.seats if id(each) not in busy]:
                    numbered = again.pop() if again else None
                    if numbered is None and not ended and len(found) < AHEAD * len(self.seats):
                        numbered = next(rest, None)
                        ended = numbered is None
                    if numbered is None:
                        break
                    future = self._pool.submit(self._asked, seat, change, numbered[1])
                    running[future] = seat, *numbered
                if not running:
                    if ended and not again:
                        break
                    self._wait_for_one()
                    continue
                for future in wait(running, timeout=LOOK, return_when=FIRST_COMPLETED).done:
                    seat, number, task = running.pop(future)
                    try:
                        answer = future.result()
                    except SeatLost:
                        self.seats = [each for each in self.seats if each is not seat]
                        again.append((number, task))
                        self._lost(seat)
                        losses[number] += 1
                        if losses[number] == DEADLY:
                            raise TrainingError(_deadly(task)) from None
                        continue
                    if isinstance(answer, Exception):
                        raise answer
                    found[number] = answer
                while following in found:
                    yield found.pop(following)
                    following += 1
        finally:
            for future in running:  # their answers belong to nobody
                future.cancel()
            if running:
                wait(running, timeout=60)

    @staticmethod
    def _asked(seat: Seat, change: Change, task: Task) -> Answer | Exception:
        answer = seat.ask(change if seat.version != change.version else None, task)
        seat.version = change.version
        return answer

    def close(self) -> None:
        """Wait for nobody."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _deadly(task: Task) -> str:
    stream, rows = task.batches[0][0].stream, sum(piece.stop - piece.start for each in task.batches for piece in each)
    return (
        f"batch {stream.batch + 1} of epoch {stream.epoch + 1} ended {DEADLY} workers, one after the other ({rows:,}"
        " rows at a time); most likely they have too little memory for it: take a smaller --batch-size or more"
        " --shards; the last checkpoint stands"
    )
