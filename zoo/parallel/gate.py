"""Whether others help with one kind of call: it is timed with them and alone, and done the faster way from then on.

Results are the same either way. Waking a thread takes 50 µs, several times that where its processor is busy, and Python
code of two threads waits for each other; so a second thread may cost more than it gains, by how much only the clock
tells. The way that was slower is tried again now and then, ever more seldom: what else runs on the machine changes.
"""

from __future__ import annotations

import statistics
from collections import deque

WORTH = 2e-4  # seconds of work from which others may help
LONG = 0.1  # seconds of a call that is always shared, since waking somebody is nothing beside it
AT_FIRST = 3  # calls that are timed each way before one is preferred
KEPT = 5  # latest times that count
AGAIN, MOST_AGAIN = 64, 1024  # calls until the slower way is tried again; twice as many each time it still is slower


class Gate:
    """The times of calls of one kind, in seconds for each of their pieces."""

    def __init__(self) -> None:
        self._times: dict[bool, deque[float]] = {shared: deque(maxlen=KEPT) for shared in (True, False)}
        self._again = self._left = AGAIN
        self.pieces = 2  # of the last call, where they are not counted beforehand

    def shares(self, pieces: int) -> bool | None:
        """Whether others are to help with a call of so many pieces; None where no time is known yet."""
        alone, shared = self._times[False], self._times[True]
        if not alone:
            return None
        expected = statistics.median(alone) * pieces
        if expected < WORTH:
            return False
        if expected > LONG:
            return True
        if len(shared) < AT_FIRST or len(alone) < AT_FIRST:
            return len(shared) <= len(alone)
        faster = statistics.median(shared) <= statistics.median(alone)
        self._left -= 1
        if self._left > 0:
            return faster
        self._again = self._left = min(2 * self._again, MOST_AGAIN)
        return not faster

    def record(self, shared: bool, seconds: float, pieces: int) -> None:
        """A call of so many pieces took so long."""
        if pieces:
            self._times[shared].append(seconds / pieces)
