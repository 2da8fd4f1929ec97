"""The up-down algorithm under the top machine: the way up teaches the way down, and the other way round.

A layer has recognition weights W (below, units) and b (units,), and generative ones G (units, below) and a (below,).
Changes are sums over the rows. Source: G. E. Hinton, S. Osindero and Y.-W. Teh (2006), A fast learning algorithm for
deep belief nets, appendix B.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from zoo import Array
from zoo_boltzmann.rules.units import draw, sigmoid, total


class Directed(NamedTuple):
    """The weights of a layer, up and down."""

    W: Array
    b: Array
    G: Array
    a: Array


def up(
    v: Array, layers: Sequence[Directed], random: np.random.Generator
) -> tuple[Array, list[tuple[Array, Array, float]]]:
    """(h of the uppermost layer, by layer (dG, da, Σ gap²)): wake. hᵢ is drawn from hᵢ₋₁, and the way down learns to
    bring hᵢ₋₁ back: Gᵢ += η hᵢᵀ (hᵢ₋₁ − p(hᵢ₋₁ | hᵢ))."""
    changes = []
    for W, b, G, a in layers:
        h = draw(sigmoid(v @ W + b), random)
        gap = v - sigmoid(h @ G + a)
        changes.append((h.T @ gap, total(gap), float(np.square(gap).sum(dtype=np.float64))))
        v = h
    return v, changes


def down(s: Array, layers: Sequence[Directed], random: np.random.Generator) -> list[tuple[Array, Array]]:
    """(dW, db) by layer: sleep. sᵢ₋₁ is drawn from sᵢ, and the way up learns to find sᵢ again: Wᵢ += η sᵢ₋₁ᵀ
    (sᵢ − q(sᵢ | sᵢ₋₁))."""
    changes = []
    for W, b, G, a in reversed(layers):
        under = draw(sigmoid(s @ G + a), random)
        gap = s - sigmoid(under @ W + b)
        changes.append((under.T @ gap, total(gap)))
        s = under
    return changes[::-1]
