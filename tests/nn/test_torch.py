"""Outputs and gradients beside those of PyTorch's automatic differentiation, in double precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from zoo.core.random import RandomStream
from zoo.nn import (
    BinaryCrossEntropy,
    Branch,
    CategoricalCrossEntropy,
    Dense,
    Flatten,
    LeakyRelu,
    Linear,
    Maxout,
    Mode,
    Relu,
    Serial,
    Sigmoid,
    Softmax,
    SquaredError,
    Tanh,
)
from zoo.nn.layer import Layer
from zoo.nn.losses import Loss
from zoo.nn.parameters import Gradients, Layout, Parameters

torch = pytest.importorskip("torch")
F = torch.nn.functional


def dense(p: dict[str, Any], name: str, x: Any) -> Any:
    return x @ p[f"{name}/W"] + p[f"{name}/b"]


def maxout(p: dict[str, Any], x: Any) -> Any:
    return dense(p, "maxout1", x).reshape(*x.shape[:-1], 4, 3).amax(dim=-1)


def skip(p: dict[str, Any], x: Any) -> Any:
    return x + dense(p, "branch1/serial1/dense2", torch.tanh(dense(p, "branch1/serial1/dense1", x)))


# A net, and the same in PyTorch with the same weights.
NETS: list[tuple[Layer, Callable[[dict[str, Any], Any], Any]]] = [
    (Serial(Dense(6), Relu(), Dense(3)), lambda p, x: dense(p, "dense2", F.relu(dense(p, "dense1", x)))),
    (Serial(Dense(3), Sigmoid()), lambda p, x: torch.sigmoid(dense(p, "dense1", x))),
    (Serial(Dense(3), Tanh()), lambda p, x: torch.tanh(dense(p, "dense1", x))),
    (Serial(Dense(3), LeakyRelu(0.2)), lambda p, x: F.leaky_relu(dense(p, "dense1", x), 0.2)),
    (Serial(Dense(3), Softmax()), lambda p, x: F.softmax(dense(p, "dense1", x), dim=-1)),
    (Serial(Maxout(4, pieces=3), Dense(3)), lambda p, x: dense(p, "dense1", maxout(p, x))),
    (
        Serial(Branch(Linear(), Serial(Dense(6), Tanh(), Dense(5))), Dense(3)),
        lambda p, x: dense(p, "dense1", skip(p, x)),
    ),
    (
        Serial(gate=Branch(Serial(Dense(3), Sigmoid()), Dense(3), join="product")),
        lambda p, x: torch.sigmoid(dense(p, "gate/serial1/dense1", x)) * dense(p, "gate/dense1", x),
    ),
    (Serial(Flatten(), Dense(3)), lambda p, x: dense(p, "dense1", x.flatten(1))),
]

LOSSES: list[tuple[Loss, Callable[[Any, Any], Any], str]] = [
    (SquaredError(), lambda z, t: 0.5 * ((z - t) ** 2).sum(), "values"),
    (BinaryCrossEntropy(), lambda z, t: F.binary_cross_entropy_with_logits(z, t, reduction="sum"), "labels"),
    (CategoricalCrossEntropy(), lambda z, t: F.cross_entropy(z, t, reduction="sum"), "classes"),
]


@pytest.mark.parametrize(("loss", "torch_loss", "kind"), LOSSES, ids=[loss.name for loss, *_ in LOSSES])
@pytest.mark.parametrize(("net", "torch_net"), NETS, ids=[repr(net) for net, _ in NETS])
def test_torch_agrees(net, torch_net, loss, torch_loss, kind, random: np.random.Generator) -> None:
    x = random.standard_normal((11, 5))
    targets = {
        "values": random.standard_normal((11, 3)),
        "labels": random.integers(0, 2, (11, 3)).astype(float),
        "classes": random.integers(0, 3, 11),
    }[kind]
    layout = Layout(net, (5,))
    parameters, gradients = Parameters(layout, x.dtype), Gradients(layout, x.dtype)
    layout.draw(RandomStream(1), parameters.vector)
    z, pullback = net.forward(parameters.tree, x, Mode(training=True))
    losses, loss_pullback = loss.forward(z, targets)
    dx = pullback(loss_pullback(None), gradients.tree)
    gradients.tree.end()

    p = {name: torch.tensor(view, requires_grad=True) for name, view in parameters.views.items()}
    torch_x = torch.tensor(x, requires_grad=True)
    torch_z = torch_net(p, torch_x)
    torch_total = torch_loss(torch_z, torch.tensor(targets))
    torch_total.backward()

    np.testing.assert_allclose(z, torch_z.detach().numpy(), rtol=1e-10, atol=1e-13)
    assert losses.sum() == pytest.approx(torch_total.item(), rel=1e-12)
    np.testing.assert_allclose(dx, torch_x.grad.numpy(), rtol=1e-9, atol=1e-12)
    for name, place in layout.parameters.items():
        np.testing.assert_allclose(
            place.view(gradients.vector), p[name].grad.numpy(), rtol=1e-9, atol=1e-12, err_msg=name
        )
