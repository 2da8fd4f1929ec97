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


@dataclass(frozen=True)
class LstmLayer(Layer):
    """i, f, o = σ(x W + h₋ U + b); g = tanh(x W + h₋ U + b); c = f ⊙ c₋ + i ⊙ g; h = o ⊙ tanh c, step by step.

    x (batch, time, inputs); W (inputs, 4 · hidden), U (hidden, 4 · hidden) and b hold the columns of o, i, f and g in
    this order; y (batch, time, hidden), with `last` (batch, hidden). Source: S. Hochreiter and J. Schmidhuber (1997),
    Long short-term memory; F. Gers, J. Schmidhuber and F. Cummins (2000), Learning to forget, equations 3 to 9.

    σ(z) is computed as ½ tanh(z/2) + ½, so that one call makes all gates of a step: the columns of the three
    sigmoids are halved beforehand. Backward, all that does not depend on dh is computed for all steps at once.
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
        W, U = p["W"], p["U"]
        halved = np.ones_like(W, shape=4 * H)
        halved[: 3 * H] = 0.5
        G = mode.product(columns(X), W * halved, mode.empty_like(W, shape=(T * B, 4 * H)))
        G += p["b"] * halved
        G = G.reshape(T, B, 4 * H)
        U2 = U * halved
        Y, Y_ = states(mode, "hidden", X, T, H, self.reverse)  # after each step, and before it
        C, C_ = states(mode, "cell", X, T, H, self.reverse)
        tanh_C = mode.empty_like(C, shape=(T, B, H))
        hU, ig = np.empty_like(G[0]), np.empty_like(C[0])
        pads, steps = padding(mode.mask), order(T, self.reverse)
        for t in steps:
            z, h, c, c_ = G[t], Y[t], C[t], C_[t]
            z += np.matmul(Y_[t], U2, hU)
            np.tanh(z, z)
            sigmoids = z[:, : 3 * H]
            sigmoids *= 0.5
            sigmoids += 0.5
            np.multiply(z[:, 2 * H : 3 * H], c_, c)
            c += np.multiply(z[:, H : 2 * H], z[:, 3 * H :], ig)
            np.multiply(z[:, :H], np.tanh(c, tanh_C[t]), h)
            if pads and (pad := pads[t]) is not None:
                np.copyto(c, c_, where=pad)
                np.copyto(h, Y_[t], where=pad)
        if mode.watch is not None:
            mode.watch(f"{mode.path}/gates", batch_first(G))
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
            dc, dhc, Ut = np.zeros_like(ig), np.empty_like(ig), np.ascontiguousarray(U.T)
            for part in stretches(steps, G[0].nbytes):
                d, tanh_c, gates = D[part], tanh_C[part], G[part]
                o, i, f, new = (gates[:, :, n * H : (n + 1) * H] for n in range(4))
                d_o, d_i, d_f, d_new = (d[:, :, n * H : (n + 1) * H] for n in range(4))
                # First dz / dh of o, dz / dc of the others; e: dc / dh.
                slopes = np.subtract(1, gates[:, :, : 3 * H], d[:, :, : 3 * H])
                slopes *= gates[:, :, : 3 * H]
                d_o *= tanh_c
                d_i *= new
                d_f *= C_[part]
                np.multiply(new, new, d_new)
                np.subtract(1, d_new, d_new)
                d_new *= i
                e = np.multiply(tanh_c, tanh_c, tanh_c)
                np.subtract(1, e, e)
                e *= o
                others = d.reshape(-1, B, 4, H)[:, :, 1:]
                for k in backward(steps, part):
                    t = part.start + k
                    if dY is not None:
                        dh += dY[t]
                    if pads and (pad := pads[t]) is not None:
                        kept = dh * pad, dc * pad
                        dh -= kept[0]
                        dc -= kept[1]
                    dc += np.multiply(dh, e[k], dhc)
                    dz_o, dz_others = d_o[k], others[k]
                    dz_o *= dh
                    dz_others *= dc[:, None]
                    np.matmul(d[k], Ut, dh)
                    dc *= f[k]
                    if pads and pad is not None:
                        dh += kept[0]
                        dc += kept[1]
            dZ = columns(D)
            g.add_product("W", columns(X).T, dZ)
            g.add_product("U", columns(Y_).T, dZ)
            g.add("b", column_sums(dZ))
            if not mode.input_gradient:
                return None
            dX = mode.product(dZ, W.T, mode.empty_like(dZ, shape=(T * B, X.shape[2])))
            return batch_first(dX.reshape(X.shape))

        return y, pullback
