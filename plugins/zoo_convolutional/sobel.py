"""Edge detection by fixed kernels: what a convolution computes before anything is learned.

    edges = sobel(image)        # (height, width): how steep the grey values are

Source: I. Sobel and G. Feldman (1968), A 3×3 isotropic gradient operator for image processing.
"""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo.nn import Mode
from zoo_convolutional.layers import Convolution

ACROSS = ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))  # how fast values grow to the right; transposed: downwards


def gradients(image: Array) -> Array:
    """(height, width, 2): how fast the grey values (height, width) grow to the right and downwards, border left out.

    The layer that nets learn, given its weights.
    """
    kernel = np.array(ACROSS, image.dtype)
    W = np.stack([kernel, kernel.T], axis=-1)[:, :, None, :]  # (height, width, 1 input, 2 channels)
    y, _ = Convolution(2, 3, bias=False).forward({"W": W}, image[None, :, :, None], Mode())
    found: Array = y[0]
    return found


def sobel(image: Array) -> Array:
    """|gradient| at every pixel but the border's."""
    across, down = np.moveaxis(gradients(image), -1, 0)
    steepness: Array = np.hypot(across, down)
    return steepness
