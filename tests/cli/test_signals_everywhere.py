"""Signals at twenty moments of every stage of a training, for one recipe of each family.

Stages: until the data are read and the net is built, learning, the save when the last batch is done, and measuring.
Run with `pytest -m slow tests/commands/test_signals_everywhere.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from zoo import checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="it forks a process that has imported zoo"),
]

MOMENTS = int(os.environ.get("ZOO_TEST_MOMENTS", "20"))  # of each stage
RESUMED = 5  # of so many runs that can be resumed one is, to the bits of an undisturbed one
STAGES = ("start", "learn", "save", "measure")
KINDS: Mapping[str, Sequence[signal.Signals]] = {
    "SIGINT": [signal.SIGINT],
    "SIGINT twice": [signal.SIGINT, signal.SIGINT],
    "SIGTERM": [signal.SIGTERM],
    "SIGKILL": [signal.SIGKILL],
}
SOON = 2.0  # seconds within which the second signal ends a training; a loaded machine gets more
SLACK = 6.0
FAMILIES = {  # the recipes that bear their architectures' names, smaller
    "feedforward": ("mlp", "--hidden", "64", "--batch-size", "250", "--epochs", "4"),
    "convolutional": ("cnn", "--channels", "2,4", "--batch-size", "250", "--epochs", "2"),
    "recurrent": ("lstm", "--hidden", "16", "--batch-size", "16", "--epochs", "3"),
    "boltzmann": ("rbm", "--hidden", "32", "--batch-size", "250", "--epochs", "2", "--annealing-steps", "500"),
    "som": ("som",),
    "rbf": ("rbf",),
    "art": ("fuzzy-art",),
}


@dataclass
class Ended:
    """A command that has ended."""

    code: int
    at: float  # seconds of the monotonic clock
    lines: list[str]  # of standard error
    said: str  # on standard output
    file: Path


class Commands:
    """Runs `zoo train`, one after another, in forks of a process that has imported it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0
        self._server = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("forked_commands.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            cwd=folder,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # it forks, so it has no threads
        )

    def close(self) -> None:
        self._server.communicate()

    def _answer(self) -> dict[str, float]:
        assert self._server.stdout is not None
        found: dict[str, float] = json.loads(self._server.stdout.readline())
        return found

    def start(self, *arguments: str, file: Path | None = None) -> None:
        self._count += 1
        self.file = file or self.folder / f"{self._count}.h5"
        self.log, self.out = self.folder / f"{self._count}.err", self.folder / f"{self._count}.out"
        self.log.touch()
        target = ("--resume", str(file)) if file else (*arguments, "--out", str(self.file))
        job = {
            "arguments": ["train", *target, "--threads", "2", "--save-every", "1epoch"],
            "log": str(self.log),
            "out": str(self.out),
        }
        assert self._server.stdin is not None
        self._server.stdin.write(f"{json.dumps(job)}\n")
        self.process = int(self._answer()["pid"])
        self.begun = time.monotonic()

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def times_of_lines(self) -> list[float]:
        """Until the command has printed its last metrics: seconds from its beginning to each line, and to its end."""
        found: list[float] = []
        while not (self.out.exists() and "saved" in self.out.read_text()):
            found += [time.monotonic() - self.begun] * (len(self.lines()) - len(found))
            time.sleep(0.001)
        return [*found, time.monotonic() - self.begun]

    def wait_for_lines(self, count: int) -> None:
        end = time.monotonic() + 60
        while len(self.lines()) < count and time.monotonic() < end:
            time.sleep(0.0005)

    def send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, number)

    def ended(self) -> Ended:
        found = self._answer()
        said = self.out.read_text() if self.out.exists() else ""
        return Ended(int(found["code"]), found["ended"], self.lines(), said, self.file)


@dataclass
class Undisturbed:
    """A training to its end: after how many lines each stage begins, how long it lasts, and what it comes to."""

    commands: Commands
    arguments: Sequence[str]
    begins: dict[str, int]
    seconds: dict[str, float]
    epochs: list[tuple[str, int]]
    weights: dict[str, bytes]


@pytest.fixture(scope="module", params=FAMILIES)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    commands, arguments = Commands(tmp_path_factory.mktemp(request.param)), FAMILIES[request.param]
    try:
        commands.start(*arguments)
        times = commands.times_of_lines()
        end = commands.ended()
        assert end.code == 0, end.lines
        training = next(place for place, line in enumerate(end.lines) if line.startswith("training "))
        measuring = next(place for place, line in enumerate(end.lines) if line.startswith("measuring"))
        begins = dict(zip(STAGES, (0, training + 1, measuring, measuring + 1), strict=True))
        edges = [0.0, times[training], times[measuring - 1], times[measuring], times[-1]]
        seconds = {stage: edges[place + 1] - edges[place] for place, stage in enumerate(STAGES)}
        yield Undisturbed(commands, arguments, begins, seconds, epochs_in(end.lines), weights_in(end.file))
    finally:
        commands.close()


def epochs_in(lines: Sequence[str]) -> list[tuple[str, int]]:
    """(phase, epoch) of each epoch that was reported."""
    found = [re.match(r"([\w-]+) (\d+)/\d+  ", line) for line in lines]
    return [(match[1], int(match[2])) for match in found if match]


def in_file(whole: Undisturbed, file: Path) -> int:
    """How many of the epochs that an undisturbed training tells are in a file."""
    position = checkpoint.read(file).manifest["position"]
    phases = list(dict.fromkeys(phase for phase, _ in whole.epochs))
    here = (position["phase"], position["epoch"])
    return sum((phases.index(phase), epoch) <= here for phase, epoch in whole.epochs)


def weights_in(file: Path) -> dict[str, bytes]:
    arrays = checkpoint.read(file).arrays
    return {name: array.tobytes() for name, array in arrays.items() if name.startswith(("weights/", "best/"))}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_signals_at_twenty_moments(whole: Undisturbed, kind: str, stage: str) -> None:
    moments = random.Random(f"{whole.arguments[0]} {kind} {stage}")
    slowest = 0.0
    for number in range(MOMENTS):
        waited = whole.seconds[stage] * (number + moments.random()) / MOMENTS
        whole.commands.start(*whole.arguments)
        whole.commands.wait_for_lines(whole.begins[stage])
        time.sleep(waited)
        for place, sent in enumerate(KINDS[kind]):
            time.sleep(moments.uniform(0.002, 0.3) if place else 0.0)
            whole.commands.send(sent)
        sent_at = time.monotonic()
        end = whole.commands.ended()
        slowest = max(slowest, end.at - sent_at)
        if end.at - sent_at > 1.5:
            print(f"{end.at - sent_at:.2f} s", end)
        if len(KINDS[kind]) > 1:
            assert end.at - sent_at < SOON + SLACK, (end.at - sent_at, end.lines)
        check(whole, end, KINDS[kind])
        if number % RESUMED == 0 and end.file.exists():
            whole.commands.start(file=end.file)
            resumed = whole.commands.ended()
            assert resumed.code == 0, resumed.lines
            assert weights_in(end.file) == whole.weights
        end.file.unlink(missing_ok=True)
    print(f"{whole.arguments[0]}, {stage}, {kind}: {slowest:.2f} s at most")


def check(whole: Undisturbed, end: Ended, sent: Sequence[signal.Signals]) -> None:
    """The exit code and the last lines are true, and the file holds what they say."""
    first, text = sent[0], "\n".join([*end.lines, end.said])
    assert "mistake" not in text and "Traceback" not in text and "Exception ignored" not in text, text
    if end.code == 0:  # it came too late, or two of one kind became one
        assert "saved" in end.said
        assert weights_in(end.file) == whole.weights
        return
    if not any(line.startswith("training ") for line in end.lines):
        assert end.code in (-first, 128 + first), (end.code, text)
        if end.file.exists():
            checkpoint.read(end.file)
        return
    assert end.code == (-first if first == signal.SIGKILL else 128 + first), (end.code, text)
    epochs, done = len(epochs_in(end.lines)), in_file(whole, end.file)
    # What was handed over to be written may be lost with the process, and the last epoch was not handed over yet.
    ends_at_once = first == signal.SIGKILL or len(sent) > 1
    assert done >= epochs - (2 if ends_at_once else 0), (done, text)
    if any(line.startswith("measuring") for line in end.lines) or "all epochs are done" in text:
        assert done == len(whole.epochs), (done, text)
    if first != signal.SIGKILL:
        assert "zoo train --resume" in (end.said or end.lines[-1]), text
