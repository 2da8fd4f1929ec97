"""Parallel tempering: chains at several temperatures that exchange states; the last one gives the sample.

h (ladders, temperatures, hidden), β rising evenly from 0 to 1 along the second axis. At β a ladder holds p_β(v, h) ∝
exp(base·v − own(v) + β G(v, h)), G = (a − base)·v + b·h + v·W·h. Source: G. Desjardins, A. Courville, Y. Bengio,
P. Vincent and O. Delalleau (2010), Parallel tempering for training of restricted Boltzmann machines.
"""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo_boltzmann.rules.contrastive_divergence import Sample
from zoo_boltzmann.rules.units import draw, sigmoid


def tempered_step(
    h: Array, W: Array, a: Array, b: Array, base: Array, sample: Sample, random: np.random.Generator
) -> tuple[Array, Array]:
    """(v, h) after a step of Gibbs sampling at every β, and exchanges of even pairs, then of odd ones."""
    beta = np.linspace(0, 1, h.shape[1]).astype(h.dtype)
    net = base + beta[:, None] * (h @ W.T + (a - base))
    v = sample(net.reshape(-1, len(a)), random).reshape(net.shape)
    x = v @ W + b
    h = draw(sigmoid(beta[:, None] * x), random)
    G = v @ (a - base) + (h * x).sum(axis=2)
    for first in (0, 1):
        order = exchange(G, beta, first, random)
        v, h = (np.take_along_axis(states, order[:, :, None], axis=1) for states in (v, h))
        G = np.take_along_axis(G, order, axis=1)
    return v, h


def exchange(G: Array, beta: Array, first: int, random: np.random.Generator) -> Array:
    """Which state each β has afterwards, (ladders, temperatures): neighbours i = first, first + 2, … and i + 1 change
    places with probability min(1, exp((β_{i+1} − β_i) (G_i − G_{i+1})))."""
    ladders, temperatures = G.shape
    i = np.arange(first, temperatures - 1, 2)
    order = np.tile(np.arange(temperatures), (ladders, 1))
    if len(i):
        chance = np.exp(np.minimum(0, (beta[i + 1] - beta[i]) * (G[:, i] - G[:, i + 1])))
        places = random.random(chance.shape) < chance
        order[:, i] += places
        order[:, i + 1] -= places
    return order
