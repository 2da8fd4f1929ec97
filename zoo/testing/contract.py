"""The checks of the contract suite: what every architecture guarantees.

A check raises AssertionError, or returns nothing, or the reason why it does not concern the case.

@pytest.mark.parametrize("check", zoo.testing.CHECKS, ids=zoo.testing.name)
def test_contract(check, tmp_path):
    check(zoo.testing.Case("hopfield"), tmp_path)
"""

from __future__ import annotations

import copy
import json
import pickle
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from zoo import checkpoint
from zoo.checkpoint.load import load, save
from zoo.checkpoint.model_state import check_state, check_weights
from zoo.core.random import RandomStream
from zoo.core.training_step import AdditiveStep
from zoo.errors import OptionError, UsageError
from zoo.options import options_of
from zoo.parallel.threads import Workers
from zoo.registry.recipes import to_toml
from zoo.testing.case import Case, difference, finish, saved_and_read
from zoo.testing.gradients import gradients_are_right
from zoo.testing.kinds import every_kind_of_data
from zoo.testing.loops import metrics_are_those_of_a_loop
from zoo.testing.metrics import metrics_are_declared
from zoo.testing.ranges import ranges_add_up_anywhere
from zoo.training.loop import Training, train

Check = Callable[[Case, Path], str | None]

PROBABLE = ("classification", "multi-label", "labelling", "language")  # tasks with probabilities of classes


def options_round_trip(case: Case, folder: Path) -> None:
    """Options are the same after JSON, TOML and command-line flags."""
    architecture = case.kind.of(case.options)
    values = architecture.as_dict()
    if case.kind.of(json.loads(json.dumps(values))) != architecture:
        raise AssertionError("options change on the way through JSON")
    stated = {name: value for name, value in values.items() if value is not None}
    if case.kind.of(tomllib.loads(to_toml(stated))) != architecture:
        raise AssertionError("options change on the way through TOML")
    for name, option in options_of(case.kind).items():
        value = getattr(architecture, name)
        if value is not None:
            text = ",".join(map(str, value)) if option.many else str(value)
            if option.parse(text, "flag") != value:
                raise AssertionError(f"{option.flag} {text} gives another value than {value!r}")
        if not option.help.strip():
            raise AssertionError(f"{name} has no line of help")


def bad_options_are_refused(case: Case, folder: Path) -> None:
    """An unknown option, one of the wrong type and one out of range are `OptionError`s."""
    bad: list[dict[str, Any]] = [{"no_such_option": 1}]
    for name, option in options_of(case.kind).items():
        wrong: Any = "?" if option.type is not str else 3.5
        bad.append({name: [wrong] if option.many else wrong})
        for edge, beyond in ((option.low, -1), (option.high, 1)):
            if edge is not None:
                value = option.type(edge + beyond)
                bad.append({name: [value] if option.many else value})
    for values in bad:
        try:
            case.kind.of(values)
        except OptionError:
            continue
        raise AssertionError(f"{case.kind.name} accepts {values}")


def shapes_are_the_weights(case: Case, folder: Path) -> None:
    """`shapes` says names and shapes of the weights, and `state_shapes` those of each phase's state; all
    C-contiguous."""
    run = case.prepare()
    check_weights(run.model.architecture, run.model.signature, run.model.weights)
    for phase in run.training.phases:
        step = phase.step(run.model)
        check_state(phase, run.model, step.state)
        for name, array in {**run.model.weights, **step.state}.items():
            if not array.flags.c_contiguous:
                raise AssertionError(f"{name} is not C-contiguous")


def same_seed_same_bits(case: Case, folder: Path) -> None:
    """The same seed gives the same bits; another seed another order or start, hence other bits where anything is
    drawn."""
    first, second = case.prepare(seed=3), case.prepare(seed=3)
    finish(first)
    finish(second)
    if difference(first.training, second.training):
        raise AssertionError(difference(first.training, second.training))


def workers_change_nothing(case: Case, folder: Path) -> None:
    """One, two or three workers, threads or processes: the same bits."""
    alone = case.prepare()
    finish(alone)
    for threads, processes in ((2, False), (3, False), (2, True)):
        together = case.prepare()
        finish(together, threads=threads, processes=processes)
        found = difference(alone.training, together.training)
        if found:
            raise AssertionError(f"{threads} {'processes' if processes else 'threads'}: {found}")


def stop_and_resume(case: Case, folder: Path) -> None:
    """Stopped after every second batch, of a long run at nine or ten places, saved, read and finished with other
    workers: the bits of the whole run."""
    whole = case.prepare()
    batches = 0

    def count() -> bool:
        nonlocal batches
        batches += 1
        return False

    finish(whole, stop=count)
    places = list(range(1, batches, 2))
    places = places if len(places) <= 8 else sorted({*places[:: len(places) // 8 + 1], places[-1]})
    run, done = case.prepare(), 0  # goes on from stop to stop itself, while others finish what it saved
    for place in places:
        left = place + 1 - done

        def after() -> bool:
            nonlocal left, done
            left, done = left - 1, done + 1
            return left == 0

        if finish(run, stop=after):
            break
        resumed = saved_and_read(run, folder / "run.h5")
        finish(resumed, threads=2)
        found = difference(whole.training, resumed.training)
        if found:
            raise AssertionError(f"stopped after {done} of {batches} batches and resumed: {found}")


def saved_and_loaded(case: Case, folder: Path) -> None:
    """A model that was saved and loaded predicts the same bits, and saves as the same bytes."""
    run = case.prepare()
    finish(run)
    samples = run.samples("train")
    assert samples is not None
    inputs = samples.rows(np.arange(len(samples))).inputs
    save(run.model, folder / "model.h5")
    again = load(folder / "model.h5")
    with Workers(1):
        if run.model.predict(inputs).tobytes() != again.predict(inputs).tobytes():
            raise AssertionError("predictions differ after loading")
    save(again, folder / "again.h5")
    if checkpoint.digest(folder / "model.h5") != checkpoint.digest(folder / "again.h5"):
        raise AssertionError("the file's bytes differ")


def copies_learn_alike(case: Case, folder: Path) -> None:
    """Copies of a model (`copy.copy`, `copy.deepcopy`, `pickle`) equal it, and learn, each for itself, what it learns,
    to the same bits."""
    run = case.prepare()
    finish(run)
    model = run.model
    copies = {"copy.copy": copy.copy(model), "copy.deepcopy": copy.deepcopy(model)}
    copies["pickle"] = pickle.loads(pickle.dumps(model))
    architecture = pickle.loads(pickle.dumps(model.architecture))
    if not (architecture == model.architecture and hash(architecture) == hash(model.architecture)):
        raise AssertionError("the copy of the architecture is another, or has another hash")
    for how, other in copies.items():
        if other != model:
            raise AssertionError(f"{how}: the copy is another model")
        assert other.history is not None and model.history is not None
        if other.history.phases != model.history.phases:
            raise AssertionError(f"{how}: the copy has another history")
    learn_on(run, model)
    for how, other in copies.items():
        learn_on(run, other)
        for name, array in model.weights.items():
            if array.tobytes() != other.weights[name].tobytes():
                raise AssertionError(f"{how}: the copy learns another {name}")


def learn_on(run: Any, model: Any) -> None:
    """Trains a model anew on the run's data, beginning with the weights it has."""
    training = Training(model, model.architecture.phases(run.plan), run.plan.common.seed_of("order"))
    with Workers(1) as workers:
        train(training, run.samples("train"), run.samples("validation"), workers)


def predict_is_pure(case: Case, folder: Path) -> None:
    """Predicting and evaluating change nothing, inputs and weights can be read-only, outputs have the signature's
    shape, and what a model calls probabilities are some."""
    run = case.prepare()
    finish(run)
    rows = samples_of(case, run)
    before = {name: array.tobytes() for name, array in run.model.weights.items()}
    rows.inputs.flags.writeable = False
    outputs = run.model.predict(rows.inputs)
    shape = (len(rows), *run.model.signature.output_shape)
    fits = [wanted in (size, -1) for size, wanted in zip(outputs.shape, shape, strict=True)]
    if not all(fits):
        raise AssertionError(f"outputs have shape {outputs.shape}, expected {shape}")
    if run.model.output_kind == "probabilities" and run.model.signature.task in PROBABLE:
        if not (outputs.min() >= 0 and outputs.max() <= 1 + 1e-05):
            raise AssertionError("output_kind says probabilities, but some are not")
        if run.model.signature.task != "multi-label":
            np.testing.assert_allclose(outputs.sum(axis=-1), 1, atol=1e-4, err_msg="probabilities do not add up to 1")
    run.model.evaluate(rows, RandomStream(0))
    if before != {name: array.tobytes() for name, array in run.model.weights.items()}:
        raise AssertionError("predicting changed weights")
    if run.model.predict(rows.inputs).tobytes() != outputs.tobytes():
        raise AssertionError("predicting twice gives two answers")


def neighbours_do_not_matter(case: Case, folder: Path) -> None:
    """A row's prediction does not depend, beyond rounding, on which rows stand beside it."""
    run = case.prepare()
    finish(run)
    rows = samples_of(case, run)
    together = run.model.predict(rows.inputs)
    alone = np.concatenate([run.model.predict(rows.inputs[n : n + 1]) for n in range(len(rows))])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def halves_add_up(case: Case, folder: Path) -> str | None:
    """Where a rule is additive, the sums over two halves of a batch add up to the sums over the whole, to rounding,
    when every random draw is one half (shards draw their own numbers). Excused: architectures that couple rows."""
    run = case.prepare()
    if run.model.architecture.couples_rows:
        return "it couples the rows of a shard"
    rows, additive = samples_of(case, run), False
    for phase in run.training.phases:
        step = phase.step(run.model)
        if not isinstance(step, AdditiveStep):
            continue
        additive, stream = True, cast(Any, HalfStream())
        lanes = {name: step.state[name][rows.lanes % len(step.state[name])] for name in step.carried}
        whole = step.measure(rows, lanes, stream)
        middle = len(rows) // 2
        first = step.measure(rows.part(0, middle), {n: a[:middle] for n, a in lanes.items()}, stream)
        second = step.measure(rows.part(middle, len(rows)), {n: a[middle:] for n, a in lanes.items()}, stream)
        first.add(second)
        for name, value in whole.sums.items():
            scale = float(np.abs(value).max(initial=0.0)) or 1.0
            np.testing.assert_allclose(first.sums[name], value, rtol=1e-3, atol=1e-4 * scale, err_msg=name)
    return None if additive else "its rule is not a sum over samples"


def every_task_trains(case: Case, folder: Path) -> None:
    """A promise to take a task is kept: the case's own task trains for an epoch and gives finite metrics."""
    run = case.prepare(epochs=1)
    if run.model.signature.task not in case.kind.tasks:
        raise AssertionError(f"the model is for {run.model.signature.task}, which is not among its tasks")
    finish(run)
    for phase in run.training.phases:
        for name, value in run.training.history.last(phase.name).items():
            if not np.isfinite(value):
                raise AssertionError(f"{name} is {value} after an epoch of {phase.name}")


def once_an_epoch(case: Case, folder: Path) -> str | None:
    """`update = "epoch"`: an additive rule gives the same bits when stopped within the epoch; others refuse it."""
    run = case.prepare(update="epoch", epochs=1)
    additive = [isinstance(phase.step(run.model), AdditiveStep) for phase in run.training.phases]
    try:
        finish(run)
    except UsageError:
        if all(additive):
            raise AssertionError("an additive rule refuses update = epoch") from None
        return "its rule is not a sum over samples, and it says so"
    stopped, asked = case.prepare(update="epoch", epochs=1), iter([True])
    if not finish(stopped, stop=lambda: next(asked, False)):
        stopped = saved_and_read(stopped, folder / "epoch.h5")
        finish(stopped, threads=2)
    found = difference(run.training, stopped.training)
    if found:
        raise AssertionError(f"stopped within an epoch whose sums are applied at its end: {found}")
    return None


class HalfStream:
    """A stream whose every draw is one half, whatever the shard."""

    shard = 0

    def __call__(self, purpose: str) -> Any:
        return _Halves()

    def at(self, **place: int) -> HalfStream:
        return self


class _Halves:
    """Stands for a generator: uniform and normal draws are 0.5, choices take the middle one."""

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        if out is not None:
            out[...] = 0.5
            return out
        return np.full(size if size is not None else (), 0.5, dtype)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        return self.random(size, dtype, out)

    def uniform(self, low: float = 0.0, high: float = 1.0, size: Any = None) -> Any:
        return np.full(size if size is not None else (), (low + high) / 2)

    def normal(self, loc: float = 0.0, scale: float = 1.0, size: Any = None) -> Any:
        return np.full(size if size is not None else (), loc + scale / 2)

    def integers(self, low: int, high: int | None = None, size: Any = None, dtype: Any = np.int64) -> Any:
        low, high = (0, low) if high is None else (low, high)
        return np.full(size if size is not None else (), (low + high) // 2, dtype)

    def permutation(self, items: Any) -> Any:
        return np.arange(items) if np.ndim(items) == 0 else np.array(items)

    def shuffle(self, items: Any) -> None:
        return None


def samples_of(case: Case, run: Any) -> Any:
    """All training rows of the case as one batch."""
    samples = run.samples("train")
    return samples.rows(np.arange(len(samples)))


CHECKS: tuple[Check, ...] = (
    options_round_trip,
    bad_options_are_refused,
    shapes_are_the_weights,
    same_seed_same_bits,
    workers_change_nothing,
    stop_and_resume,
    saved_and_loaded,
    copies_learn_alike,
    predict_is_pure,
    neighbours_do_not_matter,
    halves_add_up,
    ranges_add_up_anywhere,
    gradients_are_right,
    every_task_trains,
    metrics_are_declared,
    metrics_are_those_of_a_loop,
    every_kind_of_data,
    once_an_epoch,
)


def name(check: Any) -> str:
    """A check's name in words, a case as it is written."""
    return check.__name__.replace("_", " ") if callable(check) else str(check)
