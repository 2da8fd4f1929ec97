"""Dropout: units left out at random while training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo.nn.layer import Layer, Mode, Pullback, Shapes, Tree
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.graph import Value
    from zoo.nn.parameters import Gradient


@dataclass(frozen=True)
class Dropout(Layer):
    """y = x · m / (1 − rate), each m 0 with probability `rate`, else 1: y has the expectation of x. To predict, y = x.

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, 2014, section 4; the scale in training is section 10's.
    """

    kind: ClassVar[str] = "dropout"

    rate: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError(f"Dropout: got rate {self.rate}, expected 0 or more and below 1")

    def shapes(self, input_shape: Shape) -> Shapes:
        return Shapes(input_shape)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        if not mode.training:
            return x, None
        if mode.as_predicted:
            return x, lambda dy, g: dy
        # 16 bits a unit take half the time of a float; the rate becomes a multiple of 1/65,536, and the scale fits it.
        dropped = min(round(self.rate * 2**16), 2**16 - 1)
        m = mode.empty_like(x)
        m[...] = mode.random("dropout").integers(0, 2**16, x.shape, dtype=np.uint16) >= dropped
        m *= 1 / (1 - dropped / 2**16)
        y = np.multiply(x, m, out=mode.empty_like(x))

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dy *= m
            return dy

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x
