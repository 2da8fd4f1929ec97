"""Jordan's network: the output is fed back through context units with memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, Shape
from zoo.nn import ACTIVATIONS, Gradient, Layer, Mode, Parameter, Pullback, Shapes, Tree, column_sums
from zoo_recurrent.unroll import GLOROT, axes, batch_first, begin, columns, padding, time_first


@dataclass(frozen=True)
class JordanLayer(Layer):
    """s = decay · s₋ + a(z₋); h = tanh(x W + s U + b); z = h V + v, step by step, a being the `feedback` activation.

    The context s holds what the net gave out before, fading. x (batch, time, inputs), W (inputs, hidden), U (outputs,
    hidden), V (hidden, outputs), y = z (batch, time, outputs), with `last` (batch, outputs). Source: M. I. Jordan
    (1986), Serial order: a parallel distributed processing approach, ICS report 8604, figure 3.
    """

    kind: ClassVar[str] = "jordan"

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

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        X = time_first(x, self.reverse)  # (time, batch, inputs), the layer's first step first
        (T, B, _), K = X.shape, self.outputs
        W, U, V = p["W"], p["U"], p["V"]
        Z = mode.product(columns(X), W, mode.empty_like(W, shape=(T * B, self.hidden)))
        Z += p["b"]
        hidden = Z.reshape(T, B, self.hidden)
        outputs, contexts = (mode.empty_like(W, shape=(T + 1, B, K)) for _ in range(2))
        begin(mode, "output", outputs)
        begin(mode, "context", contexts)
        Y_, Y = outputs[:T], outputs[1:]  # z before each step, and after it
        S_, S = contexts[:T], contexts[1:]  # decay · s₋ + a(z), for the next step
        pads, activation = padding(mode.mask, self.reverse), ACTIVATIONS[self.feedback]
        pullbacks: list[Pullback | None] = []
        for t in range(T):
            hidden[t] += S_[t] @ U
            np.tanh(hidden[t], hidden[t])
            np.matmul(hidden[t], V, Y[t])
            Y[t] += p["v"]
            given, back = activation.forward({}, Y[t], Mode(mode.training))
            pullbacks.append(back)
            S[t] = self.decay * S_[t] + given
            if pads and (pad := pads[t]) is not None:
                np.copyto(S[t], S_[t], where=pad)
                np.copyto(Y[t], Y_[t], where=pad)
        if mode.watch is not None:
            mode.watch(f"{mode.path}/state", batch_first(hidden, self.reverse))
        if not self.reverse:
            mode.carries[f"{mode.path}/output"], mode.carries[f"{mode.path}/context"] = outputs[T], contexts[T]
        y = outputs[T].copy() if self.last else batch_first(Y, self.reverse)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dY = None if self.last else time_first(dy, self.reverse)
            D, DV = np.empty_like(hidden), np.empty_like(Y)
            dz = dy.copy() if self.last else np.zeros_like(Y[0])  # of padded steps, whose z stays
            ds = np.zeros_like(dz)
            for t in reversed(range(T)):
                if dY is not None:
                    dz = dz + dY[t]
                pad = pads[t] if pads else None
                real = 1 if pad is None else ~pad
                kept_z, kept_s = dz * (1 - real), ds * (1 - real)
                dz, ds = dz * real, ds * real
                back = pullbacks[t]
                assert back is not None
                through = back(ds.copy(), g)
                assert through is not None
                DV[t] = dz + through
                D[t] = (DV[t] @ V.T) * (1 - hidden[t] * hidden[t])
                ds = self.decay * ds + D[t] @ U.T + kept_s
                dz = kept_z
            dZ, dV = columns(D), columns(DV)
            g.add_product("W", columns(X).T, dZ)
            g.add_product("U", columns(S_).T, dZ)
            g.add("b", column_sums(dZ))
            g.add_product("V", columns(hidden).T, dV)
            g.add("v", column_sums(dV))
            if not mode.input_gradient:
                return None
            dX = mode.product(dZ, W.T, mode.empty_like(dZ, shape=(T * B, X.shape[2])))
            return batch_first(dX.reshape(X.shape), self.reverse)

        return y, pullback
