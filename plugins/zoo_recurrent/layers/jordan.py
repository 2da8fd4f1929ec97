"""The layer of Jordan's network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from zoo import Array, Shape, Value
from zoo.nn import ACTIVATIONS, Gradient, Mode, Parameter, Shapes, Tree
from zoo_recurrent.gate_initializers import GLOROT
from zoo_recurrent.kernels import jordan_batched
from zoo_recurrent.layers.recurrent_layer import RecurrentLayer
from zoo_recurrent.rules import jordan
from zoo_recurrent.rules.step import Step
from zoo_recurrent.unroll import Unrolled, axes


@dataclass(frozen=True)
class JordanLayer(RecurrentLayer):
    """s = decay · s₋ + a(z₋); h = tanh(x W + s U + b); z = h V + v, a being the `feedback`: `rules/jordan.py`.

    The context s holds what the net gave out before, fading. x (batch, time, inputs), W (inputs, hidden), U (outputs,
    hidden), V (hidden, outputs), y = z (batch, time, outputs), with `last` (batch, outputs). Source: M. I. Jordan
    (1986), Serial order: a parallel distributed processing approach, ICS report 8604, figure 3.
    """

    kind: ClassVar[str] = "jordan"
    parts: ClassVar[tuple[str, ...]] = ("output", "context")

    hidden: int
    outputs: int
    feedback: str = "tanh"  # tanh, sigmoid, softmax or linear
    decay: float = 0.5
    reverse: bool = False  # goes from the last step to the first
    last: bool = False  # gives the output of the last step alone

    def shapes(self, input_shape: Shape) -> Shapes:
        time, inputs = axes(input_shape, self)
        H, K = self.hidden, self.outputs
        parameters = {
            "W": Parameter((inputs, H), GLOROT),
            "U": Parameter((K, H), GLOROT),
            "b": Parameter((H,), penalized=False),
            "V": Parameter((H, K), GLOROT),
            "v": Parameter((K,), penalized=False),
        }
        return Shapes((K,) if self.last else (time, K), parameters)

    @property
    def units(self) -> int:
        return self.outputs

    def rule(self) -> Step:
        return partial(jordan.step, decay=self.decay, a=self._activation)

    def kernel(
        self, p: Tree, X: Array, start: tuple[Array | None, ...], pads: list[Array | None], mode: Mode
    ) -> Unrolled:
        return jordan_batched.jordan(p, X, start, pads, mode, self.decay, self._activation)

    def _activation(self, z: Array) -> tuple[Array, Callable[[Array], Any]]:
        value, pullback = ACTIVATIONS[self.feedback].forward({}, z, Mode(training=True))
        assert pullback is not None
        return value, lambda da: pullback(da.copy(), Gradient({}))

    def to_onnx(self, p: Tree, x: Value, shape: Shape) -> Value:
        def step(output: Value, context: Value, now: Value) -> tuple[Value, Value]:
            h = (now @ p["W"] + context @ p["U"] + p["b"]).tanh()
            z = h @ p["V"] + p["v"]
            return z, context * self.decay + ACTIVATIONS[self.feedback].to_onnx({}, z, (self.outputs,))

        zeros = x.graph.zeros(x, self.outputs, x.dtype)
        (last, _), y = x.graph.scan(step, [zeros, zeros], x, self.reverse)
        return last if self.last else y
