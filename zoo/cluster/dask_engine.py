"""The Dask engine: an actor on every worker holds step and data, and measures what the driver asks.

Actors, not tasks: an update's round trip takes 3 ms instead of 24. What Dask does for tasks, the crew does here: the
work of a worker that ended goes to another, one that joins is handed the step, a slow one is given less.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from zoo.cluster.crew import Crew, Seat, SeatLost
from zoo.cluster.engine import ClusterLost, Engine, EngineKind
from zoo.cluster.work import Answer, Change, Measurer, Report, Task
from zoo.errors import UsageError, warn

LOCAL = re.compile(r"local:([1-9][0-9]{0,3})")
ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx|inproc)://.+")
CONNECT = 10.0  # seconds to wait for a scheduler, at most
CALL = 0.5  # seconds between two looks whether the worker that is asked is still there


def takes(text: str) -> bool:
    """local:N, tcp://HOST:PORT, tls://HOST:PORT, or the path of a scheduler's file."""
    return bool(LOCAL.fullmatch(text) or ADDRESS.fullmatch(text) or text.endswith(".json"))


class DaskEngine(Engine):
    """A Dask client, with one seat for each of the scheduler's workers."""

    def __init__(self, text: str, seconds: float) -> None:
        distributed = _distributed()
        self._text, self._seconds = text, seconds
        self._local: Any = None
        self._run = uuid.uuid4().hex[:12]
        self._handed: bytes | None = None
        self._accept: Callable[[Report], None] = lambda report: None
        self._refused: Exception | None = None
        self._known: set[str] = set()
        for name in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is said here, once
        try:
            if match := LOCAL.fullmatch(text):
                self._local = distributed.LocalCluster(
                    n_workers=int(match[1]),
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address=None,
                    memory_limit=0,
                    silence_logs=logging.CRITICAL,
                )
                self.client = distributed.Client(self._local, direct_to_workers=True)
            else:
                where = {"scheduler_file" if text.endswith(".json") else "address": text}
                self.client = distributed.Client(**where, direct_to_workers=True, timeout=min(seconds, CONNECT))
        except (OSError, TimeoutError, ValueError) as error:
            self._end_local()
            raise UsageError(
                f"--cluster {text}: no scheduler answers there: {' '.join(str(error).split())[:200]}"
            ) from None
        self._crew = Crew(self._new_seats, self._seat_lost, seconds, f"the cluster {text}")
        self._wait_for_workers()

    def _wait_for_workers(self) -> None:
        end = time.monotonic() + self._seconds
        while not self._addresses():
            if time.monotonic() > end:
                self.close()
                raise UsageError(
                    f"--cluster {self._text}: its scheduler has no worker, and none came within {self._seconds:.0f} s;"
                    " start some with `dask worker`, or wait longer with --cluster-wait"
                )
            time.sleep(0.1)

    @property
    def size(self) -> int:
        return max(1, len(self._crew.seats))

    def _addresses(self) -> dict[str, Any]:
        try:
            return dict(self.client.scheduler_info(n_workers=-1)["workers"])
        except Exception as error:
            raise ClusterLost(f"the scheduler of {self._text} does not answer any more: {error}") from error

    def begin(self, handed: bytes, accept: Callable[[Report], None]) -> None:
        self._handed, self._accept, self._refused = handed, accept, None
        self._crew.seats = list(self._begun(self._crew.seats))
        self._crew.look(now=True)

    def _begun(self, seats: Sequence[Seat]) -> Iterator[Seat]:
        """Those of the seats whose workers took over the step; what each reports is looked at."""
        with ThreadPoolExecutor(max(1, len(seats))) as pool:
            reports = [pool.submit(seat.call, "begin", self._handed) for seat in seats]  # type: ignore[attr-defined]
        for seat, report in zip(seats, reports, strict=True):
            try:
                self._accept(report.result())
            except SeatLost:
                self._seat_lost(seat)
            else:
                seat.version = -1
                yield seat

    def _new_seats(self) -> list[Seat]:
        """Seats for workers without one. What such a worker reports is looked at first."""
        if self._handed is None:
            return []
        new = {address: info for address, info in self._addresses().items() if address not in self._known}
        made = [
            self.client.submit(Measurer, actor=True, workers=[each], pure=False, key=self._key(each)) for each in new
        ]
        self._known.update(new)
        seats = [
            _DaskSeat(address, str(info.get("host", address)), future, self._is_there)
            for (address, info), future in zip(new.items(), made, strict=True)
        ]
        return list(self._begun(seats))

    def _key(self, address: str) -> str:
        return f"zoo-{self._run}-{uuid.uuid4().hex[:8]}-{address}"

    def _is_there(self, address: str) -> bool:
        return address in self._addresses()

    def _seat_lost(self, seat: Seat) -> None:
        self._known.discard(seat.name)
        host = getattr(seat, "host", seat.name)
        warn(
            f"--cluster: a worker on {host} ({seat.name}) is gone; its part is measured elsewhere, with the same"
            " results"
        )

    def run(self, change: Change, tasks: Iterable[Task]) -> Iterator[Answer]:
        return self._crew.run(change, tasks)

    def close(self) -> None:
        if hasattr(self, "_crew"):
            self._crew.close()
        with contextlib.suppress(Exception):
            self.client.close(timeout=2)
        self._end_local()

    def _end_local(self) -> None:
        if self._local is not None:
            with contextlib.suppress(Exception):
                self._local.close(timeout=5)
            self._local = None


class _DaskSeat(Seat):
    """A worker with its actor."""

    def __init__(self, address: str, host: str, future: Any, is_there: Callable[[str], bool]) -> None:
        super().__init__(address)
        self.host = host
        self._future = future
        self._is_there = is_there
        self._actor: Any = None

    def ask(self, change: Change | None, task: Task) -> Answer | Exception:
        answer: Answer | Exception = self.call("answer", change, task)
        return answer

    def call(self, method: str, *values: Any) -> Any:
        """What a method of the actor returns; `SeatLost` when its worker is gone."""
        try:
            if self._actor is None:
                self._actor = self._awaited(self._future)
            return self._awaited(getattr(self._actor, method)(*values))
        except (OSError, RuntimeError, ValueError) as error:
            raise SeatLost(str(error)) from error

    def _awaited(self, future: Any) -> Any:
        while True:
            try:
                return future.result(timeout=CALL)
            except TimeoutError:
                if not self._is_there(self.name):
                    raise SeatLost(self.name) from None
            except Exception as error:
                if type(error).__module__.startswith(("distributed", "asyncio", "tornado")):
                    raise SeatLost(str(error)) from error
                raise


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise UsageError("--cluster: Dask is not installed; pip install 'zoo-networks[cluster]' brings it") from None
    return distributed


DASK = EngineKind(
    "dask",
    "Dask distributed: local:N starts N processes; tcp://HOST:PORT or a scheduler's file names a cluster that runs",
    "local:2",
    takes,
    DaskEngine,
)
