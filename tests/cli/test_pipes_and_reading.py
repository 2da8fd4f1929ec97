"""Data may come through a pipe; what takes long to read is reported while it is read."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.cli import piped, reading_bar
from zoo.cli.app import main
from zoo.cli.reading_bar import ReadingBar
from zoo.data import open_dataset
from zoo.data.readers import encoding
from zoo.data.readers.csv import cut
from zoo.errors import DataError
from zoo.platform.reading import listening

TABLE = ("a,b\n" + "".join(f"{n}.5,{n % 2}\n" for n in range(60))).encode()


def shell(command: str, folder: Path, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    python = f"{sys.executable} -m zoo"
    return subprocess.run(
        ["bash", "-c", command.replace("zoo", python, 1)], cwd=folder, input=data, capture_output=True
    )


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no names")
def test_data_come_through_pipes(tmp_path: Path) -> None:
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(TABLE))
    train = "zoo train logistic --epochs 1 --out {}.h5 --data"
    done = shell(train.format("one") + " -", tmp_path, gzip.compress(TABLE))
    assert done.returncode == 0 and piped.UNREMEMBERED.encode() in done.stderr, done.stderr
    done = shell(train.format("two") + "=<(gunzip -c d.csv.gz)", tmp_path)
    assert done.returncode == 0, done.stderr
    predict = "zoo predict one.h5 --keep a --data"
    first = shell(f"{predict} d.csv.gz", tmp_path).stdout
    assert len(first.splitlines()) == 61
    assert (
        shell(f"{predict} <(cat d.csv.gz)", tmp_path).stdout == shell(f"{predict} -", tmp_path, TABLE).stdout == first
    )
    assert b"60 rows" in shell("zoo show -", tmp_path, TABLE).stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names")
def test_pipes_that_bring_nothing_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert main(["train", "logistic", "--data", str(tmp_path / "pipe")]) == 1
    assert "nothing came through the pipe" in capsys.readouterr().err
    with pytest.raises(DataError, match="is a pipe, expected a plain file"):
        open_dataset(tmp_path / "pipe")


def test_a_pipe_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piped, "MOST", 1000)
    with pytest.raises(DataError, match="which may have no end; write them to a file"):
        piped._copy(io.BytesIO(b"x" * 1001), (tmp_path / "kept").open("wb"), "pipe")
    assert list(piped._places(["train", "mlp", "--data", "-", "--", "--data", "-"])) == [3]


@pytest.mark.parametrize("name", ["t.txt", "t.csv", "t.csv.gz"])
def test_reading_is_reported(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "PIECE", 1000)
    monkeypatch.setattr(cut, "BLOCK", 1000)
    random = np.random.default_rng(0)
    content = b"a,b\n" + b"".join(b"%f,%f\n" % tuple(row) for row in random.random((5000, 2)))
    content = b"words and words\n" * 5000 if name == "t.txt" else content
    content = gzip.compress(content) if name.endswith("gz") else content
    (path := tmp_path / name).write_bytes(content)
    heard: list[tuple[Any, ...]] = []
    with listening(lambda *report: heard.append(report)):
        open_dataset(path)
    own = [(done, total) for what, done, total in heard if what == f"reading {name}"]
    amounts = [done for done, _ in own if done is not None]
    assert amounts == sorted(amounts) or name == "t.txt"  # which is gone through twice
    assert own[-1][0] is None and {total for _, total in own} == {len(content)} and max(amounts) == len(content)
    assert len({*amounts}) > 5 or name.endswith("gz")  # of which much is read ahead


def test_a_bar_is_drawn_after_a_second_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    import rich.console

    screen = io.StringIO()
    console = rich.console.Console(file=screen, force_terminal=True, width=80)
    monkeypatch.setattr(rich.console, "Console", lambda **given: console)
    now = [0.0]
    monkeypatch.setattr(reading_bar.time, "monotonic", lambda: now[0])
    bar = ReadingBar()
    for step in range(9):
        now[0] = step / 10
        bar("reading [red]x.csv", step, 20)
    assert bar.progress is None and not screen.getvalue()
    now[0] = 1.2
    bar("reading [red]x.csv", 12, 20)
    assert bar.progress is not None and "reading [red]x.csv" in screen.getvalue()
    bar("reading [red]x.csv", None, 20)
    assert bar.progress is None
