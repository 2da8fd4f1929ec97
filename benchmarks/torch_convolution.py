"""Convolutional nets in PyTorch: single layers, the net of the whole-step race, and ResNet-18."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.harness import Side
from zoo.types import Array

FORMATS = ("channels first", "channels last")  # PyTorch is faster now with the one, now with the other


class TorchSide(Side):
    """Work on a net in one of PyTorch's two orders of memory."""

    def __init__(self, net: Any, x: Any, order: str, threads: int) -> None:
        self.torch: Any = importlib.import_module("torch")
        self.torch.set_num_threads(threads)
        self.name = f"PyTorch, {order}"
        last = order == "channels last"
        memory = self.torch.channels_last if last else self.torch.contiguous_format
        self.net = net.to(memory_format=memory)
        self.x = x.to(memory_format=memory)


class TorchConvolution(TorchSide):
    """Forward and backward of one convolution, input gradient included."""

    def __init__(self, shape: tuple[int, int, int, int], order: str, threads: int) -> None:
        torch = importlib.import_module("torch")
        rows, size, inputs, channels = shape
        net = torch.nn.Conv2d(inputs, channels, 3, padding=1)
        super().__init__(net, torch.randn(rows, inputs, size, size), order, threads)
        self.x.requires_grad_()
        self.dy = torch.randn_like(self.net(self.x))

    def work(self, count: int) -> None:
        for _ in range(count):
            self.net.zero_grad(set_to_none=True)
            self.x.grad = None
            self.net(self.x).backward(self.dy)


class TorchNet(TorchSide):
    """Training steps of conv 5×5 32, pool, conv 5×5 64, pool, dense 512, dense 10 by plain gradient descent."""

    def __init__(self, images: Array, classes: Array, order: str, threads: int) -> None:
        torch = importlib.import_module("torch")
        nn = torch.nn
        net = nn.Sequential(
            nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1024, 512), nn.ReLU(), nn.Linear(512, 10),
        )  # fmt: skip
        super().__init__(net, torch.from_numpy(images)[:, None], order, threads)
        self.t = torch.from_numpy(classes.astype(np.int64))
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.01)

    def work(self, count: int) -> None:
        for _ in range(count):
            self.optimizer.zero_grad(set_to_none=True)
            self.torch.nn.functional.cross_entropy(self.net(self.x), self.t).backward()
            self.optimizer.step()


class TorchResNet18(TorchSide):
    """Predictions of ResNet-18 on one image of 224×224."""

    def __init__(self, order: str, threads: int) -> None:
        torch = importlib.import_module("torch")
        super().__init__(resnet18(torch).eval(), torch.randn(1, 3, 224, 224), order, threads)

    def work(self, count: int) -> None:
        with self.torch.inference_mode():
            for _ in range(count):
                self.torch.softmax(self.net(self.x), 1)

    def metrics(self) -> Mapping[str, float]:
        return {"weights": float(sum(each.numel() for each in self.net.parameters()))}


def resnet18(torch: Any) -> Any:
    """He, Zhang, Ren and Sun (2016), table 1."""
    nn = torch.nn

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, inputs: int, channels: int, stride: int) -> None:
            super().__init__()
            self.residual = nn.Sequential(
                nn.Conv2d(inputs, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
                nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels),
            )  # fmt: skip
            self.skip = nn.Sequential()
            if stride != 1:
                self.skip = nn.Sequential(nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

        def forward(self, x: Any) -> Any:
            return torch.relu(self.residual(x) + self.skip(x))

    stages = [(64, 64, 1), (64, 64, 1)]
    for channels in (128, 256, 512):
        stages += [(channels // 2, channels, 2), (channels, channels, 1)]
    start = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    end = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000)]
    return nn.Sequential(*start, *[Block(*each) for each in stages], *end)
