"""Continue a column of dates: the times of forecasts beyond the end of a series."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

FORMATS = (
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "%Y-%m-%d"),
    (re.compile(r"\d{4}/\d{2}/\d{2}"), "%Y/%m/%d"),
    (re.compile(r"\d{4}-\d{2}"), "%Y-%m"),
    (re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}"), "%Y-%m-%d %H:%M"),
    (re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"), "%Y-%m-%d %H:%M:%S"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}"), "%Y-%m-%dT%H:%M"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}"), "%Y-%m-%dT%H:%M:%S"),
)


def next_times(cells: Sequence[str], count: int, form: str = "") -> list[str]:
    """The `count` times after the last of a column; empty texts where its times are not regular or not ISO dates, nor
    written in the format `form` to the letter.

    Regular are steps that are all equally long, or whole months with the same day.
    """
    unknown = [""] * count
    found = next((form for pattern, form in FORMATS if all(map(pattern.fullmatch, cells))), form)
    if not found or len(cells) < 3:
        return unknown
    form = found
    try:
        if any(datetime.strptime(cell, form).strftime(form) != cell for cell in cells[-3:]):
            return unknown
        times = [datetime.strptime(cell, form) for cell in cells]
        steps = {after - before for before, after in itertools.pairwise(times)}
        if len(steps) == 1:
            step = steps.pop()
            return unknown if step <= timedelta(0) else [(times[-1] + n * step).strftime(form) for n in _upto(count)]
        return _next_months(times, form, count) or unknown
    except (ValueError, OverflowError):
        return unknown


def _next_months(times: list[datetime], form: str, count: int) -> list[str]:
    months = [12 * time.year + time.month - 1 for time in times]
    steps = {after - before for before, after in itertools.pairwise(months)}
    within = {time.replace(year=2000, month=1) for time in times}
    if len(steps) != 1 or len(within) != 1 or (step := steps.pop()) <= 0:
        return []
    found = []
    for n in _upto(count):
        year, month = divmod(months[-1] + n * step, 12)
        found.append(times[-1].replace(year=year, month=month + 1).strftime(form))
    return found


def _upto(count: int) -> range:
    return range(1, count + 1)
