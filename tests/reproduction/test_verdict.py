"""Verdicts follow from the numbers: one test of every kind, with made-up results."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.registry.published import Published
from zoo.reproduction.verdict import VERDICTS, Summary, Verdict, fisher, judge, wilson, worst_of

ACCURACY = {"metric": "accuracy", "source": "Nobody (1900)"}


def summary(*values: float, higher: bool | None = True, statistic: str = "median", share: bool = False) -> Summary:
    return Summary.of(values, higher, statistic, share)


CASES = {
    "within the published spread": (
        Published(value=0.90, spread=0.02, **ACCURACY), (0.885, 0.888, 0.89, 0.891), True, "matched"
    ),
    "the value in the middle half of the runs": (
        Published(value=558.0, **ACCURACY), (300.0, 407.0, 610.0, 900.0, 1300.0), False, "matched"
    ),
    "the same number without any spread": (Published(value=0.5, **ACCURACY), (0.5,), True, "matched"),
    "the ranges touch": (Published(value=8440.0, spread=(3800.0, 24100.0), **ACCURACY), (24100.0,), False, "matched"),
    "beyond it, more is better": (Published(value=0.9, spread=0.02, **ACCURACY), (0.95, 0.96), True, "better"),
    "beyond it, less is better": (Published(value=110.0, **ACCURACY), (50.0, 60.0, 70.0, 80.0), False, "better"),
    "beyond what is exact": (Published(value=0.5, exact=True, **ACCURACY), (0.8, 0.9), True, "short"),
    "beyond it, without a direction": (Published(value=2.0, **ACCURACY), (3.0,), None, "short"),
    "within the tolerance": (
        Published(value=0.9, tolerance=0.02, why="two of a hundred rows", **ACCURACY), (0.885, 0.885), True, "near"
    ),
    "outside the tolerance": (
        Published(value=0.9, tolerance=0.01, why="a row", **ACCURACY), (0.885, 0.885), True, "short"
    ),
    "another setting, though better": (
        Published(value=0.9, changed=("half of the rows",), **ACCURACY), (0.99,), True, "other setting"
    ),
    "one of four diverged": (Published(value=0.9, **ACCURACY), (0.89, 0.91, 0.92, math.nan), True, "matched"),
    "most diverged": (Published(value=0.9, **ACCURACY), (0.9, math.nan, math.nan, math.nan), True, "short"),
    "most never met the criterion": (
        Published(value=2825.0, **ACCURACY), (2000.0, math.inf, math.inf, math.inf, math.inf), False, "short"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_verdict_follows_from_the_numbers(name):
    published, values, higher, word = CASES[name]
    verdict = judge(published, 0, summary(*values, higher=higher), higher)
    assert verdict.word == word
    assert verdict.gap == pytest.approx(summary(*values, higher=higher).typical - published.value)


def test_every_kind_of_verdict_is_tested():
    assert {word for _, _, _, word in CASES.values()} == set(VERDICTS)


def test_a_mean_is_shown_and_the_middle_half_of_the_runs_compared():
    published = Published(value=0.9, statistic="mean", **ACCURACY)
    assert judge(published, 0, summary(0.80, 0.88, 0.92, 0.98, statistic="mean"), True).word == "matched"
    assert summary(0.1, 0.9, 0.9, 0.9, 0.9, statistic="mean").typical == pytest.approx(0.74)
    assert judge(published, 0, summary(0.80, 0.81, 0.82, 0.83, statistic="mean"), True).word == "short"
    assert math.isinf(summary(0.9, math.nan, statistic="mean").typical)


def test_a_share_of_runs_is_compared_by_its_interval():
    published = Published("solved", 16 / 20, "Nobody (1900)", runs=20)
    assert judge(published, 0, summary(*[1.0] * 14, *[0.0] * 6, share=True), True, share=True).word == "matched"
    assert judge(published, 0, summary(*[1.0] * 8, *[0.0] * 12, share=True), True, share=True).word == "short"
    assert judge(published, 0, summary(*[1.0] * 500, share=True), True, share=True).word == "better"
    assert summary(1.0, math.nan, share=True).typical == 0.5  # a run that diverged has not solved it


def test_a_rounded_number_stands_for_all_that_round_to_it():
    published = Published(value=0.56, rounding=0.005, **ACCURACY)
    assert judge(published, 0, summary(0.5628), True).word == "matched"
    assert judge(published, 0, summary(0.5664), True).word == "better"


def test_one_published_run_is_compared_with_nine_tenths_of_the_runs():
    runs = [float(each) for each in range(5, 17)]
    assert judge(Published("categories", 14.0, "Nobody (1900)", runs=1), 0, summary(*runs), None).word == "matched"
    assert judge(Published("categories", 14.0, "Nobody (1900)"), 0, summary(*runs), None).word == "short"


def test_each_setting_is_judged_by_its_own_value():
    published = Published(value=(0.7, 0.9), spread=(0.01, 0.01), **ACCURACY)
    reached = summary(0.70, 0.70)
    assert [judge(published, setting, reached, True).word for setting in (0, 1)] == ["matched", "short"]


def test_what_was_found_otherwise_while_running_makes_another_setting():
    verdict = judge(
        Published(value=0.9, **ACCURACY), 0, summary(0.9), True, changed=("19,690 training rows, not 60,000",)
    )
    assert (verdict.word, verdict.counts) == ("other setting", False)
    assert "19,690" in verdict.reason


def test_fishers_test_is_that_of_the_tea():
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)  # Fisher (1935): 3 of 4 cups right
    assert fisher(250, 250, 49, 50) == pytest.approx(50 / 300)


@pytest.mark.parametrize(("share", "runs", "low", "high"), [(0.5, 10, 0.2366, 0.7634), (1.0, 10, 0.7225, 1.0)])
def test_wilson_intervals_are_those_of_tables(share, runs, low, high):
    assert wilson(share, runs) == pytest.approx((low, high), abs=1e-4)


@given(st.lists(st.floats(-1e6, 1e6), min_size=4), st.sampled_from([True, False]))
def test_quartiles_are_numpys(values, higher):
    found = Summary.of(values, higher, "median")
    assert (found.low, found.typical, found.high) == pytest.approx(np.quantile(values, [0.25, 0.5, 0.75]), abs=1e-6)


def test_the_worst_setting_decides_for_all():
    verdicts = [Verdict(word, 0.0) for word in ("matched", "better", "near")]
    assert worst_of(verdicts) == "near"
    assert worst_of([*verdicts, Verdict("short", 0.0)]) == "short"
