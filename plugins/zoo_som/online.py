"""The training step of the online rule: each sample sees the change made by the last, so the rule is not additive."""

from __future__ import annotations

import numpy as np

from zoo import Array, Batch, Model, StepContext, TrainingStep
from zoo_som.batch import first_radius
from zoo_som.kernels.online_blocks import BLOCK, move_by_block
from zoo_som.model import SomModel
from zoo_som.rules.decay import decayed
from zoo_som.rules.neighbourhood import NEIGHBOURHOODS
from zoo_som.rules.online import best_matching_unit, online_step
from zoo_som.settings import SomSettings

MOST_KEPT = 2048  # units of a grid whose distances to one another are all kept


class OnlineRule(TrainingStep):
    """wᵢ += η h(d(c, i)) (x − wᵢ) for every unit i, c being the best-matching unit of x; a missing value moves nothing.

    Rate η and radius change from batch to batch. Where distances come out of products the kernel runs, unless values
    are missing or the settings ask for the rule.
    """

    model: SomModel

    def __init__(self, model: Model, settings: SomSettings) -> None:
        super().__init__(model)
        self.settings = settings
        grid, dtype = self.model.grid, self.model.weights["W"].dtype
        self._squared = grid.squared(slice(None)).astype(dtype) if grid.units <= MOST_KEPT else None
        self._places = None
        if settings.compiled and self._squared is not None:
            from zoo_som.kernels.online_numba import places  # an extra, which takes half a second to import

            self._places = places(self._squared)

    @property
    def is_compiled(self) -> bool:
        """Whether the kernel compiled by numba runs, where no value is missing."""
        return self._places is not None

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        settings = self.settings
        rate = decayed(settings.rate_decay, settings.learning_rate, settings.last_learning_rate, context.progress)
        first = first_radius(settings, self.model)
        radius = decayed(settings.radius_decay, first, settings.last_radius, context.progress)
        return {"quantization_error": self.learn(self.model.samples(batch.inputs), rate, radius) / len(batch)}

    def learn(self, samples: Array, rate: float, radius: float) -> float:
        """Moves the map by each sample in turn; the sum of their distances to their winners."""
        kind = self.model.kind.name
        if self.settings.by_the_rule or kind == "manhattan" or np.isnan(samples).any():
            return self.one_by_one(samples, rate, radius)
        W, moves = self.model.weights["W"], lambda c: (self.strengths(c, radius) * rate).astype(W.dtype, copy=False)
        if self._places is not None:
            return self.compiled(samples, self._places, rate, radius)
        return sum(
            move_by_block(W, samples[start : start + BLOCK], moves, kind == "cosine")
            for start in range(0, len(samples), BLOCK)
        )

    def compiled(self, samples: Array, places: Array, rate: float, radius: float) -> float:
        """The kernel compiled by numba."""
        from zoo_som.kernels.online_numba import move_by_block as move_compiled  # an extra, slow to import

        W, cosine = self.model.weights["W"], self.model.kind.name == "cosine"
        squared = np.arange(int(places.max()) + 1) / 4
        table = (NEIGHBOURHOODS[self.settings.neighbourhood](squared, radius) * rate).astype(W.dtype)
        return sum(
            move_compiled(W, samples[start : start + BLOCK], table, places, cosine)
            for start in range(0, len(samples), BLOCK)
        )

    def one_by_one(self, samples: Array, rate: float, radius: float) -> float:
        """The rule itself."""
        W, error = self.model.weights["W"], 0.0
        for x in samples:
            c, distance = best_matching_unit(W, x, self.model.kind.between)
            W[...] = online_step(W, x, c, self.strengths(c, radius), rate)
            error += distance
        return error

    def strengths(self, c: int, radius: float) -> Array:
        """h(d(c, i)) of each unit i: (units,)."""
        squared = self._squared[c] if self._squared is not None else self.model.grid.squared(c)
        return NEIGHBOURHOODS[self.settings.neighbourhood](squared, radius)
