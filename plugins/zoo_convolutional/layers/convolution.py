"""Convolution: the same kernel at every position of an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np

from zoo import Array, Shape, Value, ZooError
from zoo.nn import HE_NORMAL, ZEROS, Initializer, Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo_convolutional.kernels import im2col, winograd
from zoo_convolutional.layers.normalization import column_sums
from zoo_convolutional.rules.convolution import convolution
from zoo_convolutional.sliding_window import Size, Window, channels_first, channels_last, fitting, pair

if TYPE_CHECKING:
    from zoo.nn import Gradient

A = TypeVar("A", Array, Array | None)


@dataclass(frozen=True)
class Convolution(Layer):
    """y[n,i,j] = Σ_{a,b} x[n, s·i + d·a − p, s·j + d·b − p] W[a,b] + b, with x zero outside the image.

    x (rows, height, width, inputs), W (kernel height, kernel width, inputs / groups, channels), b (channels,),
    y (rows, height', width', channels). With groups, the first share of the channels sees the first share of the
    inputs, and so on. LeCun, Bottou, Bengio and Haffner, 1998, section II; groups: Krizhevsky, Sutskever and Hinton,
    2012.
    """

    kind: ClassVar[str] = "convolution"

    channels: int
    kernel: Size
    stride: Size = 1
    padding: Size = 0
    dilation: Size = 1
    groups: int = 1
    bias: bool = True
    initial: Initializer = HE_NORMAL
    initial_bias: Initializer = ZEROS

    @property
    def window(self) -> Window:
        return Window(pair(self.kernel), pair(self.stride), pair(self.padding), pair(self.dilation))

    def shapes(self, input_shape: tuple[int, ...]) -> Shapes:
        size = fitting(self.window, input_shape, str(self))
        inputs = input_shape[2]
        if inputs % self.groups or self.channels % self.groups:
            raise ZooError(
                f"{self}: got {inputs} inputs and {self.channels} channels,"
                f" expected multiples of the {self.groups} groups"
            )
        parameters = {"W": Parameter((*pair(self.kernel), inputs // self.groups, self.channels), self.initial)}
        if self.bias:
            parameters["b"] = Parameter((self.channels,), self.initial_bias, penalized=False)
        return Shapes((*size, self.channels), parameters)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        W, window = p["W"], self.window
        if x.ndim != 4 or x.shape[3] != W.shape[2] * self.groups:
            raise ZooError(
                f"{self}: got x {x.shape}, expected (rows, height, width, {W.shape[2] * self.groups} channels)"
            )
        if mode.kernels == "reference":
            return self._by_the_rule(p, x, mode)
        x = np.ascontiguousarray(x)
        size = window.output(*x.shape[1:3])
        y = mode.empty_like(x, shape=(len(x), *size, self.channels))
        fast = winograd.pays(window, W.shape[2], (*y.shape[:3], self.channels // self.groups))
        kernel = winograd if fast else im2col
        for inputs, outputs in self._groups(x.shape[3]):
            with own(y, outputs) as y_part:
                kernel.convolve(
                    part(x, inputs), part(W, outputs), p["b"][outputs] if self.bias else None, window, y_part
                )
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dy = np.ascontiguousarray(dy)
            dW, dx = np.empty_like(W), mode.empty_like(x) if mode.input_gradient else None
            for inputs, outputs in self._groups(x.shape[3]):
                with own(dW, outputs) as dW_part, own(dx, inputs) as dx_part:
                    kernel.gradients(part(x, inputs), part(dy, outputs), part(W, outputs), window, dW_part, dx_part)
            g.add("W", dW)
            if self.bias:
                g.add("b", column_sums(dy.reshape(-1, self.channels)))
            return dx

        return y, pullback

    def _by_the_rule(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        """Group by group, as `rules/convolution.py` has it."""
        W, groups = p["W"], self._groups(x.shape[3])
        b = p["b"] if self.bias else np.zeros(self.channels, x.dtype)
        parts = [convolution(x[..., i], W[..., o], b[o], self.window) for i, o in groups]

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dx, dW, db = zip(*(back(dy[..., o]) for (_, back), (_, o) in zip(parts, groups, strict=True)), strict=True)
            g.add("W", np.concatenate(dW, axis=-1))
            if self.bias:
                g.add("b", np.concatenate(db))
            return np.concatenate(dx, axis=-1) if mode.input_gradient else None

        return np.concatenate([y for y, _ in parts], axis=-1), pullback if mode.training else None

    def _groups(self, inputs: int) -> list[tuple[slice, slice]]:
        """The inputs and the outputs of each group."""
        seen, made = inputs // self.groups, self.channels // self.groups
        return [(slice(g * seen, (g + 1) * seen), slice(g * made, (g + 1) * made)) for g in range(self.groups)]

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        W = np.ascontiguousarray(
            p["W"].transpose(3, 2, 0, 1), np.float32
        )  # runtimes convolve in single precision alone
        b = p["b"].astype(np.float32) if self.bias else None
        window = self.window
        taps = {"kernel_shape": list(window.kernel), "dilations": list(window.dilation), "group": self.groups}
        strides = {"strides": list(window.stride), "pads": list(window.padding * 2)}
        y = channels_first(x.cast(np.float32)).op("Conv", W, b, **taps, **strides)
        return channels_last(y).cast(x.dtype)

    def from_torch(self, tensors: Mapping[str, Array], images: Shape = ()) -> dict[str, Array]:
        W = tensors["weight"].transpose(2, 3, 1, 0)  # of PyTorch (channels, inputs / groups, height, width)
        return {"W": W, **({"b": tensors["bias"]} if self.bias else {})}


def part(x: Array, channels: slice) -> Array:
    """Some channels as an array of their own; all of them as they are."""
    return np.ascontiguousarray(x[..., channels]) if channels.stop - channels.start < x.shape[-1] else x


@contextmanager
def own(x: A, channels: slice) -> Iterator[A]:
    """Some channels of x to be written into, as an array of their own; all of them are x itself."""
    if x is None or channels.stop - channels.start == x.shape[-1]:
        yield x
        return
    array = np.empty((*x.shape[:-1], channels.stop - channels.start), x.dtype)
    yield array
    x[..., channels] = array
