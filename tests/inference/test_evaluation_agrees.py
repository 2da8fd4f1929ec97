"""What `zoo eval FILE` says, with and without --data, is what Python measures and what a loop over predictions finds.

For every architecture and every kind of data that it takes: with the target anywhere in the table, with and without
names of columns, with rows held out at random, the last ones or none, with missing values.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.errors import TrainingError, ZooError
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.training import run
from zoo.training.prepare import prepare
from zoo.types import Array

ROWS = 30
WINDOW = 4
random = np.random.default_rng(5)
side = np.arange(ROWS) % 2  # classes
X = np.round(random.normal(size=(ROWS, 3)) + 2 * side[:, None], 3)
y = np.round(X @ [2.0, -1.0, 0.5] + 3, 3)  # quantities
flags = (X[:, :2] > 1).astype(int)
bits = np.column_stack([X > 1, X[:, 0] <= 1]).astype(int)
series = np.round(np.column_stack([np.sin(np.arange(ROWS) / 3) * 50 + 1000, np.arange(ROWS) % 7]), 3)
pixels = random.integers(0, 256, (12, 28, 28), dtype=np.uint8)
pixels[::2, 10:18] = 255
large = np.repeat(np.repeat(pixels, 3, axis=1), 3, axis=2)  # for nets that take no small ones


@dataclass(frozen=True)
class Form:
    """A file of data, the options it is read with, and the truth of each of its samples, where predictions have one."""

    name: str
    task: str
    write: Callable[[Path], Path]
    options: dict[str, Any]
    truth: Any = field(default=None)


def csv(*columns: Any, names: str = "") -> Callable[[Path], Path]:
    """Writes a table of these columns, with a first line of names where there are any."""

    def write(folder: Path) -> Path:
        path = folder / "data.csv"
        lines = [names] * bool(names) + [",".join(map(str, row)) for row in zip(*columns, strict=True)]
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def npz(**arrays: Array) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        np.savez(folder / "data.npz", **arrays)
        return folder / "data.npz"

    return write


def text(folder: Path) -> Path:
    (folder / "data.txt").write_text("abcabdabe" * 20)
    return folder / "data.txt"


def gaps(column: Array) -> list[str]:
    """A column's cells with some left out."""
    return ["" if row % 11 == 4 else str(value) for row, value in enumerate(column)]


letters = np.array(["no", "yes"])[side]
a, b, c = X.T
steps = np.repeat(np.arange(10), 3)  # ten sequences of three steps
of_steps = np.array(["low", "high"])[(a > 1).astype(int)]
of_sequences = np.repeat(y[:10], 3)
FORMS = (
    Form("classes", "classification", csv(a, b, c, letters, names="a,b,c,k"), {"held_out": "last"}, letters),
    Form("classes in the middle", "classification", csv(a, letters, b, c), {"target": "2", "test": 0.0}, letters),
    Form("classes first", "classification", csv(letters, gaps(a), b, c), {"target": "1", "missing": "mean"}, letters),
    Form("quantities", "regression", csv(gaps(a), y, b, c, names="a,y,b,c"), {"target": "y", "missing": "mean"}, y),
    Form("quantities in the middle", "regression", csv(a, b, y, c), {"target": "3", "held_out": "last"}, y),
    Form("quantities, none held out", "regression", csv(a, b, c, y), {"test": 0.0}, y),
    Form("labels", "multi-label", csv(flags[:, 0], a, b, flags[:, 1], c), {"target": "1,4", "test": 0.3}, flags),
    Form("no targets", "unsupervised", csv(a, b, c, names="a,b,c"), {"target": "none", "held_out": "last"}),
    Form("bits", "unsupervised", csv(*bits.T), {"target": "none"}),
    Form("images", "classification", npz(x=pixels, y=letters[:12]), {}, letters[:12]),
    Form("large images", "classification", npz(x=large, y=letters[:12]), {}, letters[:12]),
    Form("images of quantities", "regression", npz(x=pixels, y=y[:12]), {"test": 0.0}, y[:12]),
    Form(
        "a series",
        "forecast",
        csv(series[:, 1], series[:, 0]),
        {"window": WINDOW, "target": "2"},
        series[WINDOW:, 0],
    ),
    Form("a text", "language", text, {"window": 6}),
    Form("steps", "labelling", csv(steps, of_steps, a, b), {"sequence": "1", "target": "2"}, of_steps.reshape(10, 3)),
    Form("sequences", "regression", csv(a, steps, of_sequences), {"sequence": "2", "test": 0.3}, y[:10]),
)


def architectures() -> list[str]:
    return [offer.name for _, offer in lookup.registry().offers("architecture")]


def evaluated(*arguments: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What `zoo eval` prints as JSON."""
    capsys.readouterr()
    code = main(["eval", *arguments, "--json"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return json.loads(printed.out)


def trained(architecture: str, form: Form, data: Path, out: Path) -> str:
    """Trains for an epoch into a file; why not, where the architecture does not take such data."""
    options = dict(lookup.find_architecture(architecture).small)
    recipe, values = Recipe(architecture, architecture), {"name": str(data), "task": form.task, **form.options}
    for training in ({"epochs": 1, "batch_size": 9}, {"epochs": 1}, {}):  # some do without batches or epochs
        try:
            run.train(prepare(recipe, options=options, training=training, data=values), out=out)
        except TrainingError:
            raise
        except ZooError as error:
            if "no effect" not in str(error):
                return str(error)
            continue
        return ""
    raise AssertionError(f"{architecture} takes no settings")


def metrics_of(task: str, predicted: Array, truth: Array) -> dict[str, float]:
    """The metrics that a loop over predictions can know."""
    if task == "labelling":
        pairs = [pair for mine, theirs in zip(predicted, truth, strict=True) for pair in zip(mine, theirs, strict=True)]
        return {"accuracy": sum(mine == theirs for mine, theirs in pairs) / len(pairs)}
    if task == "classification":
        return {"accuracy": sum(mine == theirs for mine, theirs in zip(predicted, truth, strict=True)) / len(truth)}
    if task in ("regression", "forecast"):
        errors = [float(mine.ravel()[0]) - theirs for mine, theirs in zip(predicted, truth, strict=True)]
        squared = sum(error**2 for error in errors) / len(errors)
        return {
            "mean_squared_error": squared,
            "root_mean_squared_error": squared**0.5,
            "mean_absolute_error": sum(map(abs, errors)) / len(errors),
        }
    return {}


@pytest.mark.parametrize("architecture", architectures())
@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
def test_every_way_to_measure_agrees(architecture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks, taken, refusals = lookup.find_architecture(architecture).tasks, 0, []
    for number, form in enumerate(form for form in FORMS if form.task in tasks):
        if form.name == "large images" and taken:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        data, file = form.write(folder), folder / "run.h5"
        if reason := trained(architecture, form, data, file):
            refusals.append(f"{form.name}: {reason}")
            continue
        taken += 1
        own = evaluated(str(file), capsys=capsys)
        again = evaluated(str(file), "--data", str(data), capsys=capsys)
        evaluation = zoo.evaluate(file, data)
        assert again["part"] == own["part"] == evaluation.part, form.name
        assert again["metrics"] == pytest.approx(own["metrics"], rel=1e-6), form.name
        assert dict(evaluation.metrics) == pytest.approx(own["metrics"], rel=1e-6, nan_ok=True), form.name
        model, _, parts, _ = run.opened(file)
        if form.truth is None or model.signature.task == "unsupervised":
            continue
        held_out = parts.test if len(parts.test) else parts.train
        predicted = zoo.predict(file, data)[: len(form.truth)]
        expected = metrics_of(form.task, predicted[held_out], form.truth[held_out])
        assert form.task == "multi-label" or expected.keys() & own["metrics"].keys(), form.name
        for name in expected.keys() & own["metrics"].keys():
            unit = np.abs(form.truth).max() if form.task in ("regression", "forecast") else 1.0  # of float32's rounding
            wanted = pytest.approx(expected[name], rel=1e-6, abs=1e-6 * unit)
            assert own["metrics"][name] == wanted, f"{form.name}: {name}"
    assert taken, f"takes none of the data: {refusals}"
