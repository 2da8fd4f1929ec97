"""Hostile data and recipes: each refused in one line that names it, or read right; nothing else is opened."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile_data
import numpy as np
import pytest
from hostile_data import FILES, FOLDERS, PLACES, RECIPES, SECRET, Case, long_tables

import zoo
from zoo.data.readers import READERS
from zoo.errors import DataError

LINUX = sys.platform == "linux"
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")


def made(folder: Path, name: str, case: Case, ending: str) -> Path:
    place = folder / "".join(each if each.isalnum() else "_" for each in name)
    place.mkdir(parents=True)
    (place / "secret.txt").write_bytes(SECRET)
    path = place / f"data{ending}"
    case.make(path)
    return path


class Reader:
    """A process that opens data, one case after the other; begun again where one has ended it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.started = folder, 0
        self.process: subprocess.Popen[str] | None = None

    def ask(self, cases: list[Any], warm: list[Any]) -> list[Any]:
        if self.process is None:
            self.started += 1
            own, errors = self.folder / f"own{self.started}", self.folder / f"errors{self.started}"
            own.mkdir()
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("hostile_process.py")), str(own)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors.open("w"),
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "MALLOC_ARENA_MAX": "1"},
            )
        assert self.process.stdin is not None and self.process.stdout is not None
        guard = threading.Timer(1500, self.process.kill)
        guard.start()
        self.process.stdin.write(json.dumps({"warm": warm, "cases": cases}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        guard.cancel()
        if not answer:
            self.end()
            pytest.fail((self.folder / f"errors{self.started}").read_text()[-2000:])
        return list(json.loads(answer))

    def end(self) -> None:
        if self.process is not None:
            assert self.process.stdin is not None and self.process.stdout is not None
            self.process.stdin.close()
            self.process.wait(20)
            self.process.stdout.close()
            self.process = None


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    found = Reader(tmp_path_factory.mktemp("reader"))
    yield found
    found.end()


def answers(reader: Reader, folder: Path, cases: dict[str, Case], ending: str, warm: list[Any]) -> list[Any]:
    """What a process of its own makes of the cases, one after the other."""
    paths = [made(folder, name, case, ending) for name, case in cases.items()]
    reported = reader.ask([(str(path), case.options) for path, case in zip(paths, cases.values(), strict=True)], warm)
    assert len(reported) == len(cases)
    if (folder / "deep").exists():  # too deep for pytest to remove
        subprocess.run(["rm", "-rf", str(folder / "deep")], check=True)
    return reported


def problems(case: Case, reported: dict[str, Any], seconds: float, memory: float) -> list[str]:
    """What is wrong with what became of a case."""
    found = []
    path = reported["path"]
    if reported["error"] is not None:
        text, ours, kind = reported["error"]
        if not ours or not text.isprintable() or len(text) > 3000:
            found.append(f"{kind}: {text[:400]!r}")
        elif "data" not in text:
            found.append(f"does not name the file: {text[:400]!r}")
        if not case.refused or not re.search(case.refused, text):
            found.append(f"got {text[:400]!r}, expected {case.refused or case.read!r}")
    elif case.refused:
        found.append(f"read {reported['read']}, expected {case.refused!r}")
    else:
        wrong = {
            key: reported["read"].get(key) for key, value in case.read.items() if reported["read"].get(key) != value
        }
        if wrong or reported["read"].get("secret"):
            found.append(f"read {wrong or reported['read']}, expected {case.read}")
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    if reported["processor"] > seconds or reported["seconds"] > 10 * seconds:
        found.append(f"took {reported['processor']:.1f} s of a processor, {reported['seconds']:.1f} s in all")
    if LINUX and reported["peak"] > 2 * size + memory:
        found.append(f"took {reported['peak'] / 1e6:.0f} MB for a file of {size / 1e6:.1f} MB")
    if reported["opened"] or reported["noticed"]:
        found.append(f"opened {reported['opened']}; {reported['noticed']}")
    return found


def check(
    reader: Reader, folder: Path, cases: dict[str, Case], ending: str, warm: list[Any], seconds: float, memory: float
) -> None:
    wrong = [
        f"{name}: {'; '.join(found)}"
        for (name, case), reported in zip(cases.items(), answers(reader, folder, cases, ending, warm), strict=True)
        if (found := problems(case, reported, seconds, memory))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.fixture
def warm(tmp_path: Path) -> list[Any]:
    """Data in order, of every reader that imports something."""
    table, arrays, images = tmp_path / "good.csv", tmp_path / "good.h5", tmp_path / "good"
    table.write_text("a,b\n" + "1,0\n2,1\n" * 9)
    hostile_data.HDF5["LZF"].make(arrays)
    hostile_data.IMAGE["plain"].make(images)
    return [(str(each), {}) for each in (table, arrays, images)]


def test_every_reader_has_hostile_files() -> None:
    assert {reader.open.__module__.rpartition(".")[2] for reader in READERS.own.values()} <= set(FILES)


# Of the HDF5 files, each of which takes a process, those that lead to other files, and one of each other kind.
FEW = (
    *("external storage", "external storage in a pipe", "external link", "virtual dataset", "foreign filter"),
    *("chunk that inflates further", "many rows", "a user block"),
)


@pytest.mark.parametrize("module", [*FILES, pytest.param("all of HDF5", marks=pytest.mark.slow)])
def test_hostile_files(module: str, reader: Reader, tmp_path: Path, warm: list[Any]) -> None:
    ending, files = FILES["hdf5" if module == "all of HDF5" else module]
    if module == "hdf5":
        files = {name: files[name] for name in FEW}
    options = {"sequences": {"sequence": "1"}, "text": {"task": "language"}}.get(module, {})
    places = {f"instead: {name}": Case(make, text, options=options) for name, (make, text) in PLACES.items()}
    if module == "text":
        files = {name: Case(each.make, each.refused, each.read, options) for name, each in files.items()}
    check(reader, tmp_path, files | places, ending, warm, seconds=10, memory=200e6)


@pytest.mark.parametrize("rows", [40_000, pytest.param(8_000_000, marks=pytest.mark.slow)])
def test_long_tables(reader: Reader, rows: int, tmp_path: Path, warm: list[Any]) -> None:
    check(reader, tmp_path, long_tables(rows), ".csv", warm, seconds=3 + rows / 4e4, memory=200e6)


@pytest.mark.parametrize("kind", FOLDERS)
def test_hostile_folders(kind: str, reader: Reader, tmp_path: Path, warm: list[Any]) -> None:
    check(reader, tmp_path, FOLDERS[kind], "", warm, seconds=10, memory=200e6)


def test_hostile_recipes(reader: Reader, tmp_path: Path) -> None:
    good = tmp_path / "good.toml"
    good.write_text('architecture = "mlp"\n')
    places = {f"instead: {name}": Case(make, text) for name, (make, text) in PLACES.items()}
    check(reader, tmp_path, RECIPES | places, ".toml", [(str(good), {})], seconds=2, memory=100e6)


# --- that what is watched for would be seen ---------------------------------------------------------------------------


@pytest.mark.skipif(not LINUX, reason="inotify is Linux's")
def test_who_reads_the_secret_is_noticed(reader: Reader, tmp_path: Path, warm: list[Any]) -> None:
    """With trust, external storage is read: the watch on the file and the look into the values both see it."""
    case = Case(hostile_data.HDF5["external storage"].make, options={"trusted": True})
    (reported,) = answers(reader, tmp_path, {"external storage": case}, ".h5", warm)
    assert reported["error"] is None and reported["noticed"] > 0 and reported["read"]["secret"]


@pytest.mark.skipif(not LINUX, reason="as Linux tells it")
def test_memory_is_noticed(reader: Reader, tmp_path: Path, warm: list[Any]) -> None:
    def make(path: Path) -> None:
        np.save(path, np.zeros((2**20, 8)))

    (reported,) = answers(reader, tmp_path, {"an array": Case(make)}, ".npy", warm)
    assert 2**26 < reported["peak"] < 2**28


# --- as far as a checkpoint -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["external storage", "external storage of targets", "external link", "virtual dataset"]
)
def test_no_checkpoint_holds_another_file(name: str, tmp_path: Path) -> None:
    """GRNN keeps the rows it is shown: what a reader lets in leaves the machine in the checkpoint."""
    path, out = made(tmp_path, name, hostile_data.HDF5[name], ".h5"), tmp_path / "out.h5"
    with pytest.raises(DataError, match=hostile_data.HDF5[name].refused):
        zoo.train("grnn", str(path), out=str(out), test=0.0)
    assert not out.exists()
