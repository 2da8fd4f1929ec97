"""Signals at every moment of a training: the file is never more than one save behind, the second signal ends it soon,
exit codes and last lines are true."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zoo import checkpoint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently on Windows")

KINDS = {
    "SIGINT": [signal.SIGINT],
    "SIGINT twice": [signal.SIGINT, signal.SIGINT],
    "SIGTERM": [signal.SIGTERM],
    "SIGKILL": [signal.SIGKILL],
}
SOON = 2.0  # seconds within which the second signal ends a training; a loaded machine gets more
SLACK = 8.0
MOONS = ("mlp", "--data", "moons", "--hidden", "4", "--epochs", "40", "--threads", "1")
LIKELIHOOD = ("rbm", "--epochs", "1", "--annealing-steps", "1000000", "--threads", "2")
LATE = """
import atexit, os, signal, sys
from zoo.cli import main

number = getattr(signal, sys.argv.pop(1))

class AtTheVeryEnd:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=number, write=os.write):
        write(2, b"sent at the very end\\n")
        kill(pid, number)

def after():
    os.write(2, b"sent after the command\\n")
    os.kill(os.getpid(), number)

sys.kept = AtTheVeryEnd()
atexit.register(after)
sys.exit(main())
"""


def signals_as_from_a_terminal() -> None:
    """In the child: nothing is ignored, however these tests were started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Training:
    """`zoo train` in a process of its own, which saves after every epoch."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.file = folder / "net.h5"
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "zoo", "train", *arguments, "--save-every", "1epoch", "--out", str(self.file)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                preexec_fn=signals_as_from_a_terminal,
            )

    def wait_for(self, beginning: str) -> None:
        for _ in range(6000):
            if any(line.startswith(beginning) for line in self.lines()):
                return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.01)
        raise AssertionError(f"no line began with {beginning!r}")

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def end(self, signals: list[signal.Signals]) -> None:
        """Sends the signals and looks at what is left."""
        for number in signals:
            self.process.send_signal(number)
            time.sleep(0.02)
        begun = time.monotonic()
        out, _ = self.process.communicate(timeout=120)
        lines, code = self.lines(), self.process.returncode
        if len(signals) > 1:
            assert time.monotonic() - begun < SOON + SLACK
        first = signals[0]
        ours = any(line.startswith("training ") for line in lines)
        if not ours:
            assert code in (0, 1, -first, 128 + first)  # amid the start, where Python's own ways may be taken
            return
        assert code in ({0, -first} if first == signal.SIGKILL else {0, 128 + first}), lines  # 0: it had ended
        file = checkpoint.read(self.file)
        epochs = sum(1 for line in lines if re.match(r"[\w-]+ \d+/\d+  ", line))
        behind = 0 if first != signal.SIGKILL and len(signals) == 1 else 2  # the last was not handed over yet
        assert recorded(file) >= epochs - behind, (recorded(file), lines)
        if code == 128 + first:
            assert "zoo train --resume" in (out + lines[-1])
        if "all epochs are done" in out or any(line.startswith("measuring") for line in lines):
            assert recorded(file) == epochs, lines


def recorded(file: checkpoint.Checkpoint) -> int:
    """Epochs in a checkpoint's history, of all phases."""
    longest: dict[str, int] = {}
    for name, array in file.arrays.items():
        if name.startswith("history/"):
            phase = name.split("/")[1]
            longest[phase] = max(longest.get(phase, 0), len(array))
    return sum(longest.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_signal_while_it_learns(tmp_path: Path, kind: str) -> None:
    training = Training(tmp_path, *MOONS)
    training.wait_for("train 5/40")
    training.end(KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_signal_while_a_likelihood_is_estimated(tmp_path: Path, kind: str) -> None:
    """An estimate of minutes, after which nothing is lost and which nobody has to wait for."""
    training = Training(tmp_path, *LIKELIHOOD)
    training.wait_for("measuring")
    begun = time.monotonic()
    training.end(KINDS[kind])
    assert time.monotonic() - begun < SOON + SLACK


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_signal_while_the_program_starts(tmp_path: Path, kind: str) -> None:
    """At twenty moments from the start of Python to the beginning of the training; test_signals_everywhere has later
    ones."""
    begun = time.monotonic()
    training = Training(tmp_path, *MOONS)
    training.wait_for("training ")
    seconds = time.monotonic() - begun
    training.end([signal.SIGKILL])
    for moment in range(20):
        training.file.unlink(missing_ok=True)
        training = Training(tmp_path, *MOONS)
        time.sleep(seconds * (moment + 0.5) / 20)
        training.end(KINDS[kind])
        assert "mistake" not in training.log.read_text()


def test_a_signal_after_a_finished_training_changes_no_exit_code(tmp_path: Path) -> None:
    """Sent while Python shuts down, when it has given other handlers back."""
    late = tmp_path / "late.py"
    late.write_text(LATE)
    for name in ("SIGINT", "SIGTERM"):
        out = str(tmp_path / f"{name}.h5")
        command = [sys.executable, str(late), name, "train", *MOONS[:-4], "--epochs", "1", "--out", out]
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, preexec_fn=signals_as_from_a_terminal
        )
        assert ended.returncode == 0, ended.stderr
        assert "sent after the command" in ended.stderr and "sent at the very end" in ended.stderr
        assert recorded(checkpoint.read(Path(out))) == 1
