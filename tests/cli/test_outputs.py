"""Outputs are whole or not there: on a full disk and after signals nothing is left, and the next try succeeds."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zoo.cli import main
from zoo.platform import system

pytestmark = pytest.mark.skipif(system.WINDOWS, reason="this system knows no limits and no signals")

ROWS = "x,y\n" + "".join(f"{n / 100},{n / 200}\n" for n in range(800))
# Each takes more than LIMIT bytes.
OUTPUTS = {
    "a checkpoint": ("new.h5", ["train", "mlp", "--data", "moons", "--hidden", "4", "--epochs", "1", "--quiet"]),
    "predictions as CSV": ("answers.csv", ["predict", "moons", "--data", "rows.csv"]),
    "predictions as JSON": ("answers.json", ["predict", "moons", "--data", "rows.csv"]),
    "predictions as lines of JSON": ("answers.jsonl", ["predict", "moons", "--data", "rows.csv", "--probabilities"]),
    "samples": ("samples.png", ["sample", "bars", "--count", "9"]),
    "a picture": ("curves.png", ["plot", "moons", "--plot", "learning"]),
    "a package": ("package", ["new-plugin", "some-name"]),
}
LIMIT = 300


@contextlib.contextmanager
def limited(folder: Path) -> Iterator[None]:
    """No file may grow beyond a few bytes."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@contextlib.contextmanager
def filled(folder: Path) -> Iterator[None]:
    """The disk has no more than a page left."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "zoo-test", str(place)]
    if not sys.platform.startswith("linux") or os.geteuid() != 0 or subprocess.run(command).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fails_and_succeeds(
    name: str,
    folder: Path,
    full: Callable[[Path], contextlib.AbstractContextManager[None]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, command = OUTPUTS[name]
    (folder / "rows.csv").write_text(ROWS)
    before = sorted(os.listdir(folder))
    with full(folder):
        during = sorted(os.listdir(folder))
        code = main([*command, "--out", out])
        reported = capsys.readouterr().err.splitlines()
        assert sorted(os.listdir(folder)) == during
    assert code == 1
    assert reported[-1].startswith("zoo: error: ") and out in reported[-1], reported
    assert "file too large" in reported[-1].lower() or "no space left" in reported[-1].lower(), reported
    assert main([*command, "--out", out]) == 0, capsys.readouterr().err
    assert sorted(os.listdir(folder)) == sorted([*before, out])
    assert (folder / out).is_dir() or (folder / out).stat().st_size > LIMIT


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_limit_on_file_size_leaves_nothing(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fails_and_succeeds(name, folder, limited, capsys)


@pytest.mark.parametrize("name", ["a checkpoint", "predictions as CSV", "samples", "a picture", "a package"])
def test_a_full_disk_leaves_nothing(
    name: str, small_disk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(small_disk)
    fails_and_succeeds(name, small_disk, filled, capsys)


def test_models_that_are_compared_leave_nothing_half(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["compare", "mlp", "--data", "nand", "--epochs", "1", "--out", "models"]
    (folder / "models").mkdir()
    with limited(folder):
        assert main(command) == 1
    assert os.listdir(folder / "models") == []
    assert "file too large" in capsys.readouterr().out
    assert main(command) == 0
    assert os.listdir(folder / "models") == ["mlp.h5"]


# --- signals ----------------------------------------------------------------------------------------------------------

FILES = "from zoo.platform.output_files import new_folder, new_text\n"
HALF = {
    "a file": f"{FILES}with new_text('out', 'x') as file:\n    file.write('half')\n",
    "a folder": f"{FILES}with new_folder('out', 'x') as at:\n    (at / 'half').write_text('')\n",
    "a checkpoint": "from zoo.platform.atomic_write import replacing\n"
    "with replacing('out') as at:\n    os.write(at, b'half')\n",
}


def ended_by(kind: signal.Signals, half: str, folder: Path) -> int:
    """Runs a program that gets a signal in the middle of its output; how it ended."""
    program = f"import os, time\n{half}    os.kill(os.getpid(), {int(kind)})\n    time.sleep(20)\n"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, timeout=15
    ).returncode


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("name", HALF)
def test_a_signal_leaves_nothing(name: str, kind: signal.Signals, folder: Path) -> None:
    assert ended_by(kind, HALF[name], folder) == -kind
    assert os.listdir(folder) == []


@pytest.mark.parametrize("name", HALF)
def test_what_a_killed_process_leaves_is_removed_by_the_next(name: str, folder: Path) -> None:
    assert ended_by(signal.SIGKILL, HALF[name], folder) == -signal.SIGKILL
    hidden = [each for each in folder.rglob("*") if each.name.endswith(".part")]
    assert len(hidden) == 1 and hidden[0].name.startswith(".zoo-")
    assert not (folder / "out").is_file()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", f"import os\n{HALF[name]}"], cwd=folder, env=environment, check=True)
    assert os.listdir(folder) == ["out"]
    assert not list((folder / "out").glob(".*")) if (folder / "out").is_dir() else True


def test_handlers_of_the_caller_stay(folder: Path) -> None:
    from zoo.platform.output_files import new_text

    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    received: list[int] = []
    try:
        with new_text("one", "x"):
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
        with new_text("two", "x"):
            os.kill(os.getpid(), signal.SIGTERM)
        assert received == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)
    assert sorted(os.listdir(folder)) == ["one", "two"]
