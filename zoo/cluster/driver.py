"""Training with a cluster: what is cut into tasks, how large they are, and what the cluster costs.

Sizes of tasks follow the time of the first ones. They change no bit: a task is an aligned range of shards or batches,
whose sums are added as the tree adds them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from zoo.cluster.engine import Engine
from zoo.cluster.fingerprint import differences, fingerprint
from zoo.cluster.shared_data import SharedData
from zoo.cluster.work import Change, Piece, Report, Task, handed
from zoo.core.batch import Batch, UnreadBatch
from zoo.core.batch_order import BatchIndices
from zoo.core.shards import cut
from zoo.core.sum_tree import Sums, SumTree
from zoo.core.training_step import AdditiveStep, TrainingStep
from zoo.errors import UsageError, warn

if TYPE_CHECKING:
    from zoo.core.random import RandomStream
    from zoo.data.samples.protocol import Samples

TASK = 0.05  # seconds a task of whole batches should take, at least
LARGEST = 16  # 2^16 batches in a task, at most
OBSERVED = 20  # updates after which it is said what the cluster costs


class Cluster(AbstractContextManager["Cluster"]):
    """Measures additive steps with an engine's workers; `Workers.cluster` of a run."""

    def __init__(
        self, engine: Engine, data: SharedData | None, *, mixed: bool = False, differing: list[str] | None = None
    ) -> None:
        """`differing` takes hosts that compute with something else, and with what, where `mixed` accepts them."""
        self.engine = engine
        self.data = data
        self.mixed = mixed
        self.differing = [] if differing is None else differing
        self._step: AdditiveStep | None = None
        self._shapes: list[tuple[int, ...]] = []
        self._version = 0
        self._level = 0  # tasks of whole batches cover 2^level of them
        self._costs: list[tuple[float, float]] = []  # of updates: (seconds in all, seconds that measuring took)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.engine.close()

    # --- what the training loop asks ---

    def check(self, step: TrainingStep, architecture: str, phase: str) -> None:
        """`UsageError` for a rule whose sums nobody else can measure."""
        if not isinstance(step, AdditiveStep):
            raise UsageError(
                f"{architecture}, phase {phase}: --cluster has no effect: in this rule each sample sees the last one's"
                " change, so there are no sums that others could measure; leave it out"
            )
        if step.changing() is None:
            raise UsageError(
                f"{architecture}, phase {phase}: {type(step).__name__} does not say what its updates change"
                " (AdditiveStep.changing), so no other process can measure it; leave out --cluster"
            )

    def batch(self, data: Samples, indices: BatchIndices) -> Batch:
        """A batch that is read here only if something looks at its rows."""
        return data.rows(*indices) if self.data is None else UnreadBatch(data, *indices)

    def add_up(self, step: AdditiveStep, batch: Batch, stream: RandomStream) -> Sums:
        """The sums over one batch, as `AdditiveStep.add_up` has them; what lanes carry goes into the step's state."""
        change = self._change(step)
        began = time.perf_counter()
        shards = cut(len(batch), step.shards)
        pieces = [self._piece(step, batch, bounds, stream.at(shard=n)) for n, bounds in enumerate(shards)]
        size = _aligned(-(-len(pieces) // self.engine.size))
        tasks = [Task((tuple(pieces[start : start + size]),)) for start in range(0, len(pieces), size)]
        tree, at, measured = SumTree(), 0, 0.0
        for answer in self.engine.run(change, tasks):
            for level, sums in answer.sums:
                tree.push(sums, level)
            for carried in answer.carried:
                start, stop = shards[at]
                for name in step.carried:
                    step.state[name][batch.lanes[start:stop]] = carried[name]
                at += 1
            measured = max(measured, answer.seconds)
        self._count(time.perf_counter() - began, measured)
        return tree.total()

    @staticmethod
    def takes_epochs(step: AdditiveStep) -> bool:
        """Whether batches whose sums are applied once an epoch are independent: nothing is carried from one to the
        next, and the step adds up no batch in a way of its own."""
        return not step.carried and type(step).add_up is AdditiveStep.add_up

    def epoch(
        self, step: AdditiveStep, data: Samples, batches: Sequence[BatchIndices], first: int, stream: RandomStream
    ) -> Iterator[tuple[int, Sums]]:
        """(level, sums) of the batches from number `first` on, in order: of 2^level of them each time, aligned. Nothing
        is updated meanwhile, so the workers have as many in work as they can take."""
        change, levels = self._change(step), []

        def tasks() -> Iterator[Task]:
            number = first
            while number < len(batches):
                level = self._fitting(number, len(batches) - number)
                levels.append(level)
                yield Task(
                    tuple(self._pieces(step, data, batches, n, stream) for n in range(number, number + 2**level))
                )
                number += 2**level

        for place, answer in enumerate(self.engine.run(change, tasks())):
            level = levels[place]
            self._resize(answer.seconds / 2**level, len(batches))
            yield level, SumTree(answer.sums).total() if level == 0 else answer.sums[0][1]

    # --- how ---

    def _change(self, step: AdditiveStep) -> Change:
        arrays = list(step.changing() or ())
        shapes = [array.shape for array in arrays]
        if step is not self._step or shapes != self._shapes:
            self._step, self._shapes, self._level, self._costs = step, shapes, 0, []
            self.engine.begin(handed(step, self.data), self._accept)
        self._version += 1
        return Change(self._version, arrays)

    def _accept(self, report: Report) -> None:
        if report.problem:
            raise UsageError(f"--cluster: a worker on {report.host} cannot measure: {report.problem}")
        compiled = getattr(getattr(self._step, "settings", None), "compiled", False)
        found = differences(fingerprint(), report.fingerprint, compiled)
        if not found:
            return
        if not self.mixed:
            raise UsageError(
                f"--cluster: {report.host} computes with something else, so the bits would differ: {found}; install the"
                " same there, or accept it with --mixed (the run is then not exact, and its file says so)"
            )
        if (line := f"{report.host}: {found}") not in self.differing:
            self.differing.append(line)
            warn(f"--cluster: {report.host} computes with something else, so the run is not exact: {found}")

    def _pieces(
        self, step: AdditiveStep, data: Samples, batches: Sequence[BatchIndices], number: int, stream: RandomStream
    ) -> tuple[Piece, ...]:
        batch, here = self.batch(data, batches[number]), stream.at(batch=number)
        shards = enumerate(cut(len(batch), step.shards))
        return tuple(self._piece(step, batch, bounds, here.at(shard=n)) for n, bounds in shards)

    def _piece(self, step: AdditiveStep, batch: Batch, bounds: tuple[int, int], stream: RandomStream) -> Piece:
        start, stop = bounds
        lanes = batch.lanes[start:stop]
        carried = {name: step.state[name][lanes] for name in step.carried}
        if self.data is None:
            return Piece(batch.numbers[:0], lanes[:0], start, stop, carried, stream, batch.part(start, stop))
        if self.data.by_batch:
            return Piece(batch.numbers, batch.lanes, start, stop, carried, stream)
        return Piece(batch.numbers[start:stop], lanes, 0, stop - start, carried, stream)

    def _fitting(self, number: int, left: int) -> int:
        """The level of a task that begins at batch `number`, of which so many are left."""
        level = min(self._level, left.bit_length() - 1)
        while number % 2**level:
            level -= 1
        return level

    def _resize(self, seconds: float, batches: int) -> None:
        """Tasks of at least `TASK` seconds, and at least two for every worker."""
        wanted = 0
        most = max(1, batches // (2 * self.engine.size))
        while wanted < LARGEST and seconds * 2**wanted < TASK and 2 ** (wanted + 1) <= most:
            wanted += 1
        self._level = max(self._level, wanted)

    def _count(self, seconds: float, measured: float) -> None:
        """After some updates say what the cluster adds to each, where that is more than the work itself."""
        self._costs.append((seconds, measured))
        if len(self._costs) != OBSERVED:
            return
        work = statistics.median(measured for _, measured in self._costs)
        added = statistics.median(seconds - measured for seconds, measured in self._costs)
        if added > work:
            warn(
                f"--cluster: it adds {added * 1000:.3g} ms to {work * 1000:.3g} ms of work an update; take larger"
                " batches (--batch-size) cut into more --shards, or no cluster"
            )


def _aligned(count: int) -> int:
    """The next power of two: the size of aligned ranges."""
    return 1 << max(0, count - 1).bit_length()
