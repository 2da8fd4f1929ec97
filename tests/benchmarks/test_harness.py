"""The harness with clocks and sides whose times are known, and every row once in its quick mode."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as program
from benchmarks import machine
from benchmarks.__main__ import main
from benchmarks.harness import (
    Bound,
    Contest,
    Measured,
    Outcome,
    Peer,
    Race,
    Row,
    Side,
    Terms,
    Unavailable,
    families,
    quantity,
    run_rows,
)
from benchmarks.machine import operations, peak_memory, product_rate, this_machine
from benchmarks.report import TITLE, cells, notes, record, section


@dataclass
class Clock:
    """Time that passes only when somebody says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(eq=False)
class Paced(Side):
    """Takes so many seconds a unit: another pace in each round."""

    name: str
    clock: Clock
    paces: list[float]
    log: list[str] = field(default_factory=list)
    came_to: Mapping[str, float] = field(default_factory=dict)
    rounds: int = 0

    @contextmanager
    def around(self) -> Iterator[None]:
        self.clock.now += 1000.0  # what lies around a round is not timed
        yield
        self.clock.now += 1000.0
        self.rounds += 1

    def work(self, count: int) -> None:
        self.log.append(f"{self.name} {count}")
        self.clock.now += count * self.paces[self.rounds]

    def metrics(self) -> Mapping[str, float]:
        return self.came_to


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def terms(clock: Clock) -> Terms:
    return Terms(clock=clock, pause=0.0, rate=lambda products, threads: 1e9)


def race(contest: Contest, terms: Terms) -> Outcome:
    return Race("a race", "of paced sides", lambda terms: contest).run(terms)


# "numpy" and "click" stand for packages that are installed wherever zoo is.


def test_a_figure_is_the_median_of_the_rounds_and_a_ratio_that_of_the_rounds_ratios(clock: Clock, terms: Terms) -> None:
    ours = Paced("zoo", clock, [1.0, 2.0, 9.0])
    theirs = Paced("peer", clock, [2.0, 6.0, 9.0])
    outcome = race(
        Contest(ours, [Peer("numpy", "peer", lambda: [theirs], goal=1.5)], count=4, rounds=3, warm_up=2), terms
    )
    own, other = outcome.lines
    assert (own.value, other.value) == (2.0, 6.0)
    assert other.ratio is not None
    assert (other.ratio.low, other.ratio.median, other.ratio.high) == (1.0, 2.0, 3.0)
    assert (other.goal, other.held) == ("1.5 ×", True)
    assert outcome.rounds == {"zoo": [1.0, 2.0, 9.0], "peer": [2.0, 6.0, 9.0]}


def test_a_goal_that_is_missed_is_said_to_be(clock: Clock, terms: Terms) -> None:
    ours, theirs = Paced("zoo", clock, [1.0]), Paced("peer", clock, [1.49])
    outcome = race(Contest(ours, [Peer("numpy", "peer", lambda: [theirs], goal=1.5)], rounds=1), terms)
    assert outcome.lines[1].held is False
    assert any("✗" in cell for row in cells(outcome) for cell in row)


def test_sides_take_turns_and_every_second_round_goes_backwards(clock: Clock, terms: Terms) -> None:
    log: list[str] = []
    sides = [Paced(name, clock, [1.0, 1.0], log) for name in "abc"]
    peers = [Peer("numpy", "b", lambda: sides[1:2]), Peer("click", "c", lambda: sides[2:])]
    race(Contest(sides[0], peers, count=7, rounds=2, warm_up=0), terms)
    assert log == ["a 7", "b 7", "c 7", "c 7", "b 7", "a 7"]


def test_the_fastest_variant_of_a_peer_counts_and_the_others_are_named(clock: Clock, terms: Terms) -> None:
    ours = Paced("zoo", clock, [1.0])
    variants = [Paced("slow", clock, [5.0]), Paced("fast", clock, [3.0]), Paced("slowest", clock, [7.0])]
    outcome = race(Contest(ours, [Peer("numpy", "peer", lambda: variants)], rounds=1), terms)
    assert [line.who for line in outcome.lines] == ["zoo", "fast"]
    assert outcome.lines[1].ratio is not None and outcome.lines[1].ratio.median == 3.0
    assert outcome.notes == ["peer at its fastest is fast; slower: slow 5 s, slowest 7 s"]


def test_the_rounds_of_a_whole_are_added(clock: Clock, terms: Terms) -> None:
    ours = Paced("zoo", clock, [1.0, 2.0, 3.0], came_to={"accuracy": 0.97})
    theirs = Paced("peer", clock, [3.0, 3.0, 3.0], came_to={"accuracy": 0.96})
    contest = Contest(
        ours,
        [Peer("numpy", "peer", lambda: [theirs])],
        count=1,
        rounds=3,
        warm_up=0,
        whole=True,
        goals={"accuracy": 0.973},
    )
    own, other = race(contest, terms).lines
    assert (own.value, other.value) == (6.0, 9.0)
    assert other.ratio is not None
    assert (other.ratio.low, other.ratio.median, other.ratio.high) == (1.0, 1.5, 3.0)
    assert (own.goal, own.held, own.metrics) == ("accuracy 0.973", False, {"accuracy": 0.97})
    assert other.metrics == {"accuracy": 0.96}


def test_a_peer_that_is_not_installed_is_named_and_left_out(clock: Clock, terms: Terms) -> None:
    def never() -> list[Side]:
        raise AssertionError("the sides of a package that is not there are not made")

    missing = Peer("no-such-package-anywhere", "Nobody", never)
    outcome = race(Contest(Paced("zoo", clock, [1.0]), [missing], rounds=1), terms)
    assert [line.who for line in outcome.lines] == ["zoo"]
    assert outcome.notes == ["Nobody left out: no-such-package-anywhere is not installed"]


def test_a_peer_that_cannot_do_the_work_is_named_with_its_reason(clock: Clock, terms: Terms) -> None:
    def unable() -> list[Side]:
        raise Unavailable("it has no maxout")

    outcome = race(Contest(Paced("zoo", clock, [1.0]), [Peer("numpy", "peer", unable)], rounds=1), terms)
    assert outcome.notes == ["peer left out: it has no maxout"]


@dataclass(eq=False)
class Failing(Paced):
    """Fails at its work from a round on, as a library does whose compiled part is not there."""

    first: int = 0

    def work(self, count: int) -> None:
        if self.rounds >= self.first:
            raise SystemExit if self.first else RuntimeError("no compiled part\nhere")
        super().work(count)


@pytest.mark.parametrize(
    ("first", "why"), [(0, "in round 1: RuntimeError: no compiled part here"), (1, "in round 2: S")]
)
def test_a_peer_that_fails_at_its_work_is_named_and_loses_nothing(
    clock: Clock, terms: Terms, first: int, why: str
) -> None:
    """The other peers, and its own variant that works, are measured to the end."""
    ours, good = Paced("zoo", clock, [1.0, 1.0]), Paced("good", clock, [3.0, 3.0])
    bad, variant = Failing("bad", clock, [1.0, 1.0], first=first), Paced("variant", clock, [5.0, 5.0])
    peers = [Peer("numpy", "peer", lambda: [bad, variant]), Peer("click", "good", lambda: [good])]
    outcome = race(Contest(ours, peers, rounds=2), terms)
    assert [(line.who, line.value) for line in outcome.lines] == [("zoo", 1.0), ("variant", 5.0), ("good", 3.0)]
    assert outcome.notes[0].startswith("bad left out: it failed in round") and why in outcome.notes[0]
    ours = Paced("zoo", clock, [1.0])
    alone = race(Contest(ours, [Peer("numpy", "peer", lambda: [Failing("bad", clock, [1.0])])], rounds=1), terms)
    assert [line.who for line in alone.lines] == ["zoo"]


def test_a_peer_that_cannot_be_made_ready_is_named(clock: Clock, terms: Terms) -> None:
    def broken() -> list[Side]:
        raise ImportError("libgomp.so.1")

    outcome = race(Contest(Paced("zoo", clock, [1.0]), [Peer("numpy", "peer", broken)], rounds=1), terms)
    assert outcome.notes == ["peer left out: it failed when it was made ready: ImportError: libgomp.so.1"]


def test_a_row_that_fails_takes_no_other_with_it(terms: Terms) -> None:
    def broken(terms: Terms) -> Measured:
        raise ZeroDivisionError("division by zero")

    rows: list[Row] = [Bound("a", "", broken), Bound("b", "", lambda terms: Measured(1.0, "s", None))]
    first, second = (outcome for _, outcome in run_rows(rows, terms))
    assert str(first) == "it failed: ZeroDivisionError: division by zero" and isinstance(second, Outcome)


def test_data_are_found_beside_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the variable names a folder."""
    monkeypatch.setattr(program, "RESULTS", tmp_path / "zoo" / "benchmarks" / "RESULTS.md")
    monkeypatch.delenv("ZOO_DATA", raising=False)
    program.find_data()
    assert "ZOO_DATA" not in os.environ
    (tmp_path / "shared" / "data").mkdir(parents=True)
    program.find_data()
    assert os.environ["ZOO_DATA"] == str(tmp_path / "shared" / "data")
    monkeypatch.setenv("ZOO_DATA", "elsewhere")
    program.find_data()
    assert os.environ["ZOO_DATA"] == "elsewhere"


def test_the_limit_is_the_operations_over_the_measured_rate(clock: Clock, terms: Terms) -> None:
    contest = Contest(Paced("zoo", clock, [1.0]), products=[(100, 200, 50), (1, 1, 1)], rounds=1)
    outcome = race(contest, terms)
    assert outcome.limit == pytest.approx((2 * 100 * 200 * 50 + 2) / 1e9)
    assert operations([(128, 784, 512)]) == 2 * 128 * 784 * 512


def test_a_bound_is_held_by_what_lies_under_it(terms: Terms) -> None:
    def measured(value: float) -> Callable[[Terms], Measured]:
        return lambda terms: Measured(value, "bytes", 200e6, 50e6, "the data once")

    held, broken = (Bound("memory", "of a training", measured(value)).run(terms) for value in (199e6, 200e6))
    assert (held.lines[0].held, broken.lines[0].held) == (True, False)
    assert notes(held)[0] == "memory: limit: the data once, 25% of what zoo takes"


def test_large_rows_and_rows_that_cannot_run_here_are_told_not_run(terms: Terms) -> None:
    def unable(terms: Terms) -> Measured:
        raise Unavailable("there is no such file")

    def fine(terms: Terms) -> Measured:
        return Measured(1.0, "s", None)

    rows: list[Row] = [Bound("a", "", unable), Bound("b", "", fine, large=True), Bound("c", "", fine)]
    without = [outcome for _, outcome in run_rows(rows, terms)]
    assert str(without[0]) == "there is no such file"
    assert isinstance(without[1], Unavailable) and "--large" in str(without[1])
    assert isinstance(without[2], Outcome)
    assert isinstance([outcome for _, outcome in run_rows(rows, terms, large=True)][1], Outcome)


def test_recording_a_family_keeps_the_others(tmp_path, clock: Clock, terms: Terms) -> None:
    outcome = race(Contest(Paced("zoo", clock, [1.0]), rounds=1), terms)
    results = tmp_path / "RESULTS.md"
    this = this_machine(())

    def of(family: str, date: str) -> dict[str, str]:
        return {family: section(family, this, 2, date, [outcome], {"big": "not asked for"})}

    record(results, of("som", "2001-01-01"))
    record(results, of("art", "2002-02-02"))
    record(results, of("som", "2003-03-03"))
    text = results.read_text(encoding="utf-8")
    assert text.startswith(TITLE)
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## art", "## som"]
    assert "2002-02-02" in text and "2003-03-03" in text and "2001-01-01" not in text
    assert "| a race | zoo | 1 s |" in text
    assert "- big was not measured: not asked for" in text


# --- the machine ------------------------------------------------------------------------------------------------------


def test_the_product_rate_is_one_a_processor_can_have() -> None:
    rate = product_rate([(64, 64, 64)], threads=1, seconds=1e-3, turns=2)
    assert 1e8 < rate < 1e14


def test_the_rate_is_the_best_of_the_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With products that all take one second, the largest shape has the best rate."""
    monkeypatch.setattr(machine, "multipliers", lambda: iter([lambda a, b, out, threads: lambda: None]))
    monkeypatch.setattr(machine, "_timed", lambda once, count: float(count))
    assert product_rate([(2, 3, 4)], threads=1) == operations([machine.SQUARE])
    assert product_rate([(2000, 2000, 2000)], threads=1) == operations([(2000, 2000, 2000)])


def test_the_peak_of_memory_counts_what_was_given_back() -> None:
    before = peak_memory()
    if before is None:
        pytest.skip("this system does not say how much memory a process took at most")
    size = before + 2**26  # more than the process ever had
    held = np.ones(size, np.uint8)
    assert held[-1] == 1
    del held
    peak = peak_memory()
    assert peak is not None and peak >= size


def test_others_at_work_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([10.0, 10.4])
    monkeypatch.setattr(machine, "_busy_seconds", lambda: next(seconds))
    with machine.load_of_others() as load:
        time.sleep(0.1)
    assert load.busy is not None and 2.0 < load.busy <= 4.0


# --- every row --------------------------------------------------------------------------------------------------------

# The first of each family always, the others where slow tests are asked for: a race warms up, however quick.
EVERY = [
    pytest.param(family, row, id=f"{family}: {row.name}", marks=pytest.mark.slow if number else ())
    for family, rows in families().items()
    for number, row in enumerate(rows)
]


@pytest.mark.parametrize(("family", "row"), EVERY)
def test_each_row_runs_once_in_quick_mode(family: str, row: Row) -> None:
    quick = Terms(threads=1, quick=True, pause=0.0, rate=lambda products, threads: 1e12)
    try:
        outcome = row.run(quick)
    except Unavailable as reason:
        pytest.skip(str(reason))
    assert outcome.lines[0].who.startswith("zoo")
    for line in outcome.lines:
        assert 0 < line.value < math.inf
        assert all(math.isfinite(value) for value in line.metrics.values())
    for line in outcome.lines[1:]:
        assert line.ratio is not None and 0 < line.ratio.low <= line.ratio.high
    assert len(cells(outcome)) == len(outcome.lines)


def test_names_of_rows_are_unique_within_a_family() -> None:
    for rows in families().values():
        assert len({row.name for row in rows}) == len(rows)


def test_the_command_writes_all_it_measured_as_json(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "measured.json"
    assert main(["startup", "--quick", "--row", "zoo --help", "--json", str(file)]) == 0
    reported = json.loads(file.read_text())
    (outcome,) = reported["families"]["startup"]
    assert outcome["row"] == "zoo --help" and outcome["lines"][0]["value"] > 0
    assert reported["machine"]["versions"]["numpy"] == np.__version__
    assert "zoo --help" in capsys.readouterr().out


def test_an_unknown_family_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedfoward"]) == 2
    assert "did you mean 'feedforward'?" in capsys.readouterr().err


def test_what_is_recorded_is_never_from_the_quick_mode(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["startup", "--quick", "--record"]) == 2
    assert "--record" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.5e-5, "step", "15 µs"),
        (0.00153, "step", "1.53 ms"),
        (12.44, "training", "12.4 s"),
        (1234.0, "s", "1,234 s"),
        (2.5e8, "bytes", "250 MB"),
        (1.04, "×", "1.04 ×"),
    ],
)
def test_quantities_are_told_in_the_unit_that_suits_them(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text
