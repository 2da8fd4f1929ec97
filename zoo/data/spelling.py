"""How the cells of a column are written: numbers with decimal commas, thousands, currencies, per cent; dates.

A column's spelling is found once, from cells that all agree, and kept with the column; later cells are read by it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from zoo.data.dates import date_format, days, rewritten
from zoo.data.options import DECIMALS, GROUPS

CODES = (
    *("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY"),
    *("KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "RUB", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD"),
    *("VND", "ZAR", "kr", "kr.", "Kč", "zł", "Ft", "Fr.", "R$", "US$", "Rs", "Rs."),
)
SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
PLAIN = {ord("\u2212"): "-", ord("\u2019"): "'", ord("\u02bc"): "'", ord("\u066b"): ".", ord("\u066c"): ","}


@dataclass(frozen=True)
class Spelling:
    """How numbers are written, where not as Python writes them; or the format of dates, which become days."""

    decimal: str = "point"  # of DECIMALS
    thousands: str = ""  # of GROUPS
    unit: str = ""  # a currency or "%" that stands before or behind
    date: str = ""  # a format of `zoo.data.dates`

    def value(self, cell: str) -> float:
        """The number that a cell says; `ValueError` where it is not written so."""
        if self.date:
            return days(cell, self.date)
        body, unit, negative = _stripped(cell)
        if unit != self.unit and unit:
            raise ValueError(f"expected {self.unit or 'no unit'}")
        if not _pattern(self.decimal, self.thousands).fullmatch(body):
            raise ValueError("written otherwise")
        number = float(body.replace(GROUPS[self.thousands], "").replace(DECIMALS[self.decimal], "."))
        return -number if negative else number

    def __str__(self) -> str:
        """In a word or two, for a checkpoint: "comma/point/€", "date:%d.%m.%Y"; "" where it is plain."""
        if self.date:
            return f"date:{self.date}"
        return "" if self == PLAINLY else f"{self.decimal}/{self.thousands}/{self.unit}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """What `str` gave; `ValueError` for anything else."""
        if text.startswith("date:"):
            return cls(date=date_format(text[5:]))
        if not text:
            return cls()
        decimal, thousands, unit = text.split("/", 2)
        if decimal not in DECIMALS or thousands not in GROUPS or len(unit) > 8:
            raise ValueError(f"{text[:40]!a} is no spelling of numbers")
        return cls(decimal, thousands, unit)

    def written(self, decimal: str, thousands: str, dates: str = "auto") -> Self:
        """The same numbers with other marks, or dates in another format, as the options say; "auto" leaves it."""
        if self.date:
            return replace(self, date=rewritten(self.date, dates))
        decimal = self.decimal if decimal == "auto" else decimal
        group = self.thousands if thousands == "auto" else "" if thousands == "none" else thousands
        if DECIMALS[decimal] == GROUPS[group]:  # the mark that was given decides
            decimal, group = (decimal, "") if thousands == "auto" else ("comma" if group == "point" else "point", group)
        return replace(self, decimal=decimal, thousands=group)

    @property
    def description(self) -> str:
        """What is unusual, in words: "decimal comma, thousands point, €"."""
        if self.date:
            return f"date {self.date}"
        parts = ["decimal comma"] if self.decimal == "comma" else []
        parts += [f"thousands {self.thousands}"] if self.thousands else []
        return ", ".join(parts + ([self.unit] if self.unit else []))


PLAINLY = Spelling()
NUMERIC = re.compile(rf"(?=.*\d)[-+\deE{re.escape(''.join({*DECIMALS.values(), *GROUPS.values()}))}]+")


@functools.cache
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    point, group = re.escape(DECIMALS[decimal]), re.escape(GROUPS[thousands])
    before = rf"(?:{group}\d{{2,3}})*" if thousands == "comma" else rf"(?:{group}\d{{3}})*"  # 1,23,456 in India
    whole = rf"(?:\d{{1,3}}{before}{group}\d{{3}}|\d+)" if thousands else r"\d+"
    return re.compile(rf"[-+]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?", re.ASCII)


def _stripped(cell: str) -> tuple[str, str, bool]:
    """(digits and marks, the unit, whether it is negative) of a cell: "(1.234,50 €)" is ("1.234,50", "€", True)."""
    text = SPACES.sub(" ", cell).strip()
    if not text.isascii():
        units = {character for character in text if unicodedata.category(character) == "Sc"}
        text = "".join(c if c in units else unicodedata.normalize("NFKC", c) for c in text).translate(PLAIN)
        text = SPACES.sub(" ", text).strip()
    if text.startswith("'") and len(text) > 1:
        text = text[1:]  # Excel's mark of a number kept as text
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1].strip()
    sign = ""
    if text[:1] in ("-", "+") and not text[1:2].isdigit():
        sign, text = text[0], text[1:].strip()
    unit = ""
    known = (*_marks(text), *CODES)
    for each in known if text.startswith(known) or text.endswith(known) else ():
        if text.startswith(each):
            unit, text = each, text[len(each) :].strip()
            break
        if text.endswith(each):
            unit, text = each, text[: -len(each)].strip()
            break
    if text.endswith("-") and text[:-1].replace(".", "").replace(",", "").isdigit():
        sign, text = "-", text[:-1]  # as some accounts write it
    if sign:
        text = sign + text if text[:1] not in ("-", "+") else "?" + text
    return text, unit, negative


def _marks(text: str) -> list[str]:
    """Signs of currencies and of per cent at either end."""
    ends = {text[:1], text[-1:]} - {""}
    return [end for end in ends if end == "%" or unicodedata.category(end) == "Sc"]


def spelling_of(
    cells: Sequence[str], decimal: str = "auto", thousands: str = "auto", comma: bool = False
) -> Spelling | None:
    """How all of these cells are written as numbers; None where they do not agree, or are not all numbers.

    decimal "auto", "point" or "comma", thousands "auto", "none" or one of GROUPS as the options say. A mark of which
    three digits stand behind in every cell parts thousands ("3,100"), unless a cell could not be written so ("0,125"),
    or another column of the file has shown a decimal `comma`.
    """
    units: set[str] = set()
    bodies: list[str] = []
    for cell in cells:
        body, unit, _ = _stripped(cell)
        if len(body) > 60 or not NUMERIC.fullmatch(body):
            return None
        units.add(unit)
        bodies.append(body)
    if len(units - {""}) > 1 or not bodies:
        return None
    unit = max(units)
    for each_decimal, each_thousands in _candidates(bodies, decimal, thousands, comma):
        pattern = _pattern(each_decimal, each_thousands)
        if all(map(pattern.fullmatch, bodies)):
            return Spelling(each_decimal, each_thousands, unit)
    return None


def _candidates(bodies: Sequence[str], decimal: str, thousands: str, comma: bool) -> Iterable[tuple[str, str]]:
    """(decimal, thousands) in the order in which they are tried."""
    decimals = [decimal] if decimal != "auto" else ["point", "comma"]
    groups = [""] if thousands == "none" else [thousands] if thousands != "auto" else [*GROUPS]
    pairs = [(d, t) for d in decimals for t in groups if DECIMALS[d] != GROUPS[t]]
    grouped = all(_pattern("point", "comma").fullmatch(body) and _no_zero_first(body) for body in bodies)

    def order(pair: tuple[str, str]) -> int:
        if comma and decimal == "auto":
            return (
                [("comma", ""), ("comma", "point"), ("comma", "space"), ("comma", "apostrophe")].index(pair)
                if (pair[0] == "comma")
                else 9
            )
        if pair == ("point", ""):
            return 0
        if pair[0] == "point":
            return 1 if pair[1] != "comma" or grouped else 5
        return 2 if not pair[1] else 3

    return sorted(pairs, key=order)


def _no_zero_first(body: str) -> bool:
    """Whether no group of thousands begins with a zero, as in 0,125."""
    return not (body.lstrip("+-").startswith("0") and "," in body)
