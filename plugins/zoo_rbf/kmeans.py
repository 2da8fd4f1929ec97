"""Centres by k-means: each moves to the mean of the samples nearest to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from zoo import (
    AdditiveStep,
    Array,
    Batch,
    Batches,
    Metric,
    Model,
    PartialSums,
    Phase,
    RandomStream,
    StepContext,
    Sums,
    TrainingSettings,
    in_order,
)
from zoo_rbf.kernels.lloyd import add_up, nearest_of
from zoo_rbf.metrics import DISTORTION
from zoo_rbf.rules.kmeans import assigned, moved

SETTLED = 1e-4  # share by which the distortion falls in an epoch, under which k-means has settled
PIECE = 1024  # rows whose distances are computed together: they stay in cache, and are many to one cᵀ
GROUPS = 50  # centres whose samples are added together


class KMeans(Phase):
    """Lloyd's iterations, one an epoch, until the distortion hardly falls. Lloyd (1957, published 1982)."""

    uses = ("epochs", "batch_size")
    has_kernels = True
    has_compiled_kernels = True

    def declared_metrics(self, model: Model) -> Sequence[Metric]:
        return (DISTORTION,)

    def step(self, model: Model) -> Lloyd:
        return Lloyd(model, self.settings)

    def order(self, data: Any, stream: RandomStream) -> Batches:
        return in_order(data, self.settings.batch_size)

    def finished(self, curves: Mapping[str, list[float]]) -> bool:
        distortion = curves.get("distortion", [])
        return len(distortion) > 1 and distortion[-1] >= (1 - SETTLED) * distortion[-2]


class Lloyd(AdditiveStep):
    """c_j ← mean of the samples nearer to c_j than to any other centre; a centre without samples stays.

    Metric: distortion, the mean of ‖x − c‖² to the nearest centre, before the centres move.
    """

    prefers_threads = True

    def __init__(self, model: Model, settings: TrainingSettings) -> None:
        super().__init__(model)
        self.settings = settings
        self._buffers: deque[Array] = deque()  # for sorted rows, one for each worker: fresh memory costs page faults

    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """By centre the number of its samples and their sum; over all, Σ ‖x − c‖².

        Both halves of the work, finding the nearest centre and adding up by centre, are cut into pieces that do not
        depend on the workers, who take them as they are free.
        """
        x = batch.inputs.reshape(len(batch), -1)
        centres = self.model.weights["basis/centres"]
        if self.settings.by_the_rule:
            by_centre, sums, distortion = assigned(x, centres)
            return PartialSums({"counts": by_centre, "sums": sums, "distortion": np.asarray(distortion)})
        find_nearest = nearest_of
        if self.settings.compiled:
            from zoo_rbf.kernels import lloyd_numba  # an extra, which takes half a second to import

            find_nearest = lloyd_numba.nearest_of
        nearest, distances = np.empty(len(x), np.int64), np.empty(len(x), x.dtype)
        doubled = np.ascontiguousarray(-2 * centres.T)
        squares = np.einsum("ci,ci->c", centres, centres)

        def assign(start: int) -> None:
            part = slice(start, start + PIECE)
            nearest[part], distances[part] = find_nearest(x[part], doubled, squares)

        self._each(assign, range(0, len(x), PIECE))
        order = np.argsort(nearest, kind="stable")
        counts = np.bincount(nearest, minlength=len(centres))
        ends = np.cumsum(counts)
        sums = np.zeros_like(centres)

        def add(group: int) -> None:
            last = min(group + GROUPS, len(centres)) - 1
            start = int(ends[group] - counts[group])
            if self.settings.compiled:
                lloyd_numba.add_up(x, order[start : ends[last]], counts[group : last + 1], sums[group : last + 1])
                return
            buffer = self._buffers.pop() if self._buffers else np.empty((0, x.shape[1]), x.dtype)
            if len(buffer) < ends[last] - start or buffer.dtype != x.dtype:
                buffer = np.empty((int(ends[last]) - start, x.shape[1]), x.dtype)
            ordered = np.take(x, order[start : ends[last]], axis=0, out=buffer[: ends[last] - start], mode="clip")
            add_up(ordered, counts[group : last + 1].tolist(), sums[group:])
            self._buffers.append(buffer)

        self._each(add, range(0, len(centres), GROUPS))
        total = np.asarray(max(0.0, float(distances.sum(dtype=np.float64))))
        return PartialSums({"counts": counts.astype(np.float64), "sums": sums, "distortion": total})

    def changing(self) -> Sequence[Array]:
        return (self.model.weights["basis/centres"],)

    def _each(self, work: Callable[[int], None], pieces: range) -> None:
        if self.workers is not None:
            self.workers.each(work, pieces)
        else:
            for piece in pieces:
                work(piece)

    def metrics(self, sums: Sums) -> dict[str, float]:
        return {"distortion": float(sums["distortion"] / sums["counts"].sum())}

    def update(self, sums: Sums, context: StepContext) -> None:
        centres = self.model.weights["basis/centres"]
        centres[...] = moved(centres, sums["counts"], sums["sums"])
