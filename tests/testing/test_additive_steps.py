"""Every additive step of every family may be measured anywhere: it says what its updates change, and sums have the same
bits in whatever ranges, by threads or processes, they were measured and added."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from zoo.core.training_step import AdditiveStep
from zoo.registry import lookup
from zoo.testing import Case
from zoo.testing.case import difference, finish
from zoo.testing.ranges import compared

# What the architectures' defaults do not reach: other rules, starts, chains.
MORE = (
    Case("cnn", options={"channels": (2,), "dense": ()}, training={"shift": 1.0, "flip": "horizontal"}),
    Case("som", options={"rows": 3, "columns": 4, "initial": "random"}),
    Case("som", options={"rows": 3, "columns": 4}, training={"update": "batch"}),
    Case("rbf", options={"placing": "orthogonal", "centres": 5, "candidates": 30}),
    Case(
        "rbf",
        options={"placing": "orthogonal", "centres": 5, "candidates": 30},
        training={"shards": 3, "batch_size": 8},
    ),
    Case("rbf", options={"centres": 5, "output": "gradient"}),
    Case("rbm", options={"hidden": 6}, training={"chains": "persistent", "shards": 3}),
    Case("rbm", options={"hidden": 6}, training={"chains": "tempered", "temperatures": 3, "sparsity_cost": 0.1}),
    Case("dbn", options={"hidden": (7, 5), "fine_tuning": "up-down", "initial": 0.5}),
    Case("boltzmann", training={"statistics": "exact"}),
)


def every() -> list[Case]:
    names = [offer.name for _, offer in lookup.registry().offers("architecture")]
    return [*(Case(name, options=lookup.find_architecture(name).small) for name in names), *MORE]


def kinds_of(kind: type[AdditiveStep]) -> Iterator[type[AdditiveStep]]:
    for each in kind.__subclasses__():
        yield each
        yield from kinds_of(each)


@pytest.mark.parametrize("case", every(), ids=str)
def test_ranges_of_pieces_add_up_to_the_bits_of_the_whole(case: Case) -> None:
    for step in compared(case):
        assert step.changing() is not None, f"{type(step).__name__} does not say what its updates change"


def test_the_cases_have_every_additive_step_of_every_family() -> None:
    seen = set()
    for case in every():
        run = case.prepare()
        seen |= {type(phase.step(run.model)) for phase in run.training.phases}
    families = {each for each in kinds_of(AdditiveStep) if each.__module__.startswith("zoo_")}
    missing = {each.__name__ for each in families - seen if not each.__module__.startswith("zoo_plugin_file")}
    assert len(families) > 12 and not missing


@pytest.mark.slow
@pytest.mark.parametrize("case", every(), ids=str)
def test_one_two_or_three_workers_threads_or_processes_give_the_same_bits(case: Case) -> None:
    more = {} if "shards" in case.training or "blocks" in case.training else {"shards": 3}
    runs = []
    for threads, processes in ((1, False), (2, False), (3, False), (2, True), (3, True)):
        run = case.prepare(**more)
        finish(run, threads=threads, processes=processes)
        runs.append(run.training)
    assert not [found for other in runs[1:] if (found := difference(runs[0], other))]
