"""Initial weights of recurrent layers: per gate, orthogonal, and forget gates that begin open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo import Array
from zoo.nn import Initializer, Scaled

GLOROT = Scaled(1.0, "both", uniform=True)


@dataclass(frozen=True)
class PerGate(Initializer):
    """Every gate's columns of W (inputs, gates · units) drawn by themselves, so that fans are those of one gate."""

    gates: int
    each: Initializer = GLOROT

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        part = (shape[0], shape[1] // self.gates)
        return np.concatenate([self.each.draw(part, random) for _ in range(self.gates)], axis=1)


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """A random orthogonal matrix times `gain`: repeated products with it neither grow nor shrink.

    Q of a QR decomposition of normal numbers, signs set by R's diagonal. Saxe, McClelland and Ganguli, 2014, section 3.
    """

    gain: float = 1.0

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        rows, units = shape
        q, r = np.linalg.qr(random.standard_normal((max(shape), min(shape))))
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return self.gain * (q if rows >= units else q.T)


@dataclass(frozen=True)
class GateBias(Initializer):
    """Zeros but for the columns from `start` to before `stop`: a forget gate that begins open."""

    start: int
    stop: int
    value: float

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        b = np.zeros(shape)
        b[self.start : self.stop] = self.value
        return b
