"""The grid of a sweep: which options are varied, the settings they make, and the run of one setting and seed."""

from __future__ import annotations

import itertools
import json
import math
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zoo.core.metrics import Metric
from zoo.data.as_trained import warn_of_training_data
from zoo.data.python_data import given_dataset
from zoo.errors import OptionError, TrainingError, UsageError
from zoo.inference.evaluate import declared_by
from zoo.options import Option
from zoo.platform.paths import is_path
from zoo.registry.recipes import Recipe
from zoo.training import run as training_run
from zoo.training.prepare import Run, prepare

MOST_RUNS = 100_000
Groups = Mapping[str, Mapping[str, Any]]  # values under "options", "training" and "data"


@dataclass(frozen=True)
class Factor:
    """An option that is varied: its group ("options", "training", "data"), its name and its values."""

    group: str
    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Point:
    """One run: a value of each factor, and the seed."""

    values: tuple[Any, ...]
    seed: int

    @property
    def key(self) -> tuple[str, ...]:
        """How a study's file names it."""
        return (*map(as_text, self.values), str(self.seed))


@dataclass(frozen=True)
class SweepRun:
    """What came of a run: its metrics on the held-out part, none where it `failed`; seconds of CPU time."""

    values: Mapping[str, Any]
    seed: int
    metrics: Mapping[str, float]
    seconds: float
    failed: str = ""


@dataclass(frozen=True)
class Grid:
    """What is trained: a recipe with fixed values, on data of a name or given in Python, over factors and seeds."""

    recipe: Recipe
    fixed: Groups
    factors: tuple[Factor, ...]
    seeds: int
    data: Any = field(default=None, repr=False)  # given in Python

    @classmethod
    def of(
        cls, recipe: Recipe, groups: Groups, known: Mapping[str, Mapping[str, Option]], seeds: int, data: Any
    ) -> Grid:
        """The grid that these values mean: a list, range or array varies an option, anything else is its value."""
        fixed: dict[str, dict[str, Any]] = {group: {} for group in groups}
        factors = []
        for group, values in groups.items():
            for name, value in values.items():
                if name in known[group] and _is_varied(value):
                    factors.append(_factor(group, known[group][name], value))
                else:
                    fixed[group][name] = value
                    if callable(value):
                        raise OptionError(f"sweep: {name} is a function, expected a value or a list of values")
        if not factors:
            raise UsageError(
                "sweep: no option is varied; expected one with several values, such as hidden=[16, 32, 64] in Python,"
                " or 16,32,64 behind its flag"
            )
        found = cls(recipe, fixed, tuple(factors), seeds, data)
        count = math.prod(len(each.values) for each in factors) * seeds
        if count > MOST_RUNS:
            raise UsageError(f"sweep: {count:,} runs are too many, expected {MOST_RUNS:,} at most; vary less")
        return found

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.factors)

    @property
    def settings(self) -> list[tuple[Any, ...]]:
        return list(itertools.product(*(each.values for each in self.factors)))

    @property
    def first_seed(self) -> int:
        return int(self.fixed["training"].get("seed", self.recipe.training.get("seed", 0)))

    @property
    def points(self) -> list[Point]:
        """Every run, seed by seed, so that what is done first is of all settings."""
        return [Point(each, self.first_seed + seed) for seed in range(self.seeds) for each in self.settings]

    def run_of(self, point: Point) -> Run:
        """The run of one point, made ready."""
        groups = {group: dict(values) for group, values in self.fixed.items()}
        for factor, value in zip(self.factors, point.values, strict=True):
            groups[factor.group][factor.name] = value
        groups["training"]["seed"] = point.seed
        dataset = None if self.data is None else given_dataset(self.data, groups.pop("data"))
        made = prepare(
            self.recipe,
            options=groups["options"],
            training=groups["training"],
            data=groups.get("data") or None,
            dataset=dataset,
        )
        made.remembered = False
        return made

    def check(self) -> tuple[Metric, ...]:
        """Prepares a run of every setting, so that what is wrong is an error before any training; gives the metrics."""
        declared: dict[str, Metric] = {}
        for values in self.settings:
            made = self.run_of(Point(values, self.first_seed))
            if not declared:
                warn_of_training_data(made.dataset)
            declared |= {each.name: each for each in declared_by(made.model, made.dataset) if each.name not in declared}
        return tuple(declared.values())

    def described(self) -> str:
        """What decides its runs besides factors and seeds, as text: the same for a grid with more of either."""
        varies_data = any(each.group == "data" for each in self.factors)
        rows = "" if varies_data else self.run_of(self.points[0]).dataset.rows_digest
        values = {group: {name: as_text(value) for name, value in each.items()} for group, each in self.fixed.items()}
        values.get("training", {}).pop("seed", None)
        name = self.fixed.get("data", {}).get("name", "")
        if is_path(name):  # the rows count, wherever they lie
            values["data"]["name"] = "file"
        return json.dumps([self.recipe.as_dict(), values, self.names, rows], sort_keys=True, default=str)


def run_point(grid: Grid, point: Point) -> SweepRun:
    """Trains and measures one point; a training that diverges is a run without metrics."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of every run the same
        began, named = time.process_time(), dict(zip(grid.names, point.values, strict=True))
        made = grid.run_of(point)
        try:
            result = training_run.train(made, threads=1, measure="metrics")
        except TrainingError as error:
            return SweepRun(named, point.seed, {}, time.process_time() - began, str(error))
        return SweepRun(named, point.seed, dict(result.metrics), time.process_time() - began)


def as_text(value: Any) -> str:
    """A value as the command line takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ";".join(f"{name}={as_text(each)}" for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(map(as_text, value))
    return "" if value is None else str(value)


def _is_varied(value: Any) -> bool:
    return isinstance(value, (list, range)) or getattr(value, "ndim", 0) == 1


def _factor(group: str, option: Option, given: Sequence[Any]) -> Factor:
    if option.name == "seed":
        raise OptionError("sweep: seed is varied by seeds, how many of them; give seed one number, the first of them")
    values = tuple(option.check(each, "sweep") for each in given)
    if not values:
        raise OptionError(f"sweep: {option.name} has no values, expected a list of some")
    twice = next((each for number, each in enumerate(values) if each in values[:number]), None)
    if twice is not None:
        raise OptionError(f"sweep: {option.name} has {as_text(twice)} twice; leave one out")
    return Factor(group, option.name, values)
