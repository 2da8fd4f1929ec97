"""First weights given in Python, in a recipe or in a file; samples in the order of the data; targets of sigmoids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.errors import DataError, OptionError, UsageError
from zoo.registry.recipes import read_recipe, read_weights

X = np.random.default_rng(0).random((10, 2))
Y = np.arange(10) % 2
START = {"hidden1/W": [[1.0, 2.0], [3.0, 4.0]], "output/b": np.array([0.5, -0.5])}


def begun(name: str, data: Any, **options: Any) -> zoo.Update:
    return next(zoo.steps(name, data, **options))


def test_given_weights_are_those_before_the_first_batch_and_the_others_are_drawn() -> None:
    first = begun("mlp", (X, Y), hidden=2, weights=START)
    drawn = begun("mlp", (X, Y), hidden=2)
    for name, value in START.items():
        np.testing.assert_array_equal(first.before[name], np.asarray(value, "f4"))
    for name in ("hidden1/b", "output/W"):
        np.testing.assert_array_equal(first.before[name], drawn.before[name])


def test_a_phase_that_would_set_them_from_the_data_is_passed_over() -> None:
    units = np.random.default_rng(1).random((4, 2))
    first = begun("som", X, rows=2, columns=2, weights={"W": units})
    assert first.phase == "map" and np.allclose(first.before["W"], units)
    v, a = np.ones((2, 3)), np.array([0.1, 0.2])
    first = begun("rbm", X > 0.5, hidden=3, weights={"W": v, "visible_bias": a})
    assert first.phase == "train" and np.allclose(first.before["visible_bias"], a)
    first = begun("perceptron", (X, Y), weights={"W": [[2.0], [-1.0]], "b": [0.5]})
    assert first.before["W"].tolist() == [[2.0], [-1.0]]


@pytest.mark.parametrize(
    ("name", "weights", "message"),
    [
        ("mlp", {"hidden1/V": [1]}, "there is no 'hidden1/V'; did you mean 'hidden1/"),
        ("mlp", {"hidden1/W": [[1, 2], [3]]}, "hidden1/W: got lists of different lengths, expected numbers of shape"),
        ("mlp", {"hidden1/W": np.zeros((3, 2))}, r"got float64 \(3, 2\), expected numbers of shape \(2, 2\)"),
        ("mlp", {"hidden1/b": ["a", "b"]}, "hidden1/b: got <U1"),
        ("mlp", {"hidden1/b": [0.0, np.inf]}, "a number is infinite or NaN"),
        ("rbm", {"W": np.ones((2, 2))}, "phase start sets weights from the data; give visible_bias as well"),
        ("rbf", {"output/W": np.zeros((1, 1))}, "phase centres sets weights from the data"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name(name: str, weights: Any, message: str) -> None:
    data = X > 0.5 if name == "rbm" else (X, X[:, 0]) if name == "rbf" else (X, Y)
    with pytest.raises((OptionError, UsageError), match=message):
        zoo.train(name, data, weights=weights, **({"centres": 1} if name == "rbf" else {"hidden": 2}))


def test_a_recipe_and_a_file_give_them_and_a_run_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savetxt(tmp_path / "rows.csv", np.column_stack([X, X[:, 0] > 0.5]), delimiter=",", fmt="%.3f")
    recipe = tmp_path / "given.toml"
    recipe.write_text(
        'architecture = "mlp"\n[data]\nname = "./rows.csv"\ntask = "classification"\n[options]\nhidden = [2]\n'
        "[training]\nepochs = 3\n"
        '[weights]\n"output/b" = [0.5, -0.5]\n[weights.hidden1]\nW = [[1, 2.0], [3, 4]]\n'
    )
    assert read_recipe(recipe).weights == {"output/b": [0.5, -0.5], "hidden1/W": [[1, 2.0], [3, 4]]}
    assert read_weights(recipe) == read_recipe(recipe).weights
    whole, part = tmp_path / "whole.h5", tmp_path / "part.h5"
    assert main(["train", str(recipe), "--out", str(whole), "--quiet"]) == 0
    assert main(["train", str(recipe), "--out", str(part), "--epochs", "1", "--quiet"]) == 0
    assert main(["train", "--resume", str(part), "--epochs", "3", "--quiet"]) == 0
    for name, array in zoo.load(whole).weights.items():
        np.testing.assert_array_equal(array, zoo.load(part).weights[name])
    assert zoo.read(whole).manifest["initial_weights"] == {"given": ["output/b", "hidden1/W"]}
    alone = tmp_path / "start.toml"
    alone.write_text('"hidden1/W" = [[1, 2.0], [3, 4]]\n"output/b" = [0.5, -0.5]\n')
    out = tmp_path / "file.h5"
    flags = ["--data", str(tmp_path / "rows.csv"), "--task", "classification", "--hidden", "2", "--epochs", "0"]
    assert main(["train", "mlp", *flags, "--init-from", str(alone), "--out", str(out), "--quiet"]) == 0
    assert zoo.load(out).weights["hidden1/W"].tolist() == [[1, 2], [3, 4]]
    capsys.readouterr()
    assert main(["show", str(recipe), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("W = 'a'", "W is 'a', expected finite numbers"),
        ("W = [[true]]", "expected finite numbers"),
        ("W = [nan]", "expected finite numbers"),
        ("W = [[[[[1]]]]]", "at most 4 deep"),
        ("", "it holds no weights"),
    ],
)
def test_files_of_weights_hold_numbers_alone(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "start.toml"
    path.write_text(text)
    with pytest.raises(OptionError, match=message):
        read_weights(path)
    if text:
        path.write_text(f'architecture = "mlp"\n[weights]\n{text}')
        with pytest.raises(OptionError, match=message):
            read_recipe(path)


@pytest.mark.parametrize("name", ["mlp", "perceptron", "fuzzy-artmap", "som", "rbm", "elman"])
def test_samples_come_in_the_order_of_the_data(name: str) -> None:
    data: Any = (X > 0.5) if name == "rbm" else X if name == "som" else (X, Y)
    more: dict[str, Any] = {"som": {"rule": "online", "rows": 2, "columns": 2}, "mlp": {"hidden": 2}}.get(name, {})
    if name == "elman":
        data = ([np.ones((2 + n % 3, 2)) * n for n in range(10)], Y)
    if name not in ("perceptron", "fuzzy-artmap"):
        more = {**more, "batch_size": 4}
    updates = [
        each
        for each in zoo.steps(name, data, sample_order="data", epochs=1, test=0.0, **more)
        if each.phase not in ("start", "hits")
    ]
    assert np.concatenate([each.rows for each in updates]).tolist() == list(range(10))
    drawn = zoo.steps(name, data, epochs=1, test=0.0, **more)
    assert np.concatenate([each.rows for each in drawn if each.phase not in ("start", "hits")]).tolist() != list(
        range(10)
    )


@pytest.mark.parametrize(("name", "data"), [("grnn", (X, X[:, 0])), ("rbf", (X, X[:, 0]))])
def test_an_order_without_effect_is_refused(name: str, data: Any) -> None:
    with pytest.raises(OptionError, match="sample_order has no effect"):
        zoo.train(name, data, sample_order="data")


def test_targets_out_of_the_reach_of_a_sigmoid_are_refused_and_others_are_learned() -> None:
    with pytest.raises(DataError, match=r"expected values from 0 to 1, where the outputs of the loss sigmoid_squared"):
        zoo.train("mlp", (X, 3 * X[:, 0]), loss="sigmoid_squared_error", hidden=2)
    target = 0.2 + 0.6 * X[:, 0]
    model = zoo.train(
        "mlp", (X, target), loss="sigmoid_squared_error", hidden=4, epochs=400, learning_rate=0.05, test=0.0
    )
    found = zoo.predict(model, X)
    assert ((found > 0) & (found < 1)).all() and np.abs(found - target).max() < 0.03
