"""What `zoo predict` prints: a line for every row, which row it is of, columns carried along, probabilities."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.types import Array

Predict = Callable[..., list[list[str]]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables, a series, sequences, and a model of each."""
    folder = tmp_path_factory.mktemp("models")
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 80)).round(3)
    sides = np.where(a > 0.4, "right", np.where(a < -0.4, "left", "middle"))
    rows = [f"k{n},{a[n]},{sides[n]},{b[n]},{int(a[n] > 0)},{int(b[n] > 0)}" for n in range(80)]
    (folder / "sides.csv").write_text("\n".join(["id,a,side,b,east,north", *rows]) + "\n")
    months = [f"{1950 + n // 12}-{n % 12 + 1:02}" for n in range(40)]
    (folder / "series.csv").write_text(
        "\n".join(["month,sold", *(f"{month},{100 + n % 12}" for n, month in enumerate(months))]) + "\n"
    )
    steps = [f"{'pq'[n % 2]},{n},{'up' if n % 3 else 'down'},{'x' if n % 2 else 'y'}" for n in range(24)]
    (folder / "steps.csv").write_text("\n".join(["who,v,move,kind", *steps]) + "\n")

    def train(architecture: str, name: str, data: str, *more: str) -> None:
        command = ["train", architecture, "--data", str(folder / data), "--out", str(folder / f"{name}.h5"), "--quiet"]
        assert main([*command, "--epochs", "2", *more]) == 0

    train("mlp", "sides", "sides.csv", "--target", "side", "--ignore", "id,east,north", "--hidden", "4")
    train("mlp", "tags", "sides.csv", "--target", "east,north", "--ignore", "id,side", "--hidden", "4")
    train("mlp", "number", "sides.csv", "--target", "b", "--ignore", "id,side,east,north", "--hidden", "4")
    train("elman", "series", "series.csv", "--window", "6", "--horizon", "2", "--hidden", "3")
    train("elman", "moves", "steps.csv", "--sequence", "who", "--target", "move", "--ignore", "kind", "--hidden", "3")
    train("elman", "kinds", "steps.csv", "--sequence", "who", "--target", "kind", "--ignore", "move", "--hidden", "3")
    return folder


@pytest.fixture
def predict(models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Predict:
    """`predict("sides", "--bare")`: the cells of each line printed for the data a model was trained on."""
    monkeypatch.chdir(models)

    def predict(name: str, *more: str) -> list[list[str]]:
        data = {"moves": "steps", "kinds": "steps", "series": "series"}.get(name, "sides")
        capsys.readouterr()
        assert main(["predict", f"{name}.h5", "--data", f"{data}.csv", *more]) == 0
        return list(csv.reader(io.StringIO(capsys.readouterr().out)))

    return predict


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line in which a command refuses."""
    capsys.readouterr()
    assert main(["predict", *arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_every_row_is_numbered_under_the_targets_name(models: Path, predict: Predict) -> None:
    header, *lines = predict("sides")
    assert header == ["row", "side"]
    assert [line[0] for line in lines] == [str(number) for number in range(1, 81)]
    assert [line[1] for line in lines] == list(zoo.predict("sides.h5", "sides.csv"))
    header, *lines = predict("number")
    assert header == ["row", "b"]
    assert np.array([line[1] for line in lines], float) == pytest.approx(zoo.predict("number.h5", "sides.csv").ravel())
    assert predict("tags")[0] == ["row", "east", "north"]


def test_columns_are_carried_along(predict: Predict) -> None:
    """The target's column too: the prediction then says that it is one."""
    header, *lines = predict("sides", "--keep", "id", "--keep", "side")
    assert header == ["row", "id", "side", "predicted side"]
    assert [line[1] for line in lines] == [f"k{number}" for number in range(80)]
    assert {line[2] for line in lines} == {"left", "middle", "right"}
    assert predict("number", "--keep", "1,6")[0] == ["row", "id", "north", "b"]


def test_the_values_alone(predict: Predict) -> None:
    assert [*predict("sides", "--bare")] == [[line[1]] for line in predict("sides")[1:]]


def test_probabilities_have_a_column_for_each_class(models: Path, predict: Predict) -> None:
    header, *lines = predict("sides", "--probabilities")
    model = zoo.load("sides.h5")
    assert header == ["row", *map(str, model.labels)]
    found: Array = zoo.predict(model, "sides.csv", probabilities=True)
    assert found.shape == (80, 3)
    assert found.sum(axis=1) == pytest.approx(np.ones(80), abs=1e-6)
    assert np.array([line[1:] for line in lines], np.float32) == pytest.approx(found, abs=1e-12)
    answers = np.array(model.labels, object)[found.argmax(axis=1)]
    assert (answers == zoo.predict(model, "sides.csv")).all()
    tags: Array = zoo.predict("tags.h5", "sides.csv", probabilities=True)
    assert predict("tags", "--probabilities")[0] == ["row", "east", "north"]
    assert ((tags > 0.5) == zoo.predict("tags.h5", "sides.csv")).all()


def test_forecasts_say_of_when_they_are(predict: Predict, capsys: pytest.CaptureFixture[str]) -> None:
    """40 rows, windows of 6, two steps ahead: 35 windows; the last two lines look beyond the end."""
    header, *lines = predict("series", "--keep", "sold")
    assert header == ["row", "month", "ahead", "future", "sold", "predicted sold"]
    assert len(lines) == 35 * 2
    assert lines[0][:5] == ["7", "1950-07", "1", "no", "106"]
    assert lines[1][:5] == ["8", "1950-08", "2", "no", "107"]
    assert [line[:5] for line in lines[-3:]] == [
        ["41", "1953-05", "2", "yes", ""],
        ["41", "1953-05", "1", "yes", ""],
        ["42", "1953-06", "2", "yes", ""],
    ]
    values = np.asarray(zoo.predict("series.h5", "series.csv")).ravel()
    assert np.array([line[-1] for line in lines], float) == pytest.approx(values)


def test_rows_without_a_forecast_are_accounted_for(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["predict", str(models / "series.h5"), "--data", str(models / "series.csv")]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "40 rows: 2 forecasts after each of the 35 windows of 6 rows; the first 6 rows have none, rows 41 to 42 lie"
        " beyond the end (future: yes)"
    )


def test_a_column_that_says_the_same_of_every_row_is_no_time(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (models / "series.csv").read_text().splitlines()
    rows = [f"{'shop' if number == 0 else 'here'},{line}" for number, line in enumerate(lines)]
    (models / "shop.csv").write_text("\n".join(rows) + "\n")
    capsys.readouterr()
    assert main(["predict", str(models / "series.h5"), "--data", str(models / "shop.csv")]) == 0
    assert capsys.readouterr().out.startswith("row,month,ahead,future,sold\n7,1950-07,1,no,")


def test_a_registered_series_is_forecast_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1,500 steps in windows of 6: the last window too, whatever window the data have by themselves."""
    out = tmp_path / "sine.h5"
    zoo.train("elman", data="sine", out=out, window=6, epochs=1, hidden=2)
    capsys.readouterr()
    assert main(["predict", str(out), "--data", "sine"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 1500 - 6 + 1
    assert lines[0].startswith("row,ahead,future,") and lines[1].startswith("7,1,no,")
    assert lines[-1].startswith("1501,1,yes,")


def test_sequences_go_by_name_and_their_steps_by_row(predict: Predict) -> None:
    """Two interleaved sequences: an answer for each, or one for each step in its row of the file."""
    assert [line[0] for line in predict("kinds")] == ["who", "p", "q"]
    assert predict("kinds")[0] == ["who", "kind"]
    assert predict("kinds", "--keep", "kind")[1][:2] == ["p", "y"]
    header, *lines = predict("moves", "--keep", "v")
    assert header == ["row", "v", "move"]
    assert [line[0] for line in lines] == [str(n) for n in [*range(1, 25, 2), *range(2, 25, 2)]]
    assert all(int(line[1]) == int(line[0]) - 1 for line in lines)
    probable: Array = zoo.predict("moves.h5", "steps.csv", probabilities=True)
    assert [each.shape for each in probable] == [(12, 2), (12, 2)]
    assert np.array([line[1:] for line in predict("moves", "--probabilities")[1:]], np.float32) == pytest.approx(
        np.concatenate(list(probable))
    )


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl"])
def test_files_hold_what_is_printed(models: Path, predict: Predict, tmp_path: Path, ending: str) -> None:
    printed = predict("sides", "--keep", "id")
    out = tmp_path / f"answers.{ending}"
    assert predict("sides", "--keep", "id", "--out", str(out)) == []
    text = out.read_text(encoding="utf-8")
    if ending == "json":
        document = json.loads(text)
        found = [document["columns"], *document["rows"]]
    elif ending == "jsonl":
        lines = [json.loads(line) for line in text.splitlines()]
        found = [list(lines[0]), *(list(line.values()) for line in lines)]
    else:
        found = list(csv.reader(io.StringIO(text), delimiter="\t" if ending == "tsv" else ","))
    assert [list(map(str, line)) for line in found] == printed


def test_reconstructions_stand_under_the_columns(models: Path, predict: Predict, tmp_path: Path) -> None:
    """In the units of the data, and as texts: a constant column of the data comes back as it is."""
    (models / "back.csv").write_text("a,b,kind\n" + "".join(f"{100 + n % 2},7,{'xy'[n % 2]}\n" for n in range(20)))
    command = ["train", "rbm", "--data", "back.csv", "--target", "none", "--hidden", "2", "--epochs", "1", "--quiet"]
    assert main([*command, "--out", str(tmp_path / "back.h5")]) == 0
    out = tmp_path / "back.json"
    assert main(["predict", str(tmp_path / "back.h5"), "--data", "back.csv", "--reconstruct", "--out", str(out)]) == 0
    document = json.loads(out.read_text())
    assert document["columns"] == ["row", "a", "b", "kind"] and len(document["rows"]) == 20
    for _, a, b, kind in document["rows"]:
        assert 100 <= a <= 101 and b == 7 and kind in ("x", "y")


def test_what_cannot_be_is_refused(
    models: Path, predict: Predict, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = ("--data", "sides.csv")
    assert "regression, which has no classes" in refused(capsys, "number.h5", *table, "--probabilities")
    assert "--keep carries columns of a file along" in refused(capsys, "nand", "--data", "nand", "--keep", "x")
    assert "--bare and --json exclude each other" in refused(capsys, "sides.h5", *table, "--bare", "--json")
    assert "ends in .xlsx" in refused(capsys, "sides.h5", *table, "--out", "answers.xlsx")
    assert "changes within the sequence" in refused(capsys, "kinds.h5", "--data", "steps.csv", "--keep", "v")


@pytest.mark.parametrize(
    ("shipped", "data", "why"),
    [
        ("nand", "nand", "perceptron gives the outputs of step units"),
        ("circle-voters", "circle-in-square", "fuzzy-artmap gives the share of its voters"),
        ("sinc", "sinc", "rbf was trained for regression"),
    ],
)
def test_models_without_probabilities_say_why(
    capsys: pytest.CaptureFixture[str], shipped: str, data: str, why: str
) -> None:
    assert why in refused(capsys, shipped, "--data", data, "--probabilities")


@pytest.mark.parametrize("shipped", ["moons", "som-colours", "cnn-glyphs"])
def test_probabilities_of_shipped_models_add_up(shipped: str) -> None:
    model = zoo.load(shipped)
    data = {"moons": "moons", "som-colours": "colours", "cnn-glyphs": "glyphs"}[shipped]
    found: Array = zoo.predict(model, data, probabilities=True)
    assert found.shape[1] == len(model.labels) and (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx(np.ones(len(found)), abs=1e-5)


@pytest.mark.parametrize(("cells", "kind"), [((1, 2), int), (("u", "v"), str)])
def test_labels_that_are_numbers_are_numbers_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cells: tuple[object, object], kind: type
) -> None:
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{n % 7 / 4},{cells[n % 2]}\n" for n in range(30)))
    zoo.train("mlp", tmp_path / "t.csv", hidden=3, epochs=1, out=tmp_path / "m.h5")
    assert main(["predict", str(tmp_path / "m.h5"), "--data", str(tmp_path / "t.csv"), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {type(row[-1]) for row in rows} == {kind}
