"""Cells that have a type, as text from which the same value is read again."""

from __future__ import annotations

import datetime
from typing import Any


def cell_of(value: Any) -> str:
    """A cell as text; a missing one is empty, a date is in the order of ISO 8601."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value)  # as Python and pandas write it
    if isinstance(value, datetime.datetime):
        return str(value.date()) if value.timetz() == datetime.time() else value.isoformat(" ", _precision(value))
    if isinstance(value, datetime.timedelta):
        return repr(value.total_seconds())
    return str(value)


def _precision(value: datetime.datetime) -> str:
    return "microseconds" if value.microsecond else "seconds"
