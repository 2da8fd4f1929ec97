"""Nets of the 1980s: connections past hidden layers, squared error of sigmoids with a dead band, one output."""

import numpy as np
import pytest

import zoo
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.errors import UsageError
from zoo.nn import SigmoidSquaredError

OF_1986 = {"activation": "sigmoid", "one_output": True, "loss": "sigmoid_squared_error", "scaling": "raw"}
BITS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)


def model(**options):
    signature = Signature("classification", (2,), (2,), ("0", "1"))
    return zoo.create("mlp", precision="float64", **OF_1986, **options).build(signature, RandomStream(3))


def test_one_hidden_unit_with_connections_past_it_computes_exclusive_or():
    """The weights of Rumelhart, Hinton and Williams (1986), figure 2, in signs: a unit that detects both inputs."""
    net = model(hidden=(1,), shortcuts=True)
    net.weights["level1/units/hidden1/W"][...] = [[10], [10]]
    net.weights["level1/units/hidden1/b"][...] = -15
    net.weights["output/W"][...] = [[10], [10], [-20]]
    net.weights["output/b"][...] = -5
    assert (net.predict(BITS)[:, 1] > 0.5).tolist() == [False, True, True, False]


def test_every_layer_sees_all_below_it():
    shapes = dict(zoo.create("mlp", hidden=(3, 2), shortcuts=True).shapes(Signature("regression", (4,), (1,), ("y",))))
    assert [shapes[name][0] for name in ("level1/units/hidden1/W", "level2/units/hidden2/W", "output/W")] == [4, 7, 9]


def test_first_weights_lie_within_the_range_asked_for():
    weights = np.concatenate([each.ravel() for each in model(hidden=(50,), initial_range=0.3).weights.values()])
    assert abs(weights).max() <= 0.3
    assert weights.std() == pytest.approx(0.3 / np.sqrt(3), rel=0.1)


def test_the_gradient_of_sigmoids_and_squared_error_is_that_of_differences():
    random, loss = np.random.default_rng(0), SigmoidSquaredError(dead_band=0.2)
    z, t = random.normal(size=(50, 2)), random.integers(0, 2, 50)
    dz = loss.forward(z, t)[1](None)
    step = np.array([1e-6, 0.0])
    numeric = (loss.forward(z + step, t)[0] - loss.forward(z - step, t)[0]) / 2e-6
    np.testing.assert_allclose(dz[:, 0], numeric, atol=1e-8)


def test_an_output_within_the_dead_band_is_right():
    z = np.log(np.array([[0.85], [0.75]]) / np.array([[0.15], [0.25]]))  # outputs 0.85 and 0.75
    losses, pullback = SigmoidSquaredError(dead_band=0.2).forward(z, np.array([1, 1]))
    assert losses == pytest.approx([0.0, 0.5 * 0.25**2])
    assert pullback(None)[0] == 0
    assert pullback(None)[1] < 0


def test_one_output_is_for_two_classes_and_sigmoids():
    with pytest.raises(UsageError, match="one_output is for two classes and loss binary_cross_entropy or sigmoid"):
        zoo.train("mlp", "xor", one_output=True, epochs=1)
