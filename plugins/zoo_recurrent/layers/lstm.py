"""Long short-term memory with forget gates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo.nn import Gradient, Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo.nn.dense import column_sums
from zoo_recurrent.layers.over_time import (
    Array,
    GateBias,
    Orthogonal,
    PerGate,
    Shape,
    axes,
    backward,
    batch_first,
    columns,
    order,
    padding,
    states,
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
    sigmoids are halved beforehand. Backward, all that does not depend on dh is computed for many steps at once. Gates
    lie one behind the other, (4, time, batch, hidden): beside each other, each operation took three times as long.
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
        W, U, X2 = by_gate(p["W"]), by_gate(p["U"]), columns(X)
        G = mode.empty_like(X, shape=(4, T * B, H))
        for gate, half in enumerate(HALVES):
            mode.product(X2, W[gate] * half, G[gate])
            G[gate] += p["b"][gate * H : (gate + 1) * H] * half
        G = G.reshape(4, T, B, H)
        U2 = U * np.array(HALVES, U.dtype)[:, None, None]
        Y, Y_ = states(mode, "hidden", X, T, H, self.reverse)  # after each step, and before it
        C, C_ = states(mode, "cell", X, T, H, self.reverse)
        tanh_C = mode.empty_like(C, shape=(T, B, H))
        hU, ig = np.empty_like(G[:, 0], order="C"), np.empty_like(C[0])
        pads, steps = padding(mode.mask), order(T, self.reverse)
        for t in steps:
            z, h, c, c_ = G[:, t], Y[t], C[t], C_[t]
            np.add(z, np.matmul(Y_[t], U2, hU), z)
            np.tanh(z, z)
            sigmoids = z[:3]
            np.multiply(sigmoids, 0.5, sigmoids)
            np.add(sigmoids, 0.5, sigmoids)
            o, i, f, new = z
            np.multiply(f, c_, c)
            np.add(c, np.multiply(i, new, ig), c)
            np.multiply(o, np.tanh(c, tanh_C[t]), h)
            if pads and (pad := pads[t]) is not None:
                np.copyto(c, c_, where=pad)
                np.copyto(h, Y_[t], where=pad)
        if mode.watch is not None:
            mode.watch(f"{mode.path}/gates", G.transpose(2, 1, 0, 3).reshape(B, T, 4 * H))
            mode.watch(f"{mode.path}/state", batch_first(Y))
        end = steps[-1]
        if not self.reverse:
            mode.carries[f"{mode.path}/hidden"], mode.carries[f"{mode.path}/cell"] = Y[end], C[end]
        y = Y[end].copy() if self.last else batch_first(Y)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dY = None if self.last else time_first(dy)
            D = mode.empty_like(G, shape=G.shape)  # becomes dz
            dh = dy.copy() if self.last else np.zeros_like(ig)
            dc, dhc, dzU = np.zeros_like(ig), np.empty_like(ig), np.empty_like(hU)
            Ut = np.ascontiguousarray(U.transpose(0, 2, 1))
            for part in stretches(steps, hU.nbytes):
                d, gates, tanh_c = D[:, part], G[:, part], tanh_C[part]
                o, i, f, new = gates
                # First dz / dh of o, dz / dc of the others; e: dc / dh.
                slopes = np.subtract(1, gates[:3], d[:3])
                slopes *= gates[:3]
                slopes[0] *= tanh_c
                slopes[1] *= new
                slopes[2] *= C_[part]
                np.multiply(new, new, d[3])
                np.subtract(1, d[3], d[3])
                d[3] *= i
                e = np.multiply(tanh_c, tanh_c, tanh_c)
                np.subtract(1, e, e)
                e *= o
                for k in backward(steps, part):
                    t, dz = part.start + k, d[:, k]
                    if dY is not None:
                        np.add(dh, dY[t], dh)
                    if pads and (pad := pads[t]) is not None:
                        kept = dh * pad, dc * pad
                        dh -= kept[0]
                        dc -= kept[1]
                    np.add(dc, np.multiply(dh, e[k], dhc), dc)
                    dz_o, dz_others = dz[0], dz[1:]
                    np.multiply(dz_o, dh, dz_o)
                    np.multiply(dz_others, dc, dz_others)
                    np.add.reduce(np.matmul(dz, Ut, dzU), 0, out=dh)
                    np.multiply(dc, f[k], dc)
                    if pads and pad is not None:
                        dh += kept[0]
                        dc += kept[1]
            dZ = D.reshape(4, T * B, H)
            g.add("W", side_by_side(np.matmul(X2.T, dZ)))
            g.add("U", side_by_side(np.matmul(columns(Y_).T, dZ)))
            g.add("b", np.concatenate([column_sums(each) for each in dZ]))
            if not mode.input_gradient:
                return None
            dX = mode.product(dZ[0], W[0].T, mode.empty_like(X2, shape=X2.shape))
            another = mode.empty_like(X2, shape=X2.shape)
            for gate in range(1, 4):
                dX += mode.product(dZ[gate], W[gate].T, another)
            return batch_first(dX.reshape(X.shape))

        return y, pullback


def by_gate(W: Array) -> Array:
    """(rows, 4 · hidden) as a contiguous (4, rows, hidden)."""
    return np.ascontiguousarray(W.reshape(len(W), 4, -1).swapaxes(0, 1))


def side_by_side(W: Array) -> Array:
    """(4, rows, hidden) as (rows, 4 · hidden)."""
    return W.swapaxes(0, 1).reshape(W.shape[1], -1)
