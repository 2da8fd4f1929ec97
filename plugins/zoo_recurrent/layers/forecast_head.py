"""The head of forecasts: turns the last layer's values into a forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, Shape, Value
from zoo.nn import Gradient, Layer, Mode, Pullback, Shapes, Tree


@dataclass(frozen=True)
class Horizon(Layer):
    """The values of x (batch, …) in the shape of a forecast, (horizon, targets)."""

    kind: ClassVar[str] = "horizon"

    shape: Shape

    def shapes(self, input_shape: Shape) -> Shapes:
        return Shapes(self.shape)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        def pullback(dy: Array, g: Gradient) -> Array | None:
            return dy.reshape(x.shape)

        return x.reshape(len(x), *self.shape), pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.reshape(0, *self.shape)


@dataclass(frozen=True)
class LastValues(Layer):
    """y = the first features of the last time step, once for every step of the horizon: the forecast of no change.

    x (batch, time, features), y (batch, horizon, targets).
    """

    kind: ClassVar[str] = "last_values"

    shape: Shape

    def shapes(self, input_shape: Shape) -> Shapes:
        return Shapes(self.shape)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        horizon, targets = self.shape
        y = np.repeat(x[:, -1:, :targets], horizon, axis=1)

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            dx = np.zeros_like(x)
            dx[:, -1, :targets] = dy.sum(axis=1)
            return dx

        return y, pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        horizon, targets = self.shape
        last = x.slice(-1, 2**31 - 1, 1).slice(0, targets, 2)
        return x.graph.concat([last] * horizon, axis=1)
