"""A process of its own for what is measured of a whole process: its peak of memory, its start.

    python -m benchmarks.child REPORT [ARGUMENT …]      # `zoo ARGUMENT …`; what it took goes into the file REPORT

Without arguments it imports what training imports, and does nothing: what no training can take less than.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import Unavailable


@dataclass(frozen=True)
class Taken:
    """What a process took, and what it errors on standard error."""

    peak: int  # bytes
    seconds: float
    errors: str


def taken_by(arguments: Sequence[str], folder: Path) -> Taken:
    """Runs the command line with these arguments in `folder`, in a process of its own."""
    with tempfile.TemporaryDirectory() as reports:
        report = Path(reports) / "report.json"
        root = str(Path(__file__).resolve().parents[1])
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.child", str(report), *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"zoo {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
        peak = json.loads(report.read_text())["peak"]
    if peak is None:
        raise Unavailable("this system does not say how much memory a process took at most")
    return Taken(peak, seconds, done.stderr)


def main(report: str, *arguments: str) -> int:
    """Does the work and writes what it took."""
    from benchmarks.machine import peak_memory

    code = 0
    if arguments:
        from zoo.cli import main as command_line

        code = command_line(list(arguments))
    else:
        import zoo.training.run  # noqa: F401
    Path(report).write_text(json.dumps({"peak": peak_memory()}))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
