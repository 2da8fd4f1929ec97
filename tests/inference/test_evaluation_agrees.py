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
import plain_loops
import pytest

import zoo
from zoo.cli import main
from zoo.data import encoded, open_dataset
from zoo.errors import TrainingError, ZooError
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.testing import loops
from zoo.training import run
from zoo.training.prepare import prepare
from zoo.types import Array

ROWS = 30
WINDOW = 4
OF_NUMBERS = {"mean_squared_error", "root_mean_squared_error", "mean_absolute_error", "loss"}
LEAST = {  # what a loop finds at least
    "classification": {"accuracy"},
    "labelling": {"accuracy", "loss"},
    "language": {"accuracy", "loss"},
    "multi-label": {"accuracy", "label_accuracy"},
    "regression": OF_NUMBERS,
    "forecast": OF_NUMBERS | {"relative_error", "r_squared"},
    "unsupervised": set(),
}
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


def expected_of(form: Form, model: zoo.Model, file: Path, data: Path, numbers: Array) -> dict[str, float]:
    """The metrics on these rows, out of loops over raw rows, predictions and weights."""
    dataset = open_dataset(data, **({"task": form.task} if form.task != "unsupervised" else {}), **form.options)
    if form.task == "language":
        whole = data.read_text()
        first, last = (int(number) * form.options["window"] for number in (numbers[0], numbers[-1] + 1))
        beginnings = [whole[first:end] for end in range(first + 1, last + 1)]
        return loops.of_next_symbols(model, beginnings, whole[first + 1 : last + 1])
    found = loops.recomputed(model, dataset, numbers)
    predicted = zoo.predict(file, data)
    answers = predicted[numbers]
    if form.task in ("regression", "forecast"):
        truth, unit = form.truth[numbers], float(np.ravel(model.preprocessing.target_unit)[0])
        found |= plain_loops.of_quantities(np.ravel(answers), truth, unit)
    if form.task == "forecast":
        last = series[numbers + WINDOW - 1, 0]
        before = sum((float(y) - float(t)) ** 2 for y, t in zip(last, truth, strict=True)) / len(truth)
        found["relative_error"] = found["mean_squared_error"] / before
    if model.architecture.family in (*plain_loops.OF_FAMILIES, "rbf"):
        rows = encoded(dataset, numbers, model.preprocessing, model.architecture.dtype).rows(np.arange(len(numbers)))
        inputs = rows.inputs.reshape(len(numbers), -1).astype(float).tolist()
        of_family = plain_loops.OF_FAMILIES.get(model.architecture.family, lambda *_: {})
        found |= of_family(model, inputs, answers)
        if form.task in ("classification", "multi-label"):
            truth = form.truth[numbers]
            one_of = truth if form.task == "multi-label" else truth[:, None] == np.array(model.labels)
            found |= plain_loops.classification_loss(model, inputs, one_of.astype(int).tolist())
    return found


def test_every_form_of_data_can_be_read(tmp_path: Path) -> None:
    for number, form in enumerate(FORMS):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert len(open_dataset(form.write(folder), task=form.task, **form.options)), form.name


@pytest.mark.parametrize("architecture", architectures())
@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
def test_every_way_to_measure_agrees(architecture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks, taken, refusals = lookup.find_architecture(architecture).tasks, 0, []
    measured: dict[str, set[str]] = {}
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
        held_out = parts.test if len(parts.test) else parts.train
        expected = expected_of(form, model, file, data, held_out)
        unit = float(np.abs(form.truth).max()) if form.task in ("regression", "forecast") else 1.0
        loops.differences_refused(own["metrics"], expected, f"{architecture}, {form.name}", unit)
        measured.setdefault(model.signature.task, set()).update(expected.keys() & own["metrics"].keys())
        if form.task == "multi-label":
            by_loop = plain_loops.of_labels(zoo.predict(file, data)[held_out], form.truth[held_out])
            assert [(each.precision, each.recall, each.f1) for each in evaluation.classification.classes] == by_loop
    assert taken, f"takes none of the data: {refusals}"
    for task, names in measured.items():
        assert LEAST[task] <= names and len(names) > (task == "unsupervised"), f"{task}: no more than {names}"


def test_a_generative_deep_net_is_measured_as_a_loop_does(tmp_path: Path) -> None:
    data = csv(*bits.T)(tmp_path)
    model = zoo.train("dbn", data, target="none", fine_tuning="none", hidden=(5, 3), initial=0.5)
    held_out = model.provenance.split(open_dataset(data, target="none")).test
    expected = plain_loops.boltzmann(model, bits[held_out].astype(float).tolist(), None)
    assert expected.keys() == zoo.evaluate(model, data).metrics.keys()
    assert zoo.evaluate(model, data).metrics == pytest.approx(expected, rel=1e-6)
