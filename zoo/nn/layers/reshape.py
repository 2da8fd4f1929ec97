"""Reshape: the values of a sample under other axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from zoo.errors import ZooError
from zoo.nn.layer import Layer, Mode, Pullback, Shapes, Tree
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.graph import Value
    from zoo.nn.parameters import Gradient


@dataclass(frozen=True)
class Reshape(Layer):
    """y (rows, *shape) holds the values of x (rows, …) in the same order: `Reshape((28, 28, 1))`.

    One dimension may be −1: what is left for it.
    """

    kind: ClassVar[str] = "reshape"

    shape: Shape

    def shapes(self, input_shape: Shape) -> Shapes:
        size, known = math.prod(input_shape), math.prod(n for n in self.shape if n != -1)
        fits = size == known if -1 not in self.shape else known > 0 and size % known == 0
        if self.shape.count(-1) > 1 or any(n < -1 or n == 0 for n in self.shape):
            raise ZooError(f"{self}: expected dimensions of 1 or more, one of them −1 at most")
        if -1 in input_shape or not fits:
            raise ZooError(f"{self}: got an input of shape {input_shape}, expected as many values as the shape holds")
        return Shapes(tuple(size // known if n == -1 else n for n in self.shape))

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        def pullback(dy: Array, g: Gradient) -> Array | None:
            return dy.reshape(x.shape)

        return x.reshape(len(x), *self.shapes(x.shape[1:]).output), pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.reshape(0, *self.shapes(shape).output)
