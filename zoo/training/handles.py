"""Functions given in Python that change a run lawfully: recorded, so that a resumed run stays exact or is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import CodeType
from typing import Any

from zoo.core.model import Model
from zoo.errors import UsageError

AfterUpdate = Callable[[Model], None]  # changes weights after each update: prunes, projects


def digest_of(function: AfterUpdate) -> str:
    """What tells the code of a function from another: its byte code and constants, not the values it looks up."""
    code = getattr(function, "__code__", None)
    text = _text(code) if isinstance(code, CodeType) else f"{type(function).__module__}.{type(function).__qualname__}"
    return hashlib.sha256(text.encode()).hexdigest()


def _text(code: CodeType) -> str:
    constants = [_text(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {constants}"


def check_again(recorded: Any, given: AfterUpdate | None, path: str) -> None:
    """`UsageError` where a run goes on without the function it began with, or with another, or with a new one."""
    how = f"zoo.resume({path!a}, after_update=…)"
    if recorded is None and given is not None:
        raise UsageError(f"{path}: its run began without after_update; leave it out, so that it goes on exactly")
    if recorded is not None and given is None:
        raise UsageError(f"{path}: its run began with after_update, a function of Python; give it again: {how}")
    if given is not None and recorded != digest_of(given):
        raise UsageError(f"{path}: after_update is another function than the run began with; give the same: {how}")


def listed(schedule: Callable[[int], float], epochs: Any) -> dict[str, Any]:
    """The settings that give each epoch the share of the learning rate that a function of its number, from 0, gives."""
    try:
        rates = [float(schedule(epoch)) for epoch in range(int(epochs))]
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"train: schedule is a function, expected one of an epoch's number to a share: {error}"
        ) from None
    return {"schedule": "listed", "rates": rates, "epochs": int(epochs)}
