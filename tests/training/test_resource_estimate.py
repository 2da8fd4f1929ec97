"""Estimates before training: too much memory is refused in one line, a long duration is announced."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import zoo
from zoo.core.signature import Signature
from zoo.data.dataset import Column
from zoo.data.targets import MANY_CLASSES, decide
from zoo.errors import DataError, TrainingError, ZooWarning
from zoo.platform import system
from zoo.registry import lookup
from zoo.training.resource_estimate import check_memory, tell_time

MLP = lookup.find_architecture("mlp").of({"hidden": (4,)}, "test")


def classes(count: int) -> Signature:
    return Signature("classification", (2,), (count,), tuple(map(str, range(count))))


def test_a_net_larger_than_memory_is_refused_before_it_is_built() -> None:
    with pytest.raises(TrainingError, match=r"mlp: not enough memory: [0-9,]{15,} weights.* GB at least.*batch_size"):
        zoo.train("mlp", hidden=(1_000_000, 1_000_000))


def test_the_systems_count_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = 2 * 4 + 4 + 4 * 3 + 3
    needed = 4 * (3 * weights + 2 * 8 * 3)
    monkeypatch.setattr(system, "available_memory", lambda: needed)
    check_memory(MLP, classes(3), 8)
    monkeypatch.setattr(system, "available_memory", lambda: needed - 1)
    with pytest.raises(TrainingError, match="not enough memory"):
        check_memory(MLP, classes(3), 8)
    monkeypatch.setattr(system, "available_memory", lambda: None)  # where nobody knows, nothing is refused
    check_memory(MLP, classes(3), 2**40)


@pytest.mark.skipif(system.WINDOWS, reason="this system does not say")
def test_the_limit_of_the_process_counts() -> None:
    import resource

    free, limits = system.available_memory(), resource.getrlimit(resource.RLIMIT_AS)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (system.memory_in_use() + 2**30, limits[1]))
        limited = system.available_memory()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
    assert limited is not None and limited <= 2**30 and (free is None or limited <= free)


def test_probabilities_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = zoo.train("mlp", "xor", hidden=(4,), epochs=1)
    monkeypatch.setattr(system, "available_memory", lambda: 10)
    with pytest.raises(TrainingError, match="4 rows with 2 probabilities each"):
        zoo.predict(model, np.zeros((4, 2)), probabilities=True)


def test_a_long_epoch_is_told() -> None:
    with pytest.warns(
        ZooWarning, match=r"200,000 samples with 100,000 classes are 2.0e\+10 outputs an epoch, about 3 min"
    ):
        tell_time(MLP, classes(100_000), 200_000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tell_time(MLP, classes(1000), 60_000)


def test_many_rare_classes_are_refused_unless_they_are_asked_for() -> None:
    values = np.arange(2 * (MANY_CLASSES + 1)) % (MANY_CLASSES + 1)
    column = Column("y", tuple(f"c{n}" for n in range(MANY_CLASSES + 1)))
    with pytest.raises(DataError, match=r"10,001 different values in 20,002 rows.*--task classification"):
        decide([(column, values)], "auto", "here")
    assert len(decide([(column, values)], "classification", "here").labels) == MANY_CLASSES + 1
    often = np.arange(10 * (MANY_CLASSES + 1)) % (MANY_CLASSES + 1)
    assert decide([(column, often)], "auto", "here").task == "classification"
