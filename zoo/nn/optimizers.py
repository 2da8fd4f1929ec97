"""Optimizers: how a gradient changes the weights. A few lines of vector code each, on any part of the flat vectors.

w weights, g gradient, both changed in place; `state` are the optimizer's own vectors, one for each of its
`state_names`; `scratch` is a scratch buffer of the same length. Every line works element by element, so the vectors can
be cut anywhere without changing a bit, and pieces that fit in the cache go through all lines before the next one is
fetched.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoo.core.open_registry import OpenRegistry
from zoo.errors import PluginError
from zoo.options import Options, option, options_of
from zoo.types import Array

State = tuple[Array, ...]


@dataclass(frozen=True)
class Optimizer(Options, ABC):
    """`apply` makes one update; `count` is 1 at the first. `state_names` names the vectors it keeps between updates.

    The gradient is scale · g: a sum over rows and what makes it a mean, multiplied where g is multiplied anyway.

    Its settings are its fields, each declared with `zoo.option`. The training setting of the same name (`momentum`,
    `beta1`, `beta2`) sets a field; `optimizer_settings` sets the others.
    """

    name: ClassVar[str]
    state_names: ClassVar[tuple[str, ...]] = ()
    follows_rate: ClassVar[bool] = True  # whether its steps follow the learning rate, and so the schedule
    weight_decay: ClassVar[float] = 0.0  # share taken off the weights, times the rate, where none is asked for

    def start(self, name: str, rate: float) -> float:
        """What the state vector of this name holds before the first update."""
        return 0.0

    @abstractmethod
    def apply(
        self, w: Array, g: Array, state: State, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None: ...


def check_optimizer(kind: type[Optimizer]) -> None:
    """`PluginError` unless a plugin's optimizer is a subclass of Optimizer whose fields have defaults and ranges."""
    if not (isinstance(kind, type) and issubclass(kind, Optimizer)):
        raise PluginError(f"got {ascii(kind)[:80]}, expected a subclass of zoo.nn.Optimizer")
    try:
        options_of(kind)
        kind()
    except TypeError as error:
        raise PluginError(
            f"{error}; an optimizer is a frozen dataclass with apply, its fields zoo.option(…)"
        ) from error


OPTIMIZERS: OpenRegistry[type[Optimizer]] = OpenRegistry("optimizer", lambda kind: kind.name, check_optimizer)


@OPTIMIZERS.add
@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """w ← w − rate · g."""

    name: ClassVar[str] = "sgd"

    def apply(
        self, w: Array, g: Array, state: State, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        g *= rate * scale
        w -= g


@OPTIMIZERS.add
@dataclass(frozen=True)
class Momentum(Optimizer):
    """v ← momentum · v − rate · g; w ← w + v. Rumelhart, Hinton and Williams, 1986, equation 16."""

    name: ClassVar[str] = "momentum"
    state_names: ClassVar[tuple[str, ...]] = ("velocity",)

    momentum: float = option(0.9, "share of the last step kept", low=0.0, below=1.0)

    def apply(
        self, w: Array, g: Array, state: State, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        (v,) = state
        v *= self.momentum
        g *= rate * scale
        v -= g
        w += v


@OPTIMIZERS.add
@dataclass(frozen=True)
class Nesterov(Optimizer):
    """v ← momentum · v − rate · g; w ← w + momentum · v − rate · g: the gradient is taken where momentum leads.

    Nesterov, 1983, as in Sutskever, Martens, Dahl and Hinton, 2013, equations 3 and 4, with w standing at the point
    looked ahead to (Bengio, Boulanger-Lewandowski and Pascanu, 2013, equation 7).
    """

    name: ClassVar[str] = "nesterov"
    state_names: ClassVar[tuple[str, ...]] = ("velocity",)

    momentum: float = option(0.9, "share of the last step kept", low=0.0, below=1.0)

    def apply(
        self, w: Array, g: Array, state: State, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        (v,) = state
        v *= self.momentum
        g *= rate * scale
        v -= g
        w += np.multiply(v, self.momentum, out=scratch)
        w -= g


@OPTIMIZERS.add
@dataclass(frozen=True)
class Adagrad(Optimizer):
    """s ← s + g²; w ← w − rate · g / (√s + ε). Duchi, Hazan and Singer, 2011, figure 1, diagonal."""

    name: ClassVar[str] = "adagrad"
    state_names: ClassVar[tuple[str, ...]] = ("squares",)

    epsilon: float = option(1e-10, "added to the root, against division by zero", above=0.0, high=1.0)

    def apply(
        self, w: Array, g: Array, state: State, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        (s,) = state
        g *= scale
        s += np.multiply(g, g, out=scratch)
        np.sqrt(s, out=scratch)
        scratch += self.epsilon
        g /= scratch
        g *= rate
        w -= g


@OPTIMIZERS.add
@dataclass(frozen=True)
class RMSprop(Optimizer):
    """s ← β₂ s + (1 − β₂) g²; w ← w − rate · g / (√s + ε). Tieleman and Hinton, 2012, lecture 6.5."""

    name: ClassVar[str] = "rmsprop"
    state_names: ClassVar[tuple[str, ...]] = ("mean_square",)

    beta2: float = option(0.9, "share of the mean square kept", low=0.0, below=1.0)
    epsilon: float = option(1e-8, "added to the root, against division by zero", above=0.0, high=1.0)

    def apply(
        self, w: Array, g: Array, state: State, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        (s,) = state
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


@OPTIMIZERS.add
@dataclass(frozen=True)
class Adam(Optimizer):
    """m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − rate · m̂ / (√v̂ + ε).

    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) undo the start at zero. Kingma and Ba, 2015, algorithm 1.
    """

    name: ClassVar[str] = "adam"
    state_names: ClassVar[tuple[str, ...]] = ("first_moment", "second_moment")

    beta1: float = option(0.9, "share of the mean gradient kept", low=0.0, below=1.0)
    beta2: float = option(0.999, "share of the mean square kept", low=0.0, below=1.0)
    epsilon: float = option(1e-8, "added to the root, against division by zero", above=0.0, high=1.0)

    def apply(
        self, w: Array, g: Array, state: State, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        m, v = state
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


@OPTIMIZERS.add
@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with weight decay beside the gradient instead of in it. Loshchilov and Hutter, 2019, algorithm 2.

    The step takes rate · weight_decay · w off the weights before any optimizer's update; AdamW only sets the default.
    """

    name: ClassVar[str] = "adamw"
    weight_decay: ClassVar[float] = 0.01


@OPTIMIZERS.add
@dataclass(frozen=True)
class Rprop(Optimizer):
    """Each weight has its own step Δ: longer by η⁺ while its slope keeps its sign, shorter by η⁻ when it turns.

    iRprop⁻: after a turn g counts as 0. Igel and Hüsken, 2003, section 2.3; Riedmiller and Braun, 1993. The learning
    rate is the first Δ and no schedule changes it. For whole batches: `update = "epoch"`.
    """

    name: ClassVar[str] = "rprop"
    follows_rate: ClassVar[bool] = False
    state_names: ClassVar[tuple[str, ...]] = ("step_size", "slope")

    longer: float = option(1.2, "factor of a step whose slope kept its sign", low=1.0, high=100.0)
    shorter: float = option(0.5, "factor of a step whose slope turned", above=0.0, below=1.0)
    longest: float = option(50.0, "largest step", above=0.0, high=1e6)
    shortest: float = option(1e-6, "smallest step", low=0.0, high=1e6)

    def start(self, name: str, rate: float) -> float:
        return rate if name == "step_size" else 0.0

    def apply(
        self, w: Array, g: Array, state: State, scratch: Array, rate: float, count: int, scale: float = 1.0
    ) -> None:
        step, slope = state
        g *= scale
        turn = np.sign(g) * np.sign(slope)
        step[turn > 0] *= self.longer
        step[turn < 0] *= self.shorter
        np.clip(step, self.shortest, self.longest, out=step)
        g[turn < 0] = 0
        slope[...] = g
        w -= np.sign(g) * step
