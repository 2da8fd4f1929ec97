"""What zoo does, as functions: train, resume, evaluate, predict, reproduce, load and save. The command line calls
these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from zoo import checkpoint
from zoo.checkpoint.load import about, load, save
from zoo.checkpoint.model_state import describe, fill, other_versions
from zoo.cluster.engine import ClusterLost
from zoo.cluster.open import ClusterPlan, opened_cluster
from zoo.core.events import Finished, Listener, Measuring, Started, ignore
from zoo.core.metrics import Metric, find_metric
from zoo.core.model import Model
from zoo.core.random import RandomStream
from zoo.core.trained import Trained
from zoo.core.training_step import NotFinite
from zoo.data.dispatch import AnyEncoded
from zoo.data.provenance import Provenance
from zoo.data.row_hashes import hashes_kept
from zoo.errors import TrainingError, TrainingInterrupted, UsageError, did_you_mean, warn
from zoo.inference.batched import in_batches
from zoo.inference.evaluate import Evaluation, declared_by, evaluate, held_out_metrics, opened, predict, reconstruct
from zoo.parallel import blas
from zoo.parallel.threads import Stopped, Workers
from zoo.platform.trust import is_trusted
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.training.checkpointer import Checkpointer, SaveEvery
from zoo.training.handles import AfterUpdate
from zoo.training.interrupts import Interrupts
from zoo.training.kept_files import kept_files
from zoo.training.listening import Listening
from zoo.training.loop import Position, Training, begin, check_after_epochs, monitored_in
from zoo.training.loop import train as run_training
from zoo.training.prepare import Run, prepare
from zoo.training.run_state import NewData, manifest_of, run_from

Measure = Literal["all", "metrics", "nothing"]


@dataclass(frozen=True)
class Result:
    """What a training came to: its file, the model with the weights that count, its metrics, whether it was stopped."""

    path: Path | None
    model: Model
    metrics: Mapping[str, float]  # on the held-out part
    part: str  # what that part is: "test part, 10,000 samples"
    notes: Sequence[str] = ()  # what the family has to say: what was learned, or why it was not
    stopped: bool = False
    declared_metrics: Sequence[Metric] = ()  # the metrics as they are declared
    trained: bool = False  # whether all epochs are done: then, when stopped, the metrics alone are missing


@dataclass(frozen=True)
class Reached:
    """One metric of a recipe: what a paper gives, what the recipe promises, what this run reached."""

    name: str
    published: float | None
    expected: float | None
    reached: float | None
    metric: Metric | None = None  # as it is declared

    @property
    def declared(self) -> Sequence[Metric]:
        return () if self.metric is None else (self.metric,)

    @property
    def held(self) -> bool:
        """Whether the promise was kept."""
        if self.expected is None:
            return True
        assert self.metric is not None
        return self.reached is not None and not self.metric.better(self.expected, self.reached)


# --- training -------------------------------------------------------------------------------------------------------


def train(
    run: Run,
    *,
    out: str | Path | None = None,
    threads: int | None = None,
    cluster: ClusterPlan | None = None,
    save_every: str | None = None,
    keep_every: str | None = None,
    listen: Listener = ignore,
    stop: Callable[[], bool] = lambda: False,
    measure: Measure = "all",
) -> Result:
    """Trains a prepared run to its end, or until `stop()`; saves into `out`, which must not exist yet (None: no file).

    `measure` says which metrics of the held-out part are measured at the end, where no plugin listens: "all"; the
    "metrics" that are evaluated after epochs as well, without what is dear (a likelihood may take longer than the
    training); "nothing".
    """
    checkpointer = None
    if out is not None:
        every = SaveEvery.parse(save_every) if save_every else None
        path, kept = kept_files(out, keep_every)
        if kept is not None:
            kept.refuse_existing()
        checkpointer = Checkpointer(
            path, lambda training: manifest_of(run, training), every, listen, exclusive=True, kept=kept
        )
    return _go(run, checkpointer, threads, cluster, listen, stop, resumed=False, measure=measure)


def resume(
    path: str | Path,
    *,
    data: NewData | None = None,
    epochs: int | None = None,
    schedule_from: str | None = None,
    threads: int | None = None,
    cluster: ClusterPlan | None = None,
    save_every: str | None = None,
    keep_every: str | None = None,
    out: str | Path | None = None,
    listen: Listener = ignore,
    stop: Callable[[], bool] = lambda: False,
    trusted: bool = False,
    after_update: AfterUpdate | None = None,
) -> Result:
    """Goes on exactly where the file stands, with the data it names, and saves into it (or into `out`, a new file).

    `data` are those same data where the file does not name them (they were given in Python) or they lie elsewhere now.
    Without `epochs` the result is the uninterrupted run's, to the bit. `epochs` changes how far the last phase goes:
    the same holds, as long as nothing follows a schedule. One that does, such as a rate that falls as a cosine, was
    made for the epochs there were. `schedule_from` "start" computes it for all epochs from here on, as if there had
    always been so many; "here" begins a fresh one for the epochs that are left. By default it stays where it began,
    and a warning says what that means.
    """
    file = checkpoint.read(path, trusted=trusted or is_trusted())
    with about(path):
        run = run_from(
            file, epochs=epochs, schedule_from=schedule_from, same=data, listen=listen, after_update=after_update
        )
    if others := other_versions(file.manifest):
        warn(f"{path} was made with other versions, the bits may differ: {others}")
    every = SaveEvery.parse(save_every) if save_every else None
    target, kept = kept_files(out or path, keep_every)
    checkpointer = Checkpointer(
        target, lambda training: manifest_of(run, training), every, listen, exclusive=out is not None, kept=kept
    )
    return _go(run, checkpointer, threads, cluster, listen, stop, resumed=True)


def continue_from(
    path: str | Path,
    *,
    data: NewData,
    training: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    cluster: ClusterPlan | None = None,
    save_every: str | None = None,
    keep_every: str | None = None,
    listen: Listener = ignore,
    stop: Callable[[], bool] = lambda: False,
) -> Result:
    """Trains the model of a file on new data, into a new file whose parent it is: weights, labels and preprocessing are
    kept, step and position are fresh. A class unseen before is an error, unless the architecture grows."""
    file = checkpoint.read(path, trusted=is_trusted())
    with about(path):
        run = run_from(file, data=data, training=training)
    saving: dict[str, Any] = {"out": out, "save_every": save_every, "keep_every": keep_every}
    return train(run, **saving, threads=threads, cluster=cluster, listen=listen, stop=stop)


def _go(
    run: Run,
    checkpointer: Checkpointer | None,
    threads: int | None,
    cluster: ClusterPlan | None,
    listen: Listener,
    stop: Callable[[], bool],
    resumed: bool,
    measure: Measure = "all",
) -> Result:
    """The run from where it stands to its end: saved first, now and then, when its last batch is done, and with its
    metrics.

    Raises `TrainingInterrupted`, the run being saved, after Ctrl-C in a program that leaves SIGINT to Python. What a
    listener raises comes out likewise, with the model and the path of its file as `model` and `path`.
    """
    with Interrupts() as interrupted:
        notify = Listening([listen, *lookup.listeners()], lambda: stop() or interrupted())
        result = _gone(run, checkpointer, threads, cluster, notify, lambda: stop() or interrupted(), resumed, measure)
    if notify.failure is not None:
        raise _with_model(notify.failure, result)
    if result.stopped and interrupted():
        what, then = f"training was stopped in {_place(run.training)}", "goes on"
        if result.trained:
            what, then = "all epochs are done, their final measurement was stopped", "measures them"
        saved = f"; it is saved, and this {then}: zoo train --resume {result.path}" if result.path else ""
        raise TrainingInterrupted(what + saved, result.model, result.path)
    return result


def _with_model(error: BaseException, result: Result) -> BaseException:
    """A listener's exception with the model, and how to go on."""
    saved = f"; the run is saved: zoo.resume({str(result.path)!r})" if result.path else ""
    error.add_note(f"raised by a listener; the batch in hand was finished, and the model is in `model`{saved}")
    with suppress(AttributeError):  # a class without a dictionary
        error.model, error.path = result.model, result.path  # type: ignore[attr-defined]
    return error


def _place(training: Training) -> str:
    phase, position = training.phase, training.position
    return f"epoch {position.epoch + 1} of {phase.name}" if phase is not None else "its last epoch"


def _gone(
    run: Run,
    checkpointer: Checkpointer | None,
    threads: int | None,
    plan: ClusterPlan | None,
    notify: Listening,
    stop: Callable[[], bool],
    resumed: bool,
    measure: Measure,
) -> Result:
    data, held_out = run.samples("train"), run.samples("validation")
    assert data is not None
    if not blas.is_known():
        warn(
            "this NumPy's BLAS is not one threadpoolctl knows: the same bits on any number of threads are not promised"
        )
    training = run.training
    run.model.provenance = _remembered(run, data, stop, resumed) if run.remembered else None
    others = lookup.listeners()

    broken_off = False  # from outside, or by a listener that failed; a listener may also have asked for the end

    def ends() -> bool:
        nonlocal broken_off
        broken_off = broken_off or stop() or notify.failure is not None
        return broken_off

    def stops() -> bool:
        return ends() or notify.asked

    phases = tuple((phase.name, phase.settings.epochs) for phase in training.phases)
    count = sum(array.size for array in run.model.weights.values())
    monitored_in(training, held_out is not None)  # refuses what cannot be monitored before a file is made
    check_after_epochs(training, held_out is not None)
    path = checkpointer.path if checkpointer else None
    if not resumed:
        check_held_out(run)
    if checkpointer is not None:
        checkpointer.listen = notify
    with (
        opened_cluster(plan, run) as cluster,
        Workers(threads, stop=ends, cluster=cluster) as workers,
        checkpointer or nullcontext(),
    ):
        if training.phase is not None:
            begin(training, training.phase)
        if checkpointer is not None and not resumed:
            checkpointer.save(training)
        held, ended = len(held_out) if held_out else 0, resumed and training.ended
        notify(Started(run.model.architecture.name, phases, len(data), held, count, resumed, ended))
        between = checkpointer.between if checkpointer else (lambda training, epoch_done: None)
        try:
            finished = run_training(
                training, data, held_out, workers, listen=notify.listener, between=between, stop=stops
            )
        except NotFinite as error:
            kept = f"; the last good checkpoint is {checkpointer.path}" if checkpointer else ""
            raise TrainingError(f"{error}{kept}") from error
        except ClusterLost as error:
            if checkpointer is None:
                raise
            checkpointer.save(training)
            checkpointer.wait()
            raise ClusterLost(
                f"{error}; the run is saved, and this goes on, with --cluster or without: zoo train --resume"
                f" {checkpointer.path}"
            ) from error
        if not finished and broken_off:
            if checkpointer is not None:
                checkpointer.save(training)
            return Result(path, trained_model(run), {}, "", stopped=True)
        if checkpointer is not None:
            checkpointer.save(training)
            checkpointer.wait()
        model = trained_model(run)
        if measure == "nothing" and not others:
            return Result(path, model, {}, "", trained=True)

        def begin_measuring(part: str) -> None:
            notify(Measuring(str(path) if path else None, part))

        try:
            seed, dear = run.plan.common.seed_of("split"), bool(others) or measure == "all"
            metrics, part = held_out_metrics(model, run.dataset, run.parts, seed, workers, begin_measuring, dear)
            notes = tuple(model.notes(data))
        except Stopped:
            return Result(path, model, {}, "", stopped=True, trained=True)
        if checkpointer is not None:
            checkpointer.save(training, metrics=describe(model, metrics)["metrics"])
    declared = declared_by(model, run.dataset)
    model.trained = replace(model.trained or Trained(), metrics=metrics, part=part, declared_metrics=declared)
    notify(Finished(str(path) if path else None, metrics, declared))
    return Result(path, model, metrics, part, notes, declared_metrics=declared, trained=True)


def check_held_out(run: Run) -> None:
    """Encode what is held out before the first batch, so that a row that cannot be is an error now, not at the end.

    Data read in blocks are not gone through. `DataError` names the row.
    """
    for part in ("validation", "test"):
        samples = run.samples(part)
        if samples is not None and run.dataset.block is None:
            for _ in in_batches(samples):
                pass


def _remembered(run: Run, data: AnyEncoded, stop: Callable[[], bool], resumed: bool) -> Provenance:
    """What the checkpoint says of the data, with hashes of rows: those it has already, where the run is resumed."""
    provenance, before = run.provenance, run.model.provenance
    stored = before.rows if resumed and before == provenance and before is not None else None
    return replace(provenance, rows=hashes_kept(data, stop) if stored is None else stored)


def trained_model(run: Run) -> Model:
    """The model with its best weights so far, which knows what it was trained with."""
    model = best_model(run.training)
    parts = {part: np.asarray(getattr(run.parts, part)) for part in ("train", "validation", "test")}
    model.history = run.training.history
    model.trained = Trained(run.recipe.name, run.plan.as_dict(), run.dataset.name if run.remembered else "", rows=parts)
    return model


def best_model(training: Training) -> Model:
    """The model with the best weights, where some were kept, else as it is."""
    model = training.model
    if not training.best:
        return model
    best = model.architecture.build(model.signature, RandomStream(0))
    fill(best.weights, training.best)
    best.take_over(model)
    return best


# --- recipes ----------------------------------------------------------------------------------------------------------


def reproduce(
    name: str | Recipe,
    *,
    data: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    threads: int | None = None,
    listen: Listener = ignore,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Result, Sequence[Reached]]:
    """Trains a recipe as it stands, and sets what was published, what it promises and what it reached side by side."""
    recipe = name if isinstance(name, Recipe) else lookup.find_recipe(name)
    prepared = prepare(recipe, data=data)
    declared = declared_by(prepared.model, prepared.dataset)
    for paper in recipe.published:
        if find_metric(paper.metric, declared) is None:
            known = [each.name for each in declared]
            raise UsageError(
                f"{recipe.where}: [published] {paper.metric!a} is not measured{did_you_mean(paper.metric, known)};"
                f" there are {', '.join(known)}; what is measured over many runs needs a table [runs]"
            )
    for metric in recipe.expect:
        found = find_metric(metric, declared)
        if found is None or found.higher_is_better is None:
            known = [each.name for each in declared if each.higher_is_better is not None]
            raise UsageError(
                f"{recipe.where}: [expect] {metric!a} is no metric that {recipe.architecture} declares with a direction"
                f"{did_you_mean(metric, known)}; there are {', '.join(known)}"
            )
    result = train(prepared, out=out, threads=threads, listen=listen, stop=stop)
    published = {each.metric: each.value_of(0) for each in reversed(recipe.published)}
    names = dict.fromkeys([*published, *recipe.expect])
    rows = [
        Reached(n, published.get(n), recipe.expect.get(n), result.metrics.get(n), find_metric(n, declared))
        for n in names
    ]
    return result, rows


__all__ = [
    "Evaluation",
    "Position",
    "Reached",
    "Result",
    "Run",
    "continue_from",
    "evaluate",
    "load",
    "opened",
    "predict",
    "prepare",
    "reconstruct",
    "reproduce",
    "resume",
    "save",
    "train",
]
