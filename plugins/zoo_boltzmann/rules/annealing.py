"""Annealed importance sampling of the partition function of a restricted Boltzmann machine.

Z ≈ Z_base · mean over chains of Π over steps of p*_β'(v) / p*_β(v), v drawn by a step of Gibbs at β. Sources:
R. M. Neal (2001), Annealed importance sampling; R. Salakhutdinov and I. Murray (2008), On the quantitative analysis of
deep belief networks, section 3.
"""

from __future__ import annotations

import numpy as np

from zoo import Array
from zoo_boltzmann.rules.contrastive_divergence import Sample
from zoo_boltzmann.rules.units import draw, sigmoid, softplus


def log_p(v: Array, beta: float, W: Array, a: Array, b: Array, base: Array) -> Array:
    """log p*_β(v) = ((1 − β) base + β a)·v + Σ log(1 + e^(β (v W + b))), but for own(v), the same at every β."""
    return np.asarray(v @ ((1 - beta) * base + beta * a) + softplus(beta * (v @ W + b)).sum(axis=1))


def gibbs_at(
    v: Array, beta: float, W: Array, a: Array, b: Array, base: Array, sample: Sample, random: np.random.Generator
) -> Array:
    """One step of Gibbs sampling at β."""
    h = draw(sigmoid(beta * (v @ W + b)), random)
    return sample(beta * (h @ W.T + a) + (1 - beta) * base, random)


def log_weights(
    chains: int, steps: int, W: Array, a: Array, b: Array, base: Array, sample: Sample, random: np.random.Generator
) -> Array:
    """log Π p*_β'(v) / p*_β(v) of each chain (chains,), β rising evenly from 0 to 1 in so many steps."""
    v = sample(np.repeat(base[None], chains, axis=0), random)
    total = np.zeros(chains)
    for beta, following in zip(np.arange(steps) / steps, np.arange(1, steps + 1) / steps, strict=True):
        total += log_p(v, following, W, a, b, base) - log_p(v, beta, W, a, b, base)
        v = gibbs_at(v, following, W, a, b, base, sample, random)
    return total
