"""Visible units: sampling given the net input, energy terms and terms of the partition function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zoo import Array, UsageError
from zoo_boltzmann.kernels.elementwise import draw, sigmoid, softplus

MOST = 20  # units whose states are still enumerated: 2²⁰ of them
TOGETHER = 2**14  # states looked at together


def bits(units: int, start: int, stop: int) -> Array:
    """The states of so many binary units with numbers from `start` to before `stop`: (states, units) of 0 and 1."""
    numbers = np.arange(start, stop, dtype=np.int64)
    return ((numbers[:, None] >> np.arange(units)) & 1).astype(np.float64)


def all_bits(units: int) -> Iterator[Array]:
    """All states of so many binary units, some at a time."""
    for start in range(0, 2**units, TOGETHER):
        yield bits(units, start, min(start + TOGETHER, 2**units))


def log_sum_exp(values: Array) -> float:
    """log Σ e^x without overflow."""
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).sum()))


class Visible(ABC):
    """One layer of visible units v with net input `net` (rows, units): p(v | net) ∝ exp(net·v − own(v))."""

    @abstractmethod
    def mean(self, net: Array, out: Array | None = None) -> Array:
        """The expected v, (rows, units)."""

    @abstractmethod
    def sample(self, net: Array, random: np.random.Generator, out: Array, scratch: Array) -> Array:
        """A drawn v in `out`; `scratch` has its shape and may be overwritten, and so may `net`."""

    def draw(self, net: Array, random: np.random.Generator) -> Array:
        """A drawn v, in an array of its own."""
        return self.sample(net.copy(), random, np.empty_like(net), np.empty_like(net))

    @abstractmethod
    def log_partition(self, net: Array) -> Array:
        """log Σ over v of exp(net·v − own(v)): (rows,)."""

    @abstractmethod
    def own(self, v: Array) -> Array | float:
        """The energy of v that no weight has a part in: (rows,), or 0."""

    def states(self, units: int) -> Iterator[Array] | None:
        """All states of so many of them, some at a time; None where they are too many."""
        return None

    def hold(self, v: Array, label: int) -> None:
        """Sets the label units, where there are any, to one class, in place."""
        raise UsageError(f"got label number {label}, expected none: there are no label units")


@dataclass(frozen=True)
class Bernoulli(Visible):
    """v is 1 with probability sigmoid(net), else 0."""

    def mean(self, net: Array, out: Array | None = None) -> Array:
        return sigmoid(net, out)

    def sample(self, net: Array, random: np.random.Generator, out: Array, scratch: Array) -> Array:
        return draw(sigmoid(net, scratch), random, out)

    def log_partition(self, net: Array) -> Array:
        return np.asarray(softplus(net).sum(axis=1))

    def own(self, v: Array) -> float:
        return 0.0

    def states(self, units: int) -> Iterator[Array] | None:
        return all_bits(units) if units <= MOST else None


@dataclass(frozen=True)
class Gaussian(Visible):
    """v is normal about net with deviation 1: own(v) = ½|v|². The inputs are standardized for it.

    Source: G. E. Hinton (2010), A practical guide to training restricted Boltzmann machines, section 13.2.
    """

    def mean(self, net: Array, out: Array | None = None) -> Array:
        return np.multiply(net, 1.0, out=out)

    def sample(self, net: Array, random: np.random.Generator, out: Array, scratch: Array) -> Array:
        random.standard_normal(net.shape, net.dtype, out=out)
        out += net
        return out

    def log_partition(self, net: Array) -> Array:
        return np.asarray(0.5 * np.square(net).sum(axis=1) + 0.5 * net.shape[1] * np.log(2 * np.pi))

    def own(self, v: Array) -> Array:
        return np.asarray(0.5 * np.square(v).sum(axis=1))


@dataclass(frozen=True)
class Labelled(Visible):
    """Other visible units, and behind them `classes` units of which exactly one is 1: p(class) = softmax(net).

    Source: G. E. Hinton, S. Osindero and Y.-W. Teh (2006), A fast learning algorithm for deep belief nets, section 4.
    """

    others: Visible
    classes: int

    def mean(self, net: Array, out: Array | None = None) -> Array:
        out = np.empty_like(net) if out is None else out
        labels = shares(net[:, -self.classes :])
        out[:, : -self.classes] = self.others.mean(net[:, : -self.classes])
        out[:, -self.classes :] = labels
        return out

    def sample(self, net: Array, random: np.random.Generator, out: Array, scratch: Array) -> Array:
        rows, split = len(net), net.shape[1] - self.classes
        labels = shares(net[:, split:])
        v = np.ascontiguousarray(net[:, :split])
        out[:, :split] = self.others.sample(v, random, np.empty_like(v), np.empty_like(v))
        u = random.random((rows, 1), net.dtype)
        chosen = np.minimum((labels.cumsum(axis=1) <= u).sum(axis=1), self.classes - 1)
        out[:, split:] = 0
        out[np.arange(rows), split + chosen] = 1
        return out

    def log_partition(self, net: Array) -> Array:
        labels = net[:, -self.classes :]
        top = labels.max(axis=1)
        return np.asarray(
            self.others.log_partition(net[:, : -self.classes]) + top + np.log(np.exp(labels - top[:, None]).sum(axis=1))
        )

    def own(self, v: Array) -> Array | float:
        return self.others.own(v[:, : -self.classes])

    def hold(self, v: Array, label: int) -> None:
        v[:, -self.classes :] = 0
        v[:, label - self.classes] = 1

    def states(self, units: int) -> Iterator[Array] | None:
        states = self.others.states(units - self.classes)
        return None if states is None else (with_label(v, self.classes, k) for v in states for k in range(self.classes))


def shares(net: Array) -> Array:
    """softmax over the last axis."""
    y: Array = np.exp(net - net.max(axis=1, keepdims=True))
    y /= y.sum(axis=1, keepdims=True)
    return y


def with_label(v: Array, classes: int, label: int | Array) -> Array:
    """v (rows, units) with one label unit per class behind it, that of `label` on: (rows, units + classes)."""
    joined = np.zeros((len(v), v.shape[1] + classes), v.dtype)
    joined[:, : v.shape[1]] = v
    joined[np.arange(len(v)), v.shape[1] + np.asarray(label)] = 1
    return joined
