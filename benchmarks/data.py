"""Reading data: tables beside pandas, texts, folders of images, and what a training over streamed rows takes."""

from __future__ import annotations

import functools
import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.checkpoint import folder_for_a_race
from benchmarks.child import taken_by
from benchmarks.harness import Bound, Contest, Measured, Peer, Race, Side, Terms, Unavailable
from zoo.data import open_dataset

MEGABYTE = 10**6
WORDS = ("Berlin", "Paris", "London", "New York")


# --- files ------------------------------------------------------------------------------------------------------------


def text_of(rows: int, columns: list[list[str]]) -> str:
    """A CSV file of columns c0, c1, …"""
    names = ",".join(f"c{number}" for number in range(len(columns)))
    return "\n".join([names, *map(",".join, zip(*columns, strict=True)), ""])


def numbers(random: np.random.Generator, rows: int, form: str = "%.6f") -> list[str]:
    return [form % value for value in random.normal(size=rows).tolist()]


def texts(random: np.random.Generator, rows: int, choices: tuple[str, ...]) -> list[str]:
    return [choices[number] for number in random.integers(0, len(choices), rows).tolist()]


@functools.cache
def all_numbers(terms: Terms) -> Path:
    return _written("numbers.csv", terms, {})


@functools.cache
def long_numbers(terms: Terms) -> Path:
    """With all the digits that tell doubles apart, as pandas and NumPy write them."""
    return _written("long.csv", terms, dict.fromkeys(range(20), lambda random, rows: numbers(random, rows, "%.17g")))


@functools.cache
def text_target(terms: Terms) -> Path:
    return _written("target.csv", terms, {19: lambda random, rows: texts(random, rows, ("ham", "spam", "eggs"))})


@functools.cache
def mixed(terms: Terms) -> Path:
    """Six columns of text, one of dates, two of whole numbers, two with missing cells."""
    codes, yes = tuple(f"code{number}" for number in range(500)), ("yes", "no")
    days = tuple(np.datetime_as_string(np.datetime64("2015-01-01") + np.arange(3000)).tolist())

    def missing(random: np.random.Generator, rows: int) -> list[str]:
        return [
            cell if here else "" for cell, here in zip(numbers(random, rows), random.random(rows) > 0.2, strict=True)
        ]

    def whole(random: np.random.Generator, rows: int) -> list[str]:
        return list(map(str, random.integers(0, 1000, rows).tolist()))

    def of(choices: tuple[str, ...]) -> Callable[[np.random.Generator, int], list[str]]:
        return lambda random, rows: texts(random, rows, choices)

    columns = {1: of(WORDS), 3: of(yes), 5: of(codes), 7: of(days), 9: missing, 11: missing, 12: whole, 13: whole}
    return _written("mixed.csv", terms, columns | {15: of(WORDS[:2]), 17: of(yes), 19: of(("ham", "spam", "eggs"))})


Make = Callable[[np.random.Generator, int], list[str]]


def _written(name: str, terms: Terms, special: Mapping[int, Make]) -> Path:
    """A table of a million rows and 20 columns of numbers, but for the special ones."""
    rows, random, path = terms.few(1_000_000, 300), np.random.default_rng(0), folder_for_a_race() / name
    path.write_text(text_of(rows, [special.get(number, numbers)(random, rows) for number in range(20)]))
    return path


@functools.cache
def wide(terms: Terms) -> Path:
    columns, random, path = terms.few(20_000, 50), np.random.default_rng(0), folder_for_a_race() / "wide.csv"
    path.write_text(text_of(1000, [numbers(random, 1000, "%.4f") for _ in range(columns)]))
    return path


# --- races ------------------------------------------------------------------------------------------------------------


class Opens(Side):
    """The table opened as a dataset: kinds of columns decided, checks made, categories numbered."""

    name = "zoo"

    def __init__(self, path: Path) -> None:
        self.path = path

    def work(self, count: int) -> None:
        for _ in range(count):
            open_dataset(self.path, missing="mean")


class Parses(Side):
    """The table as a DataFrame."""

    name = "pandas"

    def __init__(self, path: Path) -> None:
        self.path, self.pandas = path, importlib.import_module("pandas")

    def work(self, count: int) -> None:
        for _ in range(count):
            self.pandas.read_csv(self.path, engine="c")


class ParsesByArrow(Side):
    """The table as columns of Arrow."""

    name = "pyarrow"

    def __init__(self, path: Path) -> None:
        self.path, self.csv = path, importlib.import_module("pyarrow.csv")

    def work(self, count: int) -> None:
        for _ in range(count):
            self.csv.read_csv(self.path)


def table(make: Callable[[Terms], Path]) -> Callable[[Terms], Contest]:
    """zoo and others on one file, from the page cache."""

    def start(terms: Terms) -> Contest:
        path = make(terms)
        peers = [
            Peer("pandas", "pandas", lambda: [Parses(path)], goal=0.5),
            Peer("pyarrow", "pyarrow", lambda: [ParsesByArrow(path)]),
        ]
        return Contest(Opens(path), peers, unit="file", count=1, rounds=terms.few(7, 1), warm_up=terms.few(1, 0))

    return start


# --- bounds -----------------------------------------------------------------------------------------------------------


def peak_of(path: Path, **options: Any) -> int:
    """Bytes that a process of its own takes at most to open a file, beyond what it takes to open a small one."""
    small = folder_for_a_race() / f"small{path.suffix}"
    small.write_text("some words\n" * 99 if path.suffix == ".txt" else "a,b\n1,x\n2,y\n" * 9)
    code = (
        "from benchmarks.machine import peak_memory; from zoo.data import open_dataset;"
        f"open_dataset({str(small)!r}); before = peak_memory();"
        f"open_dataset({str(path)!r}, **{options!r}); print(peak_memory() - before)"
    )
    root = str(Path(__file__).resolve().parents[1])
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"the file could not be opened: {done.stderr.strip()[-300:]}")
    return int(done.stdout)


def table_memory(make: Callable[[Terms], Path]) -> Callable[[Terms], Measured]:
    """The peak of opening a table, against three times the file."""

    def measure(terms: Terms) -> Measured:
        path = make(terms)
        size, peak = path.stat().st_size, peak_of(path, missing="mean")
        metrics = {"megabytes of the file": size / MEGABYTE, "times the file": peak / size}
        return Measured(peak, "bytes", None if terms.quick else 3 * size, metrics=metrics)

    return measure


def text(terms: Terms) -> Path:
    random, path = np.random.default_rng(0), folder_for_a_race() / "text.txt"
    words = ["".join(map(chr, random.integers(97, 123, length).tolist())) for length in random.integers(1, 12, 5000)]
    line = " ".join(words[number] for number in random.integers(0, 5000, 100_000).tolist())
    path.write_text((line + "\n") * terms.few(100 * MEGABYTE // len(line) + 1, 1))
    return path


def text_time(terms: Terms) -> Measured:
    """100 MB of text, opened from the page cache; of another, half of whose characters are not Latin, a metric."""
    path = text(terms)
    began = terms.clock()
    open_dataset(path, task="language")
    taken = terms.clock() - began
    other = path.with_name("other.txt")
    other.write_text(path.read_text().translate({letter: letter + 0x3B0 + 0x4000 for letter in range(97, 123, 2)}))
    began = terms.clock()
    open_dataset(other, task="language")
    metrics = {"half not Latin, seconds": terms.clock() - began, "megabytes": path.stat().st_size / MEGABYTE}
    return Measured(taken, "s", 2.0, metrics=metrics)


def text_memory(terms: Terms) -> Measured:
    """The peak of opening 100 MB of text, against four bytes a character."""
    path = text(terms)
    size, peak = path.stat().st_size, peak_of(path, task="language")
    return Measured(peak, "bytes", None if terms.quick else 4 * size, metrics={"bytes a character": peak / size})


def images(terms: Terms) -> Measured:
    """20,000 PNG files of 32×32 in ten classes, from the page cache."""
    try:
        pillow = importlib.import_module("PIL.Image")
    except ImportError as error:
        raise Unavailable("Pillow is not installed") from error
    folder, random, count = folder_for_a_race(), np.random.default_rng(0), terms.few(2000, 3)
    for label in range(10):
        (folder / str(label)).mkdir()
        for number in range(count):
            pixels = random.integers(0, 256, (32, 32, 3), np.uint8)
            pillow.fromarray(pixels).save(folder / str(label) / f"{number}.png")
    began = terms.clock()
    open_dataset(folder)
    return Measured(terms.clock() - began, "s", None, metrics={"files": 10 * count})


def streamed(terms: Terms) -> Measured:
    """The peak of `zoo train logistic` in one pass over 50 million rows of two columns in HDF5, with classes."""
    import h5py

    rows, folder, random = terms.few(50_000_000, 30_000), folder_for_a_race(), np.random.default_rng(0)
    with h5py.File(folder / "rows.h5", "w") as file:
        x, y = file.create_dataset("x", (rows, 2), "f4"), file.create_dataset("y", (rows,), "u1")
        for start in range(0, rows, 2**20):
            part = random.normal(size=(min(2**20, rows - start), 2)).astype(np.float32)
            x[start : start + len(part)], y[start : start + len(part)] = part, part.sum(axis=1) > 0
    alone = taken_by([], folder)
    limit = terms.few(100, 0)
    arguments = ["train", "logistic", "--data", "rows.h5", "--epochs", "1", "--batch-size", "65536"]
    taken = taken_by([*arguments, "--in-memory", str(limit), "--out", "trained.h5"], folder)
    os.remove(folder / "rows.h5")
    metrics = {"rows": rows, "seconds in all": taken.seconds, "megabytes in memory allowed": limit}
    bound = alone.peak + (limit + 200) * MEGABYTE
    return Measured(taken.peak, "bytes", bound, alone.peak, "Python with zoo, and no data", metrics)


TABLES = {
    "numbers": ("1,000,000 rows × 20 columns of numbers with six decimals", all_numbers),
    "long numbers": ("the same with 17 digits", long_numbers),
    "text target": ("1,000,000 rows × 19 columns of numbers and classes", text_target),
    "mixed": ("1,000,000 rows × 20 columns: text, dates, missing cells, numbers", mixed),
    "wide": ("1,000 rows × 20,000 columns of numbers", wide),
}

ROWS = [
    *(Race(f"CSV, {name}", about, table(make)) for name, (about, make) in TABLES.items()),
    *(Bound(f"memory of CSV, {name}", about, table_memory(make)) for name, (about, make) in TABLES.items()),
    Bound("text, 100 MB", "opened, from the page cache", text_time),
    Bound("memory of text, 100 MB", "the peak of opening it", text_memory),
    Bound("20,000 images", "PNG files of 32×32 in colour, from the page cache", images),
    Bound("streamed rows", "the peak of a training over 50 million rows × 2 columns", streamed, large=True),
]
