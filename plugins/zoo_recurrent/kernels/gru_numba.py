"""The GRU with what is between its products compiled; equals `rules/gru.py` but for rounding, in single precision.

Gains: what a step computes besides its products, forward and back, takes 9 µs instead of 17 at 32 rows × 128 units.
Of a whole pass, products included, 1.25 times as fast as `gru_tiled.py` at (20, 16, 16, 32) time steps, rows, inputs
and hidden units, 1.11 at (20, 32, 16, 64), 1.05 at (50, 32, 64, 128). By what: one loop over the hidden units, which
reads each value once, where NumPy goes through memory for each operation; and four calls a step instead of twenty. Its
products are those of `gru_tiled.py`.
"""

from __future__ import annotations

import numpy as np

from zoo import Array, compiled
from zoo.nn import Gradient, Mode, Tiles, Tree, tiled_product
from zoo_recurrent.kernels.tanh_numba import sigmoid, tanh
from zoo_recurrent.unroll import Unrolled, aligned, begin, columns, padded_steps, portions

ONE = np.float32(1)


def gru(p: Tree, X: Array, start: tuple[Array | None, ...], pads: list[Array | None], mode: Mode) -> Unrolled:
    """`rules.gru.step` over all time steps of X (time, batch, inputs)."""
    U, W, b, d = p["U"], p["W"], p["b"], p["d"]
    (T, B, I), H = X.shape, len(U)
    padded = padded_steps(pads, B)
    K, of_rz, of_n = H + 1 + I, slice(2 * H), slice(2 * H, None)
    rz_tiles, q_tiles = Tiles.of(B, K, H), Tiles.of(B, H + 1, H)
    Vrz = np.concatenate([each[:, of_rz].reshape(-1, 2, H).swapaxes(0, 1) for each in (U, b[None], W)], axis=1)
    Vrz = rz_tiles.matrices(np.multiply(Vrz, np.array(0.5, X.dtype), Vrz))
    Vq = q_tiles.matrices(np.concatenate([U[:, of_n], d[None]])[None])
    Vn = np.concatenate([b[None, of_n], W[:, of_n]])

    S = mode.empty_like(W, shape=(T + 1, B, aligned(K)))  # the state before a step, 1, its inputs
    S[:, :, H] = 1
    S[:T, :, H + 1 : K] = X
    G = mode.empty_like(W, shape=(T, 4, B, H))  # q, r, z, n
    Y = mode.empty_like(W, shape=(T + 1, B, H))  # the state before a step, once more
    begin(Y, start[0])
    S[0, :, :H] = Y[0]
    N = mode.empty_like(W, shape=(T, B, H))
    mode.product(columns(S[:T])[:, H:K], Vn, columns(N))
    each = zip(
        range(T),
        *(rz_tiles.left(S[:T, :, :K]), rz_tiles.out(G[:, 1:3]), q_tiles.left(S[:T, :, : H + 1]), q_tiles.out(G[:, :1])),
        strict=True,
    )
    for t, h1x, rz_products, h1, q_products in each:
        np.matmul(h1x, Vrz, rz_products)
        np.matmul(h1, Vq, q_products)
        forward(G, N, Y, S, padded, t)

    def pullback(dY: Array | None, dh: Array, g: Gradient, want_dx: bool) -> Array | None:
        dX = mode.empty_like(W, shape=X.shape) if want_dx else None
        dUd, more_dUd = (make((H + 1, 3 * H), X.dtype) for make in (np.zeros, np.empty))  # in the order q, r, z
        dbW, more_dbW = (make((1 + I, 3 * H), X.dtype) for make in (np.zeros, np.empty))
        dh = np.array(dh, order="C")
        kept = np.empty_like(dh)
        dY = np.empty((0, B, H), X.dtype) if dY is None else dY
        parts = portions(T, B)
        D = mode.empty_like(W, shape=(parts[0].stop, B, 4 * H))  # dq, dr, dz, dn
        tiles = Tiles.of(B, 3 * H, H)
        Ut = tiles.matrices(np.roll(U, H, axis=1).T[None])
        dU, dH = list(tiles.left(D[:, :, : 3 * H])), tiles.out(dh[None, None])[0]
        for part in reversed(parts):
            for t in range(part.start, part.stop)[::-1]:
                step = t - part.start
                backward(G, Y, padded, t, dY, dh, kept, D, step)
                np.matmul(dU[step], Ut, dH)
                np.add(dh, kept, dh)
            h1x, d_rows = columns(S[part]), columns(D[: part.stop - part.start])
            np.add(dUd, np.matmul(h1x[:, : H + 1].T, d_rows[:, : 3 * H], more_dUd), dUd)
            np.add(dbW, np.matmul(h1x[:, H:K].T, d_rows[:, H:], more_dbW), dbW)
            if dX is not None:
                tiled_product(d_rows[:, H:], W.T, columns(dX[part]))
        g.add("U", np.roll(dUd[:H], -H, axis=1))
        g.add("d", dUd[H, :H])
        g.add("b", dbW[0])
        g.add("W", dbW[1:])
        return dX

    watched = {
        "gates": lambda: np.concatenate([G[:, 1], G[:, 2], G[:, 3]], axis=2),
        "state": lambda: Y[1:],
    }
    return Unrolled(Y[1:], (Y[T],), watched, pullback)


@compiled()
def forward(G: Array, N: Array, Y: Array, S: Array, padded: Array, t: int) -> None:
    """One step behind its products: G[t] holds q and the halved z of r and of z, and becomes q, r, z and n; N[t] holds
    x W + b of n."""
    H = G.shape[3]
    for b in range(G.shape[2]):
        q, r, z, n, before, h, s = G[t, 0, b], G[t, 1, b], G[t, 2, b], G[t, 3, b], Y[t, b], Y[t + 1, b], S[t + 1, b]
        for k in range(H):
            r[k], z[k] = sigmoid(r[k]), sigmoid(z[k])
            n[k] = tanh(N[t, b, k] + r[k] * q[k])
            h[k] = n[k] + z[k] * (before[k] - n[k])
            s[k] = h[k]
        if len(padded) and padded[t, b]:
            h[:] = before
            s[:H] = before


@compiled()
def backward(G: Array, Y: Array, padded: Array, t: int, dY: Array, dh: Array, kept: Array, D: Array, step: int) -> None:
    """One step: D[step], which is dq, dr, dz and dn (batch, 4 · hidden), out of dh, to which dY[t] comes, if there is
    one; `kept` is what of dh goes past the products: all of it where the step is padded, then the others are 0."""
    H = G.shape[3]
    for b in range(G.shape[2]):
        q, r, z, n, before, d = G[t, 0, b], G[t, 1, b], G[t, 2, b], G[t, 3, b], Y[t, b], D[step, b]
        h, past, dq, dr, dz, dn = dh[b], kept[b], d[:H], d[H : 2 * H], d[2 * H : 3 * H], d[3 * H :]
        if len(dY):
            for k in range(H):
                h[k] += dY[t, b, k]
        if len(padded) and padded[t, b]:
            past[:] = h
            d[:] = 0
            continue
        for k in range(H):
            of_n = h[k] * (ONE - z[k]) * (ONE - n[k] * n[k])
            dn[k] = of_n
            dq[k] = of_n * r[k]
            dr[k] = of_n * q[k] * r[k] * (ONE - r[k])
            dz[k] = h[k] * (before[k] - n[k]) * z[k] * (ONE - z[k])
            past[k] = h[k] * z[k]
