"""The restricted Boltzmann machine as a value: weights and biases, energies, and one step of its Gibbs chain."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from zoo import Array
from zoo_boltzmann.kernels.elementwise import draw, sigmoid
from zoo_boltzmann.rules import energy
from zoo_boltzmann.visible_units import Visible


@dataclass(frozen=True)
class Machine:
    """E(v, h) = own(v) − a·v − b·h − v·W·h; visible units v (rows, visible), hidden units h (rows, hidden) of 0 and 1.

    W (visible, hidden), a (visible,), b (hidden,); `base` (visible,) are biases of the machine without hidden units
    that fits the data best, from which tempering and annealing start. Source: P. Smolensky (1986), Information
    processing in dynamical systems: foundations of harmony theory; Y. Freund and D. Haussler (1992).
    """

    W: Array
    a: Array
    b: Array
    base: Array
    visible: Visible

    def hidden_net(self, v: Array, out: Array | None = None) -> Array:
        """v W + b: (rows, hidden)."""
        net: Array = np.matmul(v, self.W, out=out)
        net += self.b
        return net

    def visible_net(self, h: Array, out: Array | None = None) -> Array:
        """h Wᵀ + a: (rows, visible)."""
        net: Array = np.matmul(h, self.W.T, out=out)
        net += self.a
        return net

    def features(self, v: Array) -> Array:
        """p(h = 1 | v)."""
        net = self.hidden_net(v)
        return sigmoid(net, net)

    def reconstruction(self, v: Array) -> Array:
        """The mean of v given the mean of h given v."""
        return self.visible.mean(self.visible_net(self.features(v)))

    def energy(self, v: Array, h: Array) -> Array:
        """E(v, h): (rows,)."""
        return energy.energy(v, h, self.W, self.a, self.b, self.visible.own(v))

    def free_energy(self, v: Array) -> Array:
        """F(v) = −log Σ over h of e^−E(v, h) = own(v) − a·v − Σ log(1 + e^(v W + b)): (rows,)."""
        return energy.free_energy(v, self.W, self.a, self.b, self.visible.own(v))

    def sample(self, count: int, steps: int, random: np.random.Generator, label: int | None = None) -> Array:
        """The mean of v at the end of `count` chains of so many Gibbs steps, from the base rates: (count, visible).

        With a label, the label units are held at it throughout. Those are behind the other visible units.
        """
        net = np.repeat(self.base[None], count, axis=0)
        v, scratch = np.empty_like(net), np.empty_like(net)
        mean = v = self.visible.sample(net, random, v, scratch)
        for step in range(steps):
            if label is not None:
                self.visible.hold(v, label)
            h = draw(self.features(v), random)
            net = self.visible_net(h)
            if step == steps - 1:
                mean = self.visible.mean(net)
            else:
                v = self.visible.sample(net, random, np.empty_like(net), np.empty_like(net))
        return mean

    def in_double(self) -> Machine:
        """The same in double precision."""
        arrays = {name: getattr(self, name).astype(np.float64) for name in ("W", "a", "b", "base")}
        return replace(self, **arrays)
