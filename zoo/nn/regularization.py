"""Keep weights and gradients small: L1 and L2 penalties, max-norm, clipping. Biases are left out."""

from __future__ import annotations

import math

import numpy as np

from zoo.types import Array


def penalty(W: Array, l1: float, l2: float) -> float:
    """l1 · Σ |w| + ½ · l2 · Σ w²."""
    flat = W.reshape(-1)
    return float(l1 * np.abs(flat).sum(dtype=np.float64) + 0.5 * l2 * square_sum(flat))


def add_penalty_gradient(W: Array, dW: Array, l1: float, l2: float, rows: float) -> None:
    """dW ← dW + rows · (l1 · sign W + l2 · W): a penalty on each row's loss, so that shards add up."""
    if l2:
        dW += W * W.dtype.type(rows * l2)
    if l1:
        dW += np.sign(W) * W.dtype.type(rows * l1)


def limit_norm(W: Array, limit: float) -> None:
    """‖W[:, unit]‖ ≤ limit: the incoming weights of a unit whose norm is over the limit are scaled back to it.

    W (…, inputs, units). Srebro and Shraibman, 2005; Srivastava et al., 2014, section 5.1.
    """
    incoming = W.reshape(-1, W.shape[-1])
    norms = np.sqrt(np.einsum("iu,iu->u", incoming, incoming))
    over = norms > limit
    if over.any():
        incoming[:, over] *= limit / norms[over]


def clip_scale(norm: float, limit: float) -> float:
    """The factor of the whole gradient so that its norm is at most `limit`; 0: no limit.

    Pascanu, Mikolov and Bengio, 2013, algorithm 1.
    """
    return limit / norm if 0 < limit < norm else 1.0


def square_sum(vector: Array) -> float:
    """Σ x²: one pass of BLAS; in double precision where the single overflows."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(np.dot(vector, vector))
    if vector.dtype == np.float32 and not math.isfinite(total):
        vector = vector.astype(np.float64)
        total = float(np.dot(vector, vector))
    return total
