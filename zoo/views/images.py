"""Inputs and weights as images."""

from __future__ import annotations

import numpy as np

from zoo.types import Array
from zoo.views.scenes import bounds, in_bytes


def as_bytes(values: Array, signed: bool = False) -> Array:
    """Images (…) as bytes: all of them between their lowest and highest value, about 0 in the middle where signed."""
    return in_bytes(values, *bounds(values, signed))


def input_images(inputs: Array) -> Array:
    """Encoded inputs (rows, height, width[, channels]) as bytes (rows, height, width[, 3]), each between its own lowest
    and highest value; of two or more than three channels their mean."""
    if inputs.ndim == 4 and inputs.shape[3] != 3:
        inputs = inputs.mean(axis=3)
    return np.stack([as_bytes(image) for image in inputs])
