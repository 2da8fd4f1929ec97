"""What a recipe says of a published result: the number, the setting, and how often zoo trains to compare with it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zoo.errors import OptionError, did_you_mean

STATISTICS = ("median", "mean")
MOST_SEEDS = 100_000
MOST_FOLDS = 10_000


@dataclass(frozen=True)
class Published:
    """A metric that a paper gives for this network, and how it was got.

    value: one number, or one for each of the values of [runs]. spread: ± a deviation, or [low, high]; beside several
    values one deviation each. rounding: half a unit of the last digit printed. runs: of the paper. table: page, table
    or equation of the source. quoted: the text the number was read in, where that is not the source itself. settings:
    the paper's setting in a line. changed: what is otherwise here, item by item; with any item the result is shown and
    never counted. chosen: what the paper does not print, and what was taken. statistic: of zoo's runs, which is shown.
    tolerance, why: how far from the value a result is still near, and the reason for that. exact: a value beyond the
    published one is no better (a theorem, a ratio of weights). tried: what was tried where the result falls short.
    """

    metric: str
    value: float | tuple[float, ...]
    source: str
    settings: str = ""
    spread: float | tuple[float, ...] | None = None
    rounding: float = 0.0
    runs: int = 0
    table: str = ""
    quoted: str = ""
    changed: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    statistic: str = "median"
    tolerance: float = 0.0
    why: str = ""
    exact: bool = False
    tried: str = ""

    def as_dict(self) -> dict[str, Any]:
        """What differs from the defaults, as TOML and JSON have it."""
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        given = {each.name: values[each.name] for each in dataclasses.fields(self) if values[each.name] != each.default}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}

    def value_of(self, setting: int) -> float:
        """The value beside the setting with this number."""
        return self.value[setting] if isinstance(self.value, tuple) else self.value

    def range_of(self, setting: int) -> tuple[float, float]:
        """The published value with its spread: (low, high); the value twice where no spread was printed."""
        value = self.value_of(setting)
        if isinstance(self.spread, tuple) and not isinstance(self.value, tuple):
            return self.spread[0], self.spread[1]
        deviation = self.spread[setting] if isinstance(self.spread, tuple) else self.spread
        deviation = max(deviation or 0.0, self.rounding)
        return value - deviation, value + deviation


@dataclass(frozen=True)
class Runs:
    """How `zoo reproduce` repeats a recipe.

    seeds: trainings, with the recipe's seed and those that follow. folds: the rows are cut into so many parts, drawn
    anew by each seed, and each is the test part of one training. test_rows: the rows that are held out, by number from
    1: "last 1044", "first 200", "3-9, 12". draws: the option of data that are drawn by a number, which is
    each training's own: 0, 1, … vary, values: an option of the architecture, the training or the data, and what it is
    set to, one result each. samples: rows to train on in the paper; with others the setting is another. minutes: what
    all of it takes on two cores, about.
    """

    seeds: int = 1
    folds: int = 0
    test_rows: str = ""
    draws: str = ""
    vary: str = ""
    values: tuple[Any, ...] = ()
    samples: int = 0
    minutes: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """What differs from the defaults, as TOML and JSON have it."""
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        given = {each.name: values[each.name] for each in dataclasses.fields(self) if values[each.name] != each.default}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}

    @property
    def repeats(self) -> bool:
        """Whether it asks for more than the recipe's own training."""
        return self.seeds > 1 or bool(self.folds or self.test_rows or self.draws or self.vary)

    @property
    def settings(self) -> tuple[Any, ...]:
        """The values of what is varied; one setting where nothing is."""
        return self.values or (None,)


def published_in(given: Any, where: str, runs: Runs | None) -> tuple[Published, ...]:
    """The table [published], or each of the tables [[published]]; `OptionError` for one that says too little."""
    tables = given if isinstance(given, list) else [given]
    found = []
    for number, values in enumerate(tables, 1):
        place = f"{where} [published]" if len(tables) == 1 else f"{where} [[published]] {number}"
        if not isinstance(values, Mapping):
            raise OptionError(f"{place} is {ascii(values)[:80]}, expected a table")
        found.append(_published(values, place, runs or Runs()))
    return tuple(found)


def _published(values: Mapping[str, Any], where: str, runs: Runs) -> Published:
    _check_names(Published, values, where)
    missing = [key for key in ("metric", "value", "source") if key not in values]
    if missing:
        raise OptionError(
            f"{where}: there is no {' and no '.join(missing)}; a published metric needs metric, value and source"
        )
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key in ("value", "spread"):
            several = isinstance(value, list)
            checked[key] = tuple(number(each, key, where) for each in value) if several else number(value, key, where)
        elif key in ("changed", "chosen"):
            if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
                raise OptionError(f"{where}: {key} is {ascii(value)[:80]}, expected a list of texts")
            checked[key] = tuple(value)
        elif key == "exact":
            if not isinstance(value, bool):
                raise OptionError(f"{where}: exact is {ascii(value)[:80]}, expected true or false")
            checked[key] = value
        elif key in ("tolerance", "rounding"):
            checked[key] = number(value, key, where)
        elif key == "runs":
            checked[key] = _whole(value, key, where, 1, 10**9)
        elif not isinstance(value, str):
            raise OptionError(f"{where}: {key} is {ascii(value)[:80]}, expected text")
        else:
            checked[key] = value
    found = Published(**checked)
    if found.statistic not in STATISTICS:
        raise OptionError(f"{where}: statistic is {found.statistic!a}, expected {' or '.join(STATISTICS)}")
    if found.rounding < 0:
        raise OptionError(f"{where}: rounding is negative, expected half a unit of the last digit printed")
    if found.tolerance < 0 or bool(found.tolerance) != bool(found.why):
        raise OptionError(f"{where}: expected a tolerance above 0 together with why, the reason for it")
    _check_lengths(found, where, runs)
    return found


def _check_lengths(found: Published, where: str, runs: Runs) -> None:
    """`OptionError` unless there is a value, and a spread, for each setting, or one for all."""
    several = isinstance(found.value, tuple)
    if several and len(found.value) != len(runs.values):  # type: ignore[arg-type]
        raise OptionError(
            f"{where}: value lists {len(found.value)} numbers, expected one for each of the {len(runs.values)}"  # type: ignore[arg-type]
            " values of [runs]"
        )
    if runs.values and not several:
        raise OptionError(
            f"{where}: value is one number, expected one for each of the {len(runs.values)} values of [runs]"
        )
    spread = found.spread if isinstance(found.spread, tuple) else None
    if several:
        if spread is not None and len(spread) != len(runs.values):
            raise OptionError(f"{where}: spread lists {len(spread)} numbers, expected {len(runs.values)}")
    elif spread is not None and (len(spread) != 2 or not spread[0] <= found.value <= spread[1]):  # type: ignore[operator]
        raise OptionError(f"{where}: spread is {list(spread)}, expected [low, high] around value, or a deviation")
    deviations = spread if several and spread is not None else [found.spread] if spread is None else []
    if any(each is not None and each < 0 for each in deviations):  # type: ignore[operator]
        raise OptionError(f"{where}: spread is negative, expected a deviation")


def runs_in(values: Mapping[str, Any], where: str) -> Runs:
    """The table [runs]; `OptionError` for a number out of range, or what cannot go together."""
    where = f"{where} [runs]"
    _check_names(Runs, values, where)
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key == "values":
            if not isinstance(value, list) or not value:
                raise OptionError(f"{where}: values is {ascii(value)[:80]}, expected a list")
            checked[key] = tuple(tuple(each) if isinstance(each, list) else each for each in value)
        elif key in ("test_rows", "vary", "draws"):
            if not isinstance(value, str):
                raise OptionError(f"{where}: {key} is {ascii(value)[:80]}, expected text")
            checked[key] = value
        elif key == "minutes":
            checked[key] = number(value, key, where)
        else:
            low, high = {"seeds": (1, MOST_SEEDS), "folds": (2, MOST_FOLDS), "samples": (1, 10**12)}[key]
            checked[key] = _whole(value, key, where, low, high)
    found = Runs(**checked)
    if bool(found.vary) != bool(found.values):
        raise OptionError(f"{where}: expected vary, an option, together with values, a list of what it is set to")
    if found.folds and found.test_rows:
        raise OptionError(f"{where}: expected folds or test_rows, got both: a fold is what is held out")
    return found


def _check_names(kind: type, values: Mapping[str, Any], where: str) -> None:
    known = [each.name for each in dataclasses.fields(kind)]
    for key in values:
        if key not in known:
            raise OptionError(f"{where}: there is no key {key!a}{did_you_mean(key, known)}")


def number(value: Any, key: str, where: str) -> float:
    """A finite number; `OptionError` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise OptionError(f"{where}: {key} is {ascii(value)[:80]}, expected a finite number")
    return float(value)


def _whole(value: Any, key: str, where: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise OptionError(f"{where}: {key} is {ascii(value)[:80]}, expected a whole number from {low:,} to {high:,}")
    return value


def values_of(settings: Sequence[Any]) -> list[str]:
    """Settings as a table prints them."""
    return [
        "none" if each == () else "-".join(map(str, each)) if isinstance(each, tuple) else str(each)
        for each in settings
    ]
