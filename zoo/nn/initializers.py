"""How parameters start. W (…, inputs, outputs): fan-in and fan-out count the connections of one unit.

Variances are chosen so that signals keep their size from layer to layer, forward, backward, or both.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from zoo.types import Array


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan-in, fan-out) of W (…, inputs, outputs); the axes before those are a convolution's kernel."""
    if len(shape) < 2:
        return max(1, math.prod(shape)), max(1, math.prod(shape))
    kernel = math.prod(shape[:-2])
    return max(1, kernel * shape[-2]), max(1, kernel * shape[-1])


class Initializer(ABC):
    """Values for a shape, drawn in double precision so that both precisions start alike."""

    @abstractmethod
    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array: ...


@dataclass(frozen=True)
class Constant(Initializer):
    """Every value the same: 0 for biases, 1 for gains. Hidden units that start alike stay alike."""

    value: float = 0.0

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Normal(Initializer):
    """N(0, deviation²), small, so that units differ and sigmoids start in their linear part."""

    deviation: float = 0.01

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        return random.normal(0.0, self.deviation, shape)


@dataclass(frozen=True)
class Scaled(Initializer):
    """Zero mean and variance gain / fan, normal or uniform on ±√(3 · variance)."""

    gain: float = 1.0
    fan: str = "in"  # "in", or "both": the mean of fan-in and fan-out
    uniform: bool = False

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        fan_in, fan_out = fans(shape)
        fan = fan_in if self.fan == "in" else (fan_in + fan_out) / 2
        deviation = math.sqrt(self.gain / fan)
        if self.uniform:
            return random.uniform(-math.sqrt(3) * deviation, math.sqrt(3) * deviation, shape)
        return random.normal(0.0, deviation, shape)


ZEROS = Constant(0.0)
ONES = Constant(1.0)
SMALL_NORMAL = Normal(0.01)
# Variance 1 / fan-in: LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, section 4.6.
LECUN_NORMAL = Scaled(1.0)
LECUN_UNIFORM = Scaled(1.0, uniform=True)
# Variance 2 / (fan-in + fan-out): Glorot and Bengio, 2010, equations 12 and 16; for tanh and sigmoid.
GLOROT_NORMAL = Scaled(1.0, "both")
GLOROT_UNIFORM = Scaled(1.0, "both", uniform=True)
# Variance 2 / fan-in, since relu halves it: He, Zhang, Ren and Sun, 2015, equation 10.
HE_NORMAL = Scaled(2.0)
HE_UNIFORM = Scaled(2.0, uniform=True)

INITIALIZERS: dict[str, Initializer] = {
    "zeros": ZEROS,
    "normal": SMALL_NORMAL,
    "lecun_normal": LECUN_NORMAL,
    "lecun_uniform": LECUN_UNIFORM,
    "glorot_normal": GLOROT_NORMAL,
    "glorot_uniform": GLOROT_UNIFORM,
    "he_normal": HE_NORMAL,
    "he_uniform": HE_UNIFORM,
}
