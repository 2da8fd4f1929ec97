"""`zoo compare`: what is measured on the same samples stands side by side; what is not is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.training import comparison

Compare = Callable[..., Any]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table and four models: two of the same split, one of another, one of other data."""
    folder = tmp_path_factory.mktemp("compared")
    rng = np.random.default_rng(0)
    for name in ("sides", "others"):
        a, b = rng.normal(size=(2, 60)).round(3)
        rows = [f"{x},{y},{'right' if x + y > 0 else 'left'}" for x, y in zip(a, b, strict=True)]
        (folder / f"{name}.csv").write_text("\n".join(["a,b,side", *rows]) + "\n")
    for model, data, epochs, seed in (
        ("short", "sides", "1", "0"),
        ("long", "sides", "40", "0"),
        ("split", "sides", "1", "1"),
        ("other", "others", "1", "0"),
    ):
        command = ["train", "mlp", "--data", str(folder / f"{data}.csv"), "--hidden", "4", "--quiet"]
        assert main([*command, "--epochs", epochs, "--seed", seed, "--out", str(folder / f"{model}.h5")]) == 0
    return folder


@pytest.fixture
def compare(models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Compare:
    """`compare("short.h5", …)`: the document printed."""
    monkeypatch.chdir(models)

    def compare(*arguments: str) -> Any:
        capsys.readouterr()
        assert main(["compare", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return compare


def test_files_are_measured_as_eval_does(compare: Compare) -> None:
    document = compare("short.h5", "long.h5")
    assert document["comparable"] is True and document["note"] is None
    for name, model in zip(("short.h5", "long.h5"), document["models"], strict=True):
        evaluation = zoo.evaluate(name)
        assert model["metrics"] == dict(evaluation.metrics) and model["part"] == evaluation.part
        assert (model["name"], model["architecture"], model["seconds"]) == (name, "mlp", None)
    short, long = (model["metrics"] for model in document["models"])
    assert long["accuracy"] > short["accuracy"] and long["loss"] < short["loss"]
    assert document["best"]["accuracy"] == document["best"]["loss"] == ["long.h5"]


def test_other_rows_do_not_compare(compare: Compare) -> None:
    """Another split of the same table, another table: nothing is best, and a line says why."""
    for other in ("split.h5", "other.h5"):
        document = compare("short.h5", other)
        assert document["comparable"] is False
        assert document["note"].startswith("not comparable")
        assert set(map(tuple, document["best"].values())) == {()}
    assert "sides" in document["note"] and "others" in document["note"]


def test_the_same_data_for_all(compare: Compare) -> None:
    """Files that were trained on other data are measured on all rows of the data named."""
    document = compare("short.h5", "split.h5", "--data", "others.csv")
    assert document["comparable"] is True
    for name, model in zip(("short.h5", "split.h5"), document["models"], strict=True):
        assert model["metrics"] == dict(zoo.evaluate(name, "others.csv").metrics)


def test_models_of_other_columns_of_the_same_rows_compare(compare: Compare) -> None:
    zoo.train("logistic", "sides.csv", epochs=1, ignore="1", out="fewer.h5")
    document = compare("short.h5", "fewer.h5")
    assert document["comparable"] is True and document["note"] is None
    document = compare("short.h5", "fewer.h5", "--data", "others.csv")
    assert document["comparable"] is True


def test_names_are_trained_on_one_split(compare: Compare, tmp_path: Path) -> None:
    """As `zoo train` would, with the same seed; what was trained is saved on request."""
    document = compare(
        "mlp", "perceptron", "--data", "sides.csv", "--seed", "3", "--epochs", "2", "--out", str(tmp_path)
    )
    assert document["comparable"] is True
    assert [model["architecture"] for model in document["models"]] == ["mlp", "perceptron"]
    assert all(model["seconds"] > 0 for model in document["models"])
    assert document["models"][0]["part"] == document["models"][1]["part"]
    assert document["best"]["accuracy"] and document["best"]["loss"] == []
    model = zoo.train("mlp", data="sides.csv", seed=3, epochs=2)
    saved = zoo.load(tmp_path / "mlp.h5")
    for name, array in model.weights.items():
        assert (saved.weights[name] == array).all()


def test_a_line_each_with_the_best_marked(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(models)
    capsys.readouterr()
    assert main(["compare", "short.h5", "long.h5"]) == 0
    header, short, long, legend = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["NAME", "ARCHITECTURE", "WEIGHTS"]
    assert short.startswith("short.h5  mlp") and "*" not in short
    assert long.startswith("long.h5") and long.count("*") == 2 and "% *" in long
    assert legend == "* best"


def test_one_that_fails_stops_no_other(models: Path) -> None:
    """Steps so large that a net's loss is no number, where a single layer's stays one."""
    settings = {"learning_rate": 1e6, "optimizer": "momentum", "epochs": 60}
    found = comparison.compare(["mlp", "logistic"], {"name": str(models / "sides.csv")}, training=settings)
    failed, measured = found.rows
    assert "loss became nan" in failed.failed and failed.metrics == {}
    assert measured.failed == "" and 0 <= measured.metrics["accuracy"] <= 1
    assert found.best("accuracy") == () and found.note == ""


def test_from_python(models: Path) -> None:
    """Models in hand, paths and names together; the best by number."""
    short = zoo.load(models / "short.h5")
    found = zoo.compare(short, models / "long.h5", data=models / "others.csv")
    assert [row.name for row in found.rows] == ["mlp", str(models / "long.h5")]
    assert found.note == "" and found.best("accuracy") == (1,)
    with pytest.raises(zoo.errors.OptionError, match="nonsense"):
        zoo.compare(short, data=models / "others.csv", nonsense=1)


def test_what_cannot_be_compared_is_refused(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(models)
    for arguments, why in (
        (["mlp"], "name the data with --data"),
        (["short.h5", "--header", "no"], "--header without --data"),
        (["nothing.h5"], "nothing.h5"),
        (["mlp", "--data", "sides.csv", "--out", "nowhere"], "is no folder"),
        (["mlp", "grnn", "--data", "sides.csv"], "grnn: got data for classification"),
    ):
        capsys.readouterr()
        assert main(["compare", *arguments]) != 0
        error = capsys.readouterr().err.splitlines()
        assert len(error) == 1 and why in error[0]
