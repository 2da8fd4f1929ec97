"""How far a sample x is from a unit's weights w; a value that x misses (NaN) is left out.

x and w (…, values), pair by pair over the last axis, to distances (…).
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def euclidean(x: Array, w: Array) -> Array:
    """√Σ (x − w)²."""
    return np.asarray(np.sqrt(np.nansum(np.square(x - w), axis=-1)))


def cosine(x: Array, w: Array) -> Array:
    """1 − x·w / (|x| |w|), and 1 where one of them has no length."""
    present = ~np.isnan(x)
    x, w = np.where(present, x, 0), np.where(present, w, 0)
    lengths = np.sqrt(np.square(x).sum(axis=-1) * np.square(w).sum(axis=-1))
    products = (x * w).sum(axis=-1)
    return np.asarray(1 - products / np.where(lengths > 0, lengths, 1))


def manhattan(x: Array, w: Array) -> Array:
    """Σ |x − w|."""
    return np.asarray(np.nansum(np.abs(x - w), axis=-1))
