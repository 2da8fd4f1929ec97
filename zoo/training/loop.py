"""The one training loop.

    for each phase → for each epoch → for each batch: the family's step
                                      → evaluate what is held out → record → keep the best → stop early?

Whatever decides the next bit stands in `Training`: weights, best weights, the step's state, partial sums, the tally
of an
unfinished epoch, position and history. Saved between any two batches and put back, training goes on to the same bits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from zoo.core.events import BatchDone, EpochDone, Event, PhaseDone
from zoo.core.history import History
from zoo.core.metrics import Metric, monitored, of_validation, unknown_monitor
from zoo.core.random import RandomStream
from zoo.core.sum_tree import Sums, SumTree, add_sums
from zoo.core.training_step import AdditiveStep, StepContext, TrainingStep
from zoo.errors import CheckpointError, UsageError, did_you_mean
from zoo.inference.batched import evaluate
from zoo.parallel.threads import Stopped, Workers
from zoo.training.early_stopping import EarlyStopping
from zoo.training.goal import Goal, check_recorded
from zoo.training.option_effects import WATCHED
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.model import Model
    from zoo.core.phase import Phase
    from zoo.data.samples.protocol import Samples


@dataclass
class Position:
    """Where a run stands, always between batches: phase, epoch in it, batch in that, and updates made in this phase."""

    phase: int = 0
    epoch: int = 0
    batch: int = 0
    updates: int = 0
    schedule_from: int = 0  # epoch of the phase at which its schedules begin; other than 0 where a resumed run asked so


@dataclass
class Training:
    """A run as it stands between two batches: all that a checkpoint needs for going on exactly."""

    model: Model
    phases: list[Phase]
    seed: int
    position: Position = field(default_factory=Position)
    history: History = field(default_factory=History)
    best: dict[str, Array] = field(default_factory=dict)  # weights of the phase's best epoch, where one is monitored
    step: TrainingStep | None = None  # of the phase at `position`; None before its first batch
    sums: SumTree = field(default_factory=SumTree)  # of an unfinished epoch's batches, if applied once an epoch
    after_update: Callable[[Model], None] | None = None  # given in Python, called after each update of the weights
    tally: dict[str, Array] = field(default_factory=dict)  # metric → (sum over samples, samples) of an unfinished epoch

    @property
    def phase(self) -> Phase | None:
        """The phase in work; None when all are done."""
        return self.phases[self.position.phase] if self.position.phase < len(self.phases) else None

    @property
    def ended(self) -> bool:
        """Whether the last phase has learned all its epochs."""
        last = len(self.phases) - 1
        return self.position.phase > last or (
            self.position.phase == last and self.position.epoch >= self.phases[last].settings.last_epoch
        )

    def count(self, metrics: dict[str, float], samples: int) -> None:
        """Adds a batch's metrics to the tally, weighted by its samples."""
        for name, value in metrics.items():
            add_sums(self.tally, {name: np.array([value * samples, samples], np.float64)})

    def averages(self) -> dict[str, float]:
        """The epoch's metrics: means over its samples."""
        return {name: float(total / samples) for name, (total, samples) in self.tally.items()}


def monitored_in(training: Training, held_out: bool) -> list[Metric | None]:
    """For each phase the metric that decides which of its epochs is the best, None where none does.

    `held_out`: whether there is a validation part. A monitor may be recorded in some of the phases alone, and then
    decides in these; `UsageError` for one that no phase records, or whose direction nobody declared.
    """
    model, phases = training.model, training.phases
    recorded = [
        (phase.declared_metrics(model), phase.validation_metrics(model) if held_out else None) for phase in phases
    ]
    found = [monitored(phase.settings.monitor, *each) for phase, each in zip(phases, recorded, strict=True)]
    for phase in phases:
        name = phase.settings.monitor
        asking = [place for place, other in enumerate(phases) if other.settings.monitor == name]
        if name and all(found[place] is None for place in asking):
            of_training = [metric for place in asking for metric in recorded[place][0]]
            watched = [metric for place in asking for metric in recorded[place][1] or ()] if held_out else None
            raise UsageError(unknown_monitor(name, of_training, watched, model.architecture.name))
    patient = [place for place, phase in enumerate(phases) if phase.in_force().get("patience")]
    if held_out and patient and all(found[place] is None for place in patient):
        phase, (training_metrics, validation_metrics) = phases[patient[-1]], recorded[patient[-1]]
        flag = f"--{phase.name}.monitor" if len(phases) > 1 else "--monitor"
        known = [metric.name for metric in (*of_validation(validation_metrics or ()), *training_metrics)]
        raise UsageError(
            f"{model.architecture.name}: patience watches {WATCHED}, which it does not measure; name with {flag} one of"
            f" {', '.join(known) or 'none'}"
        )
    return found


def check_after_epochs(training: Training, has_validation: bool) -> None:
    """`UsageError` for a goal or a dear metric of which no phase that has it records anything."""
    model = training.model
    for phase in training.phases:
        goal, wanted = phase.settings.until, named_in(phase.settings.measure)
        alike = [each for each in training.phases if each.settings.until == goal]
        recorded = [metric for each in alike for metric in each.declared_metrics(model)]
        if has_validation:
            recorded += of_validation([metric for each in alike for metric in each.validation_metrics(model)])
        declared = {metric.name: metric for each in alike for metric in declared_in(each, model)}
        declared |= {metric.name: metric for metric in model.architecture.declared_metrics}
        for name in wanted:
            if name not in declared:
                raise UsageError(
                    f"{model.architecture.name}: --measure {name} is no metric of it{did_you_mean(name, declared)}"
                )
            recorded += of_validation([declared[name]]) if has_validation else [declared[name]]
        if goal:
            check_recorded(goal, recorded, has_validation, model.architecture.name)


def named_in(text: str) -> list[str]:
    """The names in a list with commas."""
    return [name for each in text.split(",") if (name := each.strip())]


def declared_in(phase: Phase, model: Model) -> tuple[Metric, ...]:
    """What is declared of the metrics a phase records."""
    return (*phase.declared_metrics(model), *model.declared_metrics)


def train(
    training: Training,
    data: Samples,
    held_out: Samples | None,
    workers: Workers,
    *,
    listen: Callable[[Event], None] = lambda event: None,
    between: Callable[[Training, bool], None] = lambda training, epoch_done: None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Trains to the end of the last phase; False when `stop()` asked to end before.

    `between` is called after every batch, and with True after every epoch: it may save. Raises `NotFinite` when a
    metric is infinite or NaN: that step was not applied.
    """
    monitors = monitored_in(training, held_out is not None)
    check_after_epochs(training, held_out is not None)
    names = [phase.name for phase in training.phases]
    training.history.monitors = {name: each for name, each in zip(names, monitors, strict=True) if each is not None}
    while (phase := training.phase) is not None:
        monitor = monitors[training.position.phase]
        reason = _train_phase(training, phase, data, held_out, monitor, workers, listen, between, stop)
        if reason is None:
            return False
        listen(PhaseDone(phase.name, training.position.epoch, reason))
        following = training.position.phase + 1
        if following < len(training.phases):
            # The next phase starts from the best weights, a continuation of this one from the last; after the last
            # phase the last ones stay, for whoever trains on.
            if not training.phases[following].continues:
                for name, best in training.best.items():
                    training.model.weights.put(name, _put(training.model.weights.get(name), best))
            training.best = {}
        else:
            return True
        training.step, training.position = None, Position(following)
        between(training, True)
    return True


def _train_phase(
    training: Training,
    phase: Phase,
    data: Samples,
    held_out: Samples | None,
    monitor: Metric | None,
    workers: Workers,
    listen: Callable[[Event], None],
    between: Callable[[Training, bool], None],
    stop: Callable[[], bool],
) -> str | None:
    """Trains one phase from where it stands; why it ended, or None when it was stopped."""
    position, settings = training.position, phase.settings
    stream = RandomStream(training.seed, phase=position.phase)
    step, per_epoch = begin(training, phase), settings.update == "epoch"
    if workers.cluster is not None:
        workers.cluster.check(step, training.model.architecture.name, phase.name)
    declared, early = declared_in(phase, training.model), EarlyStopping(monitor, settings.patience)
    goal = Goal.parse(settings.until) if settings.until else None
    while position.epoch < settings.last_epoch:
        curves = training.history[phase.name]
        if goal is not None and goal.reached(curves):
            return "goal"
        if phase.finished(curves):
            return "finished"
        if early.should_stop(curves):
            return "patience"
        began = time.monotonic()
        here = stream.at(epoch=position.epoch)
        batches = phase.order(data, here)
        if position.batch > len(batches):
            raise CheckpointError(f"position: batch is {position.batch}, but an epoch of these data has {len(batches)}")
        _check_pieces(training, per_epoch, len(batches))
        cluster, pending = workers.cluster, None
        while position.batch < len(batches):
            indices, count = batches[position.batch], 1
            batch = data.rows(*indices) if cluster is None else cluster.batch(data, indices)
            begun = position.schedule_from
            progress = (position.epoch - begun + position.batch / len(batches)) / (settings.epochs - begun)
            context = StepContext(here.at(batch=position.batch), workers, progress, position.updates, curves, begun)
            metrics: dict[str, float] = {}
            if not per_epoch:
                metrics = step(batch, context)
                training.count(metrics, len(batch))
                position.updates += 1
                _after_update(training)
            else:
                assert isinstance(step, AdditiveStep)
                if cluster is None or not cluster.takes_epochs(step):
                    level, sums = 0, step.add_up(batch, context)
                else:
                    pending = pending or cluster.epoch(step, data, batches, position.batch, here)
                    level, sums = next(pending)
                count = 2**level
                _check_sums(training.sums, sums)
                training.sums.push(sums, level)
                if position.batch + count == len(batches):
                    total = training.sums.total()
                    metrics = step.checked(total, batch, context)
                    step.update(total, context)
                    training.count(metrics, len(data))
                    position.updates += 1
                    _after_update(training)
            position.batch += count
            listen(
                BatchDone(
                    phase.name, position.epoch + 1, settings.epochs, position.batch, len(batches), metrics, declared
                )
            )
            if position.batch < len(batches):
                between(training, False)
            if stop():
                return None
        try:
            _end_epoch(training, phase, data, held_out, early, here, workers, listen, began)
        except Stopped:  # while what is held out was evaluated: the epoch stays open, and ends when it is resumed
            return None
        between(training, True)
        if position.epoch < settings.last_epoch and stop():
            return None
    return "epochs"


def _after_update(training: Training) -> None:
    if training.after_update is not None:
        training.after_update(training.model)


def _check_pieces(training: Training, per_epoch: bool, batches: int) -> None:
    """The sums of an unfinished epoch are those of its batches so far."""
    done = training.position.batch
    expected = done if per_epoch and done < batches else 0  # after the last batch they are applied
    if training.sums.pieces != expected:
        raise CheckpointError(f"state/sums: got the sums of {training.sums.pieces} batches, expected {expected}")


def _check_sums(tree: SumTree, sums: Sums) -> None:
    """Those of an unfinished epoch came from a file: they must be of the kind of this batch's."""
    for level, partial in tree.stack:
        for name in partial.keys() & sums.keys():
            kept, new = partial[name], np.asarray(sums[name])
            if kept.shape != new.shape or kept.dtype != new.dtype:
                raise CheckpointError(
                    f"state/sums/{level}/{name}: got {kept.dtype} {kept.shape}, expected {new.dtype} {new.shape}"
                )


def begin(training: Training, phase: Phase) -> TrainingStep:
    """The phase's step, made when there is none yet; `UsageError` where it cannot do what the settings ask for."""
    if training.step is None:
        training.step = phase.step(training.model)
    if phase.settings.update == "epoch" and not isinstance(training.step, AdditiveStep):
        raise UsageError(
            f'{training.model.architecture.name}: got update = "epoch", expected "batch": in this rule each sample sees'
            " the last one's change, so there are no sums to apply once an epoch"
        )
    if training.after_update is not None and not isinstance(training.step, AdditiveStep):
        raise UsageError(
            f"{training.model.architecture.name}: --after-update is for rules of sums over samples; that of phase"
            f" {phase.name} presents one sample after the other; leave it out"
        )
    return training.step


def _end_epoch(
    training: Training,
    phase: Phase,
    data: Samples,
    held_out: Samples | None,
    early: EarlyStopping,
    stream: RandomStream,
    workers: Workers,
    listen: Callable[[Event], None],
    began: float,
) -> None:
    """Evaluates what is held out, records the epoch's metrics and keeps its weights when they are the best so far."""
    position, settings, model = training.position, phase.settings, training.model
    metrics, measured = training.averages(), None
    if held_out is not None:
        measured = evaluate(model, held_out, stream, workers)
        metrics |= {f"validation/{name}": value for name, value in measured.items()}
    last = position.epoch + 1 == settings.epochs
    if settings.measure and (last or (position.epoch + 1) % settings.every == 0):
        if measured is None:
            measured = evaluate(model, data, stream, workers)
        workers.check_stop()
        found = measured | model.derived_metrics(measured, workers)
        for name in named_in(settings.measure):
            if name not in found:
                raise UsageError(
                    f"{model.architecture.name}: --measure {name} was not measured, expected one of {', '.join(found)}"
                )
            metrics[f"validation/{name}" if held_out is not None else name] = found[name]
    monitor = early.metric
    if monitor is not None and settings.monitor and monitor.name not in metrics:
        raise UsageError(
            f"{model.architecture.name}, phase {phase.name}: monitor {settings.monitor!a} was not measured, expected"
            f" one of {', '.join(sorted(metrics)) or 'none'}"
        )
    training.history.record(phase.name, metrics)
    best = early.best_epoch(training.history[phase.name]) == position.epoch
    if best:
        training.best = {name: _put(training.best.get(name), array) for name, array in model.weights.items()}
    epoch = position.epoch + 1
    training.position.epoch, training.position.batch, training.tally = epoch, 0, {}
    shown = {name: value for name, value in metrics.items() if not math.isnan(value)}
    seconds, declared = time.monotonic() - began, declared_in(phase, model)
    listen(EpochDone(phase.name, epoch, settings.epochs, shown, best, seconds, declared))


def _put(old: Array | None, new: Array) -> Array:
    """`new` copied into `old` where it fits, else a C-contiguous copy: in another memory order products have other
    bits."""
    if old is None or old.shape != new.shape:
        return np.array(new, order="C")
    old[...] = new
    return old
