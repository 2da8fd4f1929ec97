"""h(d): how strongly a unit learns when one at the distance d on the grid wins; σ is the radius, both in cells.

d2 is d², (…). Sources: T. Kohonen (1982), Self-organized formation of topologically correct feature maps; the hat is
D. Marr and E. Hildreth (1980), Theory of edge detection, eq. 6, whose sum over the plane is nothing.
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def gaussian(d2: Array, sigma: float) -> Array:
    """exp(−d² / 2σ²)."""
    return np.exp(-(d2 / (2.0 * sigma**2)))


def bubble(d2: Array, sigma: float) -> Array:
    """1 where d ≤ σ, else 0."""
    return (d2 <= sigma**2).astype(np.float64)


def triangle(d2: Array, sigma: float) -> Array:
    """1 − d/σ where d < σ, else 0; the winner itself always 1."""
    return np.maximum(0.0, 1.0 - np.sqrt(d2) / sigma)


def mexican_hat(d2: Array, sigma: float) -> Array:
    """(1 − d² / 2σ²) exp(−d² / 2σ²): near units learn, those beyond √2 σ are pushed away."""
    exponent = d2 / (2.0 * sigma**2)
    return np.exp(-exponent) * (1.0 - exponent)


NEIGHBOURHOODS = {"gaussian": gaussian, "bubble": bubble, "triangle": triangle, "mexican_hat": mexican_hat}
