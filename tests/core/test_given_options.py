"""A value that is refused is blamed on who gave it: the caller, or the recipe's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.errors import OptionError, ZooWarning


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("mlp", {"hidden": "many"}, r"train\('mlp'\): hidden is 'many', expected a list"),
        ("mlp", {"epochs": -1}, r"train\('mlp'\): epochs is -1, expected a whole number from 0"),
        ("moons-fuzzy-art", {"vigilance": 2.0}, r"train\('moons-fuzzy-art'\): vigilance is 2.0, expected a number"),
        ("rbf", {"output": {"epochs": 3}}, r"train\('rbf'\): output is {'epochs': 3}, expected one of"),
        ("dbn", {"rbm1": {"epochs": "all"}}, r"train\('dbn'\), phase 'rbm1': epochs is 'all', expected a"),
    ],
)
def test_a_value_from_the_caller_names_the_caller(name: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=f"^{said}"):
        zoo.train(name, data="moons", **given)


def test_a_value_from_the_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('architecture = "mlp"\n[options]\nhidden = "many"\n')
    with pytest.raises(OptionError, match=r"^recipe '.*mine.toml': hidden is 'many'"):
        zoo.train(str(path), data="moons", epochs=1)
    # What is given replaces what the file says.
    path.write_text('architecture = "mlp"\n[options]\nhidden = 4\n')
    with pytest.raises(OptionError, match=r"^train\('mine'\): hidden is 0"):
        zoo.train(str(path), data="moons", hidden=0)


X = np.random.default_rng(0).normal(size=(40, 4))
Y = (X[:, 0] > 0).astype(int)


def test_what_is_asked_for_wins_over_a_proposal_that_excludes_it() -> None:
    with pytest.warns(ZooWarning, match="shards 4 as asked for, so blocks 1 instead of the proposed 2"):
        asked = zoo.train("mlp", (X, Y), shards=4, epochs=1)
    neutral = zoo.train("mlp", (X, Y), shards=4, blocks=1, epochs=1)
    for name, weights in neutral.weights.items():
        np.testing.assert_array_equal(asked.weights[name], weights)


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
def test_numbers_of_numpy_are_numbers() -> None:
    given = {"shards": np.int64(4), "epochs": np.int32(1), "learning_rate": np.float32(0.5), "hidden": np.array([3, 2])}
    plain = {"shards": 4, "epochs": 1, "learning_rate": 0.5, "hidden": (3, 2)}
    one, other = zoo.train("mlp", (X, Y), **given), zoo.train("mlp", (X, Y), **plain)
    for name, weights in other.weights.items():
        np.testing.assert_array_equal(one.weights[name], weights)
    assert zoo.create("elman", bidirectional=np.bool_(True)) == zoo.create("elman", bidirectional=True)
    assert zoo.predict(one, X, probabilities=np.bool_(True)).shape == (40, 2)
    with pytest.raises(OptionError, match=r"shards is 4\.5, expected a whole number"):
        zoo.train("mlp", (X, Y), shards=np.float64(4.5))
    with pytest.raises(OptionError, match="bidirectional is 1, expected true or false"):
        zoo.create("elman", bidirectional=np.int64(1))


def test_blocks_need_a_product_that_is_cut() -> None:
    with pytest.raises(OptionError, match=r"blocks has no effect here: products of 4,194,304 multiplications"):
        zoo.train("logistic", (X, Y), blocks=3, epochs=1)
    with pytest.raises(OptionError, match="blocks has no effect here"):
        zoo.train("elman", "temporal-xor", hidden=3, blocks=3, epochs=1)
    wide = np.random.default_rng(0).normal(size=(64, 300)).astype(np.float32)
    zoo.train("mlp", (wide, Y[np.arange(64) % 40]), hidden=500, batch_size=32, blocks=3, epochs=1, test=0.0)


@pytest.mark.parametrize("name", ["perceptron", "fuzzy-art", "fuzzy-artmap", "art2a"])
def test_rules_that_see_one_sample_after_the_other_take_no_batch_size(name: str) -> None:
    with pytest.raises(OptionError, match="batch_size has no effect here"):
        zoo.train(name, (np.abs(X), Y), batch_size=4, epochs=1)
