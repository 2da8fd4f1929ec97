"""Precision, recall, F1, ROC AUC and the confusion matrix of a model that classifies, on samples with known classes.

The values equal those of scikit-learn (`precision_recall_fscore_support`, `roc_auc_score`, `confusion_matrix`). A value
that is undefined (0 / 0) is None and named in `notes`; in the averages it counts as 0, as it does in scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import UsageError
from zoo.inference.batched import predict_batches
from zoo.inference.roc_auc import roc_auc
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.core.batch import Batch
    from zoo.core.model import Model
    from zoo.data.samples.protocol import Samples
    from zoo.parallel.threads import Workers


TASKS = ("classification", "multi-label", "labelling")
MOST_SCORES = 2**26  # scores kept for ROC AUC, in 256 MB of float32; beyond that it is not computed
DENSE = 100  # classes, at most, whose confusion matrix JSON holds whole
LABELS = ("label", "name")
NAMED = 5  # classes, at most, that a note names


@dataclass(frozen=True)
class ClassMetrics:
    """One class or label against all others; None: undefined. `samples` are those whose true class it is.

    `label` is of the labels' own type, `name` as it is spelled in the data.
    """

    label: Any
    name: str
    precision: float | None  # of the samples predicted as this class, the share that are
    recall: float | None  # of the samples of this class, the share predicted as such
    f1: float | None  # harmonic mean of the two, 2 TP / (2 TP + FP + FN)
    roc_auc: float | None  # chance that a sample of the class has a higher score than one of another
    samples: int


@dataclass(frozen=True)
class Averages:
    """Means over the classes; None: undefined for every class."""

    precision: float | None
    recall: float | None
    f1: float | None
    roc_auc: float | None


@dataclass(frozen=True)
class ClassificationReport:
    """Metrics per class and averaged. `samples`: how many were classified; of labelled sequences, time steps.

    macro: mean over the classes that occur in the truth or among the predictions; weighted: by their samples. `roc_auc`
    is that of the second class where there are two, else the macro average, each class against the rest.
    `cells`: the non-zero cells of the confusion matrix as (true class, predicted class, count), classes by number; for
    multi-label (label, 2 · true + predicted, count).
    """

    task: str
    samples: int
    classes: tuple[ClassMetrics, ...]
    macro: Averages
    weighted: Averages
    roc_auc: float | None
    cells: tuple[tuple[int, int, int], ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, label: Any) -> ClassMetrics:
        """The metrics of the class with this label or name."""
        found = [each for each in self.classes if each.label == label]
        found += [each for each in self.classes if each.name == label]
        if not found:
            raise KeyError(label)
        return found[0]

    def confusion_matrix(self) -> Array:
        """Counts (true class, predicted class); multi-label: for each label [[TN, FP], [FN, TP]]: (labels, 2, 2)."""
        count = len(self.classes)
        if self.task == "multi-label":
            matrix = np.zeros((count, 4), np.int64)
        elif count > 10_000:
            raise UsageError(
                f"confusion_matrix: {count:,} classes make {count**2:,} cells, expected 10,000 classes or fewer;"
                " `cells` holds those that are not zero"
            )
        else:
            matrix = np.zeros((count, count), np.int64)
        for row, column, number in self.cells:
            matrix[row, column] = number
        return matrix.reshape(count, 2, 2) if self.task == "multi-label" else matrix

    def as_dict(self) -> dict[str, Any]:
        """As `zoo eval --json` prints it: with many classes `confusion_cells` in place of `confusion_matrix`."""
        small = len(self.classes) <= DENSE
        return {
            "task": self.task,
            "samples": self.samples,
            "classes": [_of_class(each) for each in self.classes],
            "macro": asdict(self.macro),
            "weighted": asdict(self.weighted),
            "roc_auc": self.roc_auc,
            "confusion_matrix": self.confusion_matrix().tolist() if small else None,
            "confusion_cells": None if small else [list(each) for each in self.cells],
            "notes": list(self.notes),
        }


def classification_report(model: Model, samples: Samples, workers: Workers) -> ClassificationReport | None:
    """The report on these samples; None where the model's task has no classes or the samples' are not known."""
    if model.signature.task not in TASKS:
        return None

    def measured(batch: Batch, outputs: Array) -> tuple[Array, Array] | None:
        if batch.targets is None:
            return None
        if model.signature.task == "labelling":
            real = np.ones(outputs.shape[:2], bool) if batch.mask is None else batch.mask > 0
            return outputs[real], batch.targets[real]
        return outputs.reshape(len(batch), -1), batch.targets

    found = predict_batches(model, samples, workers, measured)
    return _report(model.signature.task, model.labels, tuple(model.signature.labels), found)


def report_of(task: str, labels: Sequence[Any], outputs: Array, targets: Array) -> ClassificationReport:
    """The report of outputs (samples, classes) for targets: (samples,) class numbers, or (samples, labels) of 0 and
    1."""
    found = _report(task, tuple(labels), tuple(map(str, labels)), iter([(outputs, targets)]))
    assert found is not None
    return found


def _report(
    task: str, labels: tuple[Any, ...], names: tuple[str, ...], measured: Iterator[tuple[Array, Array] | None]
) -> ClassificationReport | None:
    tally = MultiLabelTally(labels) if task == "multi-label" else ClassTally(labels)
    scores = Scores(tally.right)
    for each in measured:
        if each is None:
            return None
        tally.add(*each)
        scores.add(*each)
    predicted, support, hits = tally.predicted, tally.support, tally.hits
    present = (support > 0) | (predicted > 0)
    precision = _ratio(hits, predicted)
    recall = _ratio(hits, support)
    f1 = _ratio(2 * hits, support + predicted)
    auc = scores.by_class(len(labels))
    counted = np.ones(len(labels), bool) if task == "multi-label" else present
    undefined = (
        ("precision", "never predicted", _where(np.isnan(precision) & counted)),
        ("recall", "without a sample", _where(np.isnan(recall) & counted)),
        ("F1", "neither predicted nor with a sample", _where(np.isnan(f1) & counted)),
    )
    notes: list[str] = []
    if absent := _where(~counted):
        notes.append(
            f"{_named(absent, names)}: neither among the samples nor predicted, so precision, recall and F1 are"
            " undefined and left out of the averages"
        )
    for name, why, numbers in undefined:
        if numbers:
            notes.append(f"{name} is undefined for {_named(numbers, names)}, {why}; it counts as 0 in the averages")
    notes += scores.notes(_where(np.isnan(auc)), names)
    values = [[_known(each) for each in metric] for metric in (precision, recall, f1, auc)]
    classes = tuple(map(ClassMetrics, labels, names, *values, map(int, support)))
    macro, weighted = (
        Averages(
            _average(precision, weights, counted),
            _average(recall, weights, counted),
            _average(f1, weights, counted),
            _auc_average(auc, weights),
        )
        for weights in (None, support)
    )
    binary = task != "multi-label" and len(labels) == 2
    total = classes[1].roc_auc if binary else macro.roc_auc
    return ClassificationReport(
        task, tally.samples, classes, macro, weighted, total, tuple(tally.cells()), tuple(notes)
    )


class ClassTally:
    """Counts of (true class, predicted class), those that occur: memory grows with them, not with classes²."""

    def __init__(self, labels: tuple[Any, ...]) -> None:
        self.count = len(labels)
        self.samples = 0
        self._pairs = np.zeros(0, np.int64)
        self._counts = np.zeros(0, np.int64)

    def add(self, outputs: Array, targets: Array) -> None:
        self.samples += len(outputs)
        pairs, counts = np.unique(targets.astype(np.int64) * self.count + outputs.argmax(axis=1), return_counts=True)
        every = np.concatenate([self._pairs, pairs])
        self._pairs, places = np.unique(every, return_inverse=True)
        self._counts = np.bincount(places, np.concatenate([self._counts, counts])).astype(np.int64)

    @staticmethod
    def right(targets: Array, number: int) -> Array:
        """Which samples are of a class."""
        return np.asarray(targets == number)

    @property
    def support(self) -> Array:
        return self._sums(self._pairs // max(1, self.count))

    @property
    def predicted(self) -> Array:
        return self._sums(self._pairs % max(1, self.count))

    @property
    def hits(self) -> Array:
        true, predicted = np.divmod(self._pairs, max(1, self.count))
        return np.bincount(true, self._counts * (true == predicted), minlength=self.count)

    def cells(self) -> Iterator[tuple[int, int, int]]:
        for pair, count in zip(self._pairs.tolist(), self._counts.tolist(), strict=True):
            yield (*divmod(pair, self.count), count)

    def _sums(self, classes: Array) -> Array:
        return np.bincount(classes, self._counts, minlength=self.count)


class MultiLabelTally:
    """Counts of the four cells of each label; a label is predicted where its output is over one half."""

    def __init__(self, labels: tuple[Any, ...]) -> None:
        self.samples = 0
        self.support, self.predicted, self.hits = (np.zeros(len(labels)) for _ in range(3))

    def add(self, outputs: Array, targets: Array) -> None:
        true, predicted = targets > 0.5, outputs > 0.5
        self.samples += len(outputs)
        self.support += true.sum(axis=0)
        self.predicted += predicted.sum(axis=0)
        self.hits += (true & predicted).sum(axis=0)

    @staticmethod
    def right(targets: Array, number: int) -> Array:
        """Which samples have a label."""
        return np.asarray(targets[:, number] > 0.5)

    def cells(self) -> Iterator[tuple[int, int, int]]:
        missed, false = self.support - self.hits, self.predicted - self.hits
        none = self.samples - self.support - false
        for label, counts in enumerate(np.stack([none, false, missed, self.hits], axis=1).astype(int).tolist()):
            yield from ((label, cell, count) for cell, count in enumerate(counts) if count)


class Scores:
    """All scores, as long as they fit into `MOST_SCORES`, and the ROC AUC of each class against the rest."""

    def __init__(self, right: Callable[[Array, int], Array]) -> None:
        self.right = right
        self.kept: list[tuple[Array, Array]] | None = []
        self.values = 0
        self.infinite = False

    def add(self, outputs: Array, targets: Array) -> None:
        self.values += outputs.size
        self.infinite = self.infinite or not np.isfinite(outputs).all()
        if self.values > MOST_SCORES:
            self.kept = None
        elif self.kept is not None:
            self.kept.append((outputs, targets))

    def by_class(self, count: int) -> Array:
        auc = np.full(count, np.nan)
        if not self.kept:
            return auc
        outputs = np.concatenate([each for each, _ in self.kept])
        targets = np.concatenate([each for _, each in self.kept])
        for number in range(count):
            auc[number] = roc_auc(outputs[:, number], self.right(targets, number))
        return auc

    def notes(self, unknown: list[int], labels: tuple[str, ...]) -> Iterator[str]:
        if self.kept is None:
            yield (
                f"roc_auc is not computed: it would keep {self.values:,} scores in memory, and at most"
                f" {MOST_SCORES:,} are kept"
            )
        elif self.infinite:
            yield "roc_auc is undefined: some scores are not finite"
        elif unknown:
            rest = "" if len(unknown) == len(labels) else "; averaged over the others"
            yield (
                f"roc_auc is undefined for {_named(unknown, labels)}, which all of the samples or none belong to{rest}"
            )


def _of_class(metrics: ClassMetrics) -> dict[str, Any]:
    """The class as JSON has it, under its name."""
    return {"label": metrics.name} | {name: value for name, value in asdict(metrics).items() if name not in LABELS}


def _ratio(part: Array, whole: Array) -> Array:
    """part / whole, NaN for 0 / 0."""
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))


def _average(values: Array, weights: Array | None, counted: Array) -> float | None:
    """Undefined values count as 0."""
    if not counted.any() or np.isnan(values[counted]).all():
        return None
    used = np.nan_to_num(values[counted], nan=0.0)
    if weights is None:
        return float(used.mean())
    return float(np.average(used, weights=weights[counted])) if weights[counted].any() else None


def _auc_average(auc: Array, weights: Array | None) -> float | None:
    known = ~np.isnan(auc)
    if not known.any():
        return None
    return float(np.average(auc[known], weights=None if weights is None else weights[known]))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _where(mask: Array) -> list[int]:
    found: list[int] = np.flatnonzero(mask).tolist()
    return found


def _named(numbers: list[int], labels: tuple[str, ...]) -> str:
    """Classes by label: "'a' and 'b'", "12 classes ('a', 'b', 'c', 'd', 'e', …)"."""
    names = [repr(labels[number]) for number in numbers[:NAMED]]
    if len(numbers) > NAMED:
        return f"{len(numbers):,} classes ({', '.join(names)}, …)"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
