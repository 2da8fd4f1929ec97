"""Batch normalization and local response normalization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo import Array, Shape, Value, ZooError
from zoo.nn import ONES, ZEROS, Average, Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo_convolutional.kernels.scratch_buffers import scratch_buffer
from zoo_convolutional.rules.batch_norm import batch_norm
from zoo_convolutional.rules.response_norm import around, response_norm

if TYPE_CHECKING:
    from zoo.nn import Gradient

BLOCK = 512  # rows added up at once
MANY = 8  # blocks in one call


@dataclass(frozen=True)
class BatchNorm(Layer):
    """y = γ (x − μ) / √(σ² + ε) + β, with mean μ and variance σ² of a channel in the shard; to predict, their averages.

    x (rows, …, channels). A shard should hold 32 rows or more. The averages are of μ and of the unbiased σ².
    Ioffe and Szegedy, 2015, algorithms 1 and 2.
    """

    kind: ClassVar[str] = "norm"

    epsilon: float = 1e-5
    decay: float = 0.9  # of the averages, per update

    def shapes(self, input_shape: tuple[int, ...]) -> Shapes:
        c = input_shape[-1:]
        parameters = {"gamma": Parameter(c, ONES, penalized=False), "beta": Parameter(c, ZEROS, penalized=False)}
        return Shapes(
            input_shape, parameters, {"mean": Average(c, 0.0, self.decay), "variance": Average(c, 1.0, self.decay)}
        )

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        gamma, beta = p["gamma"], p["beta"]
        x2 = x.reshape(-1, x.shape[-1])  # (places, channels)
        y = mode.empty_like(x)
        if not mode.training or mode.as_predicted:
            scale = gamma / np.sqrt(p["variance"] + self.epsilon)
            np.multiply(x, scale, out=y)
            y += beta - p["mean"] * scale
            return y, self._of_averages(p, scale, x) if mode.training else None
        if mode.kernels == "reference":
            return self._by_the_rule(gamma, beta, x, mode)
        places = len(x2)
        mean = column_sums(x2) / places
        centred = np.subtract(x2, mean, out=mode.empty_like(x2))
        variance = column_sums(centred, centred) / places
        inverse = 1 / np.sqrt(variance + self.epsilon)
        np.multiply(centred, gamma * inverse, out=y.reshape(x2.shape))
        y += beta

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dy2 = dy.reshape(x2.shape)
            dbeta = column_sums(dy2)
            dgamma = column_sums(dy2, centred) * inverse
            g.add("gamma", dgamma)
            g.add("beta", dbeta)
            g.add("mean", len(x) * mean)
            g.add("variance", len(x) * variance * (places / max(places - 1, 1)))
            if not mode.input_gradient:
                return None
            # dx = γ/σ (dy − mean dy − x̂ mean(dy x̂))
            np.multiply(dy2, gamma * inverse, out=dy2)
            np.multiply(centred, gamma * inverse**2 * dgamma / places, out=centred)
            dy2 -= centred
            dy2 -= gamma * inverse * dbeta / places
            return dy2.reshape(x.shape)

        return y, pullback

    def _of_averages(self, p: Tree, scale: Array, x: Array) -> Pullback:
        """dγ = Σ dy (x − μ) / √(σ² + ε), dβ = Σ dy, dx = dy γ / √(σ² + ε), where μ and σ² are the averages."""

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dy2 = dy.reshape(-1, dy.shape[-1])
            normalized = (x.reshape(dy2.shape) - p["mean"]) / np.sqrt(p["variance"] + self.epsilon)
            g.add("gamma", column_sums(dy2, normalized))
            g.add("beta", column_sums(dy2))
            return dy * scale

        return pullback

    def _by_the_rule(self, gamma: Array, beta: Array, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        """As `rules/batch_norm.py` has it."""
        x2 = x.reshape(-1, x.shape[-1])
        y, mean, variance, backward = batch_norm(x2, gamma, beta, self.epsilon)

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dx, dgamma, dbeta = backward(dy.reshape(x2.shape))
            g.add("gamma", dgamma)
            g.add("beta", dbeta)
            g.add("mean", len(x) * mean)
            g.add("variance", len(x) * variance * (len(x2) / max(len(x2) - 1, 1)))
            return dx.reshape(x.shape) if mode.input_gradient else None

        return y.reshape(x.shape), pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        scale = p["gamma"] / np.sqrt(p["variance"] + self.epsilon)
        y: Value = x * scale + (p["beta"] - p["mean"] * scale)
        return y

    def from_torch(self, tensors: Mapping[str, Array], images: Shape = ()) -> dict[str, Array]:
        names = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"}
        return {ours: tensors[theirs] for ours, theirs in names.items()}


@dataclass(frozen=True)
class ResponseNorm(Layer):
    """y_c = x_c / s_c^β with s_c = k + α Σ x²_j over the `size` channels j around c.

    x (rows, height, width, channels). Krizhevsky, Sutskever and Hinton, 2012, section 3.3.
    """

    kind: ClassVar[str] = "response"

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 2.0

    def shapes(self, input_shape: tuple[int, ...]) -> Shapes:
        if self.size % 2 == 0:
            raise ZooError(f"{self}: got size {self.size}, expected an odd number of channels, the one itself included")
        return Shapes(input_shape)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        if mode.kernels == "reference":
            y, backward = response_norm(x, self.size, self.alpha, self.beta, self.k)
            return y, (lambda dy, g: backward(dy) if mode.input_gradient else None) if mode.training else None
        s = around(x * x, self.size)
        s *= self.alpha
        s += self.k
        power = s**-self.beta
        y = x * power

        def pullback(dy: Array, g: Gradient) -> Array | None:
            if not mode.input_gradient:
                return None
            # dx_c = dy_c s_c^−β − 2αβ x_c Σ dy_j x_j s_j^(−β−1) over the channels j around c
            shared = around(dy * y / s, self.size)
            shared *= x
            shared *= 2 * self.alpha * self.beta
            dy *= power
            dy -= shared
            return dy

        return y, pullback if mode.training else None

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        half = self.size // 2
        squares = (x * x).op("Pad", np.array([0, 0, 0, half, 0, 0, 0, half], np.int64))
        around_each = [squares.slice(j, j + shape[-1], -1) for j in range(self.size)]
        return x / (x.graph.op("Sum", *around_each) * self.alpha + self.k) ** self.beta


def column_sums(x: Array, y: Array | None = None) -> Array:
    """Σ over rows of x, or of x · y, as products with ones; in blocks, so that rounding does not add up."""
    ones: Array = np.ones(min(BLOCK, len(x)), x.dtype)
    sums = []
    for start in range(0, len(x), MANY * BLOCK):
        rows = x[start : start + MANY * BLOCK]
        if y is not None:
            rows = np.multiply(
                rows, y[start : start + MANY * BLOCK], out=scratch_buffer("squares", rows.shape, x.dtype)
            )
        whole = len(rows) // len(ones) * len(ones)
        sums.extend(np.matmul(ones, rows[:whole].reshape(-1, len(ones), x.shape[1])))
        sums.append(ones[: len(rows) - whole] @ rows[whole:])
    total: Array = np.stack(sums).sum(axis=0)
    return total
