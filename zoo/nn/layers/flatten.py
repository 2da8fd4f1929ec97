"""Flatten: from axes to one vector per sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zoo.nn.layer import Layer, Mode, Pullback, Shapes, Tree
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.graph import Value
    from zoo.nn.parameters import Gradient


@dataclass(frozen=True)
class Flatten(Layer):
    """y (rows, product of the other axes) holds the values of x (rows, …) in the same order."""

    kind: ClassVar[str] = "flatten"

    def shapes(self, input_shape: Shape) -> Shapes:
        return Shapes((math.prod(input_shape),))

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        def pullback(dy: Array, g: Gradient) -> Array | None:
            return dy.reshape(x.shape)

        return x.reshape(len(x), math.prod(x.shape[1:])), pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.flattened()
