"""Every layer, combinator, loss and penalty against finite differences in float64: relative error under 1e-6."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.core.batch import Batch
from zoo.nn import (
    ACTIVATIONS,
    INITIALIZERS,
    Aside,
    BinaryCrossEntropy,
    Branch,
    CategoricalCrossEntropy,
    Dense,
    Dropout,
    Flatten,
    GradientSettings,
    LayerNorm,
    LeakyRelu,
    Linear,
    Maxout,
    Mode,
    Relu,
    Reshape,
    Serial,
    Sigmoid,
    SigmoidSquaredError,
    Softmax,
    SquaredError,
    Tanh,
)
from zoo.nn.gradient_check import check_layer, check_loss, check_step, compare
from zoo.nn.layer import Layer
from zoo.nn.parameters import Layout, Parameters

LAYERS = [
    Dense(4),
    Dense(3, bias=False),
    Dense(3, INITIALIZERS["he_normal"]),
    Maxout(3, pieces=2),
    Maxout(2, pieces=5),
    *(layer for name, layer in ACTIVATIONS.items() if name != "step"),
    LeakyRelu(0.3),
    Dropout(0.4),
    Flatten(),
    LayerNorm(),
    Reshape((5, 1)),
    Serial(Dense(6), LayerNorm(0.1), Tanh(), Reshape((2, -1)), Dense(3)),
    Serial(Dense(6), Tanh(), Dense(3)),
    Serial(Linear(), Flatten(), Dense(6), Relu(), Dropout(0.3), Dense(6), Sigmoid(), Dense(2), Softmax()),
    Branch(Linear(), Dense(5), join="sum"),
    Branch(Serial(Dense(3), Tanh()), Dense(3), Serial(Dense(3), Sigmoid()), join="product"),
    Branch(Dense(2), Linear(), Dense(3), join="concat"),
    Serial(
        skip=Branch(Linear(), Serial(Dense(5), Relu(), Dense(5))),
        relu=Relu(),
        out=Branch(Dense(2), Dense(3), join="concat"),
    ),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_layer(layer: Layer, random: np.random.Generator) -> None:
    check_layer(layer, random.standard_normal((7, 5)))


@pytest.mark.parametrize(
    "layer",
    [Dense(4), LayerNorm(), Maxout(2), Softmax(), Dropout(0.2), Branch(Dense(2), Linear(), join="concat")],
    ids=repr,
)
def test_layer_with_a_time_axis(layer: Layer, random: np.random.Generator) -> None:
    check_layer(layer, random.standard_normal((3, 4, 5)))


def test_a_head_adds_the_gradient_of_its_own_loss(random: np.random.Generator) -> None:
    aside = Aside(Serial(Dense(4), Tanh(), Dense(3)), CategoricalCrossEntropy(), weight=0.3)
    layer = Serial(Dense(5), Relu(), aside, Dense(2))
    check_layer(layer, random.standard_normal((6, 4)), targets=random.integers(0, 3, 6))


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_losses(scale: float, random: np.random.Generator) -> None:
    z = scale * random.standard_normal((6, 4))
    check_loss(SquaredError(), z, random.standard_normal((6, 4)))
    check_loss(SquaredError(), z, random.integers(0, 4, 6))
    check_loss(BinaryCrossEntropy(), z, random.integers(0, 2, (6, 4)))
    check_loss(SigmoidSquaredError(), z, random.random((6, 4)))
    check_loss(SigmoidSquaredError(), z, random.integers(0, 4, 6))
    check_loss(BinaryCrossEntropy(), z[:, :1], random.integers(0, 2, 6))
    check_loss(CategoricalCrossEntropy(), z, random.integers(0, 4, 6))


def test_a_loss_of_values_that_lie_otherwise_in_memory(random: np.random.Generator) -> None:
    z, targets = random.standard_normal((5, 3, 4)).swapaxes(0, 1), random.integers(0, 4, (3, 5))
    loss = CategoricalCrossEntropy()
    np.testing.assert_array_equal(loss.forward(z, targets)[1](None), loss.forward(z.copy("C"), targets)[1](None))


def test_losses_of_sequences(random: np.random.Generator) -> None:
    z = random.standard_normal((3, 5, 4))
    check_loss(SquaredError(), z, random.standard_normal((3, 5, 4)))
    check_loss(BinaryCrossEntropy(), z, random.integers(0, 2, (3, 5, 4)))
    check_loss(CategoricalCrossEntropy(), z, random.integers(0, 4, (3, 5)))


NET = Serial(
    hidden=Dense(7), tanh=Tanh(), drop=Dropout(0.2), aside=Aside(Dense(3), CategoricalCrossEntropy()), output=Dense(3)
)


@pytest.mark.parametrize("l1", [0.0, 0.1])
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_a_whole_step_with_penalties(l1: float, l2: float, build, random: np.random.Generator) -> None:
    model = build(NET, 5, 3)
    batch = Batch.of(random.standard_normal((8, 5)), random.integers(0, 3, 8))
    check_step(model, GradientSettings(l1=l1, l2=l2), batch)


@pytest.mark.parametrize("task", ["multi-label", "regression"])
def test_a_whole_step_of_other_tasks(task: str, build, random: np.random.Generator) -> None:
    model = build(Serial(Dense(6), Sigmoid(), Dense(2)), 4, 2, task)
    targets = random.integers(0, 2, (9, 2)) if task == "multi-label" else random.standard_normal((9, 2))
    check_step(model, GradientSettings(l2=0.1), Batch.of(random.standard_normal((9, 4)), targets))


def test_the_check_finds_a_wrong_gradient(random: np.random.Generator) -> None:
    x = random.standard_normal((2, 3))
    compare(lambda: float((x**2).sum()), x, 2 * x, "squares")
    wrong = 2 * x
    wrong[1, 2] *= 1 + 3e-6
    with pytest.raises(AssertionError, match=r"squares: relative error 3.*e-06.*\(1, 2\)"):
        compare(lambda: float((x**2).sum()), x, wrong, "squares")


def test_at_a_kink_the_smaller_step_decides() -> None:
    x = np.array([3e-6, -3e-6, 1.0])
    compare(lambda: float(np.maximum(x, 0).sum()), x, (x > 0).astype(float), "relu")


def test_no_input_gradient_below_the_first_parameters(random: np.random.Generator) -> None:
    """The pullback of a net whose input is data leaves the first dx out: one product in three of that layer."""
    wanted: dict[str, bool] = {}

    class Watched(Linear):
        def forward(self, p, x, mode):
            wanted[mode.path] = mode.input_gradient
            return super().forward(p, x, mode)

    net = Serial(a=Watched(), first=Dense(4), b=Watched(), second=Branch(Dense(4), Watched()), c=Watched())
    x = random.standard_normal((3, 4))
    parameters = Parameters(Layout(net, (4,)), np.dtype(float))
    net.forward(parameters.tree, x, Mode(training=True, input_gradient=False))
    assert wanted == {"a": False, "b": True, "second/linear1": True, "c": True}
