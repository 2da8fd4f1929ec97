"""Initial values of parameters. W (…, inputs, outputs): fan-in and fan-out count the connections of one unit.

Variances are chosen so that signals keep their size from layer to layer, forward, backward, or both.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from zoo.core.open_registry import OpenRegistry
from zoo.errors import PluginError
from zoo.types import Array


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan-in, fan-out) of W (…, inputs, outputs); the axes before those are a convolution's kernel."""
    if len(shape) < 2:
        return max(1, math.prod(shape)), max(1, math.prod(shape))
    kernel = math.prod(shape[:-2])
    return max(1, kernel * shape[-2]), max(1, kernel * shape[-1])


class Initializer(ABC):
    """Values for a shape, drawn in double precision so that both precisions start from the same numbers.

    `name` is what an option calls it; "" for one that no option offers.
    """

    name: str = ""

    @abstractmethod
    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        """Values of this shape."""


def check_initializer(initializer: Initializer) -> None:
    """`PluginError` unless a plugin's initializer is an instance of Initializer."""
    if not isinstance(initializer, Initializer):
        raise PluginError(f"got {ascii(initializer)[:80]}, expected an instance of a subclass of zoo.nn.Initializer")


@dataclass(frozen=True)
class Constant(Initializer):
    """Every value the same: 0 for biases, 1 for gains. Hidden units that start equal stay equal."""

    value: float = 0.0
    name: str = field(default="", kw_only=True, repr=False, compare=False)

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Normal(Initializer):
    """N(0, deviation²), small, so that units differ and sigmoids start in their linear part."""

    deviation: float = 0.01
    name: str = field(default="", kw_only=True, repr=False, compare=False)

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        return random.normal(0.0, self.deviation, shape)


@dataclass(frozen=True)
class Uniform(Initializer):
    """Uniform between −limit and limit, whatever the fans: how nets of the 1980s began."""

    limit: float = 0.3
    name: str = field(default="", kw_only=True, repr=False, compare=False)

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        return random.uniform(-self.limit, self.limit, shape)


@dataclass(frozen=True)
class Scaled(Initializer):
    """Zero mean and variance gain / fan, normal or uniform on ±√(3 · variance)."""

    gain: float = 1.0
    fan: str = "in"  # "in", or "both": the mean of fan-in and fan-out
    uniform: bool = False
    name: str = field(default="", kw_only=True, repr=False, compare=False)

    def draw(self, shape: tuple[int, ...], random: np.random.Generator) -> Array:
        fan_in, fan_out = fans(shape)
        fan = fan_in if self.fan == "in" else (fan_in + fan_out) / 2
        deviation = math.sqrt(self.gain / fan)
        if self.uniform:
            return random.uniform(-math.sqrt(3) * deviation, math.sqrt(3) * deviation, shape)
        return random.normal(0.0, deviation, shape)


INITIALIZERS: OpenRegistry[Initializer] = OpenRegistry("initializer", lambda each: each.name, check_initializer)

ZEROS = INITIALIZERS.add(Constant(0.0, name="zeros"))
ONES = Constant(1.0)
SMALL_NORMAL = INITIALIZERS.add(Normal(0.01, name="normal"))
# Variance 1 / fan-in: LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, section 4.6.
LECUN_NORMAL = INITIALIZERS.add(Scaled(1.0, name="lecun_normal"))
LECUN_UNIFORM = INITIALIZERS.add(Scaled(1.0, uniform=True, name="lecun_uniform"))
# Variance 2 / (fan-in + fan-out): Glorot and Bengio, 2010, equations 12 and 16; for tanh and sigmoid.
GLOROT_NORMAL = INITIALIZERS.add(Scaled(1.0, "both", name="glorot_normal"))
GLOROT_UNIFORM = INITIALIZERS.add(Scaled(1.0, "both", uniform=True, name="glorot_uniform"))
# Variance 2 / fan-in, since relu halves it: He, Zhang, Ren and Sun, 2015, equation 10.
HE_NORMAL = INITIALIZERS.add(Scaled(2.0, name="he_normal"))
HE_UNIFORM = INITIALIZERS.add(Scaled(2.0, uniform=True, name="he_uniform"))
