"""The simple recurrent layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, Shape, Value
from zoo.nn import Mode, Parameter, Shapes, Tree
from zoo_recurrent.gate_initializers import GLOROT, Orthogonal
from zoo_recurrent.kernels import elman_tiled
from zoo_recurrent.layers.recurrent_layer import RecurrentLayer
from zoo_recurrent.rules import elman
from zoo_recurrent.rules.step import Step
from zoo_recurrent.unroll import Unrolled, axes


@dataclass(frozen=True)
class ElmanLayer(RecurrentLayer):
    """h = tanh(x W + h₋ U + b), step by step, h₋ being h of the step before: `rules/elman.py`.

    x (batch, time, inputs), W (inputs, hidden), U (hidden, hidden), y (batch, time, hidden), with `last` (batch,
    hidden). Source: J. L. Elman (1990), Finding structure in time; backward through time: P. J. Werbos (1990).
    """

    kind: ClassVar[str] = "elman"
    parts: ClassVar[tuple[str, ...]] = ("hidden",)

    hidden: int
    reverse: bool = False  # goes from the last step to the first
    last: bool = False  # gives the state after the last step alone

    def shapes(self, input_shape: Shape) -> Shapes:
        time, inputs = axes(input_shape, self)
        H = self.hidden
        parameters = {
            "W": Parameter((inputs, H), GLOROT),
            "U": Parameter((H, H), Orthogonal()),
            "b": Parameter((H,), penalized=False),
        }
        return Shapes((H,) if self.last else (time, H), parameters)

    @property
    def units(self) -> int:
        return self.hidden

    def rule(self) -> Step:
        return elman.step

    def kernel(
        self, p: Tree, X: Array, start: tuple[Array | None, ...], pads: list[Array | None], mode: Mode
    ) -> Unrolled:
        return elman_tiled.elman(p, X, start, pads, mode)

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        b = np.concatenate([p["b"], np.zeros_like(p["b"])])
        return self.from_operator("RNN", x, self.hidden, p["W"].T, p["U"].T, b)

    def from_torch(self, tensors: Mapping[str, Array], images: Shape = ()) -> dict[str, Array]:
        b = tensors["bias_ih"] + tensors["bias_hh"]
        return {"W": tensors["weight_ih"].T, "U": tensors["weight_hh"].T, "b": b}
