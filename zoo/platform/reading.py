"""Report how far data have been read, to a listener that a command names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

# Called with what is read, how much of it, and of how much, which may be unknown; with None for `done` at the end.
Listener = Callable[[str, float | None, float | None], None]
_listener: ContextVar[Listener | None] = ContextVar("reading", default=None)


@contextlib.contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Inside it the listener is called with what is read in this thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextlib.contextmanager
def reading(what: str, total: float | None) -> Iterator[Callable[[float], None]]:
    """Gives a function that is called with how much has been read by now."""
    listener = _listener.get()
    if listener is None:
        yield lambda done: None
        return
    try:
        yield lambda done: listener(what, done, total)
    finally:
        listener(what, None, total)
