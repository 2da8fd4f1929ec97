"""Types that many modules share."""

from __future__ import annotations

Shape = tuple[int, ...]
