"""Rows that `zoo sample` writes are samples: categories and flags as often as in the data, numbers as scattered."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.cli.app import main

ROWS = 300


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two colours 70 : 30, a flag, a count, a length with two decimals; nothing depends on anything."""
    random, path = np.random.default_rng(0), tmp_path_factory.mktemp("people") / "people.csv"
    with path.open("w") as file:
        file.write("colour,flag,count,length\n")
        for _ in range(ROWS):
            colour = "red" if random.random() < 0.7 else "blue"
            file.write(f"{colour},{int(random.random() < 0.3)},{random.poisson(4)},{random.normal(10, 2):.2f}\n")
    return path


def sampled(path: Path, out: Path, *flags: str) -> list[dict[str, str]]:
    assert main(["sample", str(path), "--count", "400", "--steps", "60", "--out", str(out), *flags]) == 0
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_rows_are_samples(visible: str, people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zoo.train("rbm", people, target="none", hidden=3, visible=visible, epochs=25, out=tmp_path / "rbm.h5")
    rows = sampled(tmp_path / "rbm.h5", tmp_path / "samples.csv")
    said = capsys.readouterr()
    assert "400 samples" in said.out
    assert {row["colour"] for row in rows} == {"red", "blue"} and {row["flag"] for row in rows} == {"0", "1"}
    assert np.mean([row["colour"] == "red" for row in rows]) == pytest.approx(0.7, abs=0.12)
    assert np.mean([row["flag"] == "1" for row in rows]) == pytest.approx(0.3, abs=0.12)
    assert all(row["count"].lstrip("-").isdigit() for row in rows)
    assert all(len(row["length"].partition(".")[2]) <= 2 for row in rows)
    reported = "columns count, length: units of 0 and 1 know the mean" in said.err
    assert reported == (visible == "bernoulli")
    if visible == "gaussian":
        assert np.std([float(row["length"]) for row in rows]) > 0.5
    again = sampled(tmp_path / "rbm.h5", tmp_path / "again.csv")
    assert again == rows != sampled(tmp_path / "rbm.h5", tmp_path / "other.csv", "--seed", "1")


def test_means_where_they_are_asked_for(people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zoo.train("rbm", people, target="none", hidden=3, epochs=25, out=tmp_path / "rbm.h5")
    rows = sampled(tmp_path / "rbm.h5", tmp_path / "means.csv", "--means")
    assert "400 means" in capsys.readouterr().out
    assert {row["colour"] for row in rows} == {"red"} and {row["flag"] for row in rows} - {"0", "1"}
    zoo.train("rbm", "letters", hidden=4, epochs=1, out=tmp_path / "images.h5")
    assert main(["sample", str(tmp_path / "images.h5"), "--means", "--out", str(tmp_path / "a.png")]) == 2
    assert "--means does nothing here" in capsys.readouterr().err
