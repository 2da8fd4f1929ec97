"""How soon the command line answers with fifty plugin packages installed, each of which imports something heavy."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness import Bound, Measured, Terms

PACKAGES = 50

# A package that imports what scientific packages do, then loses as much time again as a library of compiled code would.
MODULE = """
import time
import numpy, h5py, concurrent.futures, email, http.client, unittest, xml.dom.minidom
time.sleep(0.2)
from dataclasses import dataclass
from typing import ClassVar
import zoo

@dataclass(frozen=True)
class Network(zoo.Architecture):
    name: ClassVar = "heavy-NUMBER"
    family: ClassVar = "heavy"
    summary: ClassVar = "number NUMBER"
    tasks: ClassVar = ("classification",)
    data: ClassVar = "moons"
    settings: ClassVar = zoo.TrainingSettings()

    def shapes(self, signature):
        yield "W", (signature.inputs, signature.outputs)

    def build(self, signature, stream):
        raise NotImplementedError

    def phases(self, plan):
        return []

@zoo.hookimpl
def zoo_architectures():
    return [Network]
"""


@contextmanager
def installed(count: int) -> Iterator[dict[str, str]]:
    """The environment of a process that has so many packages beside zoo's own, and a catalogue of its own."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        for number in range(count):
            package = site / f"zoo_heavy_{number}"
            package.mkdir(parents=True)
            (package / "__init__.py").write_text(MODULE.replace("NUMBER", str(number)))
            for part in range(10):  # files that decide whether what is remembered still holds
                (package / f"part_{part}.py").write_text("")
            about = site / f"zoo_heavy_{number}-1.0.dist-info"
            about.mkdir()
            (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: zoo-heavy-{number}\nVersion: 1.0\n")
            (about / "entry_points.txt").write_text(f"[zoo]\nheavy-{number} = zoo_heavy_{number}\n")
        yield {**os.environ, "PYTHONPATH": str(site), "ZOO_CACHE": str(Path(folder) / "cache")}


def answer_of(*arguments: str, within: float) -> Callable[[Terms], Measured]:
    """The median time of `zoo ARGUMENT …` once the packages are remembered, in turns with a Python without work."""

    def measure(terms: Terms) -> Measured:
        count = terms.few(PACKAGES, 3)
        with installed(count) as environment:
            commands = {
                "zoo": [sys.executable, "-m", "zoo", *arguments],
                "python": [sys.executable, "-c", "pass"],
            }

            processor: list[float] = []

            def run(command: list[str], expected: bytes = b"") -> float:
                before, began = os.times(), terms.clock()
                done = subprocess.run(command, check=True, capture_output=True, env=environment)
                taken, after = terms.clock() - began, os.times()
                assert expected in done.stdout
                if command is commands["zoo"]:
                    user = after.children_user - before.children_user
                    processor.append(user + after.children_system - before.children_system)
                return taken

            last = f"heavy-{count - 1}".encode()
            cold = run([sys.executable, "-m", "zoo", "list"], last)
            times: dict[str, list[float]] = {name: [] for name in commands}
            for number in range(1 + terms.few(15, 1)):
                for name, command in commands.items():
                    taken = run(command, last if "list" in command else b"")
                    if number:
                        times[name].append(taken)
        metrics = {"fastest": min(times["zoo"]), "slowest": max(times["zoo"]), "first_time": cold}
        metrics["processor_time"] = statistics.median(processor)  # what it takes where nothing else runs
        floor = statistics.median(times["python"])
        return Measured(statistics.median(times["zoo"]), "s", within, floor, "a Python that does nothing", metrics)

    return measure


ROWS = [
    Bound("zoo --help, 50 plugins", "help, which looks into no plugin, warm", answer_of("--help", within=0.3)),
    Bound("zoo list, 50 plugins", "what fifty packages offer, as remembered, warm", answer_of("list", within=0.6)),
]
