"""A convolutional net described by its options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zoo import option
from zoo.nn import ACTIVATIONS, INITIALIZERS, Dense, Dropout, Flatten, Layer, Serial, loss_option
from zoo_convolutional.architecture import ImageArchitecture
from zoo_convolutional.layers import AveragePool, BatchNorm, Convolution, MaxPool
from zoo_convolutional.training import ImageSettings


@dataclass(frozen=True)
class Cnn(ImageArchitecture):
    """Blocks of convolution, activation and pooling, one for each entry of `channels`; then full layers, the outputs.

    Source: K. Fukushima (1980), Neocognitron, for the order of the layers; Y. LeCun et al. (1989), Backpropagation
    applied to handwritten zip code recognition, for their training.
    """

    name: ClassVar[str] = "cnn"
    summary: ClassVar[str] = (
        "a stack of convolutions, pooling and full layers, described by its options (LeCun et al. 1989)"
    )
    settings: ClassVar[ImageSettings] = ImageSettings(epochs=5, batch_size=64, shards=4)

    channels: tuple[int, ...] = option((16, 32), "channels of each block's convolutions", low=1, high=65536)
    kernel: int = option(3, "height and width of the kernels, in pixels", low=1, high=99)
    convolutions: int = option(1, "convolutions of a block, before its pooling", low=1, high=16)
    border: str = option("same", "same: as many zeros around an image as keep its size; none", choices=("same", "none"))
    pooling: str = option("max", "how the pixels of a window become one", choices=("max", "average", "none"))
    pool: int = option(2, "height and width of the pooling's windows, in pixels", low=1, high=99)
    dense: tuple[int, ...] = option((128,), "units of each full layer before the outputs", low=1, high=1_000_000)
    activation: str = option(
        "relu",
        "activation of the hidden layers",
        choices=ACTIVATIONS.names(where=lambda each: each.trainable, without=("linear", "softmax")),
    )
    batch_norm: bool = option(False, "normalize each convolution's channels within a shard")
    dropout: float = option(0.0, "share of the full layers' units left out in training", low=0.0, below=1.0)
    loss: str = loss_option()

    @property
    def couples_rows(self) -> bool:
        return self.batch_norm

    def body(self, height: int, width: int, outputs: int) -> Layer:
        f, layers = ACTIVATIONS[self.activation], dict[str, Layer]()
        initial = INITIALIZERS["he_normal" if f.rectifies else "glorot_uniform"]
        for number, channels in enumerate(self.channels, 1):
            for each in range(1, self.convolutions + 1):
                name = f"{number}" if self.convolutions == 1 else f"{number}_{each}"
                layers[f"convolution{name}"] = Convolution(
                    channels,
                    self.kernel,
                    padding=(self.kernel - 1) // 2 if self.border == "same" else 0,
                    bias=not self.batch_norm,
                    initial=initial,
                )
                if self.batch_norm:
                    layers[f"norm{name}"] = BatchNorm()
                pools = each == self.convolutions and self.pooling != "none"
                if pools and self.pooling == "max":  # max f(x) = f(max x) where f rises: f sees a quarter of the values
                    layers[f"pool{number}"] = MaxPool(self.pool)
                layers[f"{self.activation}{name}"] = f
                if pools and self.pooling == "average":
                    layers[f"pool{number}"] = AveragePool(self.pool)
        layers["flatten"] = Flatten()
        for number, units in enumerate(self.dense, 1):
            layers[f"dense{number}"] = Dense(units, initial=initial)
            layers[f"{self.activation}_dense{number}"] = f
            if self.dropout:
                layers[f"dropout{number}"] = Dropout(self.dropout)
        return Serial(**layers, output=Dense(outputs))
