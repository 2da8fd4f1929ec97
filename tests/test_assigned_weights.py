"""Weights that are assigned are what a model computes with and what it saves, in every architecture."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
from small_models import NAMES, encoded_inputs, small

import zoo
from zoo.core.weights import Weights
from zoo.errors import CheckpointError, UsageError

every_architecture = pytest.mark.parametrize("name", NAMES)


def changed(array: zoo.Array) -> zoo.Array:
    """Other values of the same kind."""
    if array.dtype.kind == "f":
        return np.random.default_rng(1).permutation(array.ravel()).reshape(array.shape) * 0.5 + 0.25
    return array[::-1].copy()


@every_architecture
def test_assigned_weights_are_used_and_saved(name: str, tmp_path: Path) -> None:
    model = copy.deepcopy(small(name))
    batch = encoded_inputs(model, name)
    arrays = dict(model.weights)
    before, new = model.answer(batch), {path: changed(array) for path, array in arrays.items()}
    for path, array in new.items():
        model.weights[path] = array
    assert all(model.weights[path] is array for path, array in arrays.items())  # written in place
    after = model.answer(batch)
    assert before.tobytes() != after.tobytes()

    in_place = copy.deepcopy(small(name))
    for path, array in new.items():
        in_place.weights[path][...] = array
    assert in_place.answer(batch).tobytes() == after.tobytes()

    zoo.save(model, tmp_path / "model.h5")
    loaded = zoo.load(tmp_path / "model.h5")
    for path, array in new.items():
        assert loaded.weights[path].tobytes() == array.astype(loaded.weights[path].dtype).tobytes(), path
    assert loaded == model and loaded.answer(batch).tobytes() == after.tobytes()


@every_architecture
def test_what_does_not_fit_is_refused_by_name_and_changes_nothing(name: str) -> None:
    model = copy.deepcopy(small(name))
    before = copy.deepcopy(model)
    for path, array in model.weights.items():
        for wrong in (np.zeros((*array.shape, 2)), np.full(array.shape, "a"), np.full(array.shape, 1j), [[1], [1, 2]]):
            with pytest.raises(UsageError, match=rf"weights\['{path}'\]"):
                model.weights[path] = wrong
            with pytest.raises(UsageError, match=path):
                model.weights = {**model.weights, path: wrong}
    with pytest.raises(UsageError, match="there is no array 'nonsense'"):
        model.weights["nonsense"] = np.zeros(3)
    with pytest.raises(UsageError, match="is missing"):
        model.weights = {}
    for refused in (
        lambda: model.weights.__delitem__(path),
        lambda: model.weights.pop(path),
        lambda: model.weights.clear(),
        lambda: model.weights.popitem(),
        lambda: model.weights.setdefault("x", np.zeros(1)),
    ):
        with pytest.raises(UsageError, match="neither added nor removed"):
            refused()
    assert model == before


@every_architecture
def test_copies_of_a_model_have_weights_of_their_own(name: str) -> None:
    model = small(name)
    before = copy.deepcopy(model)
    for other in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert isinstance(other.weights, Weights) and other == model
        for path, array in other.weights.items():
            other.weights[path] = changed(array)
        assert other != model and model == before


def test_other_precisions_and_lists_are_taken_and_what_a_type_cannot_hold_is_not() -> None:
    model = copy.deepcopy(small("mlp"))
    array = model.weights["output/b"]
    model.weights["output/b"] = [1, 2]
    assert array.tolist() == [1, 2] and array.dtype == np.float32
    model.weights["output/b"] = np.array([0.5, 0.25])
    model.weights["output/b"] *= 2
    model.weights.update({"output/b": model.weights["output/b"] + 1})
    model.weights |= {"output/b": model.weights["output/b"] + 1}
    assert model.weights["output/b"] is array and array.tolist() == [3, 2.5]
    with pytest.raises(UsageError, match="float32, its type, cannot hold"):
        model.weights["output/b"] = [1e300, 0]
    with pytest.raises(UsageError, match="did you mean 'output/b'"):
        model.weights["outputs/b"]
    counts = copy.deepcopy(small("fuzzy-art")).weights
    counts["sizes"] = counts["sizes"].astype(float)
    with pytest.raises(UsageError, match="int64, its type, cannot hold"):
        counts["sizes"] = counts["sizes"] + 0.5


def test_all_are_checked_before_one_is_changed() -> None:
    model = copy.deepcopy(small("mlp"))
    wrong = {"hidden1/b": np.ones(4), "output/b": np.ones(9)}
    with pytest.raises(UsageError, match="output/b"):
        model.weights.update(wrong)
    assert model == small("mlp")


def test_what_could_not_be_loaded_is_not_saved(tmp_path: Path) -> None:
    model = copy.deepcopy(small("fuzzy-art"))
    model.weights.put("W", np.zeros((0, 10), np.float32))
    with pytest.raises(CheckpointError, match="weights/sizes: got shape"):
        zoo.save(model, tmp_path / "model.h5")
    assert not list(tmp_path.iterdir())
