"""`--kernels reference` runs the rules themselves where an architecture has kernels; elsewhere it is refused."""

from __future__ import annotations

import pytest

import zoo
from zoo.core.settings import TrainingPlan
from zoo.errors import OptionError
from zoo.registry import lookup
from zoo.registry.recipes import Recipe
from zoo.testing.case import finish
from zoo.training.prepare import prepare


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("name", [name for name in zoo.list_architectures() if name != "alexnet"])  # its build is slow
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
    finish(run)


def test_another_value_is_refused() -> None:
    with pytest.raises(OptionError, match="kernels is 'fast', expected one of auto, reference"):
        TrainingPlan.of(zoo.TrainingSettings, {"kernels": "fast"}, "test")
