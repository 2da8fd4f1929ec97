"""Long short-term memory with forget gates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from zoo.nn import Gradient, Layer, Mode, Parameter, Pullback, Shapes, Tree, later
from zoo_recurrent.layers.over_time import (
    Array,
    GateBias,
    Orthogonal,
    PerGate,
    Shape,
    axes,
    batch_first,
    columns,
    order,
    padding,
    portions,
    product,
    states,
    steps_of,
    stretches,
    time_first,
)

HALVES = (0.5, 0.5, 0.5, 1.0)  # of what goes into the gates o, i, f and g


@dataclass(frozen=True)
class LstmLayer(Layer):
    """i, f, o = σ(x W + h₋ U + b); g = tanh(x W + h₋ U + b); c = f ⊙ c₋ + i ⊙ g; h = o ⊙ tanh c, step by step.

    x (batch, time, inputs); W (inputs, 4 · hidden), U (hidden, 4 · hidden) and b hold the columns of o, i, f and g in
    this order; y (batch, time, hidden), with `last` (batch, hidden). Source: S. Hochreiter and J. Schmidhuber (1997),
    Long short-term memory; F. Gers, J. Schmidhuber and F. Cummins (2000), Learning to forget, equations 3 to 9.

    σ(z) is computed as ½ tanh(z/2) + ½, so that one call makes all gates of a step: the columns of the three
    sigmoids are halved beforehand. The gates of a step lie one behind the other, (time, 4, batch, hidden). Only what a
    step needs of the one before it is computed step by step. The rest is done for a portion of the steps at once, by
    another thread where one is free: the products with the inputs, the gradients of weights and inputs.
    """

    kind: ClassVar[str] = "lstm"

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

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        X = time_first(x)  # (time, batch, inputs)
        (T, B, _), H = X.shape, self.hidden
        half = np.array(0.5, X.dtype)
        halves = np.array(HALVES, X.dtype)[:, None, None]
        W, U, b = by_gate(p["W"]), by_gate(p["U"]), p["b"].reshape(4, 1, H)
        W2, U2, b2 = W * halves, U * halves, b * halves
        steps = order(T, self.reverse)
        parts = portions(steps, B)
        beside = mode.beside if len(parts) > 1 else later
        G = mode.empty_like(X, shape=(T, 4, B, H))

        def from_inputs(part: slice) -> None:
            Z = G[part]
            np.add(np.matmul(X[part, None], W2, Z), b2, Z)

        ready = [beside(partial(from_inputs, part)) for part in parts]
        Y, Y_ = states(mode, "hidden", X, T, H, self.reverse)  # after each step, and before it
        C, C_ = states(mode, "cell", X, T, H, self.reverse)
        tanh_C = mode.empty_like(C, shape=(T, B, H))

        pads = padding(mode.mask)
        hU, ig = np.empty_like(G[0]), np.empty_like(C[0])
        for part, wait in zip(parts, ready, strict=True):
            wait()
            for t in steps_of(steps, part):
                z, h, h_, c, c_ = G[t], Y[t], Y_[t], C[t], C_[t]
                np.add(z, product(h_, U2, hU, beside), z)
                np.tanh(z, z)
                sigmoids = z[:3]
                np.multiply(sigmoids, half, sigmoids)
                np.add(sigmoids, half, sigmoids)
                o, i, f, new = z
                np.multiply(f, c_, c)
                np.add(c, np.multiply(i, new, ig), c)
                np.multiply(o, np.tanh(c, tanh_C[t]), h)
                if pads and (pad := pads[t]) is not None:
                    np.copyto(c, c_, where=pad)
                    np.copyto(h, h_, where=pad)
        if mode.watch is not None:
            mode.watch(f"{mode.path}/gates", G.transpose(2, 0, 1, 3).reshape(B, T, 4 * H))
            mode.watch(f"{mode.path}/state", batch_first(Y))
        end = steps[-1]
        if not self.reverse:
            mode.carries[f"{mode.path}/hidden"], mode.carries[f"{mode.path}/cell"] = Y[end], C[end]
        y = Y[end].copy() if self.last else batch_first(Y)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dY = None if self.last else time_first(dy)
            D = mode.empty_like(G)
            dW, dU, db = (mode.empty_like(W, shape=(len(parts), *each.shape)) for each in (W, U, b))
            dX = mode.empty_like(X) if mode.input_gradient else None
            by_gates = mode.empty_like(X, shape=(T, 4, *X.shape[1:])) if mode.input_gradient else X
            Ut, Wt = np.ascontiguousarray(U.transpose(0, 2, 1)), W.transpose(0, 2, 1)

            def slopes(part: slice) -> None:
                """In D dz / dh of o and dz / dc of the other gates, later dz; in place of tanh c, dc / dh."""
                for some in stretches(part, G[0].nbytes):
                    d, tanh_c = D[some].swapaxes(0, 1), tanh_C[some]
                    o, i, _, new = G[some].swapaxes(0, 1)
                    sigmoids = np.subtract(1, G[some, :3], D[some, :3])
                    np.multiply(sigmoids, G[some, :3], sigmoids)
                    for slope, factor in zip(d, (tanh_c, new, C_[some]), strict=False):
                        np.multiply(slope, factor, slope)
                    np.multiply(new, new, d[3])
                    np.subtract(1, d[3], d[3])
                    np.multiply(d[3], i, d[3])
                    np.multiply(tanh_c, tanh_c, tanh_c)
                    np.subtract(1, tanh_c, tanh_c)
                    np.multiply(tanh_c, o, tanh_c)

            def gradients(number: int, part: slice) -> None:
                dZ = G[part].reshape(4, -1, H)  # the room of gates nobody needs any more
                np.copyto(dZ.reshape(4, -1, B, H), D[part].swapaxes(0, 1))
                if dX is not None:
                    some = dX[part].reshape(-1, dX.shape[2])
                    np.add.reduce(np.matmul(dZ, Wt, by_gates[part].reshape(4, *some.shape)), 0, out=some)
                np.matmul(columns(X[part]).T, dZ, dW[number])
                np.matmul(columns(Y_[part]).T, dZ, dU[number])
                np.matmul(np.ones((1, dZ.shape[1]), dZ.dtype), dZ, db[number])

            dh = dy.copy() if self.last else np.zeros_like(ig)
            dc, dhc, dzU = np.zeros_like(ig), np.empty_like(ig), np.empty_like(hU)
            begun = []
            for number in range(len(parts) - 1, -1, -1):
                part = parts[number]
                slopes(part)
                for t in reversed(steps_of(steps, part)):
                    dz = D[t]
                    if dY is not None:
                        np.add(dh, dY[t], dh)
                    if pads and (pad := pads[t]) is not None:
                        kept = dh * pad, dc * pad
                        dh -= kept[0]
                        dc -= kept[1]
                    np.add(dc, np.multiply(dh, tanh_C[t], dhc), dc)
                    dz_o, dz_others = dz[0], dz[1:]
                    np.multiply(dz_o, dh, dz_o)
                    np.multiply(dz_others, dc, dz_others)
                    np.add.reduce(product(dz, Ut, dzU, beside), 0, out=dh)
                    np.multiply(dc, G[t, 2], dc)
                    if pads and pad is not None:
                        dh += kept[0]
                        dc += kept[1]
                begun.append(beside(partial(gradients, number, part)))
            for wait in reversed(begun):
                wait()
            g.add("W", side_by_side(np.add.reduce(dW, 0)))
            g.add("U", side_by_side(np.add.reduce(dU, 0)))
            g.add("b", np.add.reduce(db, 0).ravel())
            return None if dX is None else batch_first(dX)

        return y, pullback


def by_gate(W: Array) -> Array:
    """(rows, 4 · hidden) as a contiguous (4, rows, hidden)."""
    return np.ascontiguousarray(W.reshape(len(W), 4, -1).swapaxes(0, 1))


def side_by_side(W: Array) -> Array:
    """(4, rows, hidden) as (rows, 4 · hidden)."""
    return W.swapaxes(0, 1).reshape(W.shape[1], -1)
