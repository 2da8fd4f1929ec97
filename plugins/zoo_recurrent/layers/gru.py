"""The gated recurrent unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo.nn import Gradient, Layer, Mode, Parameter, Pullback, Shapes, Tree
from zoo.nn.dense import column_sums
from zoo_recurrent.layers.over_time import (
    Array,
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
class GruLayer(Layer):
    """r, z = σ(x W + h₋ U + b); n = tanh(x W + b + r ⊙ (h₋ U + d)); h = n + z ⊙ (h₋ − n), step by step.

    x (batch, time, inputs); W (inputs, 3 · hidden), U (hidden, 3 · hidden) and b hold the columns of r, z and n in this
    order, d (hidden,); y (batch, time, hidden), with `last` (batch, hidden). Source: K. Cho and others (2014), Learning
    phrase representations using RNN encoder–decoder, equations 5 to 8, with r applied after the product with U, as
    other libraries have it: so one product serves all three.
    """

    kind: ClassVar[str] = "gru"

    hidden: int
    reverse: bool = False  # goes from the last step to the first
    last: bool = False  # gives the state after the last step alone

    def shapes(self, input_shape: Shape) -> Shapes:
        time, inputs = axes(input_shape, self)
        H = self.hidden
        parameters = {
            "W": Parameter((inputs, 3 * H), PerGate(3)),
            "U": Parameter((H, 3 * H), PerGate(3, Orthogonal())),
            "b": Parameter((3 * H,), penalized=False),
            "d": Parameter((H,), penalized=False),
        }
        return Shapes((H,) if self.last else (time, H), parameters)

    def forward(self, p: Tree, x: Array, mode: Mode) -> tuple[Array, Pullback | None]:
        X = time_first(x)  # (time, batch, inputs)
        (T, B, _), H = X.shape, self.hidden
        W, U, d = p["W"], p["U"], p["d"]
        halved = np.ones_like(W, shape=3 * H)
        halved[: 2 * H] = 0.5  # σ(z) = ½ tanh(z/2) + ½
        G = mode.product(columns(X), W * halved, mode.empty_like(W, shape=(T * B, 3 * H)))
        G += p["b"] * halved
        G = G.reshape(T, B, 3 * H)
        U2 = U * halved
        Y, Y_ = states(mode, "hidden", X, T, H, self.reverse)  # after each step, and before it
        Q = mode.empty_like(Y, shape=(T, B, H))  # h₋ U + d, what r lets through
        hU, rq = np.empty_like(G[0]), np.empty_like(Q[0])
        pads, steps = padding(mode.mask), order(T, self.reverse)
        for t in steps:
            s, h, h_ = G[t], Y[t], Y_[t]
            np.matmul(h_, U2, hU)
            gates, n = s[:, : 2 * H], s[:, 2 * H :]
            gates += hU[:, : 2 * H]
            np.tanh(gates, gates)
            gates *= 0.5
            gates += 0.5
            n += np.multiply(s[:, :H], np.add(hU[:, 2 * H :], d, Q[t]), rq)
            np.tanh(n, n)
            np.subtract(h_, n, h)
            h *= s[:, H : 2 * H]
            h += n
            if pads and (pad := pads[t]) is not None:
                np.copyto(h, h_, where=pad)
        if mode.watch is not None:
            mode.watch(f"{mode.path}/gates", batch_first(G))
            mode.watch(f"{mode.path}/state", batch_first(Y))
        end = steps[-1]
        if not self.reverse:
            mode.carries[f"{mode.path}/hidden"] = Y[end]
        y = Y[end].copy() if self.last else batch_first(Y)
        if not mode.training:
            return y, None

        def pullback(dy: Array, g: Gradient) -> Array | None:
            dY = None if self.last else time_first(dy)
            D = mode.empty_like(G, shape=G.shape)  # becomes the derivatives of the sums that x W goes into
            DU = mode.empty_like(G, shape=G.shape)  # of those that h₋ U goes into
            dh = dy.copy() if self.last else np.zeros_like(rq)
            dhz, Ut = np.empty_like(rq), np.ascontiguousarray(U.T)
            for part in stretches(T, G[0].nbytes)[:: -steps.step]:
                gates = G[part]
                r, z, n = (gates[:, :, k * H : (k + 1) * H] for k in range(3))
                d_r, d_z, d_n = (D[part, :, k * H : (k + 1) * H] for k in range(3))
                # First dz / dh of z and n, and for r what d_n is multiplied by.
                np.subtract(1, gates[:, :, : 2 * H], D[part, :, : 2 * H])
                np.multiply(n, n, d_n)
                np.subtract(1, d_n, d_n)
                d_n *= d_z
                d_r *= r
                d_r *= Q[part]
                d_z *= z
                d_z *= np.subtract(Y_[part], n)
                for k in backward(steps, part):
                    t = part.start + k
                    if dY is not None:
                        dh += dY[t]
                    if pads and (pad := pads[t]) is not None:
                        kept = dh * pad
                        dh -= kept
                    dr, dz, dn, dU = d_r[k], d_z[k], d_n[k], DU[t]
                    dn *= dh
                    dz *= dh
                    dr *= dn
                    dU[:, : 2 * H] = D[t, :, : 2 * H]
                    np.multiply(dn, r[k], dU[:, 2 * H :])
                    np.multiply(dh, z[k], dhz)
                    np.matmul(dU, Ut, dh)
                    dh += dhz
                    if pads and pad is not None:
                        dh += kept
            dZ, dZU = columns(D), columns(DU)
            g.add_product("W", columns(X).T, dZ)
            g.add_product("U", columns(Y_).T, dZU)
            g.add("b", column_sums(dZ))
            g.add("d", column_sums(dZU)[2 * H :])
            if not mode.input_gradient:
                return None
            dX = mode.product(dZ, W.T, mode.empty_like(dZ, shape=(T * B, X.shape[2])))
            return batch_first(dX.reshape(X.shape))

        return y, pullback
