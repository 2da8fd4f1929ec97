"""`zoo eval` of what classifies: its table and numbers are of the rows that its other metrics are of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.cli import main


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert main(["eval", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 rows of two numbers, three classes of different sizes, two tags and a quantity."""
    path = tmp_path_factory.mktemp("eval") / "rows.csv"
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(2, 60)).round(3)
    kinds = np.where(a > 0.8, "red", np.where(b > 0, "green", "blue"))
    rows = [f"{a[n]},{b[n]},{int(a[n] > 0)},{int(b[n] > 0)},{kinds[n]}" for n in range(60)]
    path.write_text("\n".join(["a,b,east,north,kind", *rows]) + "\n")
    return path


FAMILIES: dict[str, dict[str, Any]] = {
    "rbm": {"labels": True, "hidden": 4},
    "mlp": {"hidden": 4},
    "logistic": {},
    "perceptron": {},
    "rbf": {"centres": 5},
    "pnn": {},
    "fuzzy-artmap": {},
    "som": {"rows": 3, "columns": 3},
    "dbn": {"hidden": (4,)},
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_family_that_classifies(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Counted again, row by row, from predictions of the held-out rows."""
    lines = table.read_text().splitlines()
    out = tmp_path / "model.h5"
    options: dict[str, Any] = {"ignore": "east,north", "held_out": "last", **FAMILIES[name]}
    zoo.train(name, data=table, out=out, **{"epochs": 1, **options})
    document = evaluated(capsys, str(out))
    report = document["classification"]
    true = [line.split(",")[-1] for line in lines[-12:]]
    (tmp_path / "held_out.csv").write_text("\n".join([lines[0], *lines[-12:]]) + "\n")
    predicted = list(map(str, zoo.predict(out, tmp_path / "held_out.csv")))
    labels = [str(each["label"]) for each in report["classes"]]
    assert labels == ["blue", "green", "red"] == list(map(str, zoo.load(out).labels))
    matrix = [[sum(t == x and p == y for t, p in zip(true, predicted, strict=True)) for y in labels] for x in labels]
    assert report["confusion_matrix"] == matrix
    assert report["samples"] == sum(each["samples"] for each in report["classes"]) == 12
    right = sum(t == p for t, p in zip(true, predicted, strict=True)) / 12
    assert document["metrics"]["accuracy"] == pytest.approx(right, abs=1e-9)
    assert report["weighted"]["recall"] == pytest.approx(right, abs=1e-9)


def test_accuracy_is_of_the_inputs_not_of_what_is_drawn_from_them() -> None:
    """An RBM learns from binary draws of grey inputs; its accuracy is that of its predictions all the same."""
    model = zoo.train("rbm", data="moons", labels=True, visible="bernoulli", binarize=True, hidden=2, epochs=1)
    for array in model.weights.values():
        array[...] = 0
    model.weights["hidden_bias"][...] = -8  # two hidden units: the larger of two inputs tells the class
    model.weights["W"][:, :2] = [[8, 0], [0, 8], [4, -4], [-4, 4]]
    inputs = np.random.default_rng(0).random((200, 2)).astype(np.float32)
    answers = model.predict(inputs).argmax(axis=1)
    assert 20 < answers.sum() < 180
    metrics = model.metrics(model.evaluate(zoo.Batch.of(inputs, answers), zoo.RandomStream(0)))
    assert metrics["accuracy"] == 1


def test_tags_have_a_line_each(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "tags.h5"
    zoo.train("mlp", data=table, out=out, epochs=1, hidden=4, target="east,north", ignore="kind")
    report = evaluated(capsys, str(out))["classification"]
    assert [each["label"] for each in report["classes"]] == ["east", "north"]
    assert all(np.sum(matrix) == 12 for matrix in report["confusion_matrix"])
    assert main(["eval", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["LABEL", "PRECISION", "RECALL", "F1", "ROC", "AUC", "SAMPLES"]
    assert [line.split("  ")[0] for line in lines[2:6]] == ["east", "north", "macro average", "weighted average"]


def test_names_of_classes_are_no_markup_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """rich takes [bold] in a heading for a style, unless it is marked as text."""
    from zoo.cli import output

    monkeypatch.setattr(output, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    capsys.readouterr()
    output.table(("class", "as [bold]a[/bold]"), [("[red]a", "1")], names=1)
    printed = capsys.readouterr().out
    assert "as [bold]a[/bold]" in printed and "[red]a" in printed


def test_steps_of_sequences_are_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Padding counts nowhere: as many samples as the held-out sequences have steps."""
    data = tmp_path / "steps.csv"
    steps = [(owner, step) for owner in range(10) for step in range(2 + owner)]
    data.write_text("who,v,move\n" + "".join(f"{who},{v},{'up' if v % 2 else 'down'}\n" for who, v in steps))
    out = tmp_path / "moves.h5"
    zoo.train("elman", data=data, out=out, epochs=1, hidden=3, sequence="who", held_out="last")
    document = evaluated(capsys, str(out))
    report = document["classification"]
    assert report["task"] == "labelling" and report["samples"] == 10 + 11
    assert report["weighted"]["recall"] == pytest.approx(document["metrics"]["accuracy"], abs=1e-9)


def test_quantities_have_units(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "number.h5"
    zoo.train("mlp", data=table, out=out, epochs=1, hidden=4, target="b", ignore="kind,north", held_out="last")
    document = evaluated(capsys, str(out))
    assert document["classification"] is None and document["quantities"] == ["b"]
    rows = [line.split(",") for line in table.read_text().splitlines()[1:]]
    truth = np.array([float(row[1]) for row in rows[-12:]])
    missed = np.ravel(zoo.predict(out, table))[-12:] - truth
    metrics = document["metrics"]
    assert metrics["root_mean_squared_error"] == pytest.approx(np.sqrt(np.square(missed).mean()), rel=1e-5)
    assert metrics["mean_absolute_error"] == pytest.approx(np.abs(missed).mean(), rel=1e-5)
    assert main(["eval", str(out)]) == 0
    assert "root_mean_squared_error and mean_absolute_error in the units of b" in capsys.readouterr().out


def test_few_of_many_classes_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """40 classes: a table of 30, and a line that says so; a class without samples is said to be undefined."""
    rng = np.random.default_rng(0)
    values, classes = rng.normal(size=(200, 3)), np.arange(200) % 40
    out = tmp_path / "many.h5"
    zoo.train("logistic", data=(values, [f"c{number}" for number in classes]), out=out, epochs=1)
    np.savez(tmp_path / "few.npz", inputs=values[:20], targets=[f"c{number}" for number in classes[:20]])
    assert main(["eval", str(out), "--data", str(tmp_path / "few.npz")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("c")]) == 30
    assert "the 30 of 40 classes with the lowest F1; --json has all" in lines
    assert any("undefined" in line for line in lines)
    assert not any("as c" in line for line in lines)
