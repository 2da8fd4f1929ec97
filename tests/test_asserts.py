"""Asserts tell a type checker what holds; what checks input raises an error, which `python -O` keeps.

Each condition that is asserted stands below with the reason why it holds wherever it is.
"""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.errors import DataError, PluginError

PACKAGE = Path(zoo.__file__).parent
ROOTS = (PACKAGE, PACKAGE.parent / "plugins")

REASONS = {
    # of samples and data
    "batch.targets is not None": "encoding refuses rows without targets for a task that has some",
    "batch.targets is not None and batch.follows is not None": "samples of a stream have both",
    "batch.targets is not None and data.preprocessing.target_unit is not None": "the plot applies to forecasts alone",
    "batch.follows is not None": "asked for only where the samples continue",
    "batch.mask is None": "rows that follow each other have one length",
    "rows.targets is not None": "the view applies to models of numbers, which learn from targets",
    "targets is not None": "the dataset is made with targets",
    "dataset.targets is not None": "the model was trained on them",
    "data is not None": "a run without training rows is refused when it is prepared",
    "samples is not None": "a run without training rows is refused when it is prepared",
    "numbers is not None": "windows and symbols have numbers of their own",
    "lengths is not None": "asked for only of sequences that differ in length",
    "source is not None": "there is at least one part with images, or the reader has refused the folder",
    "decided.values is not None": "decided for columns with values alone",
    "clock.written is not None": "clocks are found in columns as they are written",
    "self._labels_of is not None": "set with the targets it belongs to",
    "known.target_shift is not None and known.target_unit is not None": "fitted, or read and checked, with the targets",
    "self.target_shift is not None and self.target_unit is not None": "fitted, or read and checked, with the targets",
    "isinstance(columns, Layout)": "of the two kinds of tables the other was handled before",
    "isinstance(source, Windows)": "checked when the preprocessing was fitted or compared",
    "isinstance(dataset.inputs, (Ragged, Windows))": "open_dataset gives sequences as one of these",
    "isinstance(dataset.inputs, Windows)": "checked when the preprocessing was fitted",
    "isinstance(data, EncodedSequences)": "the plot applies to sequences alone",
    "isinstance(samples, EncodedSequences)": "the dataset holds sequences",
    "rows is not None": "set where columns are, by the same option",
    # of models and runs
    "model.preprocessing is not None": "callers refuse a model without one, and say so",
    "preprocessing is not None": "the manifest was looked at for one",
    "model.history is not None": "a model of a run has one; plots ask applies() first",
    "other.history is not None and model.history is not None": "both come of a run",
    "phase is not None": "a run that has ended is not rescheduled",
    "metric is not None": "the run refuses a monitor that nobody declares before the first batch",
    "self.metric is not None": "a promise names a declared metric",
    "found is not None": "the task has classes or labels",
    "isinstance(model, Model)": "a protocol that only models have",
    "isinstance(model, GeneratesText)": "zoo.sample refuses others",
    "isinstance(model, GeneratesSamples)": "zoo.sample refuses others",
    "isinstance(model, Reconstructs)": "the plot applies to these alone",
    "isinstance(model, RecurrentModel)": "the architecture builds it",
    "isinstance(before, RecurrentModel)": "the architecture builds it",
    "isinstance(model, SomModel)": "the architecture builds it",
    "isinstance(model, RbfModel)": "the architecture builds it",
    "isinstance(model, CategoryModel)": "the architecture builds it",
    "isinstance(model, ArtmapModel)": "the architecture builds it",
    "isinstance(model, LazyModel)": "the architecture builds it",
    "isinstance(model, GradientModel)": "the architecture builds it",
    "isinstance(machine.visible, Labelled)": "asked for only of machines with labels",
    "isinstance(settings, DbnSettings)": "the architecture's own settings",
    "isinstance(tuning, DbnSettings)": "the architecture's own settings",
    "isinstance(settings, DivergenceSettings)": "the architecture's own settings",
    "isinstance(self.settings, DivergenceSettings)": "the architecture's own settings",
    "isinstance(step, AdditiveStep)": "sums are kept for additive steps alone",
    "self._change is not None": "metrics, called before update, solves for it",
    "J is not None": "the search ends at a category or at a new one",
    # of layers
    "pullback is not None": "in training, forward gives a pullback: the layer protocol",
    "layer_pullback is not None": "in training, forward gives a pullback: the layer protocol",
    "head_pullback is not None": "in training, forward gives a pullback: the layer protocol",
    "dx is not None": "asked for by the caller",
    # of the process
    "self._asked is not None": "set by the caller",
    "self.column is not None": "the caller looked",
    "pipe is not None": "the process was started with pipes",
    "self._process.stdin is not None and self._process.stdout is not None": "the process was started with pipes",
    "spec is not None and spec.loader is not None": "the name ends in .py, or the file was refused",
    "isinstance(value, dict)": "the line above raises for anything else",
}


def asserts() -> dict[str, list[str]]:
    """Where each condition is asserted."""
    found: dict[str, list[str]] = {}
    for path in (path for root in ROOTS for path in sorted(root.rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assert):
                found.setdefault(ast.unparse(node.test), []).append(f"{path}:{node.lineno}")
    return found


def is_narrowing(condition: str) -> bool:
    """Whether it says no more than a type: isinstance, is None, is not None, and several of these."""
    test = ast.parse(condition, mode="eval").body
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    return all(
        isinstance(part, ast.Call) and ast.unparse(part.func) == "isinstance"
        if not isinstance(part, ast.Compare)
        else isinstance(part.ops[0], (ast.Is, ast.IsNot)) and ast.unparse(part.comparators[0]) == "None"
        for part in parts
    )


def test_asserts_only_narrow_types_and_each_has_a_reason() -> None:
    found = asserts()
    strangers = {condition: places for condition, places in found.items() if condition not in REASONS}
    assert not strangers, "raise an error of zoo.errors where input is checked; else give the reason why it holds"
    assert not REASONS.keys() - found.keys(), "reasons that nothing needs any more"
    assert [condition for condition in found if not is_narrowing(condition)] == []


@pytest.mark.parametrize("condition", ["x == 1", "x", "not x", "len(x) > 1", "x is not None and x > 1"])
def test_a_check_is_no_narrowing(condition: str) -> None:
    assert not is_narrowing(condition)


@pytest.mark.parametrize("task", ["regression", "classification", "multi-label"])
def test_data_without_targets_are_refused(task: str) -> None:
    inputs = np.random.default_rng(0).random((20, 3)).astype(np.float32)
    dataset = zoo.data.Dataset("mine", task, inputs, labels=("u", "v"))
    with pytest.raises(DataError, match=f"got rows without targets, expected some for {task}"):
        zoo.train("mlp", dataset, epochs=1)


def test_a_gradient_phase_refuses_a_model_without_layers() -> None:
    model = zoo.load("nand")
    phase = zoo.nn.GradientPhase("train", zoo.nn.GradientSettings())
    for use in (phase.step, phase.declared_metrics, lambda model: list(phase.state_shapes(model))):
        with pytest.raises(PluginError, match=r"perceptron: phase train got a .*, expected a GradientModel"):
            use(model)
