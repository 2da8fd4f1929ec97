"""The layer of long short-term memory with peepholes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Shape, Value
from zoo.nn import Normal, Parameter, Shapes, Tree
from zoo_recurrent.gate_initializers import GateBias, Orthogonal, PerGate
from zoo_recurrent.layers.recurrent_layer import RecurrentLayer, in_order
from zoo_recurrent.rules import peephole
from zoo_recurrent.rules.step import Step
from zoo_recurrent.unroll import axes


@dataclass(frozen=True)
class PeepholeLstmLayer(RecurrentLayer):
    """i, f = σ(… + c₋ ⊙ p); c = f ⊙ c₋ + i ⊙ g; o = σ(… + c ⊙ p); h = o ⊙ tanh c: `rules/peephole.py`.

    x (batch, time, inputs); W (inputs, 4 · hidden), U (hidden, 4 · hidden) and b hold the columns of o, i, f and g in
    this order, P (3, hidden) the peepholes of o, i and f; y (batch, time, hidden), with `last` (batch, hidden). Source:
    F. Gers, N. Schraudolph and J. Schmidhuber (2002), Learning precise timing with LSTM recurrent networks, equations
    5 to 9.
    """

    kind: ClassVar[str] = "peephole"
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
            "P": Parameter((3, H), Normal(0.1)),
        }
        return Shapes((H,) if self.last else (time, H), parameters)

    @property
    def units(self) -> int:
        return self.hidden

    def rule(self) -> Step:
        return peephole.step

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        W, U, b = (in_order(p[name], "oifg", "iofg") for name in ("W", "U", "b"))  # the operator's order
        peepholes = in_order(p["P"].reshape(-1), "oif", "iof")
        weights = (W.T, U.T, np.concatenate([b, np.zeros_like(b)]), None, None, None, peepholes)
        return self.from_operator("LSTM", x, self.hidden, *weights)
