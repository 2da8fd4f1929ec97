"""Keep the outcome of every trial, so that `zoo reproduce --all` goes on where it stopped.

One JSON file per result in the cache folder, by the digest of what decides its runs and zoo's version. A damaged file
costs the runs in it and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import zoo
from zoo.platform.atomic_write import replacing
from zoo.platform.system import cache_folder, open_regular
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.reproduction.trial import Outcome, Trial

FORMAT = 1
LONGEST = 2**26  # bytes of a file
EVERY = 2.0  # seconds between two writes


def digest_of(recipe: Recipe, data: Mapping[str, Any] | None = None) -> str:
    """What decides the runs of a recipe: not its texts, what was published, nor how many seeds it asks for."""
    values = recipe.as_dict()
    runs = dict(values.get("runs", {}))
    for name in ("seeds", "minutes", "samples"):
        runs.pop(name, None)
    measured = sorted({each.metric for each in recipe.published} | set(recipe.expect))
    key = [
        FORMAT,
        zoo.__version__,
        lookup.versions_of(recipe.architecture),
        [values.get(name, {}) for name in ("architecture", "data", "options", "training")],
        runs,
        [name for name in measured if name.startswith("train/")],
        dict(data or {}),
    ]
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


class Outcomes:
    """The outcomes of a recipe's trials that are known, in memory and in the user's cache."""

    def __init__(self, recipe: Recipe, data: Mapping[str, Any] | None = None, fresh: bool = False) -> None:
        self.path = cache_folder() / "reproduced" / f"{recipe.name}-{digest_of(recipe, data)[:16]}.json"
        self.known: dict[str, Outcome] = {} if fresh else self._read()
        self._written = 0.0

    def get(self, trial: Trial) -> Outcome | None:
        return self.known.get(trial.key)

    def put(self, trial: Trial, outcome: Outcome) -> None:
        """Keeps an outcome, in the file within a second or two, or at `flush`."""
        self.known[trial.key] = outcome
        if time.monotonic() - self._written > EVERY:
            self.flush()

    def flush(self) -> None:
        """Writes the file; where that cannot be, outcomes are in memory alone."""
        text = json.dumps({"format": FORMAT, "outcomes": {key: each.as_dict() for key, each in self.known.items()}})
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(str(self.path)) as descriptor:
                _write(descriptor, text.encode())
        self._written = time.monotonic()

    def _read(self) -> dict[str, Outcome]:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            with open_regular(Path(self.path)) as file:
                values = json.loads(file.read(LONGEST))
            return {str(key): Outcome.of(each) for key, each in values["outcomes"].items()}
        return {}


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
