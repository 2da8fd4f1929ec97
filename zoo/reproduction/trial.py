"""One training of a result: which setting, seed and fold; what is measured of it."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.core.metrics import Metric, find_metric
from zoo.core.random import RandomStream
from zoo.data import Dataset
from zoo.data.splits import Parts
from zoo.errors import DataError, OptionError, TrainingError, UsageError, did_you_mean
from zoo.inference.batched import evaluate
from zoo.inference.evaluate import declared_by
from zoo.options import options_of
from zoo.parallel.threads import Workers
from zoo.registry import lookup
from zoo.registry.published import Runs
from zoo.registry.recipes import Recipe
from zoo.reproduction.rows import rows_in
from zoo.training import run as training_run
from zoo.training.goal import Goal
from zoo.training.prepare import Run, prepare

TRAIN = "train/"  # before the name of a metric of the training part
EPOCHS = Metric("epochs", higher_is_better=False)
SEQUENCES = Metric("sequences", higher_is_better=False)
SOLVED = Metric("solved", higher_is_better=True, unit="%")
TO_CRITERION = (EPOCHS, SEQUENCES, SOLVED)  # measured where training ends when a criterion holds


@dataclass(frozen=True)
class Trial:
    """setting: the number of a value of [runs]; seed: 0 for the recipe's own, 1 for the next; fold: from 0."""

    setting: int
    seed: int
    fold: int

    @property
    def key(self) -> str:
        """How a file of results names it."""
        return f"{self.setting}/{self.seed}/{self.fold}"


@dataclass(frozen=True)
class Outcome:
    """What came of a trial: its metrics by name, none where it diverged; rows trained on; seconds of CPU time."""

    metrics: Mapping[str, float]
    samples: int
    seconds: float
    failed: str = ""

    def as_dict(self) -> dict[str, Any]:
        metrics = {name: value if math.isfinite(value) else str(value) for name, value in self.metrics.items()}
        return {"metrics": metrics, "samples": self.samples, "seconds": round(self.seconds, 3), "failed": self.failed}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Outcome:
        metrics = {str(name): float(value) for name, value in values["metrics"].items()}
        return cls(metrics, int(values["samples"]), float(values["seconds"]), str(values["failed"]))


def trials_of(recipe: Recipe, seeds: int | None = None) -> list[Trial]:
    """The trials of a recipe: every setting with the first seeds, of folds each one. None is left out."""
    runs = recipe.runs or Runs()
    return [
        Trial(setting, seed, fold)
        for seed in range(seeds or runs.seeds)
        for setting in range(len(runs.settings))
        for fold in range(runs.folds or 1)
    ]


def prepared(recipe: Recipe, trial: Trial, data: Mapping[str, Any] | None = None) -> Run:
    """The run of one trial; `data` replaces the recipe's name and options of the data."""
    runs = recipe.runs or Runs()
    changes: dict[str, dict[str, Any]] = {"options": {}, "training": {}, "data": dict(data or {})}
    if runs.vary:
        changes[_group(recipe, runs)][runs.vary] = runs.values[trial.setting]
    if runs.draws:
        changes["data"][runs.draws] = trial.seed
    training = changes["training"]
    training["seed"] = int(training.get("seed", recipe.training.get("seed", 0))) + trial.seed
    run = prepare(
        recipe,
        options=changes["options"],
        training=training,
        data=changes["data"] or None,
        cut=_cut(runs, trial, recipe) if runs.folds or runs.test_rows else None,
    )
    run.remembered = False
    return run


def _group(recipe: Recipe, runs: Runs) -> str:
    """Whether what is varied is an option of the architecture, a training setting or an option of the data."""
    kind = lookup.find_architecture(recipe.architecture, near=recipe.package)
    options, training = options_of(kind), options_of(type(kind.settings))
    if runs.vary in options or runs.vary in training:
        return "options" if runs.vary in options else "training"
    from zoo.data.open import registered

    source = registered(recipe.data.get("name", kind.data))
    data = options_of(source.options) if source is not None else {}
    if runs.vary in data:
        return "data"
    known = (*options, *training, *data)
    raise OptionError(f"{recipe.where} [runs]: vary {runs.vary!a} is no option{did_you_mean(runs.vary, known)}")


def _cut(runs: Runs, trial: Trial, recipe: Recipe) -> Callable[[Dataset, int], Parts]:
    """How rows are split: the fold of this trial, or the rows listed, are the test part."""

    def cut(dataset: Dataset, seed: int) -> Parts:
        count = len(dataset)
        if runs.folds:
            if runs.folds > count:
                raise DataError(f"{recipe.where} [runs]: got {runs.folds} folds of {count} rows, expected fewer")
            order = RandomStream(seed)("folds").permutation(count)
            test = np.sort(np.array_split(order, runs.folds)[trial.fold])
            how = f"fold {trial.fold + 1} of {runs.folds}"
        else:
            test, how = rows_in(runs.test_rows, count, f"{recipe.where} [runs]"), "the rows listed"
        rest = np.setdiff1d(np.arange(count), test)
        if not len(rest):
            raise DataError(f"{recipe.where} [runs]: test_rows hold out all {count} rows, expected some to train on")
        return Parts(rest, rest[:0], test, how, rest)

    return cut


def declared_in(recipe: Recipe, run: Run) -> dict[str, Metric]:
    """Every metric that a trial of this recipe measures, by the name [published] and [expect] give it.

    `UsageError` for one that is published or promised and not measured: nothing would stand beside it.
    """
    declared = declared_by(run.model, run.dataset)
    known = {each.name: each for each in reversed(declared)}
    known |= {
        TRAIN + each.name: Metric(TRAIN + each.name, higher_is_better=each.higher_is_better, unit=each.unit)
        for each in known.values()
    }
    if run.plan.common.until:
        known |= {each.name: each for each in TO_CRITERION}
    for place, names in (("published", [each.metric for each in recipe.published]), ("expect", recipe.expect)):
        for name in names:
            found = known.get(name) or find_metric(name.removeprefix(TRAIN), declared)
            if found is None:
                more = (
                    ""
                    if not any(name == each.name for each in TO_CRITERION)
                    else ("; it is measured where [training] has until, the criterion that ends it")
                )
                raise UsageError(
                    f"{recipe.where}: [{place}] {name!a} is not measured{more or did_you_mean(name, known)}; there are"
                    f" {', '.join(known)}"
                )
            known[name] = found
    return known


def outcome_of(recipe: Recipe, trial: Trial, data: Mapping[str, Any] | None = None) -> Outcome:
    """Train and measure one trial. A training that diverges is an outcome, with no metrics."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of every trial the same
        began = time.process_time()
        run = prepared(recipe, trial, data)
        samples = len(run.parts.train)
        wanted = {each.metric for each in recipe.published} | set(recipe.expect)
        try:
            result = training_run.train(run, threads=1)
        except TrainingError as error:
            return Outcome({}, samples, time.process_time() - began, str(error))
        metrics = dict(result.metrics)
        if any(name.startswith(TRAIN) for name in wanted):
            metrics |= {TRAIN + name: value for name, value in _of_training(run, result.model).items()}
        metrics |= _to_criterion(run)
    return Outcome(metrics, samples, time.process_time() - began)


def _of_training(run: Run, model: Any) -> dict[str, float]:
    """The metrics of the training part, measured after training as those of the test part are."""
    from zoo.training.prepare import samples_of

    samples = samples_of(run.dataset, run.parts, "train", model)
    assert samples is not None  # or nothing would have been trained
    with Workers(1) as workers:
        return evaluate(model, samples, RandomStream(run.plan.common.seed), workers)


def _to_criterion(run: Run) -> dict[str, float]:
    """epochs and sequences until the criterion held, infinite where it never did; solved, 1 where it did."""
    if not run.plan.common.until:
        return {}
    goal = Goal.parse(run.plan.common.until)
    history = run.training.history
    phase = next((each.name for each in reversed(run.training.phases) if history.epochs(each.name)), "")
    solved = goal.reached(history[phase])
    epochs = float(history.epochs(phase)) if solved else math.inf
    return {"epochs": epochs, "sequences": epochs * len(run.parts.train), "solved": float(solved)}
