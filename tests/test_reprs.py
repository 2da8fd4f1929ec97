"""What Python shows of results: a line or a table that reads as the command line prints it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import zoo
from zoo.core.history import History
from zoo.training.comparison import Comparison

pytestmark = pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")


@pytest.fixture(scope="module")
def compared() -> Comparison:
    random = np.random.default_rng(0)
    X = random.normal(size=(60, 3))
    return zoo.compare("mlp", "perceptron", "rbf", data=(X, (X[:, 0] > 0).astype(int)), epochs=1)


def test_an_evaluation_is_a_line() -> None:
    model = zoo.train("mlp", "moons", hidden=3, epochs=2)
    shown = repr(zoo.evaluate(model, "moons"))
    accuracy = model.trained.metrics["accuracy"]
    assert shown.startswith("<moons, test part (held out, 20 %") and f"accuracy {100 * accuracy:.2f} %>" in shown
    assert len(shown) < 200 and repr(model.trained).count(f"{100 * accuracy:.2f} %") == 1


def test_a_history_shows_each_phase_with_its_last_epoch() -> None:
    model = zoo.train("mlp", "moons", hidden=3, epochs=2, validation=0.1)
    shown = repr(model.history)
    assert shown.startswith("<History train, 2 epochs: loss 0.") and "validation/accuracy " in shown
    assert "gradient/hidden1" not in shown and "more: history['train']>" in shown
    assert repr(History()) == "<History of no epoch>"
    assert "\n" not in repr(History({"a\nb": {"x\ny": [1.0]}}))


def test_a_comparison_is_a_table_with_a_column_for_each_kind_of_loss(compared: Comparison) -> None:
    columns, rows = compared.table
    losses = [column for column in columns if column.startswith("loss")]
    assert losses == ["loss (categorical cross entropy)", "loss (squared error)"]
    for row, cells in zip(compared.rows, rows, strict=True):
        shown = [cells[columns.index(loss)] for loss in losses]
        assert [each != "-" for each in shown] == [row.loss_kind in loss for loss in losses], row.name
    assert compared.best("loss") == () and not any(
        "*" in cells[columns.index(loss)] for cells in rows for loss in losses
    )
    shown_lines = repr(compared).splitlines()
    assert len(shown_lines) == 4 and shown_lines[0].split()[:3] == ["name", "architecture", "weights"]
    assert [line.split()[0] for line in shown_lines[1:]] == ["mlp", "perceptron", "rbf"]


def test_one_kind_of_loss_stands_in_one_column(compared: Comparison) -> None:
    same = Comparison(
        tuple(dataclasses.replace(row, name=name) for row, name in zip(compared.rows[:1] * 2, "ab", strict=True))
    )
    assert [column for column in same.table[0] if column.startswith("loss")] == ["loss"]
