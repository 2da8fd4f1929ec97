"""Augmentation: random changes of the training images.

Simard, Steinkraus and Platt, 2003, section 2 (affine and elastic); Krizhevsky, Sutskever and Hinton, 2012, section 4.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from zoo import Array


@dataclass(frozen=True)
class Augmentation:
    """y(p) = x(A(p − centre) + centre + t + u(p)): turned, scaled, shifted, bent; then mirrored and cropped.

    Between pixels x is interpolated linearly, outside the image its nearest edge counts. `shift` in pixels, `rotation`
    in degrees, `scaling` as a share, each drawn evenly from −value to value; `elastic`: u is smooth noise of that
    standard deviation in pixels.
    """

    shift: float = 0.0
    rotation: float = 0.0
    scaling: float = 0.0
    elastic: float = 0.0
    smoothness: float = 4.0
    flip: str = "none"
    crop: int = 0

    @property
    def changes(self) -> bool:
        return self.warps or self.flip != "none" or self.crop > 0

    @property
    def warps(self) -> bool:
        return any((self.shift, self.rotation, self.scaling, self.elastic))

    def __call__(self, images: Array, random: np.random.Generator) -> Array:
        """New images of the same shape (rows, height, width) or (rows, height, width, channels)."""
        shape = images.shape
        x = images.reshape(*shape[:3], math.prod(shape[3:]))
        if self.warps:
            x = sampled(x, *self._sources(x.shape, random))
        if self.flip in ("horizontal", "both"):
            x = np.where(heads(len(x), random), x[:, :, ::-1], x)
        if self.flip in ("vertical", "both"):
            x = np.where(heads(len(x), random), x[:, ::-1], x)
        if self.crop:
            x = cropped(x, self.crop, random)
        return np.ascontiguousarray(x).reshape(shape)

    def _sources(self, shape: tuple[int, ...], random: np.random.Generator) -> tuple[Array, Array]:
        """Row and column (rows, height, width) in the old image of each pixel of the new."""
        n, h, w, _ = shape

        def spread(most: float) -> Array:
            return random.uniform(-most, most, (n, 1, 1)).astype(np.float32)

        angle, size = np.radians(spread(self.rotation)), 1 + spread(self.scaling)
        down, right = spread(self.shift), spread(self.shift)
        y = np.arange(h, dtype=np.float32)[:, None] - np.float32((h - 1) / 2)
        x = np.arange(w, dtype=np.float32)[None, :] - np.float32((w - 1) / 2)
        cos, sin = np.cos(angle) / size, np.sin(angle) / size
        rows = cos * y - sin * x + ((h - 1) / 2 - down)
        columns = sin * y + cos * x + ((w - 1) / 2 - right)
        if self.elastic:
            rows += self.elastic * smooth_noise(n, h, w, self.smoothness, random)
            columns += self.elastic * smooth_noise(n, h, w, self.smoothness, random)
        return rows, columns


def sampled(x: Array, rows: Array, columns: Array) -> Array:
    """x (rows, height, width, channels) between its pixels, linearly, at places (rows, height, width)."""
    n, h, w, c = x.shape
    rows, columns = np.clip(rows, 0, h - 1), np.clip(columns, 0, w - 1)
    top = np.minimum(rows.astype(np.int32), max(h - 2, 0))
    left = np.minimum(columns.astype(np.int32), max(w - 2, 0))
    down = (rows - top)[..., None].astype(x.dtype)
    right = (columns - left)[..., None].astype(x.dtype)
    pixels = x.reshape(n * h * w, c)
    at = top * w + left + (np.arange(n, dtype=np.int64) * (h * w))[:, None, None]
    below, beside = w if h > 1 else 0, 1 if w > 1 else 0
    upper: Array = pixels.take(at, axis=0)
    lower: Array = pixels.take(at + below, axis=0)
    upper += right * (pixels.take(at + beside, axis=0) - upper)
    lower += right * (pixels.take(at + (below + beside), axis=0) - lower)
    lower -= upper
    lower *= down
    upper += lower
    return upper


def smooth_noise(n: int, h: int, w: int, smoothness: float, random: np.random.Generator) -> Array:
    """Noise (n, h, w) of variance 1 that stays alike over `smoothness` pixels: white noise behind a Gaussian."""
    noise = random.standard_normal((n, h, w), dtype=np.float32)
    down, across = gaussian(h, smoothness), gaussian(w, smoothness)
    smooth: Array = down @ noise @ across.T
    return smooth


def gaussian(size: int, deviation: float) -> Array:
    """The matrix (size, size) that blurs a line of white noise and keeps its variance."""
    place = np.arange(size)
    weights = np.exp(-0.5 * ((place[:, None] - place) / deviation) ** 2)
    weights /= np.sqrt((weights**2).sum(axis=1, keepdims=True))
    return weights.astype(np.float32)


def heads(n: int, random: np.random.Generator) -> Array:
    """A coin for each image."""
    return (random.random(n) < 0.5)[:, None, None, None]


def cropped(x: Array, border: int, random: np.random.Generator) -> Array:
    """x with its edge repeated `border` times all around, of which x's own size is cut out at a random place."""
    n, h, w, _ = x.shape
    top, left = random.integers(0, 2 * border + 1, n), random.integers(0, 2 * border + 1, n)
    rows = np.clip(np.arange(h) + (top - border)[:, None], 0, h - 1)
    columns = np.clip(np.arange(w) + (left - border)[:, None], 0, w - 1)
    part: Array = x[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return part
