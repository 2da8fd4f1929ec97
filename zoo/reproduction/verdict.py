"""Summarize many runs, and judge what they reached by what was published.

A verdict is computed from two ranges: the published value with its spread, and the middle of zoo's runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoo.registry.published import Published

MATCHED, BETTER, NEAR, SHORT, OTHER = "matched", "better", "near", "short", "other setting"
VERDICTS = (MATCHED, BETTER, NEAR, SHORT, OTHER)
FEW = 4  # runs from which on there are quartiles
CHANCE = 0.05  # shares that differ by chance less often than this do differ
NORMAL = 1.959964  # half of the width of a 95 % interval, in deviations


@dataclass(frozen=True)
class Summary:
    """The values of one metric over runs. A run that diverged, or never met its criterion, has the worst value there
    is and counts as any other.

    typical: the median or the mean. low, high: the middle half of the runs, between their quartiles (of fewer than four
    all of them); of a share of runs the 95 % interval of Wilson.
    """

    runs: int
    typical: float
    low: float
    high: float
    least: float
    most: float
    failed: int = 0
    near_all: tuple[float, float] = (-math.inf, math.inf)  # nine tenths of the runs lie within

    @classmethod
    def of(cls, values: Sequence[float], higher_is_better: bool | None, statistic: str, share: bool = False) -> Summary:
        """values: one per run, NaN of a run that has none. share: 1 of a run that succeeded, else 0."""
        if not values:
            raise ValueError("Summary: got no runs, expected one at least")
        worst = -math.inf if higher_is_better else math.inf
        if share:
            worst = 0.0
        found = np.array([worst if math.isnan(each) else each for each in values], np.float64)
        failed = sum(math.isnan(each) or math.isinf(each) for each in values)
        if share:
            typical = float(found.mean())
            low, high = wilson(typical, len(found))
        else:
            typical, low, high = (_quantile(found, part) for part in (0.5, 0.25, 0.75))
            if len(found) < FEW:
                low, high = float(found.min()), float(found.max())
            if statistic == "mean":
                typical = float(found.mean()) if np.isfinite(found).all() else worst
        ends = (_quantile(found, 0.05), _quantile(found, 0.95))
        return cls(len(found), typical, low, high, float(found.min()), float(found.max()), failed, ends)


def _quantile(values: np.ndarray, share: float) -> float:
    """The quantile between two order statistics; infinite where the upper of them is, without NaN."""
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    below, above = float(ordered[math.floor(place)]), float(ordered[math.ceil(place)])
    if below == above or place == math.floor(place):
        return below
    if math.isinf(below) or math.isinf(above):
        return above if math.isinf(above) else below
    return below + (place - math.floor(place)) * (above - below)


def wilson(share: float, runs: int) -> tuple[float, float]:
    """The 95 % interval of a probability of which `share` of `runs` trials was seen. Source: E. B. Wilson (1927)."""
    z = NORMAL**2 / runs
    middle = (share + z / 2) / (1 + z)
    half = math.sqrt(z * share * (1 - share) + z * z / 4) / (1 + z)
    return max(0.0, middle - half), min(1.0, middle + half)


def fisher(first: int, of_first: int, second: int, of_second: int) -> float:
    """The probability that two shares differ as much or more by chance: Fisher's exact test, two-sided."""
    total, ways = first + second, math.comb(of_first + of_second, first + second)
    lowest = max(0, total - of_second)
    chances = {
        count: math.comb(of_first, count) * math.comb(of_second, total - count) / ways
        for count in range(lowest, min(total, of_first) + 1)
    }
    return min(1.0, sum(each for each in chances.values() if each <= chances[first] * (1 + 1e-9)))


@dataclass(frozen=True)
class Verdict:
    """word: one of VERDICTS. gap: how far the typical run is from the published value, reached − published."""

    word: str
    gap: float
    reason: str = ""  # in other settings, what is other

    @property
    def counts(self) -> bool:
        """Whether the result is reproduced."""
        return self.word in (MATCHED, BETTER)


def judge(
    published: Published,
    setting: int,
    reached: Summary,
    higher_is_better: bool | None,
    share: bool = False,
    changed: Sequence[str] = (),
) -> Verdict:
    """What the runs of one setting are beside the published number.

    other setting: something of the setting was changed, whatever was reached. matched: the published range and the
    middle of the runs overlap; of one published run, nine tenths of zoo's runs and not the middle half; of shares of
    runs, chance explains their difference (p ≥ 0.05). better: beyond the published range, in the metric's direction,
    unless the result is `exact`. near: within the recipe's tolerance. short: none of these.
    """
    value = published.value_of(setting)
    gap = reached.typical - value
    others = (*published.changed, *changed)
    if others:
        return Verdict(OTHER, gap, "; ".join(others))
    low, high = published.range_of(setting)
    if share and published.spread is None and published.runs:
        counts = (round(value * published.runs), published.runs, round(reached.typical * reached.runs), reached.runs)
        matched = fisher(*counts) >= CHANCE
    else:
        within = reached.near_all if published.runs == 1 else (reached.low, reached.high)
        matched = within[0] <= high and low <= within[1]
    if matched:
        return Verdict(MATCHED, gap)
    beyond = reached.low > high if higher_is_better else reached.high < low
    if higher_is_better is not None and not published.exact and beyond:
        return Verdict(BETTER, gap)
    if abs(gap) <= published.tolerance:
        return Verdict(NEAR, gap)
    return Verdict(SHORT, gap)


def worst_of(verdicts: Sequence[Verdict]) -> str:
    """The word for a result of several settings: the least favourable of theirs."""
    order = (OTHER, SHORT, NEAR, MATCHED, BETTER)
    return min((each.word for each in verdicts), key=order.index)
