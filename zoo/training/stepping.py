"""Train one update at a time: the training loop itself, stopped after each, with what the step computed on its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from zoo.core.events import BatchDone, Event
from zoo.core.model import Model
from zoo.core.phase import Phase
from zoo.core.random import RandomStream
from zoo.core.training_step import AdditiveStep, NotFinite
from zoo.errors import TrainingError
from zoo.parallel.threads import Workers
from zoo.training.loop import Training, begin
from zoo.training.loop import train as run_training
from zoo.training.prepare import Run
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.samples.protocol import Samples


@dataclass(frozen=True)
class Update:
    """One update of the weights: where in the run it stands, the weights before and after, and what led to it.

    `values` by name, each with the rows of the batch as its first axis where it has rows: of nets of layers inputs,
    targets, outputs, losses, and by path activations, deltas and gradients; of other rules what their steps name.
    """

    phase: str
    epoch: int  # of the phase, from 1
    batch: int  # of the epoch, from 1
    number: int  # of updates in the phase, from 1
    rows: Array  # numbers of the rows in the data
    metrics: Mapping[str, float]  # of the batch, before the update
    before: Mapping[str, Array] = field(repr=False)
    weights: Mapping[str, Array] = field(repr=False)
    values: Mapping[str, Array] = field(repr=False)
    model: Model = field(repr=False)  # the model in training, as it stands when it is looked at

    @property
    def loss(self) -> float:
        """The mean loss of the batch before the update; NaN where the rule has none."""
        return self.metrics.get("loss", float("nan"))

    @property
    def activations(self) -> dict[str, Array]:
        """What each layer gave, by its path: (rows, *output_shape)."""
        return self._under("activations/")

    @property
    def deltas(self) -> dict[str, Array]:
        """The gradient of each row's own loss to what each layer gave, by its path: (rows, *output_shape)."""
        return self._under("deltas/")

    @property
    def gradients(self) -> dict[str, Array]:
        """The gradient of the mean objective that the optimizer is given, by the names of the weights."""
        return self._under("gradients/")

    def _under(self, prefix: str) -> dict[str, Array]:
        return {name[len(prefix) :]: each for name, each in self.values.items() if name.startswith(prefix)}


def stepping(run: Run) -> Iterator[Update]:
    """The updates of a prepared run in their order, from its start to its end.

    The bits are those of the run as a whole on any number of threads. A rule that learns sample by sample, whatever the
    batches, makes one update for each sample.
    """
    training, data, held_out = run.training, run.samples("train"), run.samples("validation")
    assert data is not None
    run.model.provenance = run.provenance if run.remembered else None
    recorder = _Recorder(training)
    try:
        while True:
            recorder.begin()
            with Workers(1) as workers:
                try:
                    run_training(
                        training,
                        data,
                        held_out,
                        workers,
                        listen=recorder.listen,
                        between=lambda training, epoch_done: recorder.begin() if epoch_done else None,
                        stop=lambda: recorder.done is not None,
                    )
                except NotFinite as error:
                    raise TrainingError(str(error)) from error
            if recorder.done is None:  # the last epoch is over
                return
            yield recorder.update(recorder.done, _rows_of(training, data))
    finally:
        if training.step is not None:
            training.step.trace = None


def _rows_of(training: Training, data: Samples) -> Array:
    """Numbers in the data of the rows of the last batch; of all rows where sums are applied once an epoch."""
    position, phase = training.position, training.phase
    assert phase is not None
    numbers = np.arange(len(data))
    if phase.settings.update != "epoch":
        stream = RandomStream(training.seed, phase=position.phase, epoch=position.epoch)
        numbers = phase.order(data, stream)[position.batch - 1][0]
    part = getattr(data, "part", None)
    return numbers if part is None else np.asarray(part[numbers])


class _Recorder:
    """Keeps the weights before an update, and what its step traces."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self.done: BatchDone | None = None  # once the weights have changed
        self._before: dict[str, Array] = {}
        self._values: dict[str, list[Array]] = {}

    def begin(self) -> None:
        """Before a batch, and before the first one of an epoch or phase: weights are those to be updated."""
        training = self.training
        phase = training.phase
        if phase is None:
            return
        step = begin(training, phase)
        step.trace = self._trace
        one_by_one = phase.uses is not None and "batch_size" not in phase.uses and not isinstance(step, AdditiveStep)
        if one_by_one and type(phase).order is Phase.order and not training.position.batch:
            phase.settings = phase.settings.replace(batch_size=1)
        self.done, self._values = None, {}
        self._before = {name: np.array(array) for name, array in training.model.weights.items()}
        self._updates = training.position.updates

    def listen(self, event: Event) -> None:
        if isinstance(event, BatchDone) and self.training.position.updates != self._updates:
            self.done = event

    def _trace(self, name: str, values: Array) -> None:
        self._values.setdefault(name, []).append(np.array(values))

    def update(self, done: BatchDone, rows: Array) -> Update:
        """The update that was just made."""
        training = self.training
        return Update(
            done.phase,
            done.epoch,
            done.batch,
            training.position.updates,
            rows,
            dict(done.metrics),
            self._before,
            {name: np.array(array) for name, array in training.model.weights.items()},
            {name: _joined(each) for name, each in self._values.items()},
            training.model,
        )


def _joined(pieces: list[Array]) -> Array:
    """What was traced several times, shard by shard or sample by sample, as one array; one of objects where shapes
    differ."""
    if len(pieces) == 1:
        return pieces[0]
    if len({each.shape[1:] for each in pieces}) == 1 and pieces[0].ndim:
        return np.concatenate(pieces)
    joined = np.empty(len(pieces), object)
    joined[:] = pieces
    return joined
