"""All parameters of a layer tree in one contiguous vector, with views named by path; gradients likewise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.core.random import RandomStream
from zoo.nn.kernels.matmul import Product, plain_product
from zoo.nn.layer import Layer, Shapes
from zoo.types import Array, Shape


@dataclass(frozen=True)
class Place:
    """Where in the vector an array lies."""

    start: int
    stop: int
    shape: Shape

    def view(self, vector: Array) -> Array:
        return vector[self.start : self.stop].reshape(self.shape)


class Layout:
    """Which part of the vectors belongs to which path, for one layer tree and one input shape."""

    def __init__(self, layer: Layer, input_shape: Shape) -> None:
        self.shapes: Shapes = layer.shapes(input_shape)
        self.parameters: dict[str, Place] = places(self.shapes.parameters)
        self.averages: dict[str, Place] = places(self.shapes.averages)
        self.size = max((place.stop for place in self.parameters.values()), default=0)
        self.averages_size = max((place.stop for place in self.averages.values()), default=0)

    def __contains__(self, name: str) -> bool:
        """Whether an array of that name lies in the vectors."""
        return name in self.parameters or name in self.averages

    def layers(self) -> dict[str, slice]:
        """The stretch of the vector that holds each layer's parameters, by the layer's path."""
        found: dict[str, slice] = {}
        for name, place in self.parameters.items():
            path = name.rpartition("/")[0]
            start = found[path].start if path in found else place.start
            found[path] = slice(start, place.stop)
        return found

    def penalized(self) -> dict[str, Place]:
        """The parameters that penalties, decay and max-norm touch: weights, not biases."""
        return {name: place for name, place in self.parameters.items() if self.shapes.parameters[name].penalized}

    def draw(self, stream: RandomStream, vector: Array) -> None:
        """Fills the vector with initial values; each array comes from its own stream, "weights/<path>"."""
        for name, parameter in self.shapes.parameters.items():
            values = parameter.initial.draw(parameter.shape, stream(f"weights/{name}"))
            self.parameters[name].view(vector)[...] = values


def places(arrays: Any) -> dict[str, Place]:
    """One array behind the other, in the order given."""
    found, start = {}, 0
    for name, array in arrays.items():
        stop = start + math.prod(array.shape)
        found[name] = Place(start, stop, array.shape)
        start = stop
    return found


class Parameters:
    """The parameters and averages of a net: two vectors, their views by path (`views`) and nested (`tree`)."""

    def __init__(self, layout: Layout, dtype: np.dtype[Any]) -> None:
        self.layout = layout
        self.vector = np.zeros(layout.size, dtype)
        self.averages = np.zeros(layout.averages_size, dtype)
        for name, average in layout.shapes.averages.items():
            layout.averages[name].view(self.averages)[...] = average.start
        self.views: dict[str, Array] = {name: place.view(self.vector) for name, place in layout.parameters.items()}
        self.views |= {name: place.view(self.averages) for name, place in layout.averages.items()}
        self.tree: dict[str, Any] = nested(self.views)


def nested(views: dict[str, Any]) -> dict[str, Any]:
    """{"hidden1/W": …} as {"hidden1": {"W": …}}."""
    tree: dict[str, Any] = {}
    for path, view in views.items():
        *folders, name = path.split("/")
        node = tree
        for folder in folders:
            node = node.setdefault(folder, {})
        node[name] = view
    return tree


class Gradient:
    """What pullbacks add into: a node of the tree, whose arrays count as zero until something is added.

    `g["b"] += db` always works. `g.add_product("W", a, b)` is g["W"] += a @ b, and where nothing was added before it
    computes the product in place: no zeros to write, no second matrix (for a 784 × 512 layer, 0.2 of 1.5 ms a step).
    """

    def __init__(self, views: dict[str, Any], product: Product = plain_product) -> None:
        self.product = product
        self._views: dict[str, Array] = {name: view for name, view in views.items() if not isinstance(view, dict)}
        self._nodes = {name: Gradient(view, product) for name, view in views.items() if isinstance(view, dict)}
        self._fresh = set(self._views)  # arrays that still hold whatever was there before

    def within(self, name: str) -> Gradient:
        """The node of a layer inside this one; an empty one for a layer without parameters."""
        return self._nodes.get(name, NOTHING_TO_ADD)

    def __getitem__(self, name: str) -> Array:
        view = self._views[name]
        if name in self._fresh:
            view.fill(0)
            self._fresh.discard(name)
        return view

    def __setitem__(self, name: str, value: Array) -> None:
        if value is not self._views[name]:  # the second half of g["b"] += db hands the same array back
            raise ValueError(f"gradient {name}: add to it in place")

    def add_product(self, name: str, a: Array, b: Array) -> None:
        """g[name] += a @ b."""
        view = self._views[name]
        if name in self._fresh:
            self.product(a, b, view)
            self._fresh.discard(name)
        else:
            view += self.product(a, b, np.empty_like(view))

    def add(self, name: str, value: Array) -> None:
        """g[name] += value."""
        view = self._views[name]
        if name in self._fresh:
            view[...] = value
            self._fresh.discard(name)
        else:
            view += value

    def begin(self, product: Product) -> None:
        """Everything counts as zero again."""
        self.product = product
        self._fresh = set(self._views)
        for node in self._nodes.values():
            node.begin(product)

    def end(self) -> None:
        """Writes the zeros of what nothing was added to."""
        for name in list(self._fresh):
            self[name]
        for node in self._nodes.values():
            node.end()


NOTHING_TO_ADD = Gradient({})


class Gradients:
    """Vectors for the gradients of all parameters and the sums of all averages, and the tree that adds into both."""

    def __init__(self, layout: Layout, dtype: np.dtype[Any]) -> None:
        self.vector = np.empty(layout.size, dtype)
        self.averages = np.empty(layout.averages_size, dtype)
        views = {name: place.view(self.vector) for name, place in layout.parameters.items()}
        views |= {name: place.view(self.averages) for name, place in layout.averages.items()}
        self.tree = Gradient(nested(views))
