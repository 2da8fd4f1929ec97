"""Add or pad channels: the single channel of grey images, those a shortcut lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo import Array, Shape, Value, ZooError
from zoo.nn import Layer, Mode, Pullback, Shapes, Tree

if TYPE_CHECKING:
    from zoo.nn import Gradient


@dataclass(frozen=True)
class Channels(Layer):
    """y (rows, height, width, 1) of grey images (rows, height, width); those with channels stay as they are."""

    kind: ClassVar[str] = "channels"

    def shapes(self, input_shape: tuple[int, ...]) -> Shapes:
        if len(input_shape) not in (2, 3):
            raise ZooError(
                f"got inputs of shape {input_shape}, expected images: (height, width) or (height, width, channels)"
            )
        return Shapes((*input_shape, 1) if len(input_shape) == 2 else input_shape)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        def pullback(dy: Array, g: Gradient) -> Array | None:
            return dy.reshape(x.shape)

        return x[..., None] if x.ndim == 3 else x, pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.expand_dims(-1) if len(shape) == 2 else x


@dataclass(frozen=True)
class Shortcut(Layer):
    """y = every stride-th pixel of x, with channels of zeros behind its own: a shortcut without parameters.

    x (rows, height, width, inputs), y (rows, ⌈height / stride⌉, ⌈width / stride⌉, channels). He, Zhang, Ren and Sun,
    2016, section 3.3, option A.
    """

    kind: ClassVar[str] = "shortcut"

    channels: int
    stride: int = 1

    def shapes(self, input_shape: tuple[int, ...]) -> Shapes:
        height, width, inputs = input_shape
        if inputs > self.channels:
            raise ZooError(f"{self}: got {inputs} inputs, expected at most its {self.channels} channels")
        return Shapes((-(-height // self.stride), -(-width // self.stride), self.channels))

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        seen = x[:, :: self.stride, :: self.stride]
        y = mode.empty_like(x, shape=(*seen.shape[:3], self.channels))
        y[..., : x.shape[3]] = seen
        y[..., x.shape[3] :] = 0

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            dx = mode.empty_like(x)
            dx.fill(0)
            dx[:, :: self.stride, :: self.stride] = dy[..., : x.shape[3]]
            return dx

        return y, pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        end = 2**31 - 1
        seen = x.slice(0, end, 1, self.stride).slice(0, end, 2, self.stride)
        return seen.op("Pad", np.array([0] * 7 + [self.channels - shape[2]], np.int64))
