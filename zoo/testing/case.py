"""A case of the contract suite: an architecture with options, data and settings small enough to train many times."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.checkpoint.model_state import arrays_of
from zoo.core.architecture import Architecture
from zoo.core.batch import Batch
from zoo.core.model import Model
from zoo.data.splits import Parts
from zoo.parallel.threads import Workers
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.training.checkpointer import Checkpointer
from zoo.training.loop import Training, train
from zoo.training.prepare import Run, prepare
from zoo.training.run_state import manifest_of, run_from

ROWS = 61  # odd and prime: no batch size divides it


@dataclass(frozen=True)
class Case:
    """What the checks train: at most `rows` rows of the architecture's embedded data, in small batches."""

    architecture: str
    options: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    rows: int = ROWS
    # Metrics of its own, computed again in a plain loop: what `loops["purity"](model, rows)` gives of encoded rows.
    loops: Mapping[str, Callable[[Model, Batch], float]] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        changes = ", ".join(f"{k}={v}" for k, v in {**self.options, **self.training, **self.data}.items())
        return f"{self.architecture}({changes})"

    @property
    def kind(self) -> type[Architecture]:
        return lookup.find_architecture(self.architecture)

    def prepare(self, **training: Any) -> Run:
        """A fresh run: two epochs a phase, batches of 16, three shards where the architecture does not say more."""
        settings = {"epochs": 2, "batch_size": 16, **self.training, **training}
        recipe = Recipe(self.architecture, self.architecture, training=settings)
        run = prepare(recipe, options=self.options, data=self.data)
        run.parts = fewer(run.parts, self.rows)
        return run


def fewer(parts: Parts, rows: int) -> Parts:
    """The first rows of each part."""
    small = copy.copy(parts)
    for name in ("train", "validation", "test"):
        object.__setattr__(small, name, getattr(parts, name)[:rows])
    return small


def finish(run: Run, threads: int = 1, stop: Callable[[], bool] = lambda: False, *, processes: bool = False) -> bool:
    """Trains a run to its end, or until `stop()`; with `processes` from the first batch, if its step can have any."""
    data = run.samples("train")
    assert data is not None
    with Workers(threads, wait_for_processes=processes) as workers:
        return train(run.training, data, run.samples("validation"), workers, stop=stop)


def saved_and_read(run: Run, path: Path) -> Run:
    """The run as a new process would find it: written to a file and read back."""
    with Checkpointer(path, lambda training: manifest_of(run, training), exclusive=False) as checkpointer:
        checkpointer.save(run.training)
    again = run_from(checkpoint.read(path))
    again.parts = run.parts
    return again


def difference(a: Training, b: Training) -> str:
    """The first array in which two runs differ in a single bit, or the empty text."""
    left, right = arrays_of(a), arrays_of(b)
    if left.keys() != right.keys():
        return f"arrays {sorted(left.keys() ^ right.keys())} are in one of the two"
    for name in left:
        if left[name].dtype != right[name].dtype or left[name].tobytes() != right[name].tobytes():
            distance = (
                np.abs(left[name].astype(float) - right[name]).max() if left[name].shape == right[name].shape else ""
            )
            return f"{name} differs {distance}"
    return "" if a.position == b.position else f"positions {a.position} and {b.position}"
