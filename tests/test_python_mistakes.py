"""Calls that cannot be meant so end in one line that names what to do, before the first batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.errors import DataError, OptionError, UsageError
from zoo.nn import GradientModel

random = np.random.default_rng(0)
X, y = random.normal(size=(20, 3)), np.arange(20) % 2
SEQUENCES = [random.normal(size=(3 + row % 3, 2)) for row in range(20)]
PUBLIC = (zoo.train, zoo.resume, zoo.create, zoo.load, zoo.save, zoo.predict, zoo.sample, zoo.evaluate, zoo.compare)
WRONG: list[tuple[Any, str]] = [
    ((X, y, y), "a tuple of 3, expected a pair"),
    ((X, y, X, y), "a tuple of 4, expected a pair"),
    ((X, y[:-1]), "60|20 rows of inputs and 19 of targets"),
    ((SEQUENCES, y[:-2]), "20 sequences and 18 targets"),
    ((SEQUENCES, [np.arange(len(each)) % 2 for each in SEQUENCES]), "target of row 1 is a list of 3"),
    ((SEQUENCES, [[0]] * 10 + [[0, 1]] * 10), "target of row 1 is a list of 1"),
    (([SEQUENCES[0], SEQUENCES[1][:, :1]], y[:2]), "time step of sequence 2 has shape"),
]


@pytest.mark.parametrize(("data", "message"), WRONG)
def test_data_that_are_no_pair_of_equal_length_are_refused(data: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        zoo.train("lstm" if isinstance(data[0], list) else "mlp", data, epochs=1)


@pytest.mark.parametrize("function", PUBLIC, ids=lambda function: function.__name__)
def test_unknown_arguments_are_named(function: Callable[..., Any]) -> None:
    first = ("mlp",) if function in (zoo.train, zoo.create, zoo.compare) else ("run.h5",)
    more = (X,) if function is zoo.predict else ("saved.h5",) if function is zoo.save else ()
    with pytest.raises(UsageError, match=r"there is no (option|argument) 'hiden'"):
        function(*first, *more, hiden=3)


def test_too_many_arguments_say_that_targets_belong_to_the_data() -> None:
    with pytest.raises(UsageError, match=r"train: got 3 arguments without a name, .*\(X, y\)"):
        zoo.train("mlp", X, y)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match="predict: missing a required argument: 'raw'"):
        zoo.predict("run.h5")  # type: ignore[call-arg]


def test_few_rows_get_more_than_one_centre() -> None:
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]])
    model = zoo.train("rbf", (corners, np.array([0, 1, 1, 0])), test=0)
    assert model.architecture.centres == 4
    assert zoo.predict(model, corners).tolist() == [0, 1, 1, 0]
    for rows, centres in ((10, 5), (59, 5), (100, 10), (3000, 200)):
        data = random.normal(size=(rows, 2))
        assert zoo.train("rbf", (data, data[:, 0]), test=0).architecture.centres == centres


def test_outputs_of_another_shape_than_the_targets_are_refused_when_the_model_is_built() -> None:
    made = zoo.create("mlp", hidden=3)
    layers = made.network(zoo.Signature("classification", (3,), (3,)))
    for signature in (zoo.Signature("classification", (3,), (4,)), zoo.Signature("regression", (3,), (2,))):
        with pytest.raises(UsageError, match=r"mlp: got outputs of shape \(3,\), expected \([24],\)"):
            GradientModel(made, signature, layers, zoo.RandomStream(0))


def test_options_of_data_without_data_are_refused() -> None:
    with pytest.raises(OptionError, match="evaluate: got 'target' without data"):
        zoo.evaluate("run.h5", target="a")
