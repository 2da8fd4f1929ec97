"""What a recipe's text may hold, counted before it is parsed: a parser's cost grows faster than some texts.

A recipe may come from anybody. Depth, keys and lengths far beyond those of any recipe are refused in time that grows
with the text alone; what the parsed values may be is checked after that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MOST_BYTES = 2**20
MOST_DEPTH = 16  # parts of a dotted key, tables in tables, lists in lists
MOST_KEYS = 5_000
MOST_WORD = 400  # characters of a bare key or a number
MOST_KEY = 200  # characters of any key
MOST_TEXT = 20_000  # characters of a text
MOST_LIST = 100_000  # values of a list

# Strings of every kind (also one that does not end: the parser finds the words for it) and comments.
_STRING = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"{3,5}|\\?\Z)'
    r"|'''(?:[^']++|'(?!''))*+(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]++|\\.)*+(?:"|\\?$)'
    r"|'[^'\n]*+(?:'|$)"
    r"|#[^\n]*+",
    re.DOTALL | re.MULTILINE,
)
_WORD = re.compile(r"[\w.+-]+")


def problem_with(text: str) -> str:
    """What makes the text of a recipe too much to parse; "" where nothing does."""
    outside = _STRING.sub(lambda found: "" if found[0].startswith("#") else "s", text)
    outside = outside.replace(" ", "").replace("\t", "")  # blanks may stand around the dots of a key
    words = _WORD.findall(outside)
    if max((word.count(".") for word in words), default=0) >= MOST_DEPTH:
        return f"a dotted key has more than {MOST_DEPTH} parts"
    longest = max((len(part) for word in words for part in word.split(".")), default=0)
    if longest > MOST_WORD:
        return f"a key or number has {longest} characters, expected at most {MOST_WORD}"
    keys = outside.count("=") + sum(line.startswith("[") for line in outside.splitlines())
    if keys > MOST_KEYS:
        return f"it has {keys} keys and tables, expected at most {MOST_KEYS}"
    if outside.count(",") > MOST_LIST:
        return f"it has more than {MOST_LIST} values in lists"
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", outside):
        depth = max(0, depth + (1 if bracket in "[{" else -1))
        deepest = max(deepest, depth)
    return f"it is nested deeper than {MOST_DEPTH}" if deepest > MOST_DEPTH else ""


def problem_in(values: Any, where: str = "") -> str:
    """What makes parsed values no recipe's: a key or text too long, an integer of more than 64 bits; "" for nothing."""
    if isinstance(values, Mapping):
        for key, value in values.items():
            if len(key) > MOST_KEY:
                return f"the key {key[:40]!a}… has {len(key)} characters, expected at most {MOST_KEY}"
            if problem := problem_in(value, f"{where}.{key}" if where else key):
                return problem
    elif isinstance(values, list):
        return next(filter(None, (problem_in(value, where) for value in values)), "")
    elif isinstance(values, str) and len(values) > MOST_TEXT:
        return f"{where!a} has {len(values)} characters, expected at most {MOST_TEXT}"
    elif isinstance(values, int) and not -(2**63) <= values < 2**63:
        return f"{where!a} is an integer of {values.bit_length()} bits, expected at most 64"
    return ""
