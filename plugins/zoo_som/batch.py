"""The training step of the batch rule: sums by winner are measured, and the neighbourhood is applied to them once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo import AdditiveStep, Array, Batch, Model, PartialSums, RandomStream, StepContext, Sums
from zoo_som.kernels.distance import best_matching
from zoo_som.kernels.neighbourhood import spread
from zoo_som.kernels.sums_by_unit import sums_by_unit
from zoo_som.model import SomModel
from zoo_som.rules.batch import batch_update, sums_by_winner
from zoo_som.rules.decay import decayed
from zoo_som.rules.neighbourhood import NEIGHBOURHOODS
from zoo_som.settings import SomSettings

SMALLEST = float(np.finfo(np.float64).tiny)


class BatchRule(AdditiveStep):
    """wᵢ = Σⱼ hᵢⱼ Sⱼ / Σⱼ hᵢⱼ nⱼ, with S the sum and n the number of the samples that unit j won.

    The sums by winner are measured; the neighbourhood is applied to them once, when they are. Sums of a batch only,
    applied with the share η, move a unit as far as its Σⱼ hᵢⱼ nⱼ samples would one after another, each by η towards
    their mean: wᵢ += (1 − (1 − η)^Σhn) (Σhᵢⱼ Sⱼ / Σhᵢⱼ nⱼ − wᵢ), which for η = 1 is the rule itself. Missing values
    are left out of S and n. Source: T. Kohonen (2013), Essentials of the self-organizing map, eq. 6.
    """

    model: SomModel
    prefers_threads = True

    def __init__(self, model: Model, settings: SomSettings) -> None:
        super().__init__(model)
        self.settings = settings

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        x = self.model.samples(batch.inputs)
        rows = np.array(float(len(batch)))
        if self.settings.by_the_rule:
            S, n, error = sums_by_winner(self.model.weights["W"], x, self.model.kind.between)
            return PartialSums({"S": S, "n": n, "error": np.array(error), "rows": rows})
        winners, distances = best_matching(self.model.distance, x)
        units = self.model.grid.units
        sums = {
            "n": np.bincount(winners, minlength=units).astype(np.float64),
            "error": np.array(distances.sum(dtype=np.float64)),
            "rows": rows,
        }
        if np.isnan(x.sum()):
            missing = np.isnan(x)
            x = np.where(missing, 0, x)
            sums["missing"] = sums_by_unit(missing.astype(x.dtype), winners, units)
        sums["S"] = sums_by_unit(x, winners, units)
        return PartialSums(sums)

    def changing(self) -> Sequence[Array]:
        return (self.model.weights["W"],)

    def metrics(self, sums: Sums) -> dict[str, float]:
        return {"quantization_error": float(sums["error"] / sums["rows"])}

    def update(self, sums: Sums, context: StepContext) -> None:
        settings, rate = self.settings, 1.0
        if settings.update == "epoch":  # the last update has the last radius
            begun = context.schedule_from
            progress = min(1.0, (context.updates - begun) / max(1, settings.epochs - begun - 1))
        else:
            progress = context.progress
            rate = decayed(settings.rate_decay, settings.learning_rate, settings.last_learning_rate, progress)
        radius = decayed(settings.radius_decay, first_radius(settings, self.model), settings.last_radius, progress)
        if self.settings.by_the_rule:
            h = NEIGHBOURHOODS[settings.neighbourhood](self.model.grid.squared(slice(None)), radius)
            W = self.model.weights["W"]
            W[...] = batch_update(W, sums["S"], sums["n"], h, rate)
        else:
            self.move(sums, radius, rate)

    def move(self, sums: Sums, radius: float, rate: float) -> None:
        """`rules.batch.batch_update` with the kernel of the neighbourhood, in place.

        Where h is negative, units are drawn by Σ h S − Σ h n w and the denominator is Σ|h| n, so that a unit moves no
        farther than its farthest sample.
        """
        grid, kind, W = self.model.grid, self.settings.neighbourhood, self.model.weights["W"]
        S, n = sums["S"], sums["n"][:, None]
        if "missing" in sums:
            n = n - sums["missing"]  # (units, values)
        spread_sums = spread(grid, kind, radius, np.concatenate([S, n], axis=1))
        hS, hn = spread_sums[:, : S.shape[1]], spread_sums[:, S.shape[1] :]
        weight = spread(grid, kind, radius, n, absolute=True) if kind == "mexican_hat" else hn
        share = 1.0 - (1.0 - rate) ** weight
        pull = hS - hn * W
        W += np.divide(share * pull, weight, out=np.zeros_like(pull), where=weight > SMALLEST)


def first_radius(settings: SomSettings, model: SomModel) -> float:
    """The radius asked for; else half the map's longer side, on a torus, where nothing is farther, a quarter."""
    if settings.radius is not None:
        return settings.radius
    grid = model.grid
    side = max(float(grid.columns), grid.rows * grid.row_height)
    return max(settings.last_radius, side / (4 if grid.toroidal else 2))
