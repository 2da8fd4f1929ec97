"""LeNet-5 and ResNet-20 as wholes: loss, all gradients and predictions are PyTorch's for the same weights."""

from __future__ import annotations

import numpy as np
import pytest
from torch_twins import assert_same, torch

from zoo.core.batch import Batch
from zoo.core.random import RandomStream
from zoo.core.signature import Signature
from zoo.nn import GradientSettings, GradientStep
from zoo.registry import lookup

nn = torch.nn


class Block(nn.Module):
    """A residual block of the small nets, with the shortcut that is filled up with zeros."""

    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.stride, self.more = stride, channels - inputs

    def forward(self, x):
        y = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        short = nn.functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        return torch.relu(short + y)


class ChannelsLastFlatten(nn.Module):
    """Our order of the pixels, so that the full layers' weights mean the same."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        ChannelsLastFlatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip


def resnet20():
    blocks = [
        Block(16 * 2 ** max(0, stage - (number == 0)), 16 * 2**stage, 2 if stage and not number else 1)
        for stage in range(3)
        for number in range(3)
    ]
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )  # fmt: skip


def as_theirs(array, like):
    """A weight, or its gradient, in PyTorch's order of axes."""
    order = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[array.ndim]
    found = np.ascontiguousarray(array.transpose(order))
    assert found.shape == tuple(like.shape)
    return found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    # Among many values under rectifiers some lie within rounding of zero, and which of two float32 programs lets them
    # pass is chance, PyTorch's own included: hence few and small images for the residual net.
    ("name", "twin", "rows", "size"),
    [("lenet5", lenet5, 16, (28, 28)), ("resnet", resnet20, 4, (12, 12))],
)
def test_whole_net_is_that_of_pytorch(name, twin, rows, size, dtype):
    random = np.random.default_rng(1)
    signature = Signature("classification", size, (10,), tuple("0123456789"))
    model = lookup.find_architecture(name)(precision=dtype).build(signature, RandomStream(0))
    x, t = random.standard_normal((rows, *size)).astype(dtype), random.integers(0, 10, rows)
    net = twin().to(getattr(torch, dtype))
    learned = {path: model.weights[path] for path in model.layout.parameters}
    # Both name a layer's parameters in the same order: W or γ first, then b or β.
    theirs = dict(zip(learned, net.parameters(), strict=True))
    with torch.no_grad():
        for path, parameter in theirs.items():
            parameter.copy_(torch.from_numpy(as_theirs(learned[path], parameter)))
    loss, gradients = GradientStep(model, GradientSettings()).objective(Batch.of(x, t), RandomStream(0))
    their_loss = nn.functional.cross_entropy(net(torch.from_numpy(x)[:, None]), torch.from_numpy(t))
    their_loss.backward()
    assert loss == pytest.approx(their_loss.item(), rel=1e-5)
    for path, parameter in theirs.items():
        assert_same(as_theirs(gradients[path], parameter), parameter.grad.numpy(), path)
    net.eval()
    for module in net.modules():  # before any update ours predicts with the averages it starts from
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    with torch.no_grad():
        assert_same(model.predict(x), torch.softmax(net(torch.from_numpy(x)[:, None]), 1).numpy(), "predictions")
