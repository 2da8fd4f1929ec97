"""VGG: deep nets of 3×3 kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zoo import option
from zoo.nn import HE_NORMAL, Dense, Dropout, Flatten, Layer, Relu, Serial
from zoo_convolutional.architecture import ImageArchitecture
from zoo_convolutional.layers import BatchNorm, Convolution, MaxPool
from zoo_convolutional.training import ImageSettings
from zoo_convolutional.width_multiplier import scaled

CHANNELS = (64, 128, 256, 512, 512)
CONVOLUTIONS = {  # of each of the five blocks: the paper's table 1, columns A, B, D and E
    "11": (1, 1, 2, 2, 2),
    "13": (2, 2, 2, 2, 2),
    "16": (2, 2, 3, 3, 3),
    "19": (2, 2, 4, 4, 4),
}


@dataclass(frozen=True)
class Vgg(ImageArchitecture):
    """Five blocks of 3×3 convolutions, each halving the image by pooling, then two full layers and the outputs.

    VGG-16 for 1000 classes at 224×224: 138,357,544 weights. Source: K. Simonyan and A. Zisserman (2015), Very deep
    convolutional networks for large-scale image recognition, table 1.
    """

    name: ClassVar[str] = "vgg"
    summary: ClassVar[str] = "11, 13, 16 or 19 layers of 3×3 kernels (Simonyan, Zisserman 2015)"
    data: ClassVar[str] = "emblems"
    settings: ClassVar[ImageSettings] = ImageSettings(
        epochs=10, batch_size=64, shards=2, optimizer="momentum", learning_rate=0.01, l2=0.0005
    )
    small: ClassVar[dict[str, object]] = {"depth": "11", "width": 0.05, "units": 8}

    depth: str = option("16", "layers with weights", choices=tuple(CONVOLUTIONS))
    batch_norm: bool = option(False, "normalize each convolution's channels within a shard")
    width: float = option(1.0, "channels of every convolution, as a multiple of the paper's", above=0.0, high=16.0)
    units: int = option(4096, "units of each of the two full layers", low=1, high=1_000_000)
    dropout: float = option(0.5, "share of the full layers' units left out in training", low=0.0, below=1.0)

    @property
    def couples_rows(self) -> bool:
        return self.batch_norm

    def body(self, height: int, width: int, outputs: int) -> Layer:
        layers: dict[str, Layer] = {}
        for block, (channels, count) in enumerate(zip(CHANNELS, CONVOLUTIONS[self.depth], strict=True), 1):
            for each in range(1, count + 1):
                layers[f"conv{block}_{each}"] = Convolution(scaled(channels, self.width), 3, padding=1)
                if self.batch_norm:
                    layers[f"norm{block}_{each}"] = BatchNorm()
                layers[f"relu{block}_{each}"] = Relu()
            layers[f"pool{block}"] = MaxPool(2)
        layers["flatten"] = Flatten()
        for number in (6, 7):
            layers[f"dense{number}"] = Dense(self.units, HE_NORMAL)
            layers[f"relu{number}"] = Relu()
            layers[f"dropout{number}"] = Dropout(self.dropout)
        return Serial(**layers, output=Dense(outputs))
