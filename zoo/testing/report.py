"""Run the contract suite and describe the outcome of each check."""

from __future__ import annotations

import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import ZooError
from zoo.testing.case import Case
from zoo.testing.contract import CHECKS, Check, name

LONGEST = 300  # characters of a reason


@dataclass(frozen=True)
class Found:
    """What came of one check: "kept", "broken", or "excused", where it does not concern the case."""

    check: str
    promise: str  # the check's own words
    outcome: str
    reason: str
    seconds: float


def report(case: Case) -> Iterator[Found]:
    """Each check of the suite over one case, as soon as it is done."""
    for check in CHECKS:
        began = time.perf_counter()
        outcome, reason = outcome_of(check, case)
        promise = " ".join((check.__doc__ or "").split())
        yield Found(name(check), promise, outcome, reason, time.perf_counter() - began)


def outcome_of(check: Check, case: Case) -> tuple[str, str]:
    """("kept" or "excused" or "broken", why). Whatever a check meets is the architecture's: no error gets out."""
    with tempfile.TemporaryDirectory(prefix="zoo-check-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            reason = check(case, Path(folder))
        except AssertionError as error:
            return "broken", _line(str(error)) or f"an assertion failed{_place(error)}"
        except ZooError as error:
            return "broken", _line(str(error))
        except Exception as error:
            return "broken", _line(f"{type(error).__name__}: {error}") + _place(error)
    return ("excused", reason) if reason else ("kept", "")


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def _place(error: BaseException) -> str:
    """Where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
