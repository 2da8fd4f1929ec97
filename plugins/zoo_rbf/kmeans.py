"""Centres by k-means: each moves to the mean of the samples nearest to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.model import Model
from zoo.orders import Batches, in_order
from zoo.phase import Phase
from zoo.rows import Rows
from zoo.settings import Settings
from zoo.step import AdditiveStep, Context, Measured, Sums
from zoo.streams import Stream

Array = np.ndarray[Any, Any]

SETTLED = 1e-4  # share by which the distortion falls in an epoch, under which k-means has settled
PIECE = 256  # rows whose distances are computed at once: they stay in cache


class KMeans(Phase):
    """Lloyd's iterations, one an epoch, until the distortion hardly falls. Lloyd (1957, published 1982)."""

    def step(self, model: Model) -> Lloyd:
        return Lloyd(model, self.settings)

    def order(self, data: Any, stream: Stream) -> Batches:
        return in_order(data, self.settings.batch_size)

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        distortion = curves.get("distortion", [])
        return len(distortion) > 1 and distortion[-1] >= (1 - SETTLED) * distortion[-2]


class Lloyd(AdditiveStep):
    """c_j ← mean of the samples nearer to c_j than to any other centre; a centre without samples stays.

    Figure: distortion, the mean of ‖x − c‖² to the nearest centre, before the centres move.
    """

    def __init__(self, model: Model, settings: Settings) -> None:
        super().__init__(model)
        self.settings = settings

    def measure(self, rows: Rows, carried: dict[str, Array], stream: Stream) -> Measured:
        """By centre the number of its samples and their sum; over all, Σ ‖x − c‖²."""
        x = rows.inputs.reshape(len(rows), -1)
        centres = self.model.weights["basis/centres"]
        nearest, total = assigned(x, centres)
        counts = np.bincount(nearest, minlength=len(centres))
        order = np.argsort(nearest, kind="stable")
        held = np.flatnonzero(counts)
        sums = np.zeros_like(centres)
        # Samples sorted by their centre are added in one call, ten times as fast as np.add.at.
        sums[held] = np.add.reduceat(x[order], (np.cumsum(counts) - counts)[held], axis=0)
        return Measured({"counts": counts.astype(np.float64), "sums": sums, "distortion": np.asarray(total)})

    def figures(self, sums: Sums) -> dict[str, float]:
        return {"distortion": float(sums["distortion"] / sums["counts"].sum())}

    def update(self, sums: Sums, context: Context) -> None:
        centres, counts = self.model.weights["basis/centres"], sums["counts"]
        held = counts > 0
        centres[held] = sums["sums"][held] / counts[held, None]


def assigned(x: Array, centres: Array) -> tuple[Array, float]:
    """(number of the nearest centre (rows,), Σ ‖x − c‖² to those); ‖x‖² makes no difference to which is nearest."""
    doubled = np.ascontiguousarray(-2 * centres.T)
    squares = np.einsum("ci,ci->c", centres, centres)
    nearest = np.empty(len(x), np.int64)
    room = np.empty((min(PIECE, len(x)), len(centres)), x.dtype)
    total = float(np.einsum("ri,ri->", x, x, dtype=np.float64))
    for start in range(0, len(x), PIECE):
        part = x[start : start + PIECE]
        distances = np.matmul(part, doubled, out=room[: len(part)])
        distances += squares
        mine = distances.argmin(axis=1)
        nearest[start : start + PIECE] = mine
        total += float(distances[np.arange(len(part)), mine].sum(dtype=np.float64))
    return nearest, max(total, 0.0)
