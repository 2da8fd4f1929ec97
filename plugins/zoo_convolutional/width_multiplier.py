"""Scale the width of the published nets."""

from __future__ import annotations


def scaled(channels: int, width: float, multiple: int = 1) -> int:
    """`channels` times `width`, rounded to a multiple, at least one of it."""
    return max(multiple, round(channels * width / multiple) * multiple)
