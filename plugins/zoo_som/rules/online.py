"""The online rule of the self-organizing map: each sample moves the map at once.

W (units, values); x (values,), where NaN is a value that is missing and moves nothing. Source: T. Kohonen (1982),
Self-organized formation of topologically correct feature maps, eq. 2.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo import Array

Far = Callable[[Array, Array], Array]  # (x, W) → the distance of x from every unit


def best_matching_unit(W: Array, x: Array, far: Far) -> tuple[int, float]:
    """(c, its distance), c = argminᵢ |x − wᵢ|, of equals the first."""
    distances = far(x, W)
    c = int(distances.argmin())
    return c, float(distances[c])


def online_step(W: Array, x: Array, c: int, h: Array, eta: float) -> Array:
    """wᵢ ← wᵢ + η h(d(c, i)) (x − wᵢ) for every unit i; h (units,) as c strengthens them."""
    gap = np.where(np.isnan(x), 0, x - W)
    return np.asarray(W + (eta * h).astype(W.dtype)[:, None] * gap)
