"""Layer normalization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from zoo.nn.initializers import ONES, ZEROS
from zoo.nn.layer import Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo.nn.layers.dense import axes, column_sums
from zoo.types import Array, Shape

if TYPE_CHECKING:
    from zoo.core.graph import Value
    from zoo.nn.parameters import Gradient


@dataclass(frozen=True)
class LayerNorm(Layer):
    """y = γ (x − μ) / √(σ² + ε) + β, with mean μ and variance σ² over the last axis of each sample, or time step.

    x (…, features), γ and β (features,), y (…, features). Ba, Kiros and Hinton, 2016, equations 3 and 4. Nothing is
    averaged over rows, so training and prediction compute the same, and no row depends on the others in its shard.
    """

    kind: ClassVar[str] = "layer_norm"

    epsilon: float = 1e-5

    def shapes(self, input_shape: Shape) -> Shapes:
        features = axes(input_shape, self)[-1:]
        gamma = Parameter(features, ONES, penalized=False)
        return Shapes(input_shape, {"gamma": gamma, "beta": Parameter(features, ZEROS, penalized=False)})

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        gamma, beta = p["gamma"], p["beta"]
        n = np.subtract(x, x.mean(axis=-1, keepdims=True), out=mode.empty_like(x))
        inverse = 1 / np.sqrt(np.square(n).mean(axis=-1, keepdims=True) + self.epsilon)  # 1 / √(σ² + ε)
        n *= inverse  # (x − μ) / √(σ² + ε)
        y = np.multiply(n, gamma, out=mode.empty_like(x))
        y += beta
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            g.add("gamma", column_sums((dy * n).reshape(-1, x.shape[-1])))
            g.add("beta", column_sums(dy.reshape(-1, x.shape[-1])))
            if not mode.input_gradient:
                return None
            # dx = (dn − mean dn − n mean(n dn)) / √(σ² + ε) with dn = γ dy
            dy *= gamma
            along = (dy * n).mean(axis=-1, keepdims=True)
            dy -= dy.mean(axis=-1, keepdims=True)
            dy -= n * along
            dy *= inverse
            return dy

        return y, pullback

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        n = x - x.mean()
        y: Value = n / ((n * n).mean() + self.epsilon).sqrt() * p["gamma"] + p["beta"]
        return y

    def from_torch(self, tensors: Mapping[str, Array], images: Shape = ()) -> dict[str, Array]:
        return {"gamma": tensors["weight"], "beta": tensors["bias"]}
