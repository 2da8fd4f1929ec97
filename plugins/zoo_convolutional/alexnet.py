"""AlexNet (Krizhevsky, Sutskever and Hinton 2012)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zoo import option
from zoo.nn import HE_NORMAL, Dense, Dropout, Flatten, Layer, Relu, Serial
from zoo_convolutional.architecture import ImageArchitecture
from zoo_convolutional.layers import Convolution, MaxPool, ResponseNorm
from zoo_convolutional.training import ImageSettings
from zoo_convolutional.width_multiplier import scaled


@dataclass(frozen=True)
class AlexNet(ImageArchitecture):
    """Five convolutions, three of them followed by overlapping pooling, and three full layers under dropout.

    For 1000 classes at 224×224: 62,378,344 weights, with the paper's two groups 60,965,224. Source: A. Krizhevsky,
    I. Sutskever and G. E. Hinton (2012), ImageNet classification with deep convolutional neural networks, section 3.5.
    """

    name: ClassVar[str] = "alexnet"
    summary: ClassVar[str] = "five convolutions, three full layers (Krizhevsky, Sutskever, Hinton 2012)"
    data: ClassVar[str] = "emblems"
    settings: ClassVar[ImageSettings] = ImageSettings(
        epochs=10, batch_size=64, shards=2, optimizer="momentum", learning_rate=0.01, l2=0.0005
    )
    small: ClassVar[dict[str, object]] = {"width": 0.03, "units": 16}

    grouped: bool = option(
        False, "cut the second, fourth and fifth convolution in two groups, as on the paper's two GPUs"
    )
    response_norm: bool = option(True, "local response normalization after the first two convolutions")
    width: float = option(1.0, "channels of every convolution, as a multiple of the paper's", above=0.0, high=16.0)
    units: int = option(4096, "units of each of the two full layers", low=1, high=1_000_000)
    dropout: float = option(0.5, "share of the full layers' units left out in training", low=0.0, below=1.0)

    def body(self, height: int, width: int, outputs: int) -> Layer:
        groups, f, pool = 2 if self.grouped else 1, Relu(), MaxPool(3, stride=2)
        normalized = ResponseNorm(size=5, alpha=1e-4, beta=0.75, k=2.0)

        def channels(count: int) -> int:
            return scaled(count, self.width, multiple=groups)

        def convolution(count: int, kernel: int, groups: int = 1) -> Convolution:
            return Convolution(channels(count), kernel, padding=kernel // 2, groups=groups)

        layers: dict[str, Layer] = {
            "conv1": Convolution(channels(96), 11, stride=4, padding=2), "relu1": f,
            **({"norm1": normalized} if self.response_norm else {}), "pool1": pool,
            "conv2": convolution(256, 5, groups), "relu2": f,
            **({"norm2": normalized} if self.response_norm else {}), "pool2": pool,
            "conv3": convolution(384, 3), "relu3": f,
            "conv4": convolution(384, 3, groups), "relu4": f,
            "conv5": convolution(256, 3, groups), "relu5": f, "pool5": pool,
            "flatten": Flatten(),
            "dropout6": Dropout(self.dropout), "dense6": Dense(self.units, HE_NORMAL), "relu6": f,
            "dropout7": Dropout(self.dropout), "dense7": Dense(self.units, HE_NORMAL), "relu7": f,
        }  # fmt: skip
        return Serial(**layers, output=Dense(outputs))
