"""Metrics computed again, value by value, from the answers to raw rows, and compared with those a model reports.

Truth is what stands in the data: labels as they are written, targets in their own units. Where a model reports errors
of encoded targets, or counts padded steps, the two differ.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zoo.core.model import Model
from zoo.core.random import RandomStream
from zoo.data import Dataset
from zoo.data.dataset import InMemory
from zoo.data.labels import values_of
from zoo.data.windows import Ragged, Windows
from zoo.errors import ZooError, ZooWarning
from zoo.inference.batched import evaluate
from zoo.inference.evaluate import predict
from zoo.nn.losses import BinaryCrossEntropy, CategoricalCrossEntropy
from zoo.parallel.threads import Workers
from zoo.testing.case import Case, finish
from zoo.testing.kinds import datasets, learned
from zoo.training.prepare import Run
from zoo.types import Array

NEAR = 1e-6  # relative


def metrics_are_those_of_a_loop(case: Case, folder: Path) -> str | None:
    """accuracy, label_accuracy and the errors of quantities equal what a plain loop over the answers to raw rows finds,
    in the targets' own units, and the loss of a cross-entropy is that of the probabilities, in nats; a case's own
    `loops` are run as well."""
    compared = 0
    tasks = case.kind.of(case.options).supported_tasks
    for dataset in datasets(tuple(task for task in tasks if task != "unsupervised")):
        try:
            run = learned(case, dataset)
        except ZooError:
            continue  # every kind of data that is refused is looked at elsewhere
        compared += compare(case, run, f"{dataset.task} of {dataset.kind}")
    if (not compared and set(tasks) != {"unsupervised"}) or case.loops:
        run = case.prepare()
        finish(run)
        compared += compare(case, run, f"{run.model.signature.task} of {run.dataset.name}")
    return None if compared else "it reports no metric whose meaning zoo knows; a Case takes `loops` for its own"


def compare(case: Case, run: Run, what: str) -> int:
    """How many metrics of a run's model, on the part that was held out, are those of a loop; all those that can be."""
    part = "test" if len(run.parts.test) else "train"
    numbers, samples = getattr(run.parts, part), run.samples(part)
    assert samples is not None
    with Workers(1) as workers, warnings.catch_warnings():
        warnings.simplefilter("ignore", ZooWarning)  # of held-out values that are clipped
        reported = evaluate(run.model, samples, RandomStream(0), workers)
        expected = recomputed(run.model, run.dataset, numbers)
    batch = samples.rows(np.arange(len(samples)))
    expected |= {name: loop(run.model, batch) for name, loop in case.loops.items() if name in reported}
    unit = float(np.abs(truth_of(run.dataset, numbers)).max()) if "mean_squared_error" in expected else 1.0
    return differences_refused(reported, expected, what, unit)


def differences_refused(
    reported: Mapping[str, float], expected: Mapping[str, float], what: str, unit: float = 1.0
) -> int:
    """How many metrics both have; AssertionError where two differ by more than rounding, of targets up to `unit`."""
    both = [name for name in expected if name in reported]
    for name in both:
        squared = 2 * expected.get("root_mean_squared_error", 1.0) if name == "mean_squared_error" else 1.0
        rounding = 1e-6 * squared * (unit if "error" in name else 1.0)  # of the answers, which are float32
        near = math.isclose(reported[name], expected[name], rel_tol=NEAR, abs_tol=rounding)
        if not near:
            raise AssertionError(
                f"{what}: the model reports {name} {reported[name]:.6g}, a loop over the answers to raw rows finds"
                f" {expected[name]:.6g}; metrics stand in the targets' own units (see zoo.score_metrics)"
            )
    return len(both)


def recomputed(model: Model, dataset: Dataset, numbers: Array) -> dict[str, float]:
    """The metrics that zoo declares, of the answers to these rows of a dataset, each in a loop of its own."""
    task = model.signature.task
    if dataset.task != task or (dataset.targets is None and task not in ("language", "forecast")):
        return {}
    if task == "language":
        return _of_symbols(model, dataset, numbers)
    rows = rows_of(dataset, numbers)
    answers = predict(model, rows, threads=1)
    if isinstance(answers, dict):  # predictions of the model's own kind, which no declared metric is about
        return {}
    answers = answers[numbers] if isinstance(rows.inputs, Windows) else answers
    truth = truth_of(dataset, numbers)
    if task in ("regression", "forecast"):
        return of_quantities(answers, truth)
    if task == "multi-label":
        return of_labels(answers, truth) | _loss(model, rows, truth)
    if task == "labelling":
        pairs = [pair for mine, theirs in zip(answers, truth, strict=True) for pair in zip(mine, theirs, strict=True)]
        return {"accuracy": sum(mine == theirs for mine, theirs in pairs) / len(pairs)} | _loss(model, rows, truth)
    right = sum(mine == theirs for mine, theirs in zip(answers.tolist(), truth.tolist(), strict=True))
    return {"accuracy": right / len(truth)} | _loss(model, rows, truth)


def of_quantities(answers: Array, truth: Array) -> dict[str, float]:
    """Errors of answers for quantities, both (rows, …, targets), each a mean over all values; r_squared over those of
    each target."""
    answers, truth = (np.asarray(each, np.float64) for each in (answers, truth))
    targets = 1 if truth.ndim == 1 else truth.shape[-1]
    squared, absolute, explained = [], [], []
    for mine, theirs in zip(answers.reshape(-1, targets).T, truth.reshape(-1, targets).T, strict=True):
        errors = [float(y) - float(t) for y, t in zip(mine, theirs, strict=True)]
        squared.append(sum(error**2 for error in errors) / len(errors))
        absolute.append(sum(map(abs, errors)) / len(errors))
        mean = sum(map(float, theirs)) / len(theirs)
        varies = sum((float(t) - mean) ** 2 for t in theirs)
        explained.append(1 - sum(error**2 for error in errors) / varies if varies > 1e-9 * mean**2 else math.nan)
    found = {"mean_squared_error": sum(squared) / targets, "mean_absolute_error": sum(absolute) / targets}
    found["root_mean_squared_error"] = math.sqrt(found["mean_squared_error"])
    if not any(map(math.isnan, explained)):
        found["r_squared"] = sum(explained) / targets
    return found


def of_labels(answers: Array, truth: Array) -> dict[str, float]:
    """accuracy: rows with every label right. label_accuracy: labels that are right."""
    rows = [[bool(y) == bool(t) for y, t in zip(*pair, strict=True)] for pair in zip(answers, truth, strict=True)]
    labels = [right for row in rows for right in row]
    return {"accuracy": sum(map(all, rows)) / len(rows), "label_accuracy": sum(labels) / len(labels)}


def truth_of(dataset: Dataset, numbers: Array) -> Any:
    """What these rows should be answered with, as the data have it."""
    if dataset.task == "forecast":
        assert isinstance(dataset.inputs, Windows)
        return dataset.inputs.after(numbers)[:, :, : len(dataset.labels)]
    assert dataset.targets is not None
    source = dataset.targets
    if dataset.task in ("regression", "multi-label"):
        return source.take(numbers)
    names = values_of(dataset.labels, dataset.label_type)
    if isinstance(source, Ragged):
        return [names[source.take(numbers[n : n + 1])[:, 0]].tolist() for n in range(len(numbers))]
    return names[source.take(numbers)]


def rows_of(dataset: Dataset, numbers: Array) -> Dataset:
    """These rows as a dataset of their own; a series as a whole, whose windows overlap."""
    source, bare = dataset.inputs, dataset.replace(task="unsupervised", targets=None, labels=())
    if isinstance(source, Windows):
        return bare
    if isinstance(source, Ragged):
        return bare.replace(inputs=Ragged.of([source.take(numbers[n : n + 1]) for n in range(len(numbers))], "rows"))
    return bare.replace(inputs=InMemory(source.take(numbers)), own_test=0, own_validation=0)


def _loss(model: Model, rows: Dataset, truth: Any) -> dict[str, float]:
    """The cross-entropy of the probabilities, in nats: of a row, of multi-label data summed over its labels, of
    sequences of labels a time step; nothing where the model has another loss or a probability is 0."""
    loss = getattr(model, "loss", None)
    if not isinstance(loss, (BinaryCrossEntropy, CategoricalCrossEntropy)) or model.output_kind != "probabilities":
        return {}
    probabilities = predict(model, rows, probabilities=True, threads=1)
    if model.signature.task == "multi-label":
        of_rows = [
            [float(p) if t else 1 - float(p) for p, t in zip(*pair, strict=True)]
            for pair in zip(probabilities, truth, strict=True)
        ]
        return _nats([p for row in of_rows for p in row], len(of_rows))
    place = {label: number for number, label in enumerate(model.labels)}
    if model.signature.task == "labelling":
        steps = [pair for row in zip(probabilities, truth, strict=True) for pair in zip(*row, strict=True)]
        return _nats([float(p[place[label]]) for p, label in steps], len(steps))
    pairs = zip(probabilities, truth.tolist(), strict=True)
    return _nats([float(p[place[label]]) for p, label in pairs], len(truth))


def _nats(probabilities: list[float], count: int) -> dict[str, float]:
    if not all(p > 1e-6 for p in probabilities) or max(probabilities) > 1 - 1e-4:
        return {}  # float32 has too few digits of such a logarithm
    return {"loss": -sum(map(math.log, probabilities)) / count}


def _of_symbols(model: Model, dataset: Dataset, numbers: Array) -> dict[str, float]:
    """accuracy and loss of the next symbol, asked for after each beginning of each sequence."""
    source = dataset.inputs
    if not isinstance(source, Ragged):
        return {}
    names = dataset.columns[0].categories or ()
    beginnings, following = [], []
    for number in numbers:
        symbols = [names[int(each)] for each in source.take(np.array([number]))[:, 0]]
        for end in range(1, len(symbols)):
            beginnings.append(symbols[:end])
            following.append(symbols[end])
    return of_next_symbols(model, beginnings, following)


def of_next_symbols(model: Model, beginnings: list[Any], following: Any) -> dict[str, float]:
    """accuracy and loss, in nats a symbol, of what follows each beginning."""
    answers = predict(model, beginnings, threads=1)
    found = {"accuracy": sum(mine == theirs for mine, theirs in zip(answers, following, strict=True)) / len(following)}
    if model.output_kind != "probabilities":
        return found
    place = {symbol: number for number, symbol in enumerate(model.labels)}
    probabilities = predict(model, beginnings, probabilities=True, threads=1)
    at = [float(p[place[symbol]]) for p, symbol in zip(probabilities, following, strict=True)]
    return found | _nats(at, len(at))
