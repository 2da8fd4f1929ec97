"""GoogLeNet: kernels of several sizes side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zoo import option
from zoo.nn import HE_NORMAL, Aside, Branch, CategoricalCrossEntropy, Dense, Dropout, Flatten, Layer, Relu, Serial
from zoo_convolutional.architecture import ImageArchitecture
from zoo_convolutional.layers import AveragePool, BatchNorm, Convolution, GlobalAveragePool, MaxPool, ResponseNorm
from zoo_convolutional.training import ImageSettings
from zoo_convolutional.width_multiplier import scaled

BLOCKS = {  # the paper's table 1: 1×1, 3×3 reduced, 3×3, 5×5 reduced, 5×5, pool projected
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


@dataclass(frozen=True)
class GoogLeNet(ImageArchitecture):
    """Nine inception blocks, each of 1×1, 3×3 and 5×5 kernels and pooling side by side; 1×1 kernels keep them narrow.

    About 7.0 million weights for 1000 classes, auxiliary classifiers not counted. Source: C. Szegedy et al. (2015),
    Going deeper with convolutions, table 1.
    """

    name: ClassVar[str] = "googlenet"
    summary: ClassVar[str] = "nine inception blocks (Szegedy et al. 2015)"
    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    data: ClassVar[str] = "emblems"
    settings: ClassVar[ImageSettings] = ImageSettings(
        epochs=10, batch_size=64, shards=2, optimizer="momentum", learning_rate=0.01
    )
    small: ClassVar[dict[str, object]] = {"width": 0.06}

    auxiliary: bool = option(False, "two classifiers half-way, whose losses count 0.3 each in training")
    batch_norm: bool = option(False, "normalize each convolution's channels within a shard, in place of response norms")
    width: float = option(1.0, "channels of every convolution, as a multiple of the paper's", above=0.0, high=16.0)
    dropout: float = option(0.4, "share of the last features left out in training", low=0.0, below=1.0)

    @property
    def couples_rows(self) -> bool:
        return self.batch_norm

    def body(self, height: int, width: int, outputs: int) -> Layer:
        pool = MaxPool(3, stride=2, ceil=True)
        norm1: dict[str, Layer] = {} if self.batch_norm else {"norm1": ResponseNorm()}
        norm2: dict[str, Layer] = {} if self.batch_norm else {"norm2": ResponseNorm()}
        inception = {name: self._inception(*channels) for name, channels in BLOCKS.items()}
        four_a, four_d = self._aside(outputs, "4a"), self._aside(outputs, "4d")
        return Serial(
            conv1=self._convolution(64, 7, stride=2), pool1=pool, **norm1,
            reduce2=self._convolution(64, 1), conv2=self._convolution(192, 3), **norm2, pool2=pool,
            inception3a=inception["3a"], inception3b=inception["3b"], pool3=pool,
            inception4a=inception["4a"], **four_a,
            inception4b=inception["4b"], inception4c=inception["4c"], inception4d=inception["4d"], **four_d,
            inception4e=inception["4e"], pool4=pool,
            inception5a=inception["5a"], inception5b=inception["5b"],
            average=GlobalAveragePool(), dropout=Dropout(self.dropout), output=Dense(outputs),
        )  # fmt: skip

    def _inception(self, one: int, reduce3: int, three: int, reduce5: int, five: int, project: int) -> Layer:
        return Branch(
            one=self._convolution(one, 1),
            three=Serial(reduce=self._convolution(reduce3, 1), conv=self._convolution(three, 3)),
            five=Serial(reduce=self._convolution(reduce5, 1), conv=self._convolution(five, 5)),
            pool=Serial(pool=MaxPool(3, stride=1, padding=1), project=self._convolution(project, 1)),
            join="concat",
        )

    def _convolution(self, channels: int, kernel: int, stride: int = 1) -> Layer:
        channels = scaled(channels, self.width)
        conv = Convolution(channels, kernel, stride, padding=kernel // 2, bias=not self.batch_norm)
        return Serial(conv=conv, norm=BatchNorm(), relu=Relu()) if self.batch_norm else Serial(conv=conv, relu=Relu())

    def _aside(self, outputs: int, after: str) -> dict[str, Layer]:
        """A classifier of its own on what comes out of a block: section 5."""
        if not self.auxiliary:
            return {}
        head = Serial(
            pool=AveragePool(5, stride=3),
            conv=self._convolution(128, 1),
            flatten=Flatten(),
            dense=Dense(scaled(1024, self.width), HE_NORMAL),
            relu=Relu(),
            dropout=Dropout(0.7),
            output=Dense(outputs),
        )
        return {f"auxiliary{after}": Aside(head, CategoricalCrossEntropy(), 0.3)}
