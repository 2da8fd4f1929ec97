"""Output weights by least squares, out of sums over the samples.

Φ (rows, centres + 1) has a last column of ones, for b; T (rows, outputs); W (centres + 1, outputs). Sources:
D. S. Broomhead and D. Lowe (1988), Multivariable functional interpolation and adaptive networks; refinement: Å. Björck
(1996), Numerical methods for least squares problems, section 2.9.
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def normal_sums(phi: Array, T: Array, W: Array) -> tuple[Array, Array, Array]:
    """(ΦᵀΦ, Φᵀ(T − ΦW), Σ (T − ΦW)² by output): what is added up over the samples."""
    residual = T - phi @ W
    return phi.T @ phi, phi.T @ residual, np.einsum("ro,ro->o", residual, residual)


def solve(A: Array, B: Array) -> tuple[Array, float, float]:
    """(X with A X = B, largest and smallest eigenvalue of the symmetric A, which say how far to trust it)."""
    values, vectors = np.linalg.eigh(A)
    with np.errstate(divide="ignore", invalid="ignore"):
        X = vectors @ ((vectors.T @ B) / values[:, None])
    return X, float(values[-1]), float(values[0])


def change_of_weights(gram: Array, moments: Array, W: Array, ridge: float) -> tuple[Array, float, float]:
    """ΔW with (ΦᵀΦ + λI) ΔW = Φᵀ(T − ΦW) − λW, and the eigenvalues as of `solve`; λ does not touch b.

    From W = 0 it is ridge regression; another pass over the data is a step of iterative refinement.
    """
    penalty = np.full((len(gram), 1), ridge)
    penalty[-1] = 0
    return solve(gram + np.diag(penalty[:, 0]), moments - penalty * W)


def change_of_squares(change: Array, gram: Array, moments: Array) -> Array:
    """Σ (r − Φ ΔW)² − Σ r² = −2 ΔW·Φᵀr + ΔW·ΦᵀΦ·ΔW by output, r = T − ΦW: what the change wins."""
    return np.asarray(-2 * np.einsum("ao,ao->o", change, moments) + np.einsum("ao,ao->o", change, gram @ change))
