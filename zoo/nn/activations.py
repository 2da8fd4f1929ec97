"""Activations: y = f(x), element by element (softmax: over the last axis). Each has its derivative beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from zoo.core.open_registry import OpenRegistry
from zoo.errors import OptionError, PluginError
from zoo.nn.layer import Layer, Mode, Pullback, Shapes, Tree
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.graph import Value
    from zoo.nn.parameters import Gradient

A = TypeVar("A", bound="Activation")


class Activation(Layer):
    """A layer without parameters whose output has the shape of its input; `kind` is its name among the options."""

    trainable: ClassVar[bool] = True  # whether it has a gradient to train by
    rectifies: ClassVar[bool] = False  # whether it halves the variance of its input, as relu: weights start larger

    def shapes(self, input_shape: Shape) -> Shapes:
        return Shapes(input_shape)


def check_activation(activation: Activation) -> None:
    """`PluginError` unless a plugin's activation is an instance of Activation."""
    if not isinstance(activation, Activation):
        raise PluginError(f"got {ascii(activation)[:80]}, expected an instance of a subclass of zoo.nn.Activation")


ACTIVATIONS: OpenRegistry[Activation] = OpenRegistry("activation", lambda layer: layer.kind, check_activation)


def built_in(kind: type[A]) -> type[A]:
    """Register an activation with its default fields under its `kind`."""
    ACTIVATIONS.add(kind())
    return kind


@built_in
@dataclass(frozen=True)
class Linear(Activation):
    """y = x."""

    kind: ClassVar[str] = "linear"

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        def pullback(dy: Array, g: Gradient) -> Array | None:
            return dy

        return x, pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x


@built_in
@dataclass(frozen=True)
class Step(Activation):
    """y = 1 where x ≥ 0, else 0: the threshold unit, to predict with; its derivative is 0 wherever it has one."""

    kind: ClassVar[str] = "step"
    trainable: ClassVar[bool] = False

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        if mode.training:
            raise OptionError(
                f"activation step at {mode.path}: it has no gradient to train by; expected sigmoid, tanh or relu"
            )
        return (x >= 0).astype(x.dtype), None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return (x >= 0).cast(x.dtype)


@built_in
@dataclass(frozen=True)
class Sigmoid(Activation):
    """y = 1 / (1 + e⁻ˣ); dy/dx = y (1 − y)."""

    kind: ClassVar[str] = "sigmoid"

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        y = sigmoid(x, mode.empty_like(x))
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            slope = np.subtract(1, y, out=mode.empty_like(y))
            slope *= y
            dy *= slope
            return dy

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.sigmoid()


@built_in
@dataclass(frozen=True)
class Tanh(Activation):
    """y = tanh x; dy/dx = 1 − y²."""

    kind: ClassVar[str] = "tanh"

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        y = np.tanh(x, out=mode.empty_like(x))
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            slope = np.multiply(y, y, out=mode.empty_like(y))
            np.subtract(1, slope, out=slope)
            dy *= slope
            return dy

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.tanh()


@built_in
@dataclass(frozen=True)
class Relu(Activation):
    """y = max(x, 0); dy/dx = 1 where x > 0, else 0."""

    kind: ClassVar[str] = "relu"
    rectifies: ClassVar[bool] = True

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        # Zeros in a row, since with a single 0 NumPy has no vector code: 12 µs for 128 × 512 floats instead of 25.
        y = np.maximum(x, np.zeros(x.shape[-1:], x.dtype), out=mode.empty_like(x))
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            dy *= y > 0
            return dy

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.op("Relu")


@built_in
@dataclass(frozen=True)
class LeakyRelu(Activation):
    """y = x where x > 0, else slope · x. Maas, Hannun and Ng, 2013, section 2."""

    kind: ClassVar[str] = "leaky_relu"
    rectifies: ClassVar[bool] = True

    slope: float = 0.01

    def __post_init__(self) -> None:
        if not 0 <= self.slope <= 1:
            raise ValueError(f"LeakyRelu: got slope {self.slope}, expected 0 to 1")

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        y = np.multiply(x, self.slope, out=mode.empty_like(x))
        np.maximum(x, y, out=y)  # for 0 ≤ slope ≤ 1 the larger of the two is the right one
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            np.multiply(dy, self.slope, out=dy, where=x <= 0)
            return dy

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.maximum(0) + x.minimum(0) * self.slope


@built_in
@dataclass(frozen=True)
class Softmax(Activation):
    """yᵢ = e^(xᵢ) / Σⱼ e^(xⱼ) over the last axis; dxᵢ = yᵢ (dyᵢ − Σⱼ dyⱼ yⱼ)."""

    kind: ClassVar[str] = "softmax"

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        y = softmax(x, mode.empty_like(x))
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            dy *= y
            dy -= y * dy.sum(axis=-1, keepdims=True)
            return dy

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.softmax()


def sigmoid(x: Array, out: Array | None = None) -> Array:
    """1 / (1 + e⁻ˣ), without overflow: below −88 (in double precision −709) e⁻ˣ is held at its largest value."""
    y: Array = np.maximum(x, -88 if x.dtype == np.float32 else -709, out=out)
    np.negative(y, out=y)
    np.exp(y, out=y)
    y += 1
    np.reciprocal(y, out=y)
    return y


def softmax(x: Array, out: Array | None = None) -> Array:
    """e^(xᵢ − max x) / Σⱼ e^(xⱼ − max x) over the last axis: the largest exponent is 0, so nothing overflows."""
    y: Array = np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
    np.exp(y, out=y)
    y /= y.sum(axis=-1, keepdims=True)
    return y
