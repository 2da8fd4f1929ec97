"""The simple recurrent network: a hidden layer that sees itself as it was one step before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo.nn import Gradient, Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo.nn.dense import column_sums
from zoo_recurrent.layers.over_time import (
    GLOROT,
    Array,
    Orthogonal,
    Shape,
    axes,
    batch_first,
    columns,
    order,
    padding,
    states,
    time_first,
)


@dataclass(frozen=True)
class ElmanLayer(Layer):
    """h = tanh(x W + h₋ U + b), step by step, h₋ being h of the step before.

    x (batch, time, inputs), W (inputs, hidden), U (hidden, hidden), y (batch, time, hidden), with `last` (batch,
    hidden). Source: J. L. Elman (1990), Finding structure in time; backward through time: P. J. Werbos (1990).
    """

    kind: ClassVar[str] = "elman"

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

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        X = time_first(x)  # (time, batch, inputs)
        (T, B, _), H = X.shape, self.hidden
        W, U = p["W"], p["U"]
        Z = mode.product(columns(X), W, mode.empty_like(W, shape=(T * B, H)))
        Z += p["b"]
        Z = Z.reshape(T, B, H)
        Y, Y_ = states(mode, "hidden", X, T, H, self.reverse)  # after each step, and before it
        hU = np.empty_like(Z[0])
        pads, steps = padding(mode.mask), order(T, self.reverse)
        for t in steps:
            h = Y[t]
            np.add(Z[t], np.matmul(Y_[t], U, hU), h)
            np.tanh(h, h)
            if pads and (pad := pads[t]) is not None:
                np.copyto(h, Y_[t], where=pad)
        if mode.watch is not None:
            mode.watch(f"{mode.path}/state", batch_first(Y))
        end = steps[-1]
        if not self.reverse:
            mode.carries[f"{mode.path}/hidden"] = Y[end]
        y = Y[end].copy() if self.last else batch_first(Y)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dY = None if self.last else time_first(dy)
            dh = dy.copy() if self.last else np.zeros_like(hU)
            D = np.multiply(Y, Y, Z)  # becomes dz; first dz / dh = 1 − h², for all steps at once
            np.subtract(1, D, D)
            Ut = np.ascontiguousarray(U.T)
            for t in reversed(steps):
                if dY is not None:
                    dh += dY[t]
                dz = D[t]
                dz *= dh
                if pads and (pad := pads[t]) is not None:
                    np.copyto(dz, 0, where=pad)
                    kept = dh * pad
                    np.matmul(dz, Ut, dh)
                    dh += kept
                else:
                    np.matmul(dz, Ut, dh)
            dZ = columns(D)
            g.add_product("W", columns(X).T, dZ)
            g.add_product("U", columns(Y_).T, dZ)
            g.add("b", column_sums(dZ))
            if not mode.input_gradient:
                return None
            dX = mode.product(dZ, W.T, mode.empty_like(dZ, shape=(T * B, X.shape[2])))
            return batch_first(dX.reshape(X.shape))

        return y, pullback
