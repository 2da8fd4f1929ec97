"""`zoo.learn`: chunks come to the bits of the whole, where rows or batches are learned one after the other."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo.errors import OptionError, UsageError

ROWS, FIRST, BATCH = 48, 8, 4
random = np.random.default_rng(5)
X = np.round(random.random((ROWS, 3)), 3)
Y = (X[:, 0] + 0.1 * random.standard_normal(ROWS) > 0.5).astype(int)
BITS = np.column_stack([X > 0.5, X[:, 0] <= 0.5]).astype(int)
BY_SAMPLE: list[tuple[str, Any, dict[str, Any]]] = [
    ("perceptron", (X, Y), {}),
    ("fuzzy-artmap", (X, Y), {}),
    ("fuzzy-artmap", (X, Y), {"voters": 2, "rate": 0.5}),
    ("fuzzy-art", X, {"rate": 0.7}),
    ("art2a", X, {}),
    ("art1", BITS, {}),
    ("som", X, {"rule": "online", "batch_size": 1, "rows": 2, "columns": 3}),
    ("mlp", (X, Y), {"hidden": 3, "batch_size": 1, "optimizer": "momentum"}),
]
BY_BATCH: list[tuple[str, Any, dict[str, Any]]] = [
    ("mlp", (X, Y), {"hidden": 3, "dropout": 0.3, "optimizer": "adam"}),
    ("logistic", (X, Y), {"optimizer": "rmsprop"}),
    ("rbm", BITS, {"hidden": 3, "chains": "persistent", "momentum": 0.5}),
    ("som", X, {"rule": "online", "rows": 2, "columns": 3}),
]


def part(data: Any, start: int, stop: int) -> Any:
    return tuple(each[start:stop] for each in data) if isinstance(data, tuple) else data[start:stop]


@pytest.fixture(scope="module")
def begun() -> dict[int, zoo.Model]:
    """A model of each, that has learned its first rows."""
    found = {}
    for number, (name, data, options) in enumerate([*BY_SAMPLE, *BY_BATCH]):
        more = {"batch_size": BATCH} if number >= len(BY_SAMPLE) else {}
        found[number] = zoo.learn(name, part(data, 0, FIRST), **options, **more)
    return found


def pieces(cuts: list[int]) -> list[tuple[int, int]]:
    edges = [FIRST, *sorted(cuts), ROWS]
    return [(start, stop) for start, stop in itertools.pairwise(edges) if stop > start]


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("number", range(len(BY_SAMPLE) + len(BY_BATCH)))
def test_chunks_equal_the_whole(number: int, begun: dict[int, zoo.Model]) -> None:
    _, data, _ = [*BY_SAMPLE, *BY_BATCH][number]
    step = 1 if number < len(BY_SAMPLE) else BATCH
    whole = zoo.learn(copy.deepcopy(begun[number]), part(data, FIRST, ROWS))
    assert any(not np.array_equal(array, begun[number].weights.get(name)) for name, array in whole.weights.items())

    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(st.lists(st.integers(FIRST // step, ROWS // step).map(lambda place: place * step), max_size=5))
    def cut_anywhere(cuts: list[int]) -> None:
        model = copy.deepcopy(begun[number])
        for start, stop in pieces(cuts):
            assert zoo.learn(model, part(data, start, stop), threads=1) is model
        assert model.weights.keys() == whole.weights.keys()
        for name, array in whole.weights.items():
            assert array.tobytes() == model.weights[name].tobytes(), (name, cuts)

    cut_anywhere()


@pytest.mark.parametrize(
    ("name", "data", "options", "training"),
    [
        ("perceptron", (X, Y), {}, {"learning_rate": 0.5}),
        ("fuzzy-art", X, {"vigilance": 0.8}, {}),
        ("mlp", (X, Y), {"hidden": 3, "dropout": 0.2}, {"optimizer": "adam", "learning_rate": 0.01, "batch_size": 7}),
    ],
)
def test_one_chunk_is_one_epoch_in_the_order_of_the_data(
    name: str, data: Any, options: dict[str, Any], training: dict[str, Any]
) -> None:
    more = {"schedule": "constant", "blocks": 1} if name == "mlp" else {}
    blocks = {"blocks": 1} if name == "mlp" else {}
    whole = zoo.train(name, data, epochs=1, sample_order="data", test=0.0, **options, **training, **more)
    learned = zoo.learn(name, data, **options, **training, **blocks)
    for each, array in whole.weights.items():
        np.testing.assert_array_equal(array, learned.weights[each])


def test_a_growing_model_takes_in_classes_as_they_come() -> None:
    model = zoo.train("fuzzy-artmap", (X, np.where(Y, "b", "a")))
    before = zoo.predict(model, X)
    zoo.learn(model, (X[:5] * 0.01, ["c"] * 5))
    assert model.labels == ("a", "b", "c") and set(zoo.predict(model, X[:5] * 0.01)) == {"c"}
    assert (zoo.predict(model, X) == before).mean() > 0.8
    fixed = zoo.train("perceptron", (X, np.where(Y, "b", "a")), epochs=1)
    with pytest.raises(zoo.DataError, match="label 'c', unseen in training"):
        zoo.learn(fixed, (X[:5], ["c"] * 5))


def test_a_stream_is_learned_and_saved(tmp_path: Any) -> None:
    centre, model = np.array([[0.0, 0.0], [3.0, 3.0]]), None
    for _ in range(30):
        y = random.integers(0, 2, 40)
        chunk = (centre[y] + random.normal(size=(40, 2)), y)
        model = zoo.learn("logistic", chunk, learning_rate=0.05) if model is None else zoo.learn(model, chunk)
    assert model is not None
    y = random.integers(0, 2, 500)
    points = centre[y] + random.normal(size=(500, 2))
    assert (zoo.predict(model, points) == y).mean() > 0.95
    zoo.save(model, tmp_path / "stream.h5")
    assert (zoo.predict(zoo.load(tmp_path / "stream.h5"), points) == zoo.predict(model, points)).all()


def test_other_settings_begin_a_fresh_step() -> None:
    model = zoo.learn("mlp", (X, Y), hidden=3, optimizer="adam")
    state = model.chunks.steps[0].state
    assert zoo.learn(model, (X, Y)).chunks.steps[0].state is state
    assert zoo.learn(model, (X, Y), optimizer="adam").chunks.steps[0].state is state
    fresh = zoo.learn(model, (X, Y), learning_rate=0.3, optimizer="sgd").chunks.steps[0]
    assert fresh.state is not state and fresh.settings.learning_rate == 0.3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: zoo.learn("rbf", (X, X[:, 0])), "rbf does not learn from chunks as it is set"),
        (lambda: zoo.learn("som", X), "som does not learn from chunks as it is set"),
        (lambda: zoo.learn("dbn", (X, Y)), "dbn is not begun by chunks: phase"),
        (lambda: zoo.learn("mlp", (X, Y), epochs=3), "epochs has no effect: each chunk is gone through once"),
        (lambda: zoo.learn("mlp", (X, Y), test=0.2), "test has no effect: all rows of a chunk are learned"),
        (lambda: zoo.learn("mlp", (X, Y), hiden=3), "there is no option 'hiden'"),
    ],
)
def test_what_does_not_learn_from_chunks_says_so(call: Any, message: str) -> None:
    with pytest.raises((UsageError, OptionError), match=message):
        call()
