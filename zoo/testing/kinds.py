"""Small data of every kind and task, to see that an architecture trains on each or refuses it in one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from zoo.checkpoint.load import load, save
from zoo.data.dataset import Column, Dataset
from zoo.data.splits import split
from zoo.data.windows import Ragged, Windows
from zoo.errors import TrainingError, ZooError
from zoo.parallel.threads import Workers
from zoo.registry.recipes import Recipe
from zoo.testing.case import Case, finish
from zoo.training.prepare import Run, assemble, plan_for

ROWS = 18
SIDE = 28  # pixels


def every_kind_of_data(case: Case, folder: Path) -> None:
    """Tables, images and sequences, for each task: either refused in one line, or trained on to finite metrics and
    answered with one answer for each row, the same after saving and loading. Where it refuses them all (they are too
    small for it), its own data."""
    taken = 0
    for dataset in datasets(case.kind.of(case.options).supported_tasks):
        what = f"{dataset.task} of {dataset.kind}"
        try:
            run = learned(case, dataset)
        except TrainingError as error:
            raise AssertionError(f"{what}: {error}") from error
        except ZooError as error:
            if not str(error).strip() or "\n" in str(error):
                raise AssertionError(f"{what}: refused with {str(error)!r}, expected one line") from error
            continue
        taken += 1
        answered(run, what, folder)
    if not taken:
        run = case.prepare(epochs=1)
        finish(run)
        answered(run, f"{run.model.signature.task} of {run.dataset.kind}", folder)


def learned(case: Case, dataset: Dataset) -> Run:
    """The case after an epoch on a dataset; `ZooError` where it refuses it."""
    recipe, architecture = Recipe(case.architecture, case.architecture), case.kind.of(case.options)
    changes = {**case.training, "batch_size": 9, "epochs": 1, "validation": 0.0, "patience": 0}
    plan = plan_for(case.kind, recipe, changes)
    run = assemble(recipe, architecture, plan, dataset, split(dataset, 0))
    finish(run)
    return run


def answered(run: Run, what: str, folder: Path) -> None:
    """Looks at metrics and answers of what was learned, and at the answers after it was saved and loaded."""
    for phase in run.training.phases:
        for name, value in run.training.history.last(phase.name).items():
            if not np.isfinite(value):
                raise AssertionError(f"{what}: {name} is {value} after an epoch of {phase.name}")
    samples = run.samples("train")
    assert samples is not None
    batch = samples.rows(np.arange(len(samples)))
    with Workers(1):
        answers = run.model.answer(batch)
        if len(answers) != len(batch):
            raise AssertionError(f"{what}: {len(answers)} answers for {len(batch)} rows")
        if not np.isfinite(answers).all():
            raise AssertionError(f"{what}: an answer is not finite")
        try:
            save(run.model, folder / "kind.h5")
            loaded = load(folder / "kind.h5")
        except ZooError as error:
            raise AssertionError(f"{what}: trained, but not saved and loaded: {error}") from error
        if loaded != run.model:
            raise AssertionError(f"{what}: another model after loading")
        again = loaded.answer(batch)
        if answers.tobytes() != again.tobytes():
            raise AssertionError(f"{what}: other answers after loading")


def datasets(tasks: tuple[str, ...]) -> Iterator[Dataset]:
    """One dataset for each of these tasks and each kind of input it can have, always the same."""
    random = np.random.default_rng(0)
    table = np.column_stack([random.normal(size=(ROWS, 3)), np.arange(ROWS) % 3])
    columns = (*(Column(name) for name in ("length", "width", "height")), Column("colour", ("red", "green", "blue")))
    images = random.integers(0, 256, (ROWS, SIDE, SIDE), dtype=np.uint8)
    ragged: Any = Ragged.of([random.normal(size=(3 + row % 4, 2)) for row in range(ROWS)], "sequences")
    series = random.normal((500, 0), (20, 1), (ROWS + 6, 2))
    symbols = Ragged.of([random.integers(0, 3, 4 + row % 3) for row in range(ROWS)], "symbols")
    steps: Any = Ragged.of([random.integers(0, 2, 3 + row % 4) for row in range(ROWS)], "labels")
    letters, two = (Column("letter", ("a", "b", "c")),), (Column("x"), Column("y"))
    of_sequences: Any = {"kind": "sequences", "columns": two}
    forms: dict[str, Any] = {"table": (table, {"columns": columns}), "images": (images, {"kind": "images"})}
    for task in tasks:
        if task == "labelling":
            yield Dataset("steps", task, ragged, steps, ("no", "yes"), **of_sequences)
        elif task == "language":
            yield Dataset("letters", task, symbols, kind="sequences", columns=letters)
        elif task == "forecast":
            yield Dataset("series", task, Windows(series, 5), None, ("x",), splits="last", **of_sequences)
        else:
            targets, labels = _targets(task, random)
            for kind, (inputs, more) in forms.items():
                yield Dataset(kind, task, inputs, targets, labels, **more)
            if task in ("classification", "regression"):
                yield Dataset("sequences", task, ragged, targets, labels, **of_sequences)


def _targets(task: str, random: np.random.Generator) -> tuple[Any, tuple[str, ...]]:
    if task == "classification":
        return np.arange(ROWS) % 3, ("a", "b", "c")
    if task == "multi-label":
        return (random.random((ROWS, 2)) < 0.5).astype(np.uint8), ("dry", "warm")
    if task == "regression":
        return random.normal((1000, 3), (50, 0.02), (ROWS, 2)), ("u", "v")
    return None, ()
