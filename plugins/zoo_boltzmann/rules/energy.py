"""Energies of a restricted Boltzmann machine.

v (rows, visible), h (rows, hidden), W (visible, hidden), a (visible,), b (hidden,); own(v) (rows,) is the energy of v
that no weight has a part in: 0 of units of 0 and 1, ½|v|² of Gaussian ones. Sources: P. Smolensky (1986), Information
processing in dynamical systems: foundations of harmony theory; Y. Freund and D. Haussler (1992).
"""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo_boltzmann.rules.units import softplus


def energy(v: Array, h: Array, W: Array, a: Array, b: Array, own: Array | float = 0.0) -> Array:
    """E(v, h) = own(v) − a·v − b·h − v·W·h: (rows,)."""
    return np.asarray(own - v @ a - h @ b - np.einsum("rh,rh->r", v @ W, h))


def free_energy(v: Array, W: Array, a: Array, b: Array, own: Array | float = 0.0) -> Array:
    """F(v) = −log Σ over h of e^−E(v, h) = own(v) − a·v − Σ log(1 + e^(v W + b)): (rows,)."""
    return np.asarray(own - v @ a - softplus(v @ W + b).sum(axis=1))
