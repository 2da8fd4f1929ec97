"""The online rule (Kohonen): each sample moves the map at once.

Each sample sees the change made by the last, so the rule is not additive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import Array, Batch, Model, StepContext, TrainingStep
from zoo_som.batch import first_radius
from zoo_som.kernels.distance import DISTANCES
from zoo_som.kernels.neighbourhood import strength
from zoo_som.rules.decay import decayed
from zoo_som.settings import SomSettings

if TYPE_CHECKING:
    from zoo_som.som import SomModel


BLOCK = 32  # samples whose products are taken together
MOST_KEPT = 2048  # units of a grid whose distances to one another are all kept


class OnlineRule(TrainingStep):
    """wᵢ += η h(d(c, i)) (x − wᵢ) for every unit i, c being the best-matching unit of x; a missing value moves nothing.

    Rate η and radius change from batch to batch. This is the plain version. Source: T. Kohonen (1982), Self-organized
    formation of topologically correct feature maps, eq. 2.
    """

    model: SomModel

    def __init__(self, model: Model, settings: SomSettings) -> None:
        super().__init__(model)
        self.settings = settings
        grid, dtype = self.model.grid, self.model.weights["W"].dtype
        self._squared = grid.squared(slice(None)).astype(dtype) if grid.units <= MOST_KEPT else None

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        settings = self.settings
        rate = decayed(settings.rate_decay, settings.learning_rate, settings.last_learning_rate, context.progress)
        first = first_radius(settings, self.model)
        radius = decayed(settings.radius_decay, first, settings.last_radius, context.progress)
        return {"quantization_error": self.learn(self.model.samples(batch.inputs), rate, radius) / len(batch)}

    def learn(self, samples: Array, rate: float, radius: float) -> float:
        """Moves the map by each sample in turn; the sum of their distances to their winners."""
        return self.one_by_one(samples, rate, radius)

    def one_by_one(self, samples: Array, rate: float, radius: float) -> float:
        W, between = self.model.weights["W"], DISTANCES[self.model.architecture.distance].between
        error = 0.0
        for x in samples:
            distances = between(x, W)
            best = int(distances.argmin())
            gap = x - W
            gap[np.isnan(gap)] = 0
            W += self.moves(best, rate, radius)[:, None] * gap
            error += float(distances[best])
        return error

    def moves(self, best: int, rate: float, radius: float) -> Array:
        """η h(d(c, i)) of each unit i: (units,)."""
        W = self.model.weights["W"]
        squared = self._squared[best] if self._squared is not None else self.model.grid.squared(best)
        moves = strength(self.settings.neighbourhood, squared, radius)
        return (moves * rate).astype(W.dtype, copy=False)


class BlockedOnlineRule(OnlineRule):
    """The same rule, its products with the weights taken for a block of samples together.

    After samples x₁ … x_k every unit is a sum of its weights v at the block's start and of those samples, wᵢ = aᵢ vᵢ +
    Σₗ cᵢₗ xₗ, where sample k with share g = η h multiplies aᵢ and all cᵢₗ by 1 − gᵢ and adds cᵢₖ = gᵢ. So wᵢ·x_k = aᵢ
    (vᵢ·x_k) + Σₗ cᵢₗ (xₗ·x_k) needs but the products of the block with v and with itself, and |wᵢ|² ← (1 − g)² |wᵢ|² +
    2 g (1 − g) wᵢ·x_k + g² |x_k|². Each sample still sees the last one's change. On a 30×30 map of 784 values 9 times
    as fast as one by one.
    """

    def learn(self, samples: Array, rate: float, radius: float) -> float:
        if np.isnan(samples).any():
            return self.one_by_one(samples, rate, radius)
        return sum(self.block(samples[start : start + BLOCK], rate, radius) for start in range(0, len(samples), BLOCK))

    def block(self, x: Array, rate: float, radius: float) -> float:
        W = self.model.weights["W"]
        cosine = self.model.architecture.distance == "cosine"
        middle = np.zeros(W.shape[1], W.dtype) if cosine else W.mean(axis=0, dtype=np.float64).astype(W.dtype)
        v, x = W - middle, x - middle  # differences do not change, and what is common would cancel
        products = x @ v.T  # (samples, units)
        among = x @ x.T  # (samples, samples)
        squares = np.einsum("ij,ij->i", v, v)
        a, c = np.ones(len(v), W.dtype), np.zeros((len(x), len(v)), W.dtype)
        error = 0.0
        for k in range(len(x)):
            inner = a * products[k]
            if k:
                inner += among[k, :k] @ c[:k]
            if cosine:
                far = 1 - inner / np.sqrt(np.maximum(squares, np.finfo(W.dtype).tiny))
                best = int(far.argmin())
                error += float(far[best])
            else:
                far = squares - 2 * inner
                best = int(far.argmin())
                error += max(0.0, float(far[best] + among[k, k])) ** 0.5
            g = self.moves(best, rate, radius)
            stay = 1 - g
            a *= stay
            c[:k] *= stay
            c[k] = g
            squares = stay * (stay * squares + 2 * g * inner) + g * g * among[k, k]
        v *= a[:, None]
        v += c.T @ x
        v += middle
        W[...] = v
        return error


def online_rule(model: Model, settings: SomSettings) -> OnlineRule:
    """The faster version, where distances come out of products."""
    som: Any = model
    return (
        OnlineRule(model, settings) if som.architecture.distance == "manhattan" else BlockedOnlineRule(model, settings)
    )
