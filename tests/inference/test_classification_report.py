"""Precision, recall, F1, ROC AUC and confusions equal their definitions, counted sample by sample."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from zoo.errors import UsageError
from zoo.inference.classification_report import MOST_SCORES, ClassificationReport, report_of
from zoo.inference.roc_auc import roc_auc
from zoo.types import Array


def pairs_in_order(scores: Array, positive: Array) -> float:
    """The share of pairs (positive, negative) in which the positive has the higher score; equal scores count half."""
    right = [
        1.0 if above > below else 0.5 if above == below else 0.0
        for above in scores[positive].tolist()
        for below in scores[~positive].tolist()
    ]
    return sum(right) / len(right)


def counted(true: list[bool], predicted: list[bool]) -> tuple[int, int, int, int]:
    """(TN, FP, FN, TP), one sample after the other."""
    cells = [0, 0, 0, 0]
    for t, p in zip(true, predicted, strict=True):
        cells[2 * t + p] += 1
    return (cells[0], cells[1], cells[2], cells[3])


def f1(precision: float, recall: float) -> float:
    """The harmonic mean, where the two are known."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@pytest.fixture
def outputs() -> Array:
    """Scores of four classes for 97 samples, in steps of a tenth, so that many are equal."""
    return np.random.default_rng(1).integers(0, 11, (97, 4)).astype(np.float32) / 10


@pytest.fixture
def targets(outputs: Array) -> Array:
    """The class with the best score for two samples of three, else one by chance."""
    rng = np.random.default_rng(2)
    return np.where(rng.random(97) < 0.66, outputs.argmax(axis=1), rng.integers(0, 4, 97))


def test_auc_counts_pairs(outputs: Array, targets: Array) -> None:
    for number in range(4):
        positive = targets == number
        assert roc_auc(outputs[:, number], positive) == pytest.approx(
            pairs_in_order(outputs[:, number], positive), abs=1e-12
        )
    assert math.isnan(roc_auc(outputs[:, 0], np.zeros(97, bool)))
    ranks = np.arange(10.0)
    assert (roc_auc(ranks, ranks > 4), roc_auc(-ranks, ranks > 4), roc_auc(0 * ranks, ranks > 4)) == (1.0, 0.0, 0.5)


def test_every_class_as_counted(outputs: Array, targets: Array) -> None:
    report = report_of("classification", ["a", "b", "c", "d"], outputs, targets)
    predicted = outputs.argmax(axis=1)
    found = []
    for number, name in enumerate("abcd"):
        _, fp, fn, tp = counted((targets == number).tolist(), (predicted == number).tolist())
        precision, recall = tp / (tp + fp), tp / (tp + fn)
        auc = pairs_in_order(outputs[:, number], targets == number)
        found.append((precision, recall, f1(precision, recall), auc, tp + fn))
        one = report[name]
        assert (one.precision, one.recall, one.f1, one.roc_auc) == pytest.approx(found[-1][:4], abs=1e-12)
        assert one.samples == tp + fn
    values, support = np.array([each[:4] for each in found]), np.array([each[4] for each in found])
    for averages, expected in (
        (report.macro, values.mean(axis=0)),
        (report.weighted, (values * support[:, None]).sum(axis=0) / 97),
    ):
        assert (averages.precision, averages.recall, averages.f1, averages.roc_auc) == pytest.approx(
            tuple(expected), abs=1e-12
        )
    assert report.roc_auc == report.macro.roc_auc
    matrix = np.zeros((4, 4), int)
    for true, answer in zip(targets, predicted, strict=True):
        matrix[true, answer] += 1
    assert (report.confusion_matrix() == matrix).all()
    assert report.as_dict()["confusion_matrix"] == matrix.tolist()
    assert report.notes == ()


def test_labels_keep_their_type_and_spelling() -> None:
    """A class is found by its label or by its name; JSON has the names."""
    report = report_of("classification", [-1, 1], np.array([[0.7, 0.3], [0.4, 0.6]]), np.array([0, 0]))
    assert report[-1] is report["-1"] is report.classes[0] and report[-1].recall == 0.5
    assert [each["label"] for each in report.as_dict()["classes"]] == ["-1", "1"]


def test_known_answer_of_two_classes() -> None:
    """Counted by hand: five answers "yes", three of them right, of four; 19 of 24 pairs in order."""
    true = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
    p = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.4, 0.9, 0.8, 0.35, 0.55])
    report = report_of("classification", ["no", "yes"], np.stack([1 - p, p], axis=1), true)
    assert report["yes"].precision == pytest.approx(3 / 5)
    assert report["yes"].recall == pytest.approx(3 / 4)
    assert report["yes"].f1 == pytest.approx(2 / 3)
    assert report.roc_auc == report["yes"].roc_auc == pytest.approx(19 / 24)
    assert report.confusion_matrix().tolist() == [[4, 2], [1, 3]]


def test_labels_one_by_one(outputs: Array) -> None:
    truth = (np.random.default_rng(5).random((97, 4)) < 0.4).astype(np.float32)
    report = report_of("multi-label", ["p", "q", "r", "s"], outputs, truth)
    matrices = report.confusion_matrix()
    for number, name in enumerate("pqrs"):
        tn, fp, fn, tp = counted((truth[:, number] > 0).tolist(), (outputs[:, number] > 0.5).tolist())
        assert matrices[number].tolist() == [[tn, fp], [fn, tp]]
        assert report[name].precision == pytest.approx(tp / (tp + fp))
        assert report[name].recall == pytest.approx(tp / (tp + fn))
        assert report[name].roc_auc == pytest.approx(pairs_in_order(outputs[:, number], truth[:, number] > 0))
    assert report.roc_auc == pytest.approx(np.mean([each.roc_auc for each in report.classes]))


def test_undefined_is_none_and_said() -> None:
    """A class without samples, one that is never predicted, one that is neither: as scikit-learn averages them."""
    true, answers = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 2])
    report = report_of("classification", ["a", "b", "c", "d"], np.eye(4)[answers], true)
    assert (report["b"].precision, report["b"].recall, report["b"].f1) == (None, 0.0, 0.0)
    assert (report["c"].precision, report["c"].recall, report["c"].f1) == (0.0, None, 0.0)
    assert (report["d"].precision, report["d"].recall, report["d"].f1, report["d"].roc_auc) == (None,) * 4
    assert report.macro.precision == pytest.approx((2 / 3 + 0 + 0) / 3)
    assert report.macro.recall == pytest.approx((1 + 0 + 0) / 3)
    assert report.weighted.recall == pytest.approx(0.5)
    said = " ".join(report.notes)
    for words in (
        "'d': neither among the samples nor predicted",
        "precision is undefined for 'b'",
        "recall is undefined for 'c'",
        "roc_auc is undefined for 'c' and 'd'",
    ):
        assert words in said


def test_one_class_alone_has_no_auc() -> None:
    report = report_of("classification", ["a", "b"], np.array([[0.7, 0.3], [0.4, 0.6]]), np.array([0, 0]))
    assert report.roc_auc is None and report.macro.roc_auc is None
    assert any("roc_auc is undefined" in note for note in report.notes)


def test_many_classes_keep_what_occurs() -> None:
    """100,000 classes: no matrix of them, neither in memory nor in JSON."""
    classes, samples = 100_000, 50
    true = np.arange(samples) * 1999
    outputs = np.zeros((samples, classes), np.float32)
    outputs[np.arange(samples), (true + (np.arange(samples) % 2)) % classes] = 1
    report = report_of("classification", [f"c{number}" for number in range(classes)], outputs, true)
    document = report.as_dict()
    assert document["confusion_matrix"] is None
    assert len(document["confusion_cells"]) == samples
    assert report.macro.recall == pytest.approx(25 / 75)  # 25 classes right, 25 missed, 25 predicted without a sample
    with pytest.raises(UsageError, match="cells"):
        report.confusion_matrix()
    assert max(map(len, report.notes)) < 200


def test_scores_beyond_the_limit_are_not_kept(monkeypatch: pytest.MonkeyPatch, outputs: Array, targets: Array) -> None:
    assert MOST_SCORES >= 10_000_000
    monkeypatch.setattr("zoo.inference.classification_report.MOST_SCORES", 100)
    report = report_of("classification", ["a", "b", "c", "d"], outputs, targets)
    assert report.roc_auc is None and report["a"].roc_auc is None and report["a"].f1 is not None
    assert any("roc_auc is not computed" in note for note in report.notes)


def test_a_report_is_a_value(outputs: Array, targets: Array) -> None:
    report = report_of("classification", ["a", "b", "c", "d"], outputs, targets)
    again: ClassificationReport = pickle.loads(pickle.dumps(report))
    assert again == report
    with pytest.raises(KeyError):
        report["nobody"]
