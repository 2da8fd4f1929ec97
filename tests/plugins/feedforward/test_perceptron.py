"""The perceptron: Rosenblatt's rule by hand, NAND, circuits of NANDs, and what it says of data that are not
separable."""

from itertools import product

import numpy as np
import pytest
from zoo_feedforward.nand_circuits import full_adder, gate, half_adder

import zoo
from zoo.training.run import prepare, train


@pytest.fixture(scope="module")
def nand() -> zoo.Model:
    return train(prepare("nand")).model


def test_learns_nand(nand: zoo.Model) -> None:
    answers = zoo.predict(nand, np.array([[0, 0], [0, 1], [1, 0], [1, 1]]))
    assert answers.tolist() == ["1", "1", "1", "0"]


def test_stops_after_the_first_epoch_without_a_mistake(nand: zoo.Model) -> None:
    errors = nand.history["train"]["errors"]
    assert errors[-1] == 0 and all(error > 0 for error in errors[:-1])


def test_half_adder_of_nands_on_the_whole_truth_table(nand: zoo.Model) -> None:
    for a, b in product((0, 1), repeat=2):
        total, carry = half_adder(gate(nand), a, b)
        assert 2 * carry + total == a + b


def test_full_adder_of_nands_on_the_whole_truth_table(nand: zoo.Model) -> None:
    for a, b, c in product((0, 1), repeat=3):
        total, carry = full_adder(gate(nand), a, b, c)
        assert 2 * carry + total == a + b + c


def test_rosenblatts_rule_by_hand() -> None:
    """Two samples, worked out on paper: from zero weights the unit answers 0 to both.

    x = (1, 0), t = 1: wrong, so W = (1, 0), b = 1. x = (0, 1), t = 0: net input 1, wrong, so W = (1, −1), b = 0.
    """
    run = prepare("perceptron")
    step = run.training.phases[0].step(run.model)
    rows = zoo.Batch.of(np.array([[1, 0], [0, 1]], np.float32), np.array([1, 0]))
    metrics = step(rows, None)
    assert metrics == {"errors": 1.0}
    np.testing.assert_array_equal(run.model.weights["W"], [[1], [-1]])
    np.testing.assert_array_equal(run.model.weights["b"], [0])
    assert step(rows, None) == {"errors": 0.0}


def test_says_that_xor_is_not_separable() -> None:
    result = train(prepare("perceptron", data={"name": "xor"}, training={"epochs": 50}))
    (remark,) = result.notes
    assert "not linearly separable" in remark and "Novikoff" in remark
    assert result.metrics["accuracy"] < 1


def test_says_that_nand_is_separable() -> None:
    (remark,) = train(prepare("nand")).notes
    assert "are linearly separable" in remark


def test_makes_no_more_mistakes_than_novikoff_allows() -> None:
    """Novikoff (1962): at most (R / margin)² mistakes. For NAND with inputs (x, 1), R² = 3.

    The unit vector w = (−2, −2, 3) / √17 separates NAND with margin 1 / √17, so there are at most 3 · 17 = 51 mistakes.
    """
    for seed in range(20):
        result = train(prepare("perceptron", training={"seed": seed}))
        mistakes = sum(result.model.history["train"]["errors"]) * 4
        assert 0 < mistakes <= 51


def test_one_unit_for_each_of_several_classes() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0], [8, 0], [0, 8]])
    labels = rng.integers(0, 3, 120)
    result = zoo.train("perceptron", data=(centres[labels] + rng.normal(size=(120, 2)), labels))
    assert result.weights["W"].shape == (2, 3)
    assert result.history["train"]["errors"][-1] < 0.05
