"""What a benchmark is, and how it is run: a `Race` of zoo against its peers, or a `Bound` on one measured quantity.

    def start(terms):                              # prepares the work, times nothing
        run = prepare("mlp")
        peer = Peer("torch", "PyTorch", lambda: [TorchSteps(run, variant) for variant in VARIANTS], goal=1.4)
        return Contest(OurSteps(run), [peer], products=mlp_products((784, 512, 10), rows=128))

    ROWS = [Race("mlp step", "one training step", start)]

Times of two programs on one machine compare only side by side: what else runs there, heat and caches change from second
to second. So the sides take turns, round by round, and a ratio is formed within each round; the median of those is the
figure, their smallest and largest say how far to trust it.
"""

from __future__ import annotations

import gc
import importlib
import math
import pkgutil
import statistics
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from benchmarks.machine import Product, load_of_others, operations, product_rate, version_of

PAUSE = 0.1  # seconds: threads of OpenMP and OpenBLAS go on spinning for some 30 ms after their last product


class Unavailable(Exception):
    """A row, or one side of it, cannot run here; the message says why."""


@dataclass(frozen=True)
class Terms:
    """Under which terms rows run."""

    threads: int = 2
    quick: bool = False  # every row once, small, to see that it works; its measurements mean nothing
    clock: Callable[[], float] = time.perf_counter  # seconds
    pause: float = PAUSE
    rate: Callable[[Sequence[Product], int], float] = product_rate  # operations per second of matrix products

    def few(self, many: int, few: int) -> int:
        """A number of things to do: `many`, or `few` when it is only to be seen that it works."""
        return few if self.quick else many


class Side(ABC):
    """One contender, made ready. It is called round by round; between two rounds the others have their turn."""

    name: str  # as the table prints it: "PyTorch, fused"

    @abstractmethod
    def work(self, count: int) -> None:
        """Does `count` units of the work; this is what is timed."""

    def around(self) -> AbstractContextManager[object]:
        """Entered before each round and left after it, outside the time: thread pools, BLAS settings."""
        return nullcontext()

    def metrics(self) -> Mapping[str, float]:
        """What came out of the work, asked for after the last round: {"accuracy": …}."""
        return {}


@dataclass(frozen=True)
class Peer:
    """Another library, by the name of its distribution; several sides are variants of which the fastest counts."""

    package: str
    name: str
    sides: Callable[[], Iterable[Side]]  # called only where the package is installed
    goal: float | None = None  # how many times as fast as it zoo is to be, at least


@dataclass(frozen=True)
class Contest:
    """A race made ready: who runs, and how often. A unit is what times are given for: one step, one training."""

    ours: Side
    peers: Sequence[Peer] = ()
    products: Sequence[Product] = ()  # the matrix products that one unit needs
    unit: str = "step"
    count: int = 50  # units in a round
    rounds: int = 15
    warm_up: int = 5  # units before each round, untimed
    whole: bool = False  # the rounds are the parts of one unit: times are added, not averaged
    goals: Mapping[str, float] = field(default_factory=dict)  # what zoo is to reach


@dataclass(frozen=True)
class Spread:
    """The median of some values with the smallest and the largest; of a whole, its one value in place of the median."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Line:
    """One side's part of an outcome: its value, how many times as fast zoo is, the goal, and its other measurements."""

    who: str
    value: float
    unit: str
    ratio: Spread | None = None
    goal: str = ""
    held: bool | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a row came to. `limit` is what the machine allows, in the lines' unit; `busy` what others took of it."""

    row: str
    about: str
    lines: Sequence[Line]
    limit: float | None = None
    limit_is: str = ""
    notes: Sequence[str] = ()
    busy: float | None = None  # processors that other processes kept busy meanwhile
    rounds: Mapping[str, Sequence[float]] = field(default_factory=dict)  # seconds per round by side, as measured
    packages: Sequence[str] = ()  # the peers' distributions


class Row(ABC):
    """One line of work that is measured."""

    name: str
    about: str  # in one line
    large: bool  # takes minutes and gigabytes: only with --large

    @abstractmethod
    def run(self, terms: Terms) -> Outcome:
        """Measures it. `Unavailable` where it cannot run here."""


# --- races ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Race(Row):
    """zoo and its peers at the same work, in turns."""

    name: str
    about: str
    start: Callable[[Terms], Contest]
    large: bool = False

    def run(self, terms: Terms) -> Outcome:
        contest = self.start(terms)
        sides: dict[str, list[Side]] = {"": [contest.ours]}
        notes: list[str] = []
        for peer in contest.peers:
            try:
                sides[peer.package] = sides_of(peer)
            except Unavailable as reason:
                notes.append(f"{peer.name} left out: {reason}")
        products, threads = contest.products, terms.threads
        rate = terms.rate(products, threads) if products else 0.0
        with load_of_others() as load:
            seconds, failed = take_turns([side for each in sides.values() for side in each], contest, terms)
        for side, why in failed.items():
            notes.append(f"{side.name} left out: {why}")
            package = next(name for name, each in sides.items() if side in each)
            sides[package] = [each for each in sides[package] if each is not side]
        sides = {package: each for package, each in sides.items() if each}
        rate = max(rate, terms.rate(products, threads)) if products else 0.0
        lines, more = lines_of(contest, sides, seconds)
        return Outcome(
            self.name,
            self.about,
            lines,
            operations(products) / rate if rate else None,
            f"{operations(products) / 1e9:,.2f} billion operations at {rate / 1e9:,.0f} billion a second"
            if rate
            else "",
            notes + more,
            load.busy,
            {side.name: times for side, times in seconds.items()},
            [peer.package for peer in contest.peers],
        )


def sides_of(peer: Peer) -> list[Side]:
    """The peer's sides, made ready; `Unavailable` where its package is not installed or cannot do the work."""
    if version_of(peer.package) is None:
        raise Unavailable(f"{peer.package} is not installed")
    try:
        sides = list(peer.sides())
    except Unavailable:
        raise
    except (Exception, SystemExit) as error:
        raise Unavailable(f"it failed when it was made ready: {in_short(error)}") from error
    if not sides:
        raise Unavailable(f"none of the variants of {peer.name} can do this work")
    return sides


def take_turns(
    sides: Sequence[Side], contest: Contest, terms: Terms
) -> tuple[dict[Side, list[float]], dict[Side, str]]:
    """Seconds per unit of every side in every round (of a whole: seconds of the round); and why a peer's side failed
    at its work: the others go on without it.

    Every second round goes backwards, so that nobody always follows the same neighbour.
    """
    seconds: dict[Side, list[float]] = {side: [] for side in sides}
    failed: dict[Side, str] = {}
    for number in range(contest.rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            if side in failed:
                continue
            gc.collect()
            time.sleep(terms.pause)
            try:
                taken = round_of(side, contest, terms)
            except (Exception, SystemExit) as error:
                if side is contest.ours:
                    raise
                failed[side] = f"it failed in round {number + 1}: {in_short(error)}"
                del seconds[side]
                continue
            seconds[side].append(taken if contest.whole else taken / contest.count)
    return seconds, failed


def round_of(side: Side, contest: Contest, terms: Terms) -> float:
    """Seconds of one round."""
    with side.around():
        if contest.warm_up:
            side.work(contest.warm_up)
        began = terms.clock()
        side.work(contest.count)
        return terms.clock() - began


def in_short(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__


def metrics_of(side: Side) -> Mapping[str, float]:
    """What came out of a peer's work; nothing where it cannot say."""
    try:
        return side.metrics()
    except Exception:
        return {}


def lines_of(
    contest: Contest, sides: Mapping[str, Sequence[Side]], seconds: Mapping[Side, Sequence[float]]
) -> tuple[list[Line], list[str]]:
    """zoo's line, then the fastest side of each peer with its ratio; a note of the variants that were slower."""
    together = math.fsum if contest.whole else statistics.median
    value = {side: together(times) for side, times in seconds.items()}
    ours, notes = contest.ours, []
    metrics = ours.metrics()
    goals = [f"{name} {goal:g}" for name, goal in contest.goals.items()]
    held = all(metrics.get(name, -math.inf) >= goal for name, goal in contest.goals.items()) if goals else None
    lines = [Line(ours.name, value[ours], contest.unit, None, ", ".join(goals), held, metrics)]
    for peer in contest.peers:
        if peer.package not in sides:
            continue
        ranked = sorted(sides[peer.package], key=lambda side: value[side])
        best = ranked[0]
        ratios = Spread.of([theirs / our for theirs, our in zip(seconds[best], seconds[ours], strict=True)])
        if contest.whole:
            ratios = Spread(value[best] / value[ours], ratios.low, ratios.high)
        goal = "" if peer.goal is None else f"{peer.goal:g} ×"
        reached = None if peer.goal is None else ratios.median >= peer.goal
        lines.append(Line(best.name, value[best], contest.unit, ratios, goal, reached, metrics_of(best)))
        if len(ranked) > 1:
            slower = ", ".join(f"{side.name} {duration(value[side])}" for side in ranked[1:])
            notes.append(f"{peer.name} at its fastest is {best.name}; slower: {slower}")
    return lines, notes


# --- bounds -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """A quantity that is to stay under a bound; `floor` is what cannot be gone below, where that is known."""

    value: float
    unit: str  # "s", "bytes" or "×", for a number of times
    bound: float | None
    floor: float | None = None
    floor_is: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Bound(Row):
    """One quantity of zoo's, held to a bound."""

    name: str
    about: str
    measure: Callable[[Terms], Measured]
    large: bool = False

    def run(self, terms: Terms) -> Outcome:
        with load_of_others() as load:
            found = self.measure(terms)
        goal = "" if found.bound is None else f"under {quantity(found.bound, found.unit)}"
        held = None if found.bound is None else found.value < found.bound
        line = Line("zoo", found.value, found.unit, None, goal, held, found.metrics, found.note)
        return Outcome(self.name, self.about, [line], found.floor, found.floor_is, (), load.busy)


# --- running ----------------------------------------------------------------------------------------------------------


def families() -> dict[str, list[Row]]:
    """The rows of every file here that has any, by the file's name."""
    import benchmarks

    found = {}
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if not module.name.startswith("_"):
            rows = getattr(importlib.import_module(f"benchmarks.{module.name}"), "ROWS", None)
            if rows is not None:
                found[module.name] = list(rows)
    return found


def run_rows(rows: Iterable[Row], terms: Terms, *, large: bool = False) -> Iterator[tuple[Row, Outcome | Unavailable]]:
    """The outcome of each row, or why there is none; a row that fails takes none of the others with it."""
    for row in rows:
        if row.large and not large:
            yield row, Unavailable("it takes minutes and gigabytes; ask for it with --large")
            continue
        try:
            yield row, row.run(terms)
        except Unavailable as reason:
            yield row, reason
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            yield row, Unavailable(f"it failed: {in_short(error)}")


def duration(seconds: float) -> str:
    """A time as people read it: "1.53 ms", "12.4 s"."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:,.0f} s"


def quantity(value: float, unit: str) -> str:
    """A value with its unit; any other unit than bytes and times is a kind of work, timed in seconds."""
    if unit == "×":
        return f"{value:.3g} ×"
    return f"{value / 1e6:,.0f} MB" if unit == "bytes" else duration(value)
