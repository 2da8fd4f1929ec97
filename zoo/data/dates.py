"""Parse dates and times: find the format common to a column's cells, convert cells to days since 1970."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAMES = {name: number for number, name in enumerate(MONTH_NAMES, 1)}
PARTS = {
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d{2})",
    "%m": r"(?P<m>\d{1,2})",
    "%d": r"(?P<d>\d{1,2})",
    "%b": r"(?P<b>[A-Za-z]{3,9})\.?",
    "%H": r"(?P<H>\d{1,2})",
    "%M": r"(?P<M>\d{2})",
    "%S": r"(?P<S>\d{2}(?:[.,]\d{1,9})?)",
    "%z": r"(?P<z>Z|[-+]\d{2}:?\d{2})",
    "%p": r"(?P<p>[AaPp]\.?[Mm]\.?)",
    "%q": r"(?P<q>[1-4])",
}
DAYS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%b %d, %Y", "%b %d %Y", "%d %b %Y", "%d-%b-%Y", "%d. %b %Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%y"),
)
TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S%z", " %H:%M:%S%z", " %I:%M %p", " %I:%M:%S %p")
MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%b %Y", "%b-%Y", "%Y-Q%q", "%YQ%q", "%Y Q%q")
WAYS = ("auto", "day-first", "month-first")  # which of day and month stands first where both could
DATE, TIME = "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"  # in which dates are written that have a type
ISO = (DATE, "%Y-%m-%d %H:%M", TIME, "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")  # one says as much as the others
LENGTHS = (10, 16, 19, 23, 26)  # characters of dates in these as NumPy reads them
FORMATS = (*(day + time for time in TIMES for day in DAYS), *MONTHS)


@functools.cache
def _pattern(form: str) -> re.Pattern[str]:
    """What a cell matches; in one of the formats of ISO 8601 those with more or less of the time of day as well."""
    if form in ISO:
        time = "".join(("(?:[T ]", PARTS["%H"], ":", PARTS["%M"], "(?::", PARTS["%S"], ")?)?"))
        return re.compile("-".join((PARTS["%Y"], PARTS["%m"], PARTS["%d"])) + time, re.ASCII)
    parts = re.split(r"(%[A-Za-z])", form)
    return re.compile("".join(PARTS.get(each.replace("%I", "%H"), re.escape(each)) for each in parts), re.ASCII)


@functools.cache
def _any_pattern() -> re.Pattern[str]:
    """What a cell in one of FORMATS matches."""
    return re.compile("|".join(re.sub(r"\?P<\w>", "?:", _pattern(form).pattern) for form in FORMATS), re.ASCII)


def date_format(form: str) -> str:
    """A format that can be read; `ValueError` for another."""
    unknown = {each for each in re.findall(r"%.?", form) if each not in PARTS and each != "%I"}
    parts = re.findall(r"%.", form)
    if not parts or len(form) > 40 or unknown or len(parts) != len(set(parts)):
        raise ValueError(f"{form[:40]!a} is no format of dates, expected such as %Y-%m-%d or %d.%m.%Y %H:%M")
    return form


def format_of(cells: Sequence[str], dates: str = "auto") -> str | None:
    """The first of FORMATS that all cells have; None where there is none.

    `dates` is the option: "day-first" and "month-first" say what stands first where both could; "auto" takes the day,
    and `is_ambiguous` says where that was a guess; or a format of its own, which is tried first.
    """
    if not cells or not cells[0][:1].isalnum() or not any(character.isdigit() for character in cells[0]):
        return None
    iso = dates in WAYS and _pattern(DATE).fullmatch(cells[0].strip()) is not None
    if iso and all(_readable(cell, DATE) for cell in cells):
        return _iso_format(cells)
    forms = list(FORMATS)
    if dates == "month-first":
        forms.sort(key=lambda form: form.startswith("%d") and exchanged(form) in FORMATS)
    elif dates not in WAYS:
        forms.insert(0, date_format(dates))
    if dates in WAYS and not _any_pattern().fullmatch(cells[0].strip()):
        return None  # of a table with many columns of text nearly all end here
    fitting = (form for form in forms if _pattern(form).fullmatch(cells[0].strip()))
    return next((form for form in fitting if all(_readable(cell, form) for cell in cells)), None)


def _iso_format(cells: Sequence[str]) -> str:
    """The one of ISO that says most, of dates at midnight that of days."""
    if (days_of(cells, DATE) % 1 == 0).all():
        return DATE
    longest = max(map(str.strip, cells), key=len)
    return ("%Y-%m-%dT%H:%M" if "T" in longest else "%Y-%m-%d %H:%M") + (":%S" if longest.count(":") > 1 else "")


def is_ambiguous(cells: Sequence[str], form: str) -> bool:
    """Whether day and month could as well be exchanged in all cells."""
    other = exchanged(form)
    return other in FORMATS and all(_readable(cell, other) for cell in cells)


def exchanged(form: str) -> str:
    """The format with day and month in each other's place."""
    return form.translate(str.maketrans("md", "dm"))


def rewritten(form: str, dates: str) -> str:
    """The format that the option `dates` says in place of this one."""
    if dates not in WAYS:
        return date_format(dates)
    first = {"day-first": "%d", "month-first": "%m"}.get(dates, "")
    return exchanged(form) if first and form.startswith(("%d", "%m")) and not form.startswith(first) else form


def _readable(cell: str, form: str) -> bool:
    try:
        days(cell, form)
    except ValueError:
        return False
    return True


def days_of(cells: Sequence[str], form: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(cells,) what `days` gives for each; NaN for a cell that is not written in the format."""
    parts = [_days_of(cells[start : start + 2**14], form) for start in range(0, len(cells), 2**14)]
    return np.concatenate(parts) if parts else np.zeros(0)


def _days_of(cells: Sequence[str], form: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    if form in ISO and cells and all(len(cell) in LENGTHS and cell[:1].isdigit() for cell in cells):
        try:  # NumPy reads ISO dates, a hundred times as fast
            return np.array(cells, "M8[us]").astype(np.int64) / 86_400_000_000
        except ValueError:
            pass
    found = np.full(len(cells), np.nan)
    for number, cell in enumerate(cells):
        with contextlib.suppress(ValueError):
            found[number] = days(cell, form)
    return found


def days(cell: str, form: str) -> float:
    """Days from 1 January 1970, midnight, of a cell written in a format; `ValueError` where it is not."""
    found = _pattern(form).fullmatch(cell.strip())
    if found is None:
        raise ValueError(f"{cell[:40]!a} is no date like {form}")
    part = found.groupdict()
    year = int(part["Y"]) if part.get("Y") else _full(int(part["y"]))
    month = int(part.get("m") or 3 * int(part.get("q") or 1) - 2)
    if part.get("b"):
        month = NAMES.get(part["b"].lower()[:3], 0)
    hour = int(part.get("H") or 0)
    if part.get("p"):
        if not 1 <= hour <= 12:
            raise ValueError(f"{cell[:40]!a} has no hour of twelve")
        hour = hour % 12 + (12 if part["p"].lower().startswith("p") else 0)
    second = float((part.get("S") or "0").replace(",", "."))
    zone = part.get("z")
    at = datetime(year, month, int(part.get("d") or 1), hour, int(part.get("M") or 0), int(second), tzinfo=UTC)
    since = (at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() + second % 1
    if zone and zone != "Z":
        ahead = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        since -= ahead if zone[0] == "+" else -ahead
    return since / 86400


def _full(year: int) -> int:
    """Two digits of a year: 69 to 99 of the last century, as in POSIX."""
    return year + (1900 if year >= 69 else 2000)
