"""Ends the workers of a test with the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from working import WORKING


@pytest.fixture(autouse=True)
def no_worker_is_left() -> Iterator[None]:
    yield
    while WORKING:
        WORKING.pop().close()
