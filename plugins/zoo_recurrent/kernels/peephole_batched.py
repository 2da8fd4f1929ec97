"""Long short-term memory with peephole connections, in its plain form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo import Array, Shape
from zoo.nn import Gradient, Layer, Mode, Normal, Parameter, Pullback, Shapes, Tree, column_sums, sigmoid
from zoo_recurrent.unroll import (
    GateBias,
    Orthogonal,
    PerGate,
    axes,
    batch_first,
    begin,
    columns,
    padding,
    time_first,
)


@dataclass(frozen=True)
class PeepholeLstmLayer(Layer):
    """i, f = σ(… + c₋ ⊙ p); c = f ⊙ c₋ + i ⊙ g; o = σ(… + c ⊙ p); h = o ⊙ tanh c, … and g as in `LstmLayer`.

    x (batch, time, inputs); W (inputs, 4 · hidden), U (hidden, 4 · hidden) and b hold the columns of o, i, f and g in
    this order, P (3, hidden) the peepholes of o, i and f; y (batch, time, hidden), with `last` (batch, hidden). Source:
    F. Gers, N. Schraudolph and J. Schmidhuber (2002), Learning precise timing with LSTM recurrent networks, equations
    5 to 9.
    """

    kind: ClassVar[str] = "peephole"

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

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        X = time_first(x, self.reverse)  # (time, batch, inputs), the layer's first step first
        (T, B, _), H = X.shape, self.hidden
        W, U = p["W"], p["U"]
        Po, Pi, Pf = p["P"]
        G = mode.product(columns(X), W, mode.empty_like(W, shape=(T * B, 4 * H)))
        G += p["b"]
        G = G.reshape(T, B, 4 * H)
        states, cells = (mode.empty_like(W, shape=(T + 1, B, H)) for _ in range(2))
        begin(mode, "hidden", states)
        begin(mode, "cell", cells)
        Y_, Y = states[:T], states[1:]  # before each step, and after it
        C_, C = cells[:T], cells[1:]
        pads = padding(mode.mask, self.reverse)
        for t in range(T):
            G[t] += Y_[t] @ U
            o, i, f, new = (G[t][:, n * H : (n + 1) * H] for n in range(4))
            sigmoid(i + C_[t] * Pi, i)
            sigmoid(f + C_[t] * Pf, f)
            np.tanh(new, new)
            C[t] = f * C_[t] + i * new
            sigmoid(o + C[t] * Po, o)
            Y[t] = o * np.tanh(C[t])
            if pads and (pad := pads[t]) is not None:
                np.copyto(C[t], C_[t], where=pad)
                np.copyto(Y[t], Y_[t], where=pad)
        if mode.watch is not None:
            mode.watch(f"{mode.path}/gates", batch_first(G, self.reverse))
            mode.watch(f"{mode.path}/state", batch_first(Y, self.reverse))
        if not self.reverse:
            mode.carries[f"{mode.path}/hidden"], mode.carries[f"{mode.path}/cell"] = states[T], cells[T]
        y = states[T].copy() if self.last else batch_first(Y, self.reverse)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dY = None if self.last else time_first(dy, self.reverse)
            D = mode.empty_like(G, shape=G.shape)
            dh = dy.copy() if self.last else np.zeros_like(Y[0])
            dc = np.zeros_like(dh)
            for t in reversed(range(T)):
                if dY is not None:
                    dh = dh + dY[t]
                pad = pads[t] if pads else None
                real = 1 if pad is None else ~pad
                kept_h, kept_c = dh * (1 - real), dc * (1 - real)
                dh, dc = dh * real, dc * real
                o, i, f, new = (G[t][:, n * H : (n + 1) * H] for n in range(4))
                do, di, df, dnew = (D[t][:, n * H : (n + 1) * H] for n in range(4))
                tanh_c = np.tanh(C[t])
                do[...] = dh * tanh_c * o * (1 - o)
                dc += dh * o * (1 - tanh_c * tanh_c) + do * Po
                di[...] = dc * new * i * (1 - i)
                df[...] = dc * C_[t] * f * (1 - f)
                dnew[...] = dc * i * (1 - new * new)
                dc = dc * f + di * Pi + df * Pf + kept_c
                dh = D[t] @ U.T + kept_h
            dZ = columns(D)
            g.add_product("W", columns(X).T, dZ)
            g.add_product("U", columns(Y_).T, dZ)
            g.add("b", column_sums(dZ))
            seen = (C, C_, C_)
            g.add("P", np.stack([(D[:, :, n * H : (n + 1) * H] * seen[n]).sum(axis=(0, 1)) for n in range(3)]))
            if not mode.input_gradient:
                return None
            dX = mode.product(dZ, W.T, mode.empty_like(dZ, shape=(T * B, X.shape[2])))
            return batch_first(dX.reshape(X.shape), self.reverse)

        return y, pullback
