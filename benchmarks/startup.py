"""How soon the command line answers, warm: from starting the process to its end."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import Bound, Measured, Terms


def start_of(*arguments: str, within: float) -> Callable[[Terms], Measured]:
    """The median time of `zoo ARGUMENT …`, in turns with a Python that does nothing; once untimed, to cache files."""

    def measure(terms: Terms) -> Measured:
        script = Path(sys.executable).with_name("zoo")
        zoo = [str(script)] if script.exists() else [sys.executable, "-m", "zoo"]
        commands = {"zoo": [*zoo, *arguments], "python": [sys.executable, "-c", "pass"]}
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(1 + terms.few(15, 1)):
            for name, command in commands.items():
                began = terms.clock()
                subprocess.run(command, check=True, capture_output=True)
                if number:
                    times[name].append(terms.clock() - began)
        median, floor = statistics.median(times["zoo"]), statistics.median(times["python"])
        metrics = {"fastest": min(times["zoo"]), "slowest": max(times["zoo"])}
        return Measured(median, "s", within, floor, "a Python that does nothing", metrics)

    return measure


ROWS = [
    Bound("zoo --help", "the start of the command line, warm", start_of("--help", within=0.3)),
    Bound("zoo list", "architectures and recipes from the catalogue, warm", start_of("list", within=0.5)),
]
