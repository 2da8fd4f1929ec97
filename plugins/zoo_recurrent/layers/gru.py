"""The layer of gated recurrent units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, Shape
from zoo.nn import Mode, Parameter, Shapes, Tree
from zoo_recurrent.gate_initializers import Orthogonal, PerGate
from zoo_recurrent.kernels import gru_tiled
from zoo_recurrent.layers.recurrent_layer import RecurrentLayer
from zoo_recurrent.rules import gru
from zoo_recurrent.rules.step import Step
from zoo_recurrent.unroll import Unrolled, axes


@dataclass(frozen=True)
class GruLayer(RecurrentLayer):
    """r, z = σ(x W + h₋ U + b); n = tanh(x W + b + r ⊙ (h₋ U + d)); h = n + z ⊙ (h₋ − n): `rules/gru.py`.

    x (batch, time, inputs); W (inputs, 3 · hidden), U (hidden, 3 · hidden) and b hold the columns of r, z and n in this
    order, d (hidden,); y (batch, time, hidden), with `last` (batch, hidden). Source: K. Cho and others (2014), Learning
    phrase representations using RNN encoder–decoder, equations 5 to 8, with r applied after the product with U, as
    other libraries have it.
    """

    kind: ClassVar[str] = "gru"
    parts: ClassVar[tuple[str, ...]] = ("hidden",)

    hidden: int
    reverse: bool = False  # goes from the last step to the first
    last: bool = False  # gives the state after the last step alone

    def shapes(self, input_shape: Shape) -> Shapes:
        time, inputs = axes(input_shape, self)
        H = self.hidden
        parameters = {
            "W": Parameter((inputs, 3 * H), PerGate(3)),
            "U": Parameter((H, 3 * H), PerGate(3, Orthogonal())),
            "b": Parameter((3 * H,), penalized=False),
            "d": Parameter((H,), penalized=False),
        }
        return Shapes((H,) if self.last else (time, H), parameters)

    @property
    def units(self) -> int:
        return self.hidden

    def rule(self) -> Step:
        return gru.step

    def kernel(
        self, p: Tree, X: Array, start: tuple[Array | None, ...], pads: list[Array | None], mode: Mode
    ) -> Unrolled:
        if mode.kernels == "numba" and X.dtype == np.float32:
            from zoo_recurrent.kernels import gru_numba  # an extra, which takes half a second to import

            return gru_numba.gru(p, X, start, pads, mode)
        return gru_tiled.gru(p, X, start, pads, mode)
