"""Small data are learned by whatever takes them: no architecture's own settings leave them at chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zoo
from zoo.data import Dataset
from zoo.data.windows import Ragged
from zoo.registry import lookup
from zoo.types import Array

NAMES = np.array(["left", "middle", "right"])
RELUCTANT = {"rbm": {"labels": True, "annealing_steps": 0}}  # asked for, so that it takes classes

Samples = tuple[Array, Array]


def clusters(rows: int, random: np.random.Generator) -> Samples:
    classes = random.integers(3, size=rows)
    return random.normal(size=(rows, 4)) * 0.5 + 3 * np.eye(4)[classes], classes


def halves(rows: int, random: np.random.Generator) -> Samples:
    """Sides of a plane, columns of unlike scales."""
    x = random.normal(size=(rows, 3))
    return x * [0.01, 1.0, 100.0] + [0.0, 5.0, -20.0], (x @ [1.0, -2.0, 0.5] > 0).astype(int)


def bars(rows: int, random: np.random.Generator) -> Samples:
    """Images of an upright or a lying bar."""
    classes = random.integers(2, size=rows)
    x = random.uniform(0, 0.3, size=(rows, 16, 16))
    x[classes == 1, 4:12, 7:9] += 0.7
    x[classes == 0, 7:9, 4:12] += 0.7
    return x, classes


def classifiers(*families: str) -> list[str]:
    return [
        name
        for name in zoo.list_architectures()
        if "classification" in (kind := lookup.find_architecture(name)).tasks and kind.family in families
    ]


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("rows", [60, 200])
@pytest.mark.parametrize(("table", "bound"), [(clusters, 0.9), (halves, 0.75)])
@pytest.mark.parametrize("name", classifiers("feedforward", "boltzmann", "rbf", "som", "art"))
def test_a_small_table_is_learned(name: str, table: Any, bound: float, rows: int) -> None:
    """Chance is a third and a half; a map and prototypes come to less than a plane does, but well above."""
    random = np.random.default_rng(rows)
    (x, classes), (others, truth) = table(rows, random), table(400, random)
    model = zoo.train(name, (x, NAMES[classes]), **RELUCTANT.get(name, {}))
    assert (zoo.predict(model, others) == NAMES[truth]).mean() > bound


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("name", ["cnn", "lenet5", "mlp", "logistic", "dbn", "rbm"])
def test_few_images_are_learned(name: str) -> None:
    random = np.random.default_rng(1)
    (x, classes), (others, truth) = bars(80, random), bars(200, random)
    model = zoo.train(name, (x, NAMES[classes]), **RELUCTANT.get(name, {}))
    assert (zoo.predict(model, others) == NAMES[truth]).mean() > 0.9


@pytest.mark.parametrize("name", classifiers("recurrent"))
def test_few_sequences_are_learned(name: str) -> None:
    """Of different lengths: which way their first column leans."""
    random = np.random.default_rng(2)

    def sequences(count: int) -> tuple[list[Any], Any]:
        found = [random.normal(size=(random.integers(3, 9), 2)) for _ in range(count)]
        return found, np.array([int(each[:, 0].mean() > 0) for each in found])

    (x, classes), (others, truth) = sequences(80), sequences(200)
    inputs = Ragged.of(x, "sequences")
    data = Dataset("leaning", "classification", inputs, classes, ("left", "middle"), kind="sequences")
    model = zoo.train(name, data)
    assert (zoo.predict(model, others) == NAMES[truth]).mean() > 0.7


def test_what_is_asked_for_holds_beside_settings_for_small_data() -> None:
    x, classes = clusters(60, np.random.default_rng(0))
    model = zoo.train("dbn", (x, NAMES[classes]), epochs=2, initial=0.3, hidden=(5,), pretraining_epochs=1)
    assert model.architecture == zoo.create("dbn", initial=0.3, hidden=(5,))
    assert model.history is not None and model.history.epochs("fine-tuning") == 2
    binary = zoo.train("rbm", (x, NAMES[classes]), labels=True, visible="bernoulli", epochs=1, annealing_steps=0)
    assert binary.architecture.as_dict()["visible"] == "bernoulli"
