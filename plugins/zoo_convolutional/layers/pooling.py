"""Pooling: a window of pixels becomes one, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo import Array, Shape, Value
from zoo.nn import Layer, Mode, Pullback, Shapes, Tree
from zoo_convolutional.kernels.im2col import few
from zoo_convolutional.kernels.scratch_buffers import scratch_buffer
from zoo_convolutional.rules.pooling import Backward, average_pool, max_pool
from zoo_convolutional.sliding_window import Size, Window, bordered, channels_first, channels_last, fitting, pair

if TYPE_CHECKING:
    from zoo.nn import Gradient


@dataclass(frozen=True)
class MaxPool(Layer):
    """y[n,i,j] = max over taps (a,b) of x[n, s·i + a − p, s·j + b − p]; of equals the first passes dy on.

    x (rows, height, width, channels). The stride is by default the kernel. `ceil`: windows that begin inside the image
    and reach beyond its lower or right edge count too, as in GoogLeNet.
    """

    kind: ClassVar[str] = "pool"

    kernel: Size = 2
    stride: Size | None = None
    padding: Size = 0
    ceil: bool = False

    def window(self, height: int, width: int) -> Window:
        plain = pooling_window(self.kernel, self.stride, self.padding)
        if not self.ceil:
            return plain
        beyond = [
            -(size + 2 * p - k) % s if size + 2 * p > k and (-(size + 2 * p - k) % s) < k - p else 0
            for size, k, s, p in zip((height, width), plain.kernel, plain.stride, plain.padding, strict=True)
        ]
        return Window(plain.kernel, plain.stride, plain.padding, beyond=(beyond[0], beyond[1]))

    def shapes(self, input_shape: tuple[int, ...]) -> Shapes:
        size = fitting(
            self.window(*input_shape[:2]) if len(input_shape) == 3 else Window((1, 1)), input_shape, str(self)
        )
        return Shapes((*size, input_shape[2]))

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        n, h, w, c = x.shape
        window = self.window(h, w)
        if mode.kernels == "reference":
            return by_the_rule(max_pool(x, window), mode)
        if window == Window((2, 2), (2, 2)) and h % 2 == w % 2 == 0:
            return pool_in_pairs(x, mode)
        size = window.output(h, w)
        image = x
        if window.padded(h, w) != (h, w):
            image = bordered(x, window, -np.inf, mode.empty_like(x, shape=(n, *window.padded(h, w), c)))
        taps = [(i, j) for i in range(window.kernel[0]) for j in range(window.kernel[1])]
        y = mode.empty_like(x, shape=(n, *size, c))
        y[...] = window.place(image, taps[0], size)
        for tap in taps[1:]:
            np.maximum(y, window.place(image, tap, size), out=y)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            dimage = mode.empty_like(image)
            dimage.fill(0)
            for tap in taps:
                won = window.place(image, tap, size) == y
                passed = dy * won
                window.place(dimage, tap, size)[...] += passed
                dy -= passed  # what is passed on is not passed on again
            return inside(dimage, window, h, w)

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        window = self.window(*shape[:2])
        pads = [*window.padding, *(p + beyond for p, beyond in zip(window.padding, window.beyond, strict=True))]
        strides = {"strides": list(window.stride), "pads": pads}
        return channels_last(channels_first(x).op("MaxPool", kernel_shape=list(window.kernel), **strides))


def pool_in_pairs(x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
    """The most frequent case, 2×2 without overlap, in two halves: of two rows, then of two columns. 8 times as fast.

    A few images at a time, so that what passes from half to half stays in the cache.
    """
    n, h, w, c = x.shape
    y = mode.empty_like(x, shape=(n, h // 2, w // 2, c))

    def taller(some: slice) -> tuple[Array, Array, Array]:
        """Upper and lower rows of some images, and z, the larger of both."""
        top, bottom = x[some, 0::2], x[some, 1::2]
        return top, bottom, np.maximum(top, bottom, out=scratch_buffer("pairs of rows", top.shape, x.dtype))

    for some in few(n, x[0].nbytes):
        _, _, z = taller(some)
        np.maximum(z[:, :, 0::2], z[:, :, 1::2], out=y[some])
    if not mode.training:
        return y, None

    def pullback(dy: Array, g: Gradient) -> Array | None:
        if not mode.input_gradient:
            return None
        dx = mode.empty_like(x)
        for some in few(n, 2 * x[0].nbytes):
            top, bottom, z = taller(some)
            dz = scratch_buffer("gradient of pairs", z.shape, x.dtype)
            share(dy[some], z[:, :, 0::2], z[:, :, 1::2], dz[:, :, 0::2], dz[:, :, 1::2])
            share(dz, top, bottom, dx[some, 0::2], dx[some, 1::2])
        return dx

    return y, pullback


def share(dy: Array, first: Array, second: Array, dfirst: Array, dsecond: Array) -> None:
    """dy goes to the larger of two, to the first where they are equal."""
    won = np.greater_equal(first, second, out=scratch_buffer("won", dy.shape, np.dtype(bool)))
    np.multiply(dy, won, out=dfirst)
    np.subtract(dy, dfirst, out=dsecond)


@dataclass(frozen=True)
class AveragePool(Layer):
    """y[n,i,j] = mean over taps (a,b) of x[n, s·i + a − p, s·j + b − p], the border counting as zeros.

    x (rows, height, width, channels). The stride is by default the kernel.
    """

    kind: ClassVar[str] = "pool"

    kernel: Size = 2
    stride: Size | None = None
    padding: Size = 0

    @property
    def window(self) -> Window:
        return pooling_window(self.kernel, self.stride, self.padding)

    def shapes(self, input_shape: tuple[int, ...]) -> Shapes:
        return Shapes((*fitting(self.window, input_shape, str(self)), *input_shape[2:]))

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        (n, h, w, c), window = x.shape, self.window
        if mode.kernels == "reference":
            return by_the_rule(average_pool(x, window), mode)
        size = window.output(h, w)
        image = x
        if window.padded(h, w) != (h, w):
            image = bordered(x, window, 0, mode.empty_like(x, shape=(n, *window.padded(h, w), c)))
        taps = [(i, j) for i in range(window.kernel[0]) for j in range(window.kernel[1])]
        y = mode.empty_like(x, shape=(n, *size, c))
        y[...] = window.place(image, taps[0], size)
        for tap in taps[1:]:
            y += window.place(image, tap, size)
        y /= len(taps)
        shape = image.shape

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            dy /= len(taps)
            dimage = mode.empty_like(dy, shape=shape)
            dimage.fill(0)
            for tap in taps:
                window.place(dimage, tap, size)[...] += dy
            return inside(dimage, window, h, w)

        return y, pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        window = self.window
        strides = {"strides": list(window.stride), "pads": list(window.padding * 2), "count_include_pad": 1}
        y = channels_first(x.cast(np.float32)).op("AveragePool", kernel_shape=list(window.kernel), **strides)
        return channels_last(y).cast(x.dtype)


@dataclass(frozen=True)
class GlobalAveragePool(Layer):
    """y[n,c] = mean of x[n,·,·,c]: each channel says how much of its feature there is. Lin, Chen and Yan, 2014, 3.2."""

    kind: ClassVar[str] = "average"

    def shapes(self, input_shape: tuple[int, ...]) -> Shapes:
        fitting(Window((1, 1)), input_shape, str(self))
        return Shapes((input_shape[2],))

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        n, h, w, c = x.shape
        y = x.reshape(n, h * w, c).mean(axis=1)

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            dx = mode.empty_like(x)
            dx[...] = dy[:, None, None] / (h * w)
            return dx

        return y, pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        return x.mean((1, 2), keepdims=False)


def by_the_rule(pooled: tuple[Array, Backward], mode: Mode) -> tuple[Array, Pullback | None]:
    """What a rule gives, as a layer gives it."""
    y, backward = pooled

    def pullback(dy: Array, g: Gradient) -> Array | None:
        return backward(dy) if mode.input_gradient else None

    return y, pullback if mode.training else None


def pooling_window(kernel: Size, stride: Size | None, padding: Size) -> Window:
    return Window(pair(kernel), pair(kernel if stride is None else stride), pair(padding))


def inside(dimage: Array, window: Window, height: int, width: int) -> Array:
    """A gradient without that of the border."""
    ph, pw = window.padding
    return dimage[:, ph : ph + height, pw : pw + width]
