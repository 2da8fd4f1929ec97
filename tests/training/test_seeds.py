"""Split, initial weights and order have seeds of their own, each by default the seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_models import NAMES, SLOW, arrays_for, train_small

import zoo
from zoo.core.random import RandomStream
from zoo.errors import OptionError, UsageError
from zoo.training.prepare import prepare

pytestmark = pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
SEEDS = ("split_seed", "weights_seed", "order_seed")


def weights(model: zoo.Model) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in model.weights.items()}


def heeded(name: str, **seeds: int) -> dict[str, int]:
    """Those of the seeds that have an effect on an architecture."""
    found = {}
    for seed, value in seeds.items():
        try:
            train_small(name, **{seed: value})
        except OptionError as error:
            if f"{seed} has no effect" not in str(error):
                raise
        else:
            found[seed] = value
    return found


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_all_three_together_are_the_seed(name: str) -> None:
    own = heeded(name, **dict.fromkeys(SEEDS, 5))
    rest = {} if len(own) == len(SEEDS) else {"seed": 5}
    assert weights(train_small(name, seed=5)) == weights(train_small(name, **own, **rest))


def prepared(**seeds: int) -> Any:
    return prepare("mlp", data={"name": "moons"}, options={"hidden": (4,)}, training={"validation": 0.1, **seeds})


def test_each_seed_changes_its_own_draw_alone() -> None:
    plain = prepared()
    for seed in SEEDS:
        other = prepared(**{seed: 7})
        same_split = all(
            np.array_equal(getattr(plain.parts, part), getattr(other.parts, part)) for part in ("train", "test")
        )
        assert same_split == (seed != "split_seed")
        assert (weights(plain.model) == weights(other.model)) == (seed != "weights_seed")
        assert (plain.training.seed == other.training.seed) == (seed != "order_seed")
        settings = other.plan.common
        assert [settings.seed_of(what) for what in ("split", "weights", "order")] == [
            7 if each == seed else 0 for each in SEEDS
        ]
    assert np.array_equal(prepared(split_seed=7).parts.test, prepared(seed=7).parts.test)
    assert weights(prepared(weights_seed=7).model) == weights(prepared(seed=7).model)


def test_a_run_with_seeds_of_its_own_resumes_exactly_and_is_measured_on_its_own_rows(tmp_path: Path) -> None:
    seeds = {"seed": 1, "split_seed": 2, "weights_seed": 3, "order_seed": 4}
    path = tmp_path / "run.h5"
    stopped = zoo.train("mlp", "moons", hidden=4, epochs=3, out=path, listen=at_second_epoch, **seeds)
    assert stopped.history.epochs("train") == 1
    whole = zoo.train("mlp", "moons", hidden=4, epochs=3, **seeds)
    assert weights(zoo.resume(path)) == weights(whole)
    assert zoo.evaluate(path).metrics == whole.trained.metrics
    assert [zoo.load(path).trained.settings[seed] for seed in seeds] == [1, 2, 3, 4]
    assert "split_seed 2" in repr(whole.trained)


def at_second_epoch(event: zoo.events.Event) -> None:
    if isinstance(event, zoo.events.EpochDone):
        event.stop()


def test_seeds_without_effect_are_refused() -> None:
    X, y = arrays_for("mlp")
    with pytest.raises(OptionError, match="split_seed has no effect: no part of arrays is drawn"):
        zoo.train("mlp", (X, y), test=0, split_seed=1)
    with pytest.raises(OptionError, match="weights_seed has no effect: the initial weights are the same for any seed"):
        zoo.train("perceptron", (X, y), weights_seed=1)
    with pytest.raises(OptionError, match="weights_seed has no effect: the initial weights are the model's own"):
        zoo.train(train_small("mlp"), (X, y), weights_seed=1)
    with pytest.raises(UsageError, match=r"\[training.train\] order_seed is of the whole run"):
        zoo.train("mlp", (X, y), train={"order_seed": 1})


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_initial_weights_come_from_their_seed(name: str) -> None:
    model = train_small(name)
    first, again, other = (model.architecture.build(model.signature, RandomStream(seed)) for seed in (1, 1, 2))
    assert weights(first) == weights(again)
    drawn = weights(first) != weights(other)
    assert drawn == ("weights_seed" in heeded(name, weights_seed=3))
