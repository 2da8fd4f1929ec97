"""`zoo.steps`: the bits of training, one update after another, and what led to each, checked against the rules."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.errors import OptionError, TrainingError, UsageError
from zoo.options import options_of
from zoo.registry import lookup

ROWS = 12
random = np.random.default_rng(3)
X = random.random((ROWS, 3))
CLASSES = np.arange(ROWS) % 2
BITS = np.column_stack([X > 0.5, X[:, 0] <= 0.5]).astype(int)
IMAGES = random.random((6, 16, 16)).astype("f4")
DATA: dict[str, Any] = {
    "perceptron": (X, CLASSES),
    "logistic": (X, CLASSES),
    "mlp": (X, X[:, :2]),
    "rbf": (X, X[:, 0]),
    "grnn": (X, X[:, 0]),
    "pnn": (X, CLASSES),
    "fuzzy-artmap": (X, CLASSES),
    "fuzzy-art": X,
    "art2a": X,
    "art1": BITS,
    "rbm": BITS,
    "boltzmann": BITS,
    "dbn": (X, CLASSES),
    "som": X,
    "elman": ([np.ones((2 + n % 3, 2)) * n for n in range(ROWS)], CLASSES),
}
FURTHER: list[tuple[str, Any, dict[str, Any]]] = [
    ("cnn", (IMAGES, CLASSES[:6]), {"batch_size": 3}),
    ("mlp", (X, CLASSES), {"update": "epoch", "hidden": 3, "dropout": 0.3, "batch_size": 5}),
    ("mlp", (X, CLASSES), {"shards": 3, "blocks": 1, "hidden": 3, "batch_size": 6}),
    ("som", X, {"rule": "online", "batch_size": 1, "rows": 2, "columns": 2}),
    ("rbm", BITS, {"chains": "persistent", "hidden": 3, "batch_size": 4, "steps": 2}),
    ("rbm", BITS, {"kernels": "reference", "hidden": 3}),
    ("dbn", (X, CLASSES), {"fine_tuning": "up-down", "hidden": (4, 3)}),
]


def cases() -> list[Any]:
    plain = [(name, data, dict(lookup.find_architecture(name).small)) for name, data in DATA.items()]
    return [pytest.param(*each, id=f"{number}-{each[0]}") for number, each in enumerate([*plain, *FURTHER])]


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize(("name", "data", "options"), cases())
def test_updates_have_the_bits_of_the_training(name: str, data: Any, options: dict[str, Any]) -> None:
    options = {"test": 0.0, **options} if not isinstance(data, str) else options
    if "epochs" in options_of(type(lookup.find_architecture(name).settings)) and name not in ("grnn", "pnn"):
        options["epochs"] = 2
    whole = zoo.train(name, data, threads=1, **options)
    updates = list(zoo.steps(name, data, **options))
    last = updates[-1]
    assert last.weights.keys() == whole.weights.keys()
    for each, array in whole.weights.items():
        assert array.tobytes() == last.weights[each].tobytes(), each
        assert array.tobytes() == last.model.weights[each].tobytes(), each
    for former, update in itertools.pairwise(updates):
        assert all(np.array_equal(array, update.before[each]) for each, array in former.weights.items())
        assert update.phase != former.phase or update.number == former.number + 1
    assert whole.history is not None and last.model.history is not None
    assert whole.history.phases.keys() == last.model.history.phases.keys()


def test_every_kind_of_data_a_family_learns_is_walked() -> None:
    families = {lookup.find_architecture(name).family for name in [*DATA, *(name for name, _, _ in FURTHER)]}
    assert families == {lookup.find_architecture(name).family for name in zoo.list_architectures()}


def test_the_worked_example_of_backpropagation() -> None:
    first, second = zoo.steps("backprop", epochs=2)
    assert first.loss == pytest.approx(0.298371109, abs=5e-10)
    assert second.loss == pytest.approx(0.29102777, abs=5e-9)  # print has 0.291027924
    w5_to_w8 = first.weights["output/W"].T.ravel()
    np.testing.assert_allclose(w5_to_w8, [0.35891648, 0.408666186, 0.511301270, 0.561370121], rtol=0, atol=5e-9)
    w1_to_w4 = first.weights["hidden1/W"].T.ravel()
    np.testing.assert_allclose(w1_to_w4, [0.149780716, 0.19956143, 0.24975114, 0.29950229], rtol=0, atol=5e-9)
    np.testing.assert_allclose(first.values["outputs"], [[0.75136507, 0.772928465]], rtol=0, atol=5e-9)
    np.testing.assert_allclose(first.deltas["output"], [[0.138498562, -0.038098236]], rtol=0, atol=5e-9)
    np.testing.assert_allclose(first.activations["sigmoid1"], [[0.593269992, 0.596884378]], rtol=0, atol=5e-9)
    for name in ("hidden1/b", "output/b"):
        assert np.array_equal(first.before[name], second.weights[name]), "biases are left alone"


def test_gradients_are_activations_times_deltas_and_move_the_weights() -> None:
    options = {"hidden": 4, "activation": "tanh", "optimizer": "sgd", "learning_rate": 0.1, "precision": "float64"}
    for update in zoo.steps("mlp", (X, CLASSES), epochs=2, batch_size=5, schedule="constant", test=0.0, **options):
        rows = len(update.rows)
        for below, layer in (("flatten", "hidden1"), ("tanh1", "output")):
            dW = update.activations[below].T @ update.deltas[layer] / rows
            np.testing.assert_allclose(update.gradients[f"{layer}/W"], dW, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(
            update.deltas["tanh1"], update.deltas["output"] @ update.before["output/W"].T, rtol=1e-9
        )
        for name, gradient in update.gradients.items():
            np.testing.assert_allclose(
                update.weights[name], update.before[name] - 0.1 * gradient, rtol=1e-12, atol=1e-15
            )
        assert update.loss == pytest.approx(update.values["losses"].mean())
        np.testing.assert_allclose(update.values["inputs"] * X.std(axis=0) + X.mean(axis=0), X[update.rows])


def test_one_update_of_a_perceptron() -> None:
    wrong = 0
    for update in zoo.steps("nand", epochs=4):
        v = {name: each[0] for name, each in update.values.items()}
        np.testing.assert_array_equal(v["net"], v["inputs"] @ update.before["W"] + update.before["b"])
        np.testing.assert_array_equal(v["errors"], v["targets"] - (v["net"] > 0))
        np.testing.assert_array_equal(update.weights["W"], update.before["W"] + np.outer(v["inputs"], v["errors"]))
        wrong += int(v["errors"].any())
        assert len(update.rows) == 1
    assert wrong > 2


def test_one_step_of_contrastive_divergence() -> None:
    options = {"hidden": 3, "learning_rate": 0.2, "momentum": 0.0, "weight_decay": 0.0, "schedule": "constant"}
    updates = zoo.steps("rbm", BITS, batch_size=1, epochs=2, precision="float64", test=0.0, **options)
    for update in itertools.islice(updates, 1, 8):  # after the start from the data
        v, before = update.values, update.before
        W, a, b = before["W"], before["visible_bias"], before["hidden_bias"]
        np.testing.assert_array_equal(v["data/v"], BITS[update.rows])
        np.testing.assert_allclose(v["data/p"], 1 / (1 + np.exp(-(v["data/v"] @ W + b))))
        assert set(np.unique(v["model/h0"])) | set(np.unique(v["model/v1"])) <= {0.0, 1.0}
        np.testing.assert_allclose(v["model/p1"], 1 / (1 + np.exp(-(v["model/v1"] @ W + b))))
        expected = v["data/v"].T @ v["data/p"] - v["model/v1"].T @ v["model/p1"]
        np.testing.assert_allclose(update.weights["W"], W + 0.2 * expected)
        np.testing.assert_allclose(update.weights["visible_bias"], a + 0.2 * (v["data/v"] - v["model/v1"])[0])


def test_one_presentation_to_a_map() -> None:
    options = {"rule": "online", "rows": 2, "columns": 3, "batch_size": 1, "sample_order": "data"}
    updates = zoo.steps("som", X, epochs=1, weights={"W": np.zeros((6, 3))}, precision="float64", test=0.0, **options)
    presented = [update for update in updates if update.phase == "map"]
    assert [update.rows.tolist() for update in presented] == [[row] for row in range(ROWS)], "in the order of the data"
    for update in presented:
        v, W = update.values, update.before["W"]
        far = np.linalg.norm(v["inputs"] - W, axis=1)
        np.testing.assert_allclose(v["distances"][0], far)
        c = int(v["winners"][0])
        assert c == far.argmin() and v["shares"][0, c] == pytest.approx(v["rate"][0])
        np.testing.assert_allclose(update.weights["W"], W + v["shares"][0][:, None] * (v["inputs"] - W), atol=1e-12)


@pytest.mark.parametrize(
    ("name", "options"), [("fuzzy-art", {"vigilance": 0.8}), ("art1", {"vigilance": 0.8}), ("art2a", {})]
)
def test_one_search_with_its_resets(name: str, options: dict[str, Any]) -> None:
    resets = 0
    for update in zoo.steps(name, BITS if name == "art1" else X, epochs=2, test=0.0, **options):
        v, W = update.values, update.before["W"]
        J, tried = int(v["resonates"][0]), v["resets"][0].tolist()
        assert v["choices"].shape == v["matches"].shape == (1, len(W))
        order = np.argsort(-v["choices"][0], kind="stable").tolist()
        assert tried == order[: len(tried)], "the largest choice values first"
        vigilance = update.model.kernel.vigilance
        assert all(v["matches"][0, j] < vigilance for j in tried)
        if len(W) > J:
            assert v["matches"][0, J] >= vigilance and order[len(tried)] == J
        np.testing.assert_allclose(update.weights["W"][J], v["learned"][0], rtol=1e-6)
        assert len(update.weights["W"]) == max(len(W), J + 1)
        resets += len(tried)
    assert resets or name == "art2a"


def test_a_search_with_match_tracking() -> None:
    updates = list(zoo.steps("fuzzy-artmap", (X, CLASSES), test=0.0))
    assert any(len(update.values["resets"][0]) for update in updates)
    for update in updates:
        J = int(update.values["resonates"][0])
        assert update.weights["classes"][J] == CLASSES[update.rows[0]]


def test_steps_are_made_when_asked_for_and_refused_as_a_training_is() -> None:
    updates = zoo.steps("mlp", (X, CLASSES), hidden=2, epochs=10**6)
    first, second = next(updates), next(updates)
    assert (first.number, second.number) == (1, 2) and second.model is first.model
    updates.close()
    with pytest.raises(OptionError, match="there is no option 'hiden'; did you mean 'hidden'"):
        zoo.steps("mlp", (X, CLASSES), hiden=2)
    with pytest.raises(UsageError, match="weights is 3, expected arrays by the names of weights"):
        zoo.steps("mlp", (X, CLASSES), weights=3)
    with pytest.raises(TrainingError, match="loss became"):
        list(zoo.steps("mlp", (X, 1e30 * X[:, 0]), hidden=2, scaling="raw", task="regression"))
