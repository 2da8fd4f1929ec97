"""The simple recurrent network: the hidden layer receives its previous state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, Shape
from zoo.nn import Gradient, Layer, Mode, Parameter, Pullback, Shapes, Tiles, Tree, column_sums
from zoo_recurrent.unroll import (
    GLOROT,
    Orthogonal,
    axes,
    batch_first,
    begin,
    columns,
    ordered,
    padding,
    portions,
    time_first,
)


@dataclass(frozen=True)
class ElmanLayer(Layer):
    """h = tanh(x W + h₋ U + b), step by step, h₋ being h of the step before.

    x (batch, time, inputs), W (inputs, hidden), U (hidden, hidden), y (batch, time, hidden), with `last` (batch,
    hidden). Source: J. L. Elman (1990), Finding structure in time; backward through time: P. J. Werbos (1990).

    x W + b is one product for all steps, and becomes h where it lies, step by step.
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
        X = time_first(x, self.reverse)  # (time, batch, inputs), the layer's first step first
        (T, B, _), H = X.shape, self.hidden
        W, U = p["W"], p["U"]
        states = mode.empty_like(W, shape=(T + 1, B, H))
        begin(mode, "hidden", states)
        Y_, Y = states[:T], states[1:]  # h before each step, and after it
        mode.product(columns(X), W, columns(Y), p["b"])
        tiles, hU = Tiles.of(B, H, H), np.empty((B, H), X.dtype)
        times = np.dot if tiles.whole else np.matmul  # of plain matrices, np.dot in half a microsecond less
        U1, product = (U, hU) if tiles.whole else (tiles.matrices(U[None]), tiles.out(hU[None, None])[0])
        pads = padding(mode.mask, self.reverse)
        for t, h_, h in zip(range(T), tiles.left(Y_), Y, strict=True):
            times(h_, U1, product)
            np.add(h, hU, h)
            np.tanh(h, h)
            if pads and (pad := pads[t]) is not None:
                np.copyto(h, Y_[t], where=pad)
        if mode.watch is not None:
            mode.watch(f"{mode.path}/state", batch_first(Y, self.reverse))
        if not self.reverse:
            mode.carries[f"{mode.path}/hidden"] = states[T]
        y = states[T].copy() if self.last else batch_first(Y, self.reverse)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dY = None if self.last else ordered(time_first(dy), self.reverse)
            dX = mode.empty_like(W, shape=X.shape) if mode.input_gradient else None
            dh = dy.copy() if self.last else np.zeros_like(hU)
            parts = portions(T, B)
            D = mode.empty_like(W, shape=(parts[0].stop, B, H))  # dh / dz, then dz, of the steps of a portion
            dZ, Ut = tiles.left(D), tiles.matrices(U.T[None])
            Ut, dH = (Ut[0], dh) if tiles.whole else (Ut, tiles.out(dh[None, None])[0])
            for part in reversed(parts):
                here = slice(part.stop - part.start)
                np.multiply(Y[part], Y[part], D[here])
                np.subtract(1, D[here], D[here])  # tanh' = 1 − tanh²
                each = zip(range(part.start, part.stop), D[here], dZ[here], strict=True)
                for t, dz, dz_left in reversed(list(each)):
                    if dY is not None:
                        np.add(dh, dY[t], dh)
                    if pads and (pad := pads[t]) is not None:
                        kept = dh * pad
                        dh -= kept
                    np.multiply(dz, dh, dz)
                    times(dz_left, Ut, dH)
                    if pads and pad is not None:
                        dh += kept
                dz_rows = columns(D[here])
                g.add_product("W", columns(X[part]).T, dz_rows)
                g.add_product("U", columns(Y_[part]).T, dz_rows)
                g.add("b", column_sums(dz_rows))
                if dX is not None:
                    mode.product(dz_rows, W.T, columns(dX[part]))
            return None if dX is None else batch_first(dX, self.reverse)

        return y, pullback
