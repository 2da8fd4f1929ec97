"""LeNet-5 (LeCun et al. 1998)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zoo import option
from zoo.nn import ACTIVATIONS, INITIALIZERS, Dense, Flatten, Layer, Serial
from zoo_convolutional.architecture import ImageArchitecture
from zoo_convolutional.layers import AveragePool, Convolution, MaxPool
from zoo_convolutional.training import ImageSettings


@dataclass(frozen=True)
class LeNet5(ImageArchitecture):
    """Two convolutions 5×5 of 6 and 16 channels, each followed by pooling, then layers of 120, 84 and the classes.

    Full connections throughout: 61,706 weights for ten classes. Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner
    (1998), Gradient-based learning applied to document recognition, figure 2.
    """

    name: ClassVar[str] = "lenet5"
    summary: ClassVar[str] = "two convolutions and three full layers (LeCun, Bottou, Bengio, Haffner 1998)"
    settings: ClassVar[ImageSettings] = ImageSettings(epochs=12, batch_size=64, shards=2, learning_rate=0.002)

    activation: str = option("tanh", "activation of the hidden layers", choices=("tanh", "relu", "sigmoid"))
    pooling: str = option("average", "how 2×2 pixels become one", choices=("average", "max"))

    def body(self, height: int, width: int, outputs: int) -> Layer:
        f = ACTIVATIONS[self.activation]
        initial = INITIALIZERS["he_normal" if self.activation == "relu" else "glorot_uniform"]
        pool = AveragePool(2) if self.pooling == "average" else MaxPool(2)
        border = 0 if min(height, width) >= 32 else 2  # the paper's digits stand in frames of 32×32
        return Serial(
            c1=Convolution(6, 5, padding=border, initial=initial), f1=f, s2=pool,
            c3=Convolution(16, 5, initial=initial), f3=f, s4=pool,
            flatten=Flatten(),
            c5=Dense(120, initial=initial), f5=f,
            f6=Dense(84, initial=initial), f=f,
            output=Dense(outputs),
        )  # fmt: skip
