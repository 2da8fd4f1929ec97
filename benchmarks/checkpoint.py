"""Checkpoints: writing beside a plain copy, loading beside a plain read and hash, the pause of a save, 100 MB each;
and with --large the long proofs: 20,000 hostile files, 500 kills."""

from __future__ import annotations

import hashlib
import importlib
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks.harness import Bound, Contest, Measured, Peer, Race, Side, Terms, Unavailable
from zoo import checkpoint
from zoo.types import Array

ARRAYS = 25  # of 4 MB
TESTS = Path(__file__).resolve().parents[1] / "tests" / "checkpoint"


def arrays(megabytes: int) -> dict[str, Array]:
    """Weights and the two moments of an optimizer, as a run has them."""
    random = np.random.default_rng(0)
    count = megabytes * 10**6 // ARRAYS // 4
    groups = ("weights", "state/first", "state/second")
    return {f"{groups[n % 3]}/layer{n}/W": random.standard_normal(count, np.float32) for n in range(ARRAYS)}


class Saves(Side):
    """One checkpoint written, synced and renamed, each time over the one before."""

    name = "zoo"

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.path, self.arrays = folder / "net.h5", arrays(megabytes)

    def work(self, count: int) -> None:
        for _ in range(count):
            checkpoint.write(self.path, {}, self.arrays)


class Copies(Side):
    """The same bytes out of memory into a new file, synced, renamed over the one before."""

    name = "plain copy and fsync"

    def __init__(self, folder: Path, megabytes: int) -> None:
        checkpoint.write(folder / "source.h5", {}, arrays(megabytes))
        self.data = (folder / "source.h5").read_bytes()
        self.path = folder / "copy"

    def work(self, count: int) -> None:
        for _ in range(count):
            part = self.path.with_suffix(".part")
            with part.open("wb", buffering=0) as file:
                view = memoryview(self.data)
                while view:
                    view = view[file.write(view) :]
                os.fsync(file.fileno())
            part.replace(self.path)


class Loads(Side):
    """One checkpoint read with all checks."""

    name = "zoo"

    def __init__(self, path: Path) -> None:
        self.path = path

    def work(self, count: int) -> None:
        for _ in range(count):
            checkpoint.read(self.path)


class Reads(Side):
    """The same file read into memory and hashed, nothing looked at."""

    name = "read and SHA-256"

    def __init__(self, path: Path) -> None:
        self.path = path

    def work(self, count: int) -> None:
        for _ in range(count):
            hashlib.sha256(self.path.read_bytes()).digest()


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def folder_for_a_race() -> Path:
    """A folder that is there until the program ends: a race runs after it was started."""
    _KEPT.append(tempfile.TemporaryDirectory(prefix="zoo-benchmark-"))
    return Path(_KEPT[-1].name)


def writing(terms: Terms) -> Contest:
    folder, size = folder_for_a_race(), terms.few(100, 1)
    copies = Peer("numpy", "plain copy and fsync", lambda: [Copies(folder, size)], goal=0.6)
    return Contest(Saves(folder, size), [copies], unit="save", count=1, rounds=terms.few(11, 1), warm_up=1)


def loading(terms: Terms) -> Contest:
    path = folder_for_a_race() / "net.h5"
    checkpoint.write(path, {}, arrays(terms.few(100, 1)))
    reads = Peer("numpy", "read and SHA-256", lambda: [Reads(path)], goal=0.85)
    return Contest(Loads(path), [reads], unit="load", count=1, rounds=terms.few(15, 1), warm_up=1)


def loading_another_layout(terms: Terms) -> Contest:
    """The same content as another version of HDF5 may lay it out: arrays begin anywhere."""
    path = folder_for_a_race() / "net.h5"
    checkpoint.write(path, {}, arrays(terms.few(100, 1)))
    tests("hostile").lay_out_otherwise(path)
    reads = Peer("numpy", "read and SHA-256", lambda: [Reads(path)], goal=0.85)
    return Contest(Loads(path), [reads], unit="load", count=1, rounds=terms.few(15, 1), warm_up=1)


def pause(terms: Terms) -> Measured:
    """How long a save holds up its caller, beside a copy of the arrays; writing goes on in the background."""
    ours = arrays(terms.few(100, 1))
    copies = {name: array.copy() for name, array in ours.items()}
    pauses, floors, saves = [], [], []
    with tempfile.TemporaryDirectory(prefix="zoo-benchmark-") as folder, checkpoint.Saver() as saver:
        for number in range(terms.few(12, 2)):
            began = terms.clock()
            for name, array in ours.items():
                np.copyto(copies[name], array)
            floors.append(terms.clock() - began)
            began = terms.clock()
            saver.save(Path(folder) / "net.h5", {}, ours)
            paused = terms.clock() - began
            saver.wait()
            if number:  # at first no buffer is allocated to copy into
                pauses.append(paused)
                saves.append(terms.clock() - began)
    floor = statistics.median(floors)
    metrics = {
        "times the copy": statistics.median(pauses) / floor,
        "seconds of the whole save": statistics.median(saves),
    }
    return Measured(statistics.median(pauses), "s", None, floor, "copying the arrays", metrics)


# --- the long proofs --------------------------------------------------------------------------------------------------


def tests(name: str) -> ModuleType:
    """A module of the tests; the loops stand there, and short ones run with the tests."""
    if not hasattr(os, "fork") or not (TESTS / f"{name}.py").exists():
        raise Unavailable("it needs a checkout with its tests, pytest, and a system with fork")
    sys.path.insert(0, str(TESTS))
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unavailable(f"the tests cannot be imported: {error}") from error
    finally:
        sys.path.remove(str(TESTS))


@contextmanager
def somewhere() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="zoo-benchmark-") as folder:
        yield Path(folder)


def fuzzing(terms: Terms) -> Measured:
    """20,000 mutants of a valid file, read: refused, or with the original's arrays to the bit; nothing else ever."""
    hostile, mutants = tests("hostile"), tests("test_checkpoint_hostile").mutants
    with somewhere() as folder:
        path = folder / "net.h5"
        checkpoint.write(path, hostile.valid_manifest(), hostile.valid_arrays())
        began, count = terms.clock(), terms.few(20_000, 20)
        outcomes = mutants(path, 0, count)
    return Measured(terms.clock() - began, "s", None, metrics={"files": count, **outcomes})


def killing(terms: Terms) -> Measured:
    """500 kills of a process that saves without end: the file is whole each time and never older than before."""
    kill_loop = tests("test_checkpoint_saving").kill_loop
    with somewhere() as folder:
        began, count = terms.clock(), terms.few(500, 2)
        kill_loop(folder / "net.h5", kills=count)
    return Measured(terms.clock() - began, "s", None, metrics={"kills": count})


def killing_training(terms: Terms) -> Measured:
    """500 kills of `zoo train --save-every 3steps`, each resumed by the next."""
    loop = tests("test_checkpoint_crashes").training_kill_loop
    with somewhere() as folder:
        began, count = terms.clock(), terms.few(500, 2)
        reached = loop(folder, kills=count)
    return Measured(terms.clock() - began, "s", None, metrics={"kills": count, "updates": reached})


ROWS = [
    Race("write 100 MB", "a checkpoint of 25 arrays, synced and renamed, over the one before", writing),
    Race("load 100 MB", "with all checks, from the page cache", loading),
    Race("load 100 MB, another layout", "unaligned, as other software may lay it out", loading_another_layout),
    Bound("pause of a save", "how long a save of 100 MB holds up training", pause),
    Bound("20,000 hostile files", "mutants of a valid file: refused or unharmed", fuzzing, large=True),
    Bound("500 kills while saving", "whole and never older", killing, large=True),
    Bound("500 kills of a training", "saved every three steps, resumed each time", killing_training, large=True),
]
