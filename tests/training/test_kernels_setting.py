"""`--kernels reference` runs the rules themselves where an architecture has kernels; elsewhere it is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

import zoo
from zoo import checkpoint
from zoo.core.settings import TrainingPlan
from zoo.errors import OptionError
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.testing.case import finish
from zoo.training.prepare import prepare


@contextmanager
def rules_that_run() -> Iterator[set[str]]:
    """The functions of families' `rules/` that are called in this thread meanwhile."""
    ran = set()

    def called(frame: FrameType, event: str, what: object) -> None:
        if event == "call" and ".rules." in (module := str(frame.f_globals.get("__name__"))):
            ran.add(f"{module}.{frame.f_code.co_name}")

    sys.setprofile(called)
    try:
        yield ran
    finally:
        sys.setprofile(None)


SLOW = ("alexnet", "resnet")  # built and trained in many seconds; their layers are those of others


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("name", [name for name in zoo.list_architectures() if name not in SLOW])
def test_the_rules_are_run_or_the_setting_is_refused(name: str) -> None:
    """What decides is whether a phase says that its step has kernels; nothing is silently ignored."""
    kind = lookup.find_architecture(name)
    recipe, reference = Recipe(name, name, training={"epochs": 1}), {"kernels": "reference"}
    if not any(phase.has_kernels for phase in prepare(recipe, options=kind.small).training.phases):
        with pytest.raises(OptionError, match=r"kernels has no effect here: no phase of .* uses it; leave it out"):
            prepare(recipe, options=kind.small, training=reference)
        return
    run = prepare(recipe, options=kind.small, training=reference)
    assert all(phase.settings.by_the_rule for phase in run.training.phases if phase.has_kernels)
    with rules_that_run() as ran:
        finish(run)
    assert ran, "no function of rules/ was called"


def test_a_checkpoint_remembers_what_computed_it(tmp_path: Path) -> None:
    """A run that goes on does so by the rule, to the bits of one that was not interrupted."""
    x = (np.random.default_rng(0).random((40, 6)) < 0.5).astype(float)
    options = {
        "hidden": 4,
        "chains": "persistent",
        "annealing_steps": 0,
        "kernels": "reference",
        "schedule": "constant",
    }
    whole = zoo.train("rbm", x, epochs=4, out=tmp_path / "whole.h5", **options)
    zoo.train("rbm", x, epochs=2, out=tmp_path / "half.h5", **options)
    assert checkpoint.inspect(tmp_path / "half.h5").manifest["training"]["kernels"] == "reference"
    on = zoo.resume(tmp_path / "half.h5", data=x, epochs=4, out=tmp_path / "on.h5")
    for name, array in whole.weights.items():
        assert on.weights[name].tobytes() == array.tobytes(), name


def test_another_value_is_refused() -> None:
    with pytest.raises(OptionError, match="kernels is 'fast', expected one of auto, numpy, numba, reference"):
        TrainingPlan.of(zoo.TrainingSettings, {"kernels": "fast"}, "test")
