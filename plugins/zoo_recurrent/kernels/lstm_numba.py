"""The LSTM with what is between its products compiled; equals `rules/lstm.py` but for rounding, in single precision.

Gains: what a step computes besides its products, forward and back, takes 13 µs instead of 27 at 32 rows × 128 units.
Of a whole pass, products included, 1.36 times as fast as `lstm_tiled.py` at (20, 16, 16, 32) time steps, rows, inputs
and hidden units, 1.13 at (20, 32, 16, 64), 1.07 at (50, 32, 64, 128), 1.04 at (100, 64, 128, 128). By what: one loop
over the hidden units, which reads each value once, where NumPy goes through memory for each operation; and two calls a
step instead of twenty.
"""

from __future__ import annotations

import numpy as np

from zoo import Array, compiled
from zoo.nn import Gradient, Mode, Tiles, Tree, tiled_product
from zoo_recurrent.kernels.tanh_numba import sigmoid, tanh
from zoo_recurrent.unroll import Unrolled, aligned, begin, columns, padded_steps, portions

HALVES = (0.5, 0.5, 0.5, 1.0)  # of what goes into the gates o, i, f and g: σ(z) is ½ tanh(z/2) + ½
ONE = np.float32(1)


def lstm(p: Tree, X: Array, start: tuple[Array | None, ...], pads: list[Array | None], mode: Mode) -> Unrolled:
    """`rules.lstm.step` over all time steps of X (time, batch, inputs)."""
    U, W, b = p["U"], p["W"], p["b"]
    (T, B, _), H = X.shape, len(U)
    padded = padded_steps(pads, B)
    V = np.concatenate([U, W, b[None]]).reshape(-1, 4, H).swapaxes(0, 1)
    K = V.shape[1]
    tiles = Tiles.of(B, K, H)
    halves = np.array(HALVES, X.dtype)[:, None, None]
    V2 = tiles.matrices(np.multiply(V, halves, np.empty_like(W, shape=V.shape)))

    S = mode.empty_like(W, shape=(T + 1, B, aligned(K)))  # the state before a step, its inputs, 1
    S[:T, :, H : K - 1] = X
    S[:, :, K - 1] = 1
    G = mode.empty_like(W, shape=(T + 1, 6, B, H))  # tanh c; o, i, f, g; the cell before a step
    states, gates = S[:, :, :H], G[:T, 1:5]
    begin(states, start[0])
    begin(G[:, 5], start[1])
    for t, hx1, products in zip(range(T), tiles.left(S[:T, :, :K]), tiles.out(gates), strict=True):
        np.matmul(hx1, V2, products)
        forward(G, S, padded, t)

    def pullback(dY: Array | None, dh: Array, g: Gradient, want_dx: bool) -> Array | None:
        dX = mode.empty_like(W, shape=X.shape) if want_dx else None
        dV, more = (mode.empty_like(W, shape=(K, 4 * H)) for _ in range(2))
        dh = np.array(dh, order="C")
        dc, kept = np.zeros_like(dh), np.zeros_like(dh)
        dY = np.empty((0, B, H), X.dtype) if dY is None else dY
        parts = portions(T, B)
        D = mode.empty_like(W, shape=(parts[0].stop, B, 4 * H))  # dz of the steps of a portion
        tiles = Tiles.of(B, 4 * H, H)
        times = np.dot if tiles.whole else np.matmul
        Ut, dZ, dH = tiles.matrices(U.T[None])[0], list(tiles.left(D)), tiles.out(dh[None, None])[0, 0]
        for part in reversed(parts):
            first = part.start
            for t in range(first, part.stop)[::-1]:
                backward(G, padded, t, dY, dh, dc, kept, D, t - first)
                times(dZ[t - first], Ut, dH)
                if len(padded):
                    np.add(dh, kept, dh)
            dz_rows = columns(D[: part.stop - first])
            inside = columns(S[part])[:, :K]
            if part is parts[-1]:
                np.matmul(inside.T, dz_rows, dV)
            else:
                np.add(dV, np.matmul(inside.T, dz_rows, more), dV)
            if dX is not None:
                tiled_product(dz_rows, W.T, columns(dX[part]))
        g.add("U", dV[:H])
        g.add("W", dV[H:-1])
        g.add("b", dV[-1])
        return dX

    watched = {
        "gates": lambda: gates.swapaxes(1, 2).reshape(T, B, 4 * H),
        "state": lambda: states[1:],
    }
    return Unrolled(states[1:], (states[T], G[T, 5]), watched, pullback)


@compiled()
def forward(G: Array, S: Array, padded: Array, t: int) -> None:
    """One step behind its product: G[t, 1:5] holds z, the first three of it halved, and becomes o, i, f and g."""
    H = G.shape[3]
    for b in range(G.shape[2]):
        tanh_c, o, i, f, g = G[t, 0, b], G[t, 1, b], G[t, 2, b], G[t, 3, b], G[t, 4, b]
        before, c, h = G[t, 5, b], G[t + 1, 5, b], S[t + 1, b]
        for k in range(H):
            o[k], i[k], f[k], g[k] = sigmoid(o[k]), sigmoid(i[k]), sigmoid(f[k]), tanh(g[k])
            c[k] = f[k] * before[k] + i[k] * g[k]
            tanh_c[k] = tanh(c[k])
            h[k] = o[k] * tanh_c[k]
        if len(padded) and padded[t, b]:
            c[:] = before
            h[:H] = S[t, b, :H]


@compiled()
def backward(
    G: Array, padded: Array, t: int, dY: Array, dh: Array, dc: Array, kept: Array, D: Array, step: int
) -> None:
    """One step: D[step], which is dz (batch, 4 · hidden), out of dh, to which dY[t] comes, if there is one, and dc,
    which becomes that before the step. Where it is padded dz is 0, dc stays, and dh goes past the product: `kept`."""
    H = G.shape[3]
    for b in range(G.shape[2]):
        tanh_c, o, i, f, g, before = G[t, 0, b], G[t, 1, b], G[t, 2, b], G[t, 3, b], G[t, 4, b], G[t, 5, b]
        dz, h, c = D[step, b], dh[b], dc[b]
        do, di, df, dg = dz[:H], dz[H : 2 * H], dz[2 * H : 3 * H], dz[3 * H :]
        if len(dY):
            for k in range(H):
                h[k] += dY[t, b, k]
        if len(padded) and padded[t, b]:
            kept[b] = h
            dz[:] = 0
            continue
        for k in range(H):
            of_c = c[k] + h[k] * o[k] * (ONE - tanh_c[k] * tanh_c[k])
            do[k] = h[k] * tanh_c[k] * o[k] * (ONE - o[k])
            di[k] = of_c * g[k] * i[k] * (ONE - i[k])
            df[k] = of_c * before[k] * f[k] * (ONE - f[k])
            dg[k] = of_c * i[k] * (ONE - g[k] * g[k])
            c[k] = of_c * f[k]
        if len(padded):
            kept[b] = 0
