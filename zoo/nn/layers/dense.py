"""Fully connected layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo.core.graph import END
from zoo.errors import ZooError
from zoo.nn.initializers import GLOROT_UNIFORM, ZEROS, Initializer
from zoo.nn.layer import Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.graph import Value
    from zoo.nn.parameters import Gradient


@dataclass(frozen=True)
class Dense(Layer):
    """y = x W + b.

    x (…, inputs), W (inputs, units), b (units,), y (…, units): every axis but the last counts as rows.
    """

    kind: ClassVar[str] = "dense"

    units: int
    initial: Initializer = GLOROT_UNIFORM
    bias: bool = True
    initial_bias: Initializer = ZEROS

    def shapes(self, input_shape: Shape) -> Shapes:
        *outer, inputs = axes(input_shape, self)
        parameters = {"W": Parameter((inputs, self.units), self.initial)}
        if self.bias:
            parameters["b"] = Parameter((self.units,), self.initial_bias, penalized=False)
        return Shapes((*outer, self.units), parameters)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        W = p["W"]
        x2 = x.reshape(-1, x.shape[-1])  # (rows, inputs)
        y = mode.product(x2, W, mode.empty_like(W, shape=(len(x2), self.units)), p["b"] if self.bias else None)
        if not mode.training:
            return y.reshape(*x.shape[:-1], self.units), None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dy2 = dy.reshape(-1, self.units)
            g.add_product("W", x2.T, dy2)  # dW = xᵀ dy
            if self.bias:
                g.add("b", column_sums(dy2))  # db = Σ dy
            if not mode.input_gradient:
                return None
            dx = mode.product(dy2, W.T, mode.empty_like(dy2, shape=x2.shape))  # dx = dy Wᵀ
            return dx.reshape(x.shape)

        return y.reshape(*x.shape[:-1], self.units), pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        y: Value = x @ p["W"]
        return y + p["b"] if self.bias else y

    def from_torch(self, tensors: Mapping[str, Array], images: Shape = ()) -> dict[str, Array]:
        W = tensors["weight"].T  # of PyTorch (units, inputs)
        if images:
            height, width, channels = images
            W = W.reshape(channels, height, width, -1).transpose(1, 2, 0, 3).reshape(W.shape)
        return {"W": W, **({"b": tensors["bias"]} if self.bias else {})}


@dataclass(frozen=True)
class Maxout(Layer):
    """yᵢ = maxⱼ (x W + b)ᵢⱼ: each unit the largest of its linear pieces.

    x (…, inputs), W (inputs, units · pieces), b (units · pieces,), y (…, units). Goodfellow et al., 2013, section 2.
    """

    kind: ClassVar[str] = "maxout"

    units: int
    pieces: int = 2
    initial: Initializer = GLOROT_UNIFORM

    def shapes(self, input_shape: Shape) -> Shapes:
        *outer, inputs = axes(input_shape, self)
        columns = self.units * self.pieces
        b = Parameter((columns,), penalized=False)
        return Shapes((*outer, self.units), {"W": Parameter((inputs, columns), self.initial), "b": b})

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        z, linear = Dense(self.units * self.pieces).forward(p, x, mode)
        z = z.reshape(*x.shape[:-1], self.units, self.pieces)
        y = z.max(axis=-1)
        if linear is None:
            return y, None
        winner = z.argmax(axis=-1)[..., None]  # of equals the first: one piece learns

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dz = np.zeros_like(z)
            np.put_along_axis(dz, winner, dy[..., None], axis=-1)
            return linear(dz.reshape(*x.shape[:-1], self.units * self.pieces), g)

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        z = x @ p["W"] + p["b"]
        return x.graph.op("Max", *(z.slice(piece, END, -1, self.pieces) for piece in range(self.pieces)))


def axes(input_shape: Shape, layer: Layer) -> Shape:
    """The input's axes, of which a dense layer needs one at least."""
    if not input_shape or math.prod(input_shape[-1:]) < 1:
        raise ZooError(f"{layer}: got an input of shape {input_shape}, expected one axis of features at least")
    return input_shape


def column_sums(dy: Array) -> Array:
    """Σ over rows, as a product with ones: BLAS adds many rows faster and in blocks, hence with less rounding."""
    sums: Array = np.ones(len(dy), dy.dtype) @ dy
    return sums
