"""A goal ends training at the end of the first epoch that reaches it, also one of several, and Prechelt's measures."""

import math

import pytest

import zoo
from zoo.errors import OptionError, UsageError
from zoo.training.goal import Goal


def test_training_ends_with_the_first_epoch_that_reaches_it():
    model = zoo.train("mlp", "xor", hidden=(4,), epochs=300, batch_size=4, learning_rate=0.05, until="accuracy >= 1")
    curve = model.history["train"]["accuracy"]
    assert 1 < len(curve) < 300
    assert curve[-1] == 1
    assert max(curve[:-1]) < 1


@pytest.mark.parametrize(
    ("text", "curves", "met"),
    [
        ("loss < 0.5", {"loss": [0.4, 0.6]}, False),
        ("loss < 0.5", {"loss": [0.6, 0.4]}, True),
        ("loss < 0.5", {"loss": [math.nan]}, False),
        ("loss < 0.5", {}, False),
        ("a/b >= 1e2 or loss <= 0", {"a/b": [100.0], "loss": [1.0]}, True),
        ("generalization_loss > 5", {"validation/loss": [1.0] * 5 + [1.0, 1, 1, 1, 1.04]}, False),
        ("generalization_loss > 5", {"validation/loss": [1.0] * 5 + [1.0, 1, 1, 1, 1.06]}, True),
        ("generalization_loss > 5", {"validation/loss": [1.0] * 5 + [9.0]}, False),  # not at the end of a strip
        ("progress < 0.1", {"loss": [3.0, 1.0, 1.0, 1.0, 1.0]}, False),
        ("progress < 0.1", {"loss": [1.0, 1.0, 1.0, 1.0, 1.0]}, True),
    ],
)
def test_what_reaches_a_goal(text, curves, met):
    assert Goal.parse(text).reached(curves) is met


@pytest.mark.parametrize("text", ["accuracy", "accuracy > high", "accuracy = 1", "> 1", "loss < 1 or", "loss < 1.2.3"])
def test_a_text_that_is_no_goal_is_refused_with_an_example(text):
    with pytest.raises(OptionError, match="expected a metric, one of >=, <=, >, <, and a number, as in"):
        Goal.parse(text)


def test_a_metric_that_is_not_recorded_is_refused_before_training():
    with pytest.raises(UsageError, match="'acuracy' is not recorded; did you mean 'accuracy'"):
        zoo.train("mlp", "moons", epochs=1, until="loss < 0 or acuracy > 1")
    with pytest.raises(UsageError, match=r"hold one out with validation=0\.1"):
        zoo.train("mlp", "moons", epochs=1, until="generalization_loss > 1")
