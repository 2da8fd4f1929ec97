"""k-means: one iteration of Lloyd's algorithm.

Samples x (rows, inputs), centres c (centres, inputs). Source: S. P. Lloyd (1982), Least squares quantization in PCM;
written in 1957.
"""

from __future__ import annotations

import numpy as np

from zoo import Array


def assigned(x: Array, c: Array) -> tuple[Array, Array, float]:
    """(samples by centre (centres,), their sum (centres, inputs), Σ ‖x − c‖²), each sample with the nearest centre."""
    counts, sums, distortion = np.zeros(len(c)), np.zeros(c.shape), 0.0
    for sample in x:
        distances = np.square(sample - c).sum(axis=1)
        j = int(distances.argmin())
        counts[j] += 1
        sums[j] += sample
        distortion += float(distances[j])
    return counts, sums, distortion


def moved(c: Array, counts: Array, sums: Array) -> Array:
    """c_j ← mean of the samples nearer to c_j than to any other centre; a centre without samples stays."""
    held = counts[:, None] > 0
    return np.asarray(np.where(held, sums / np.maximum(1, counts)[:, None], c))
