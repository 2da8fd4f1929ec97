"""Optimizers: how a gradient changes the weights. A few lines of vector code each, on any stretch of the flat vectors.

w weights, g gradient, both changed in place; what an optimizer remembers stands in its slots, one vector each;
`scratch` is room of the same length. Every line works element by element, so the vectors can be cut anywhere without
changing a bit, and pieces that fit in the cache go through all lines before the next one is fetched.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo.types import Array

Slots = tuple[Array, ...]


@dataclass(frozen=True)
class Optimizer(ABC):
    """`apply` makes one update; `count` is 1 at the first. `slots` names what it remembers.

    The gradient is scale · g: a sum over rows and what makes it a mean, multiplied where g is multiplied anyway.
    """

    name: ClassVar[str]
    slots: ClassVar[tuple[str, ...]] = ()

    def start(self, slot: str, rate: float) -> float:
        """What a slot holds before the first update."""
        return 0.0

    @abstractmethod
    def apply(
        self, w: Array, g: Array, slots: Slots, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None: ...


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """w ← w − rate · g."""

    name: ClassVar[str] = "sgd"

    def apply(
        self, w: Array, g: Array, slots: Slots, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        g *= rate * scale
        w -= g


@dataclass(frozen=True)
class Momentum(Optimizer):
    """v ← momentum · v − rate · g; w ← w + v. Rumelhart, Hinton and Williams, 1986, equation 16."""

    name: ClassVar[str] = "momentum"
    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    momentum: float = 0.9

    def apply(
        self, w: Array, g: Array, slots: Slots, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        (v,) = slots
        v *= self.momentum
        g *= rate * scale
        v -= g
        w += v


@dataclass(frozen=True)
class Nesterov(Optimizer):
    """v ← momentum · v − rate · g; w ← w + momentum · v − rate · g: the gradient is taken where momentum leads.

    Nesterov, 1983, as in Sutskever, Martens, Dahl and Hinton, 2013, equations 3 and 4, with w standing at the point
    looked ahead to (Bengio, Boulanger-Lewandowski and Pascanu, 2013, equation 7).
    """

    name: ClassVar[str] = "nesterov"
    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    momentum: float = 0.9

    def apply(
        self, w: Array, g: Array, slots: Slots, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        (v,) = slots
        v *= self.momentum
        g *= rate * scale
        v -= g
        w += np.multiply(v, self.momentum, out=scratch)
        w -= g


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """s ← s + g²; w ← w − rate · g / (√s + ε). Duchi, Hazan and Singer, 2011, figure 1, diagonal."""

    name: ClassVar[str] = "adagrad"
    slots: ClassVar[tuple[str, ...]] = ("squares",)

    epsilon: float = 1e-10

    def apply(
        self, w: Array, g: Array, slots: Slots, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        (s,) = slots
        g *= scale
        s += np.multiply(g, g, out=scratch)
        np.sqrt(s, out=scratch)
        scratch += self.epsilon
        g /= scratch
        g *= rate
        w -= g


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """s ← β₂ s + (1 − β₂) g²; w ← w − rate · g / (√s + ε). Tieleman and Hinton, 2012, lecture 6.5."""

    name: ClassVar[str] = "rmsprop"
    slots: ClassVar[tuple[str, ...]] = ("mean_square",)

    beta2: float = 0.9
    epsilon: float = 1e-8

    def apply(
        self, w: Array, g: Array, slots: Slots, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        (s,) = slots
        g *= scale
        np.multiply(g, g, out=scratch)
        scratch *= 1 - self.beta2
        s *= self.beta2
        s += scratch
        np.sqrt(s, out=scratch)
        scratch += self.epsilon
        g /= scratch
        g *= rate
        w -= g


@dataclass(frozen=True)
class Adam(Optimizer):
    """m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − rate · m̂ / (√v̂ + ε).

    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) undo the start at zero. Kingma and Ba, 2015, algorithm 1.
    """

    name: ClassVar[str] = "adam"
    slots: ClassVar[tuple[str, ...]] = ("first_moment", "second_moment")

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def apply(
        self, w: Array, g: Array, slots: Slots, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        m, v = slots
        m *= self.beta1
        m += np.multiply(g, (1 - self.beta1) * scale, out=scratch)
        g *= g
        g *= (1 - self.beta2) * scale**2
        v *= self.beta2
        v += g
        # rate · m̂ / (√v̂ + ε), with the roots of the corrections taken out of the vectors.
        root = math.sqrt(1 - self.beta2**count)
        np.sqrt(v, out=scratch)
        scratch += self.epsilon * root
        np.divide(m, scratch, out=scratch)
        scratch *= rate * root / (1 - self.beta1**count)
        w -= scratch


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with weight decay beside the gradient instead of in it. Loshchilov and Hutter, 2019, algorithm 2.

    The step takes rate · weight_decay · w off the weights before any optimizer's update; AdamW only brings the number.
    """

    name: ClassVar[str] = "adamw"


@dataclass(frozen=True)
class Rprop(Optimizer):
    """Each weight has its own step Δ: longer by η⁺ while its slope keeps its sign, shorter by η⁻ when it turns.

    iRprop⁻: after a turn g counts as 0. Igel and Hüsken, 2003, section 2.3; Riedmiller and Braun, 1993. The learning
    rate is the first Δ and no schedule changes it. For whole batches: `update = "epoch"`.
    """

    name: ClassVar[str] = "rprop"
    slots: ClassVar[tuple[str, ...]] = ("step_size", "slope")

    longer: float = 1.2
    shorter: float = 0.5
    longest: float = 50.0
    shortest: float = 1e-6

    def start(self, slot: str, rate: float) -> float:
        return rate if slot == "step_size" else 0.0

    def apply(
        self, w: Array, g: Array, slots: Slots, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        step, slope = slots
        g *= scale
        turn = np.sign(g) * np.sign(slope)
        step[turn > 0] *= self.longer
        step[turn < 0] *= self.shorter
        np.clip(step, self.shortest, self.longest, out=step)
        g[turn < 0] = 0
        slope[...] = g
        w -= np.sign(g) * step


# By the name the command line knows; each is made of the settings it looks at.
OPTIMIZERS: dict[str, type[Optimizer]] = {
    each.name: each for each in (GradientDescent, Momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW, Rprop)
}
