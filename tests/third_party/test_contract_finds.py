"""The contract finds wrong gradients, and data of a kind that an architecture neither takes nor refuses."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.core.scores import score_sums
from zoo.core.signature import TASKS
from zoo.core.weights import Weights
from zoo.data.dataset import KINDS
from zoo.data.splits import split
from zoo.errors import CheckpointError, UsageError
from zoo.nn.training.model import GradientModel
from zoo.nn.training.step import GradientStep
from zoo.registry.recipes import Recipe
from zoo.registry.selection import plugin_files
from zoo.testing import Case
from zoo.testing.contract import copies_learn_alike
from zoo.testing.gradients import gradients_are_right
from zoo.testing.kinds import datasets, every_kind_of_data
from zoo.testing.loops import metrics_are_those_of_a_loop
from zoo.training.prepare import assemble, plan_for


def test_small_data_are_of_every_kind_and_task():
    found = {(dataset.task, dataset.kind) for dataset in datasets(TASKS)}
    assert {task for task, _ in found} == set(TASKS)
    assert {kind for _, kind in found} == set(KINDS)


def test_who_refuses_all_small_data_is_looked_at_with_its_own(monkeypatch, tmp_path):
    from zoo.registry.lookup import find_architecture

    case = Case("vgg", options=find_architecture("vgg").small)
    assert every_kind_of_data(case, tmp_path) is None

    def other(path, **how):
        raise CheckpointError("weights/W: is missing")

    monkeypatch.setattr("zoo.testing.kinds.load", other)
    with pytest.raises(AssertionError, match="classification of images: trained, but not saved and loaded: weights/W"):
        every_kind_of_data(case, tmp_path)


def test_data_that_are_learned_but_cannot_be_loaded_are_no_refusal(monkeypatch, tmp_path):
    def other(path, **how):
        raise CheckpointError("weights/W: is missing")

    monkeypatch.setattr("zoo.testing.kinds.load", other)
    with pytest.raises(AssertionError, match="of table: trained, but not saved and loaded: weights/W"):
        every_kind_of_data(Case("logistic"), tmp_path)


def test_copies_that_do_not_learn_are_found(monkeypatch, tmp_path):
    def apart(model, state):  # weights that are no views of the vector which is trained
        vars(model).update(state)
        model._weights = Weights({name: array.copy() for name, array in model.parameters.views.items()})

    monkeypatch.setattr(GradientModel, "__setstate__", apart, raising=False)
    with pytest.raises(AssertionError, match=r"copy.copy: the copy learns another"):
        copies_learn_alike(Case("logistic"), tmp_path)


def test_a_network_that_cannot_see_an_image_and_does_not_say_so_is_found(changed, tmp_path):
    path = changed(("inputs.reshape(len(inputs), 1, -1)", "inputs[:, None, :]"))
    with plugin_files([str(path)]), pytest.raises((AssertionError, ValueError)):
        every_kind_of_data(Case("mean"), tmp_path)


def test_sequences_of_different_lengths_are_refused_by_the_core_for_who_looks_at_no_mask():
    (dataset,) = [each for each in datasets(("classification",)) if each.kind == "sequences"]
    kind, recipe = Case("perceptron").kind, Recipe("perceptron", "perceptron")
    with pytest.raises(UsageError, match=r"perceptron: got sequences of different lengths .*, expected samples of one"):
        assemble(recipe, kind(), plan_for(kind, recipe, {}), dataset, split(dataset, 0))


def test_a_wrong_gradient_is_found(monkeypatch, tmp_path):
    case = Case("logistic", data={"name": "moons"})
    assert gradients_are_right(case, tmp_path) is None
    right = GradientStep.objective

    def wrong(self, rows, stream):
        value, gradient = right(self, rows, stream)
        return value, {name: array * 1.00001 for name, array in gradient.items()}

    monkeypatch.setattr(GradientStep, "objective", wrong)
    with pytest.raises(AssertionError, match=r"gradient of output/W: relative error 1.0e-05"):
        gradients_are_right(case, tmp_path)


def test_a_gradient_that_is_zero_everywhere_is_found(monkeypatch, tmp_path):
    right = GradientStep.objective

    def nothing(self, rows, stream):
        value, gradient = right(self, rows, stream)
        return value, {name: np.zeros_like(array) for name, array in gradient.items()}

    monkeypatch.setattr(GradientStep, "objective", nothing)
    with pytest.raises(AssertionError, match="the gradient of every array is zero"):
        gradients_are_right(Case("logistic", data={"name": "moons"}), tmp_path)


def test_who_learns_without_gradients_is_excused(tmp_path):
    assert "does not train by gradients" in gradients_are_right(Case("perceptron"), tmp_path)


AVERAGE = """
import numpy as np
from dataclasses import dataclass
import zoo

__version__ = "1.0"

@dataclass(frozen=True)
class Average(zoo.Architecture):
    name, family, summary, tasks, data = "average", "means", "the mean of the targets", ("regression",), "sinc"
    settings = zoo.TrainingSettings(epochs=1)
    declared_metrics = (
        zoo.Metric("mean_squared_error", higher_is_better=False),
        zoo.Metric("bias", higher_is_better=None),
    )

    def shapes(self, signature):
        yield "mean", (signature.outputs,)

    def build(self, signature, stream):
        return AverageModel(self, signature, {name: np.zeros(size, "f4") for name, size in self.shapes(signature)})

    def phases(self, plan):
        return [Averaging("train", plan.phase("train"))]

class AverageModel(zoo.Model):
    def predict(self, inputs):
        return np.repeat(self.weights["mean"][None], len(inputs), axis=0)

    def evaluate(self, rows, stream):
        errors = (self.predict(rows.inputs) - rows.targets) * UNIT
        return {"squared": (errors**2).mean(axis=1).sum(), "errors": errors.mean(axis=1).sum(), "count": len(rows)}

    def metrics(self, sums):
        return {"mean_squared_error": sums["squared"] / sums["count"], "bias": sums["errors"] / sums["count"]}

class Averaging(zoo.Phase):
    def step(self, model):
        return Step(model)

class Step(zoo.TrainingStep):
    def __call__(self, rows, context):
        self.model.weights["mean"] += 0.1 * (rows.targets.mean(axis=0) - self.model.weights["mean"])
        return {}

@zoo.hookimpl
def zoo_architectures():
    return [Average]
"""


def average(folder, unit: str):
    path = folder / f"in_{unit.rpartition('.')[2]}" / "average.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(AVERAGE.replace("UNIT", unit))
    return plugin_files([str(path)])


def test_a_plugin_whose_errors_are_in_encoded_units_is_found(tmp_path):
    with average(tmp_path, "self.preprocessing.target_unit"):
        assert metrics_are_those_of_a_loop(Case("average"), tmp_path) is None
    with (
        average(tmp_path, "1"),
        pytest.raises(AssertionError, match=r"reports mean_squared_error [\d.]+, a loop .* finds \d+.*own units"),
    ):
        metrics_are_those_of_a_loop(Case("average"), tmp_path)


def test_metrics_of_a_plugins_own_are_compared_with_its_own_loops(tmp_path):
    def encoded(model, rows):
        return (
            sum(float(y - t) for row in rows.targets for y, t in zip(model.weights["mean"], row, strict=True))
            / rows.targets.size
        )

    def bias(model, rows):
        mean, unit = model.weights["mean"], model.preprocessing.target_unit
        errors = [float((y - t) * u) for row in rows.targets for y, t, u in zip(mean, row, unit, strict=True)]
        return sum(errors) / len(errors)

    with average(tmp_path, "self.preprocessing.target_unit"):
        assert metrics_are_those_of_a_loop(Case("average", loops={"bias": bias}), tmp_path) is None
        with pytest.raises(AssertionError, match="regression of table: the model reports bias"):
            metrics_are_those_of_a_loop(Case("average", loops={"bias": encoded}), tmp_path)


@pytest.mark.parametrize(
    ("name", "instead", "metric"),
    [
        ("target_unit", lambda preprocessing: 1.0, "mean_squared_error"),
        ("score_sums", lambda task, z, outputs, targets, mask=None: score_sums(task, z, outputs, targets), "accuracy"),
    ],
    ids=["encoded units", "padded steps"],
)
def test_a_net_that_measures_something_else_is_found(monkeypatch, tmp_path, name, instead, metric):
    monkeypatch.setattr(f"zoo.nn.training.model.{name}", instead)
    with pytest.raises(AssertionError, match=f"the model reports {metric} "):
        metrics_are_those_of_a_loop(Case("elman", options={"hidden": 4}), tmp_path)


def test_who_reports_nothing_that_is_known_is_excused(tmp_path):
    assert "a Case takes `loops`" in metrics_are_those_of_a_loop(Case("boltzmann"), tmp_path)
