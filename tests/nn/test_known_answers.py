"""Known answers of backpropagation."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.nn import (
    INITIALIZERS,
    Branch,
    Constant,
    Dense,
    GradientSettings,
    GradientStep,
    Mode,
    Serial,
    Sigmoid,
    SquaredError,
)
from zoo.nn.parameters import Gradient, Layout, Parameters, nested
from zoo.parallel.threads import Workers


class BiasesStay:
    """A gradient step of the worked example, in which the biases are not updated."""

    def __init__(self, model) -> None:
        self.model, self.step = model, GradientStep(model, GradientSettings(optimizer="sgd", learning_rate=0.5))
        self.count = 0

    def __call__(self, batch: Batch, workers: Workers) -> float:
        biases = {name: array.copy() for name, array in self.model.weights.items() if name.endswith("/b")}
        loss = self.step(batch, StepContext(RandomStream(0), workers, updates=self.count))["loss"]
        for name, bias in biases.items():
            self.model.weights[name][...] = bias
        self.count += 1
        return loss


@pytest.fixture
def worked_example(build):
    """Two inputs, two hidden, two output units, all sigmoid; inputs 0.05 and 0.10, targets 0.01 and 0.99."""
    layers = Serial(hidden=Dense(2), sigmoid1=Sigmoid(), output=Dense(2), sigmoid2=Sigmoid())
    model = build(layers, 2, 2, "regression", precision="float64")
    model.weights["hidden/W"][...] = np.array([[0.15, 0.20], [0.25, 0.30]]).T  # w1, w2 lead to the first hidden unit
    model.weights["hidden/b"][...] = 0.35
    model.weights["output/W"][...] = np.array([[0.40, 0.45], [0.50, 0.55]]).T
    model.weights["output/b"][...] = 0.60
    return model, Batch.of(np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]]))


def test_the_worked_example_of_backpropagation_to_every_digit(worked_example) -> None:
    model, rows = worked_example
    with Workers(1) as workers:
        step = BiasesStay(model)
        assert step(rows, workers) == pytest.approx(0.298371109, abs=5e-10)
        w5_to_w8 = model.weights["output/W"].T.reshape(-1)
        np.testing.assert_allclose(w5_to_w8, [0.35891648, 0.408666186, 0.511301270, 0.561370121], rtol=0, atol=5e-9)
        np.testing.assert_allclose(w5_to_w8[1:], [0.408666186, 0.511301270, 0.561370121], rtol=0, atol=5e-10)
        w1_to_w4 = model.weights["hidden/W"].T.reshape(-1)
        np.testing.assert_allclose(w1_to_w4, [0.149780716, 0.19956143, 0.24975114, 0.29950229], rtol=0, atol=5e-9)
        assert w1_to_w4[0] == pytest.approx(0.149780716, abs=5e-10)
        assert step(rows, workers) == pytest.approx(0.29102777, abs=5e-9)  # print has 0.291027924


def test_the_worked_example_after_ten_thousand_steps(worked_example) -> None:
    model, rows = worked_example
    with Workers(1) as workers:
        step = BiasesStay(model)
        for _ in range(10_000):
            step(rows, workers)
        loss = model.metrics(model.evaluate(rows, RandomStream(0)))["loss"]
    assert loss == pytest.approx(0.0000351, abs=5e-8)
    np.testing.assert_allclose(model.predict(rows.inputs), [[0.0159, 0.9841]], rtol=0, atol=5e-5)


def test_reverse_accumulation_through_shared_paths() -> None:
    """e = (a + b)(b + 1) at a = 2, b = 1: b reaches e on two paths, de/da = 2 and de/db = 5."""
    e = Branch(sum=Dense(1), successor=Dense(1, initial_bias=Constant(1.0)), join="product")
    parameters = Parameters(Layout(e, (2,)), np.dtype(float))
    parameters.views["sum/W"][...] = [[1.0], [1.0]]
    parameters.views["successor/W"][...] = [[0.0], [1.0]]
    parameters.views["successor/b"][...] = 1.0
    y, pullback = e.forward(parameters.tree, np.array([[2.0, 1.0]]), Mode(training=True))
    assert y.item() == 6.0
    assert pullback is not None
    gradient = Gradient(nested({name: np.empty_like(view) for name, view in parameters.views.items()}))
    np.testing.assert_array_equal(pullback(np.ones((1, 1)), gradient), [[2.0, 5.0]])


@pytest.mark.parametrize(("initial", "equal"), [("zeros", True), ("normal", False)])
def test_units_that_start_equal_stay_equal(initial: str, equal: bool, build, random) -> None:
    start = INITIALIZERS[initial]
    model = build(Serial(hidden=Dense(4, start), sigmoid=Sigmoid(), output=Dense(3, start)), 5, 3)
    batch = Batch.of(random.standard_normal((30, 5)), random.integers(0, 3, 30))
    step = GradientStep(model, GradientSettings(optimizer="sgd", learning_rate=0.5))
    with Workers(1) as workers:
        for count in range(20):
            step(batch, StepContext(RandomStream(0), workers, updates=count))
    W = model.weights["hidden/W"]
    assert np.abs(W).max() > 1e-3, "nothing was learned"
    assert (np.ptp(W, axis=1) < 1e-7).all() == equal


def test_one_unit_by_hand(build) -> None:
    """y = w x, E = ½ (y − t)² at w = 3, x = 2, t = 5: E = ½, dE/dw = (6 − 5) · 2 = 2, so w becomes 3 − 0.1 · 2."""
    model = build(Serial(unit=Dense(1, bias=False)), 1, 1, "regression", loss=SquaredError(), precision="float64")
    model.weights["unit/W"][...] = 3.0
    step = GradientStep(model, GradientSettings(optimizer="sgd", learning_rate=0.1))
    with Workers(1) as workers:
        metrics = step(Batch.of(np.array([[2.0]]), np.array([[5.0]])), StepContext(RandomStream(0), workers))
    assert metrics == {"loss": 0.5, "gradient/unit": 2.0}
    assert model.weights["unit/W"].item() == pytest.approx(2.8, abs=1e-15)
