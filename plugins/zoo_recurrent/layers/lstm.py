"""The layer of long short-term memory with forget gates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, Shape
from zoo.nn import Mode, Parameter, Shapes, Tree
from zoo_recurrent.gate_initializers import GateBias, Orthogonal, PerGate
from zoo_recurrent.kernels import lstm_tiled
from zoo_recurrent.layers.recurrent_layer import RecurrentLayer
from zoo_recurrent.rules import lstm
from zoo_recurrent.rules.step import Step
from zoo_recurrent.unroll import Unrolled, axes


@dataclass(frozen=True)
class LstmLayer(RecurrentLayer):
    """i, f, o = σ(x W + h₋ U + b); g = tanh(x W + h₋ U + b); c = f ⊙ c₋ + i ⊙ g; h = o ⊙ tanh c: `rules/lstm.py`.

    x (batch, time, inputs); W (inputs, 4 · hidden), U (hidden, 4 · hidden) and b hold the columns of o, i, f and g in
    this order; y (batch, time, hidden), with `last` (batch, hidden). Source: S. Hochreiter and J. Schmidhuber (1997),
    Long short-term memory; F. Gers, J. Schmidhuber and F. Cummins (2000), Learning to forget, equations 3 to 9.
    """

    kind: ClassVar[str] = "lstm"
    parts: ClassVar[tuple[str, ...]] = ("hidden", "cell")

    hidden: int
    reverse: bool = False  # goes from the last step to the first
    last: bool = False  # gives the state after the last step alone
    forget_bias: float = 1.0

    def shapes(self, input_shape: Shape) -> Shapes:
        time, inputs = axes(input_shape, self)
        H = self.hidden
        parameters = {
            "W": Parameter((inputs, 4 * H), PerGate(4)),
            "U": Parameter((H, 4 * H), PerGate(4, Orthogonal())),
            "b": Parameter((4 * H,), GateBias(2 * H, 3 * H, self.forget_bias), penalized=False),
        }
        return Shapes((H,) if self.last else (time, H), parameters)

    @property
    def units(self) -> int:
        return self.hidden

    def rule(self) -> Step:
        return lstm.step

    def kernel(
        self, p: Tree, X: Array, start: tuple[Array | None, ...], pads: list[Array | None], mode: Mode
    ) -> Unrolled:
        if mode.kernels == "numba" and X.dtype == np.float32:
            from zoo_recurrent.kernels import lstm_numba  # an extra, which takes half a second to import

            return lstm_numba.lstm(p, X, start, pads, mode)
        return lstm_tiled.lstm(p, X, start, pads, mode)
