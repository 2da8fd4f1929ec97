"""A stack of machines, each on the hidden units of the one below: recognition upwards, generation downwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from zoo import Array
from zoo_boltzmann.kernels.elementwise import draw, sigmoid
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.rules.up_down import Directed
from zoo_boltzmann.visible_units import Bernoulli, Labelled


@dataclass(frozen=True)
class Tower:
    """The arrays of a deep belief net by their names: hidden1/W, hidden1/b, hidden1/visible_bias, …, from below.

    `labels`: how many label units stand beside the visible ones of the machine at the top. Where a layer has
    `generative_W` (hidden, visible), it goes down by that, else by its W the other way. Source: G. E. Hinton, S.
    Osindero and Y.-W. Teh (2006), A fast learning algorithm for deep belief nets.
    """

    weights: Mapping[str, Array]
    layers: int
    labels: int = 0

    def machine(self, layer: int) -> Machine:
        """The machine of a layer, counted from 0."""
        names = (f"hidden{layer + 1}/{part}" for part in ("W", "visible_bias", "b", "base"))
        W, a, b, base = (self.weights[name] for name in names)
        top = layer == self.layers - 1
        return Machine(W, a, b, base, Labelled(Bernoulli(), self.labels) if top and self.labels else Bernoulli())

    def directed(self) -> list[Directed]:
        """The layers under the top machine, with weights of their own for the way down."""
        names = ("W", "b", "generative_W", "visible_bias")
        return [Directed(*(self.weights[f"hidden{layer}/{name}"] for name in names)) for layer in range(1, self.layers)]

    def features(self, v: Array, layer: int) -> Array:
        """Mean activity of the layer (from 0) below it all is v: h_i = sigmoid(h_{i−1} W_i + b_i)."""
        for below in range(layer):
            v = self.machine(below).features(v)
        return v

    def down(self, h: Array, layer: int) -> Array:
        """Mean activity of what lies under a layer, out of that layer's hidden units."""
        generative = self.weights.get(f"hidden{layer + 1}/generative_W")
        machine = self.machine(layer)
        net = h @ (machine.W.T if generative is None else generative) + machine.a
        return sigmoid(net, net)

    def sample(self, count: int, steps: int, random: np.random.Generator, label: int | None = None) -> Array:
        """Gibbs sampling in the machine at the top, then once down: means of the units at the bottom."""
        return self.sample_labelled(count, steps, random, label)[0]

    def sample_labelled(
        self, count: int, steps: int, random: np.random.Generator, label: int | None = None
    ) -> tuple[Array, Array]:
        """(`sample`, means of the label units: (count, labels))."""
        top = self.machine(self.layers - 1)
        h = top.sample(count, steps, random, label)
        h, labels = np.split(h, [len(top.a) - self.labels], axis=1)
        return self.bottom(draw(h, random) if self.layers > 1 else h, random), labels

    def bottom(self, h: Array, random: np.random.Generator | None = None) -> Array:
        """What the units under the top machine generate, layer by layer; drawn on the way where `random` is given."""
        for layer in reversed(range(self.layers - 1)):
            h = self.down(h, layer)
            if random is not None and layer:
                h = draw(h, random)
        return h


def tower_shapes(
    sizes: tuple[int, ...], inputs: int, labels: int, untied: bool
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes of a tower's arrays."""
    for number, hidden in enumerate(sizes, 1):
        top = number == len(sizes)
        visible = (sizes[number - 2] if number > 1 else inputs) + (labels if top else 0)
        yield f"hidden{number}/W", (visible, hidden)
        yield f"hidden{number}/b", (hidden,)
        yield from below_shapes(number, visible)
        if untied and not top:
            yield f"hidden{number}/generative_W", (hidden, visible)


def below_shapes(number: int, visible: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The arrays of a machine's visible units."""
    yield f"hidden{number}/visible_bias", (visible,)
    yield f"hidden{number}/base", (visible,)
