"""Read the papers that an architecture names in its docstring: what stands behind "Source:" or "Sources:"."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.core.architecture import Architecture

_BEHIND = re.compile(r"\bSources?:\s*(.*)", re.DOTALL)
_PAPER = re.compile(r"\(\d{4}[a-z]?\)")


def sources_of(kind: type[Architecture]) -> tuple[str, ...]:
    """The papers of an architecture, else of the class it is made from; empty where none is named."""
    found = (sources_in(each.__dict__.get("__doc__") or "") for each in kind.__mro__)
    return tuple(next(filter(None, found), ()))


def sources_in(text: str) -> list[str]:
    """The papers behind "Source:" in a docstring, up to the end of its paragraph: each has a year in brackets."""
    papers: list[str] = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        if match := _BEHIND.search(paragraph):
            parts = re.split(r";\s+", " ".join(match[1].split()).rstrip("."))
            papers += [part.strip() for part in parts if _PAPER.search(part)]
    return papers
