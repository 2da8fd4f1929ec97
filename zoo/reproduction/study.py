"""Run the trials of a result on all cores, and judge what they reached.

Each trial is a process's work with one BLAS thread. Outcomes are kept as they come, so a study that ran out of time
goes on where it stopped.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zoo.core.metrics import Metric, find_metric
from zoo.errors import ZooError
from zoo.parallel.pool import outcomes_of
from zoo.registry.published import Published, Runs, values_of
from zoo.registry.recipes import Recipe
from zoo.reproduction.cache import Outcomes
from zoo.reproduction.trial import SOLVED, Outcome, Trial, declared_in, outcome_of, prepared, trials_of
from zoo.reproduction.verdict import Summary, Verdict, judge, worst_of
from zoo.training.run import Result

Progress = Callable[[int, int, Outcome], None]  # trials done, all of them, the last one


@dataclass(frozen=True)
class Row:
    """One published number beside what zoo reached: of a setting, where a result has several."""

    published: Published
    metric: Metric
    setting: str  # such as "hidden 12"; "" where nothing is varied
    value: float
    reached: Summary
    verdict: Verdict


@dataclass(frozen=True)
class Study:
    """A result: its rows, what it promises ([expect]: name, promised, reached, held), how long its runs took."""

    recipe: Recipe
    family: str
    rows: tuple[Row, ...]
    promises: tuple[tuple[str, float, float, bool], ...]
    metrics: Mapping[str, Metric] = field(repr=False)
    outcomes: Mapping[int, tuple[Outcome, ...]] = field(repr=False)  # by setting
    seconds: float = 0.0  # CPU time of all runs
    seeds: int = 1
    asked: int = 1  # seeds that were asked for

    @property
    def complete(self) -> bool:
        """Whether all the seeds asked for are done."""
        return self.seeds >= self.asked

    @property
    def verdict(self) -> str:
        """The word for the whole result: its least favourable row's."""
        return worst_of([row.verdict for row in self.rows]) if self.rows else ""

    @property
    def held(self) -> bool:
        return all(held for *_, held in self.promises)

    @property
    def failed(self) -> int:
        """How many runs diverged."""
        return sum(bool(each.failed) for outcomes in self.outcomes.values() for each in outcomes)


class OutOfTime(ZooError):
    """The time given ran out, or somebody asked to stop, before the first seed was done; what is done is kept."""


def study(
    recipe: Recipe,
    *,
    data: Mapping[str, Any] | None = None,
    seeds: int | None = None,
    processes: int | None = None,
    deadline: float | None = None,
    fresh: bool = False,
    progress: Progress = lambda done, count, outcome: None,
    stop: Callable[[], bool] = lambda: False,
) -> Study:
    """Trains what is missing of a recipe's trials and judges all of them.

    deadline: of `time.monotonic`; when it passes, or `stop()` holds, trials in work are given up. Then the first seeds,
    those of which every trial is done, are judged, and the study is not complete; `OutOfTime` where there are none.
    processes: how many trials at a time, by default as many as there are cores.
    """
    trials = trials_of(recipe, seeds)
    first = prepared(recipe, trials[0], data)  # whatever is wrong with recipe or data is an error before anything runs
    metrics = declared_in(recipe, first)
    kept = Outcomes(recipe, data, fresh)
    missing = [trial for trial in trials if kept.get(trial) is None]
    done = len(trials) - len(missing)
    try:
        work = functools.partial(outcome_of, recipe, data=data)
        limits: dict[str, Any] = {"processes": processes, "deadline": deadline, "stop": stop}
        for trial, outcome in outcomes_of(work, missing, who=recipe.name, **limits):
            kept.put(trial, outcome)
            done += 1
            progress(done, len(trials), outcome)
    finally:
        kept.flush()
    known = {trial: kept.known[trial.key] for trial in trials if trial.key in kept.known}
    whole = _whole_seeds(trials, known)
    if not whole:
        raise OutOfTime(f"{recipe.name}: {len(trials) - len(known)} of {len(trials)} runs are left")
    judged_runs = {trial: outcome for trial, outcome in known.items() if trial.seed < whole}
    asked = seeds or (recipe.runs or Runs()).seeds
    return judged(recipe, first.model.architecture.family, metrics, judged_runs, whole, asked)


def _whole_seeds(trials: Sequence[Trial], known: Mapping[Trial, Outcome]) -> int:
    """How many of the first seeds have all of their trials done."""
    return min((trial.seed for trial in trials if trial not in known), default=trials[-1].seed + 1)


def estimate(recipe: Recipe, data: Mapping[str, Any] | None = None, seeds: int | None = None) -> float:
    """Seconds that the missing trials of a result take on two cores, about: by those that are done, else by what the
    recipe says."""
    trials, kept = trials_of(recipe, seeds), Outcomes(recipe, data)
    done = [outcome for trial in trials if (outcome := kept.get(trial)) is not None]
    if done:
        return sum(each.seconds for each in done) / len(done) * (len(trials) - len(done)) / 2
    return 60 * ((recipe.runs or Runs()).minutes or 60)


def judged(
    recipe: Recipe,
    family: str,
    metrics: Mapping[str, Metric],
    outcomes: Mapping[Trial, Outcome],
    seeds: int,
    asked: int,
) -> Study:
    """The rows of a result out of the outcomes of all trials of the first seeds."""
    runs = recipe.runs or Runs()
    settings = range(len(runs.settings))
    by_setting = {
        number: tuple(outcome for trial, outcome in outcomes.items() if trial.setting == number) for number in settings
    }
    labels = [f"{runs.vary} {value}" for value in values_of(runs.settings)] if runs.vary else [""]
    rows = []
    for published in recipe.published:
        metric = metrics[published.metric]
        for number in settings:
            reached = summary_of(metric, by_setting[number], published.statistic)
            changed = _changes(runs, by_setting[number])
            verdict = judge(published, number, reached, metric.higher_is_better, metric.name == SOLVED.name, changed)
            rows.append(Row(published, metric, labels[number], published.value_of(number), reached, verdict))
    promises = []
    for name, promised in recipe.expect.items():
        metric = metrics[name]
        every = [outcome for number in settings for outcome in by_setting[number]]
        reached_ = summary_of(metric, every, "median").typical
        promises.append((name, promised, reached_, not metric.better(promised, reached_)))
    seconds = sum(each.seconds for each in outcomes.values())
    return Study(recipe, family, tuple(rows), tuple(promises), metrics, by_setting, seconds, seeds, asked)


def summary_of(metric: Metric, outcomes: Sequence[Outcome], statistic: str) -> Summary:
    """One metric over runs; a run that diverged has none."""
    values = [outcome.metrics.get(metric.name, float("nan")) for outcome in outcomes]
    return Summary.of(values, metric.higher_is_better, statistic, metric.name == SOLVED.name)


def judged_once(recipe: Recipe, published: Published, result: Result, samples: int) -> Verdict:
    """The verdict on one training of a recipe on so many rows, measured as `zoo.training.run.reproduce` does."""
    metric = find_metric(published.metric, result.declared_metrics)
    assert metric is not None  # `reproduce` refuses a number that nothing measures
    outcome = Outcome(result.metrics, samples, 0.0)
    reached = summary_of(metric, [outcome], published.statistic)
    changed = _changes(recipe.runs or Runs(), [outcome])
    return judge(published, 0, reached, metric.higher_is_better, changed=changed)


def _changes(runs: Runs, outcomes: Sequence[Outcome]) -> list[str]:
    """What the runs themselves show to be another setting: how many rows they trained on."""
    others = {each.samples for each in outcomes} - {runs.samples}
    if not runs.samples or not others:
        return []
    return [f"{min(others):,} rows to train on, not {runs.samples:,}"]
