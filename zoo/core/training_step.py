"""Training steps: how one batch changes a model. Most rules are additive steps: sums over rows, then one update.

An additive rule is measure → add → update: sums over samples are measured shard by shard, added as a tree over shard
numbers (`zoo.core.sum_tree`), and applied once. That buys threads, full-batch training over data larger than memory,
and exactness whatever the number of workers.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from zoo.core.batch import Batch
from zoo.core.history import Curve
from zoo.core.random import RandomStream
from zoo.core.shards import cut
from zoo.core.sum_tree import Sums, SumTree, add_sums
from zoo.errors import TrainingError
from zoo.parallel.pickling import Whole
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.model import Model
    from zoo.parallel.threads import Workers


@dataclass(frozen=True)
class StepContext:
    """Where in the run a step stands, and what it may use there."""

    stream: RandomStream  # at this phase, epoch and batch
    workers: Workers
    progress: float = 0.0  # share done of the epochs its schedules are for: 0 ≤ progress < 1
    updates: int = 0  # times the weights have changed in this phase
    curves: Mapping[str, Curve] = field(default_factory=dict)  # the recorded epochs of this phase, by metric
    schedule_from: int = 0  # epoch of this phase at which its schedules began: 0, unless a resumed run began them anew


@dataclass
class PartialSums:
    """Sums over some rows, and what each lane among those rows carries on to its next sample."""

    sums: Sums
    carried: dict[str, Array] = field(default_factory=dict)

    def add(self, other: PartialSums) -> None:
        """Adds another shard's sums to these, in place."""
        add_sums(self.sums, other.sums)


class NotFinite(TrainingError):
    """A step's metrics are infinite or NaN; it was not applied."""


class TrainingStep(Whole, ABC):
    """A learning rule bound to a model: called with a batch, changes `model.weights` and returns the batch's metrics.

    `state` is all that besides the weights decides the next step (moments, chains, counters), as named arrays: the core
    saves it and puts it back by assigning in place. Weights and state are looked up anew at each use.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.state: dict[str, Array] = {}

    @abstractmethod
    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        """Learns from the rows in their order. Metrics are means over the rows, named as the field names them."""

    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of all state; a checkpoint's is compared with it before it is put back."""
        return {name: array.shape for name, array in self.state.items()}

    def locate_non_finite(self, batch: Batch, context: StepContext) -> str:
        """Where values went wrong first, for the error when metrics are not finite: "layer hidden2"."""
        return "the model"


class AdditiveStep(TrainingStep):
    """A rule whose change is a function of sums over samples: `measure`, `metrics` and `update`, nothing else.

    Array sums are given as new arrays, which the core then owns and adds to; `update` may keep those it applied.
    """

    carried: tuple[str, ...] = ()  # names in `state` with one entry per lane of a batch
    prefers_threads: ClassVar[bool] = False  # its time goes into large NumPy calls: sending rows would cost more
    workers: Workers | None = None  # of the batch in hand, for a step that cuts its work itself; no shards then

    @abstractmethod
    def measure(self, batch: Batch, carried: dict[str, Array], stream: RandomStream) -> PartialSums:
        """Sums over these rows. Pure: changes nothing, runs in any thread; random numbers come from `stream` alone."""

    @abstractmethod
    def metrics(self, sums: Sums) -> dict[str, float]:
        """The metrics of a batch out of its sums; they are checked before the sums are applied."""

    @abstractmethod
    def update(self, sums: Sums, context: StepContext) -> None:
        """Applies the sums to weights and state."""

    def __call__(self, batch: Batch, context: StepContext) -> dict[str, float]:
        sums = self.add_up(batch, context)
        metrics = self.checked(sums, batch, context)
        self.update(sums, context)
        return metrics

    def add_up(self, batch: Batch, context: StepContext) -> Sums:
        """The sums over a batch: its shards measured by the workers, added as a tree over shard numbers."""
        self.workers = context.workers
        if context.workers.cluster is not None:
            return context.workers.cluster.add_up(self, batch, context.stream)
        shards = cut(len(batch), self.shards)
        call = partial(self._call, batch, shards, context)
        results = context.workers.measured(self, call, len(shards), context.progress)
        tree = SumTree()
        for (start, stop), measured in zip(shards, results, strict=True):
            for name in self.carried:
                self.state[name][batch.lanes[start:stop]] = measured.carried[name]
            tree.push(measured.sums)
        return tree.total()

    def _call(
        self, batch: Batch, shards: list[tuple[int, int]], context: StepContext, shard: int
    ) -> tuple[Batch, dict[str, Array], RandomStream]:
        """What `measure` is called with for one shard."""
        start, stop = shards[shard]
        part = batch.part(start, stop)
        carried = {name: self.state[name][part.lanes] for name in self.carried}
        return part, carried, context.stream.at(shard=shard)

    def changing(self) -> Sequence[Array] | None:
        """The arrays that `update` changes and `measure` reads, if they are all it depends on besides its arguments and
        what stays as it was made; none, if it reads nothing that changes. Then another process that was handed a pickle
        of the step may measure shards. None: unknown, so threads measure, which wait for each other's Python: a
        convolutional net's step takes 1.6 times as long on two.
        """
        return None

    def release(self) -> None:
        """Called in a worker after its result was sent; its buffers may be reused."""

    def checked(self, sums: Sums, batch: Batch, context: StepContext) -> dict[str, float]:
        """The metrics of the sums; `NotFinite`, naming who went first, when one is infinite or NaN."""
        metrics = self.metrics(sums)
        for name, value in metrics.items():
            if not math.isfinite(value):
                raise NotFinite(
                    f"{name} became {value} at {self.locate_non_finite(batch, context)}; the step was not applied;"
                    " try a lower learning rate, gradient clipping, or look for extreme values in the data"
                )
        return metrics

    @property
    def shards(self) -> int:
        """Pieces a batch is cut into; from the settings, where the step keeps them."""
        return getattr(getattr(self, "settings", None), "shards", 1)
