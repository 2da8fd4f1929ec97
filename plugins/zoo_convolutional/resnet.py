"""ResNet: layers learn residuals, which are added to their input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zoo import option
from zoo.nn import Branch, Dense, Layer, Linear, Relu, Serial
from zoo_convolutional.architecture import ImageArchitecture
from zoo_convolutional.layers import BatchNorm, Convolution, GlobalAveragePool, MaxPool, Shortcut
from zoo_convolutional.training import ImageSettings
from zoo_convolutional.width_multiplier import scaled

LARGE = {  # blocks of each stage, and whether these are bottlenecks: the paper's table 1
    "18": ((2, 2, 2, 2), False),
    "34": ((3, 4, 6, 3), False),
    "50": ((3, 4, 6, 3), True),
    "101": ((3, 4, 23, 3), True),
    "152": ((3, 8, 36, 3), True),
}
SMALL = {"20": 3, "32": 5, "44": 7, "56": 9}  # blocks of each of three stages, for images of 32×32: section 4.2


@dataclass(frozen=True)
class ResNet(ImageArchitecture):
    """y = relu(x + F(x)): each block adds to its input what two convolutions 3×3, or a bottleneck of three, make of it.

    18 to 152 are the paper's nets for ImageNet (18: 11,689,512 weights for 1000 classes, 50: 25,557,032), 20 to 56
    those for images of 32×32. Where a block changes the size, the large nets project the shortcut (option B), the small
    ones fill it up with zeros (option A). A bottleneck strides in its 3×3 convolution, as most do today. Source: K. He,
    X. Zhang, S. Ren and J. Sun (2016), Deep residual learning for image recognition.
    """

    name: ClassVar[str] = "resnet"
    summary: ClassVar[str] = "18 to 152 layers, or 20 to 56 for small images, with shortcuts (He, Zhang, Ren, Sun 2016)"
    settings: ClassVar[ImageSettings] = ImageSettings(epochs=5, batch_size=64, shards=2)
    small: ClassVar[dict[str, object]] = {"width": 0.25}

    depth: str = option("20", "layers with weights; 20, 32, 44, 56 are for small images", choices=(*LARGE, *SMALL))
    width: float = option(1.0, "channels of every convolution, as a multiple of the paper's", above=0.0, high=16.0)

    @property
    def couples_rows(self) -> bool:
        return True

    def body(self, height: int, width: int, outputs: int) -> Layer:
        layers: dict[str, Layer] = {}
        stages: tuple[int, ...]
        widths: tuple[int, ...]
        if self.depth in SMALL:
            inputs = scaled(16, self.width)
            layers |= {"conv1": convolution(inputs, 3), "norm1": BatchNorm(), "relu1": Relu()}
            stages, bottleneck, widths = (SMALL[self.depth],) * 3, False, (16, 32, 64)
        else:
            inputs = scaled(64, self.width)
            layers |= {"conv1": convolution(inputs, 7, 2), "norm1": BatchNorm(), "relu1": Relu()}
            layers["pool1"] = MaxPool(3, stride=2, padding=1)
            (stages, bottleneck), widths = LARGE[self.depth], (64, 128, 256, 512)
        for stage, (blocks, channels) in enumerate(zip(stages, widths, strict=True), 1):
            for number in range(1, blocks + 1):
                stride = 2 if stage > 1 and number == 1 else 1
                layers[f"stage{stage}_{number}"], inputs = self._block(inputs, channels, stride, bottleneck)
        return Serial(**layers, average=GlobalAveragePool(), output=Dense(outputs))

    def _block(self, inputs: int, channels: int, stride: int, bottleneck: bool) -> tuple[Layer, int]:
        """relu(shortcut + residual), and the channels that come out."""
        n = scaled(channels, self.width)
        outputs = 4 * n if bottleneck else n
        residual = bottlenecked(n, stride) if bottleneck else plain(n, stride)
        return Serial(sum=Branch(skip=self._skip(inputs, outputs, stride), residual=residual), relu=Relu()), outputs

    def _skip(self, inputs: int, outputs: int, stride: int) -> Layer:
        if (inputs, stride) == (outputs, 1):
            return Linear()
        if self.depth in SMALL:
            return Shortcut(outputs, stride)
        return Serial(conv=convolution(outputs, 1, stride), norm=BatchNorm())


def plain(channels: int, stride: int) -> Layer:
    """Two convolutions 3×3: figure 5, left."""
    return Serial(
        conv1=convolution(channels, 3, stride), norm1=BatchNorm(), relu1=Relu(),
        conv2=convolution(channels, 3), norm2=BatchNorm(),
    )  # fmt: skip


def bottlenecked(channels: int, stride: int) -> Layer:
    """1×1 down, 3×3, 1×1 up: figure 5, right."""
    return Serial(
        conv1=convolution(channels, 1), norm1=BatchNorm(), relu1=Relu(),
        conv2=convolution(channels, 3, stride), norm2=BatchNorm(), relu2=Relu(),
        conv3=convolution(4 * channels, 1), norm3=BatchNorm(),
    )  # fmt: skip


def convolution(channels: int, kernel: int, stride: int = 1) -> Convolution:
    """Without bias, since the normalization behind it takes the mean away."""
    return Convolution(channels, kernel, stride, padding=kernel // 2, bias=False)
