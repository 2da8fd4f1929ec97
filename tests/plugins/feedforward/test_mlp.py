"""The multilayer perceptron on tables: answers and errors in the units and names of the data."""

from typing import Any

import numpy as np
import pytest

import zoo
from zoo.training.run import evaluate, prepare, train

# Without what keeps a large net from learning a small table by heart.
PLAIN: dict[str, Any] = {"dropout": 0.0, "input_dropout": 0.0}


def table(rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Two targets in very different units, smooth in three inputs."""
    random = np.random.default_rng(5)
    x = random.normal(size=(rows, 3))
    return x, np.stack([1000 + 300 * x[:, 0], 0.01 * x[:, 1] * x[:, 2]], axis=1)


def test_regression_answers_in_the_units_of_the_targets() -> None:
    x, y = table()
    model = zoo.train("mlp", data=(x, y), hidden=(64,), epochs=60, batch_size=16, **PLAIN)
    answers = zoo.predict(model, x)
    assert answers.shape == y.shape
    assert (np.abs(answers - y).mean(axis=0) < 0.2 * y.std(axis=0)).all()


def test_mean_squared_error_is_in_the_units_of_the_targets(tmp_path) -> None:
    x, y = table()
    np.savez(tmp_path / "table.npz", x=x, y=y)
    run = prepare("mlp", data={"name": str(tmp_path / "table.npz")}, training={"epochs": 5}, options={"hidden": (16,)})
    result = train(run, out=tmp_path / "net.h5")
    test = run.parts.test
    expected = ((zoo.predict(result.model, x[test]) - y[test]) ** 2).mean()
    assert result.metrics["mean_squared_error"] == pytest.approx(expected, rel=1e-4)
    assert evaluate(tmp_path / "net.h5").metrics["mean_squared_error"] == pytest.approx(expected, rel=1e-4)


def test_multi_label_answers_true_or_false_for_each_label() -> None:
    random = np.random.default_rng(6)
    x = random.normal(size=(400, 4))
    y = (x[:, :3] > 0).astype(int)
    model = zoo.train("mlp", data=(x, y), hidden=(32,), epochs=40, batch_size=16, **PLAIN)
    answers = zoo.predict(model, x)
    assert answers.dtype == bool
    assert (answers == y).mean() > 0.95


@pytest.mark.parametrize("activation", ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "softmax", "maxout"])
def test_every_activation_learns(activation: str) -> None:
    """Two half moons: a line tells 85 % apart, a hidden layer that bends more."""
    training = {"epochs": 40, "batch_size": 16, "learning_rate": 0.02}
    result = train(prepare("moons", options={"hidden": (24,), "activation": activation}, training=training))
    assert result.metrics["accuracy"] > (0.8 if activation == "linear" else 0.92)


def test_zero_weights_keep_hidden_units_alike_and_small_random_ones_do_not() -> None:
    """With all weights zero every hidden unit computes the same and gets the same gradient, for ever."""
    for initializer, alike in (("zeros", True), ("normal", False)):
        model = zoo.train("mlp", data="xor", hidden=(6,), activation="tanh", initializer=initializer, epochs=50)
        W = model.weights["hidden1/W"]
        assert np.allclose(W, W[:, :1]) is alike


def test_a_loss_that_is_not_finite_stops_and_says_which_layer(tmp_path) -> None:
    run = prepare(
        "mlp",
        training={"learning_rate": 1e6, "optimizer": "sgd", "epochs": 3},
        options={"hidden": (8, 8), "activation": "linear"},
    )
    out = tmp_path / "net.h5"
    with pytest.raises(zoo.errors.TrainingError, match=r"nan at layer \w+; .* last good checkpoint is"):
        train(run, out=out)
    assert all(np.isfinite(array).all() for array in zoo.load(out).weights.values())
