"""At prediction series and sequences are read as in training: header, spelling and kinds are not guessed anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.errors import DataError
from zoo.types import Array


def rows(count: int, start: int = 0) -> list[str]:
    """Whole numbers beside decimal commas, so that a few rows alone do not show how they are written."""
    return [f"{1000 + n % 7},{(n * 3) % 10};{n % 5},5" for n in range(start, start + count)]


def values(lines: list[str]) -> Array:
    return np.array([[float(cell.replace(",", ".")) for cell in line.split(";")] for line in lines])


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> zoo.Model:
    path = tmp_path_factory.mktemp("series") / "t.csv"
    path.write_text("\n".join(["sales;size", *rows(80)]) + "\n")
    return zoo.train("elman", str(path), hidden=2, epochs=1, window=4, seed=1)


def predicted(model: zoo.Model, path: Path, lines: list[str]) -> Array:
    path.write_text("\n".join(lines) + "\n")
    return np.asarray(zoo.predict(model, path.parent if path.parent.name == "few" else path))


def test_a_series_is_read_with_the_marks_of_training(series: zoo.Model, tmp_path: Path) -> None:
    three = [
        f"{line.split(';')[0][:-1]}{number}50;2,125" for number, line in enumerate(rows(6))
    ]  # 1000,050: thousands?
    expected = np.asarray(zoo.predict(series, values(three)))
    assert np.allclose(predicted(series, tmp_path / "t.csv", ["sales;size", *three]), expected)
    assert np.allclose(predicted(series, tmp_path / "n.csv", three), expected)  # without names
    swapped = [";".join(reversed(line.split(";"))) for line in ["sales;size", *three]]
    assert np.allclose(predicted(series, tmp_path / "s.csv", swapped), expected)


def test_a_spoiled_cell_of_a_series_is_named(series: zoo.Model, tmp_path: Path) -> None:
    lines = ["sales;size", *["many;2,5"] * 6]
    with pytest.raises(DataError, match=r"column 'sales', row 1 .*got 'many', expected a number written with decimal"):
        predicted(series, tmp_path / "t.csv", lines)


def test_evaluation_reads_a_series_as_in_training(series: zoo.Model, tmp_path: Path) -> None:
    three = [f"{line}50" for line in rows(40)]
    (tmp_path / "t.csv").write_text("\n".join(["sales;size", *three]) + "\n")
    found = zoo.evaluate(series, tmp_path / "t.csv")
    plain = "\n".join(["sales,size", *(",".join(map(str, row)) for row in values(three).tolist())]) + "\n"
    (tmp_path / "plain.csv").write_text(plain)
    expected = zoo.evaluate(series, tmp_path / "plain.csv", decimal="point")
    assert found.metrics == pytest.approx(expected.metrics)


def test_sequences_are_read_as_in_training(tmp_path: Path) -> None:
    lines = [f"{walk};{1000 + step * walk % 4},{step}50;{'ab'[walk % 2]}" for walk in range(12) for step in range(4)]
    (tmp_path / "t.csv").write_text("\n".join(["walk;x;kind", *lines]) + "\n")
    model = zoo.train("elman", str(tmp_path / "t.csv"), hidden=2, epochs=1, sequence="walk", decimal="comma")
    few = ["walk;x", *(f"w;{1 + step},500" for step in range(3))]
    expected = np.asarray(zoo.predict(model, [np.array([[1.5], [2.5], [3.5]])]))
    assert (predicted(model, tmp_path / "few.csv", few) == expected).all()
    numbers = ["7;1,500;a", "7;2,500;a", "7;3,500;a"]  # without names
    assert (predicted(model, tmp_path / "n.csv", numbers) == expected).all()


def test_a_folder_of_sequences_is_read_as_in_training(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    for walk in range(12):
        lines = [f"{step * walk % 4},{step}50;{walk % 2}" for step in range(4)]
        (tmp_path / "train" / f"{walk}.csv").write_text("\n".join(["x;kind", *lines]) + "\n")
    model = zoo.train("elman", str(tmp_path / "train"), hidden=2, epochs=1, decimal="comma", task="classification")
    (tmp_path / "few").mkdir()
    expected = np.asarray(zoo.predict(model, [np.array([[1.5], [2.5], [3.5]])]))
    assert (predicted(model, tmp_path / "few" / "a.csv", ["x;kind", "1,500;0", "2,500;0", "3,500;0"]) == expected).all()
