"""The checkpoints that come with zoo are what their recipes promise, and recipes are data that can be trained."""

from collections.abc import Callable

import pytest

from zoo import checkpoint
from zoo.registry import lookup
from zoo.training import run
from zoo.training.prepare import Run

CHECKPOINTS = ("moons", "nand", "xor")
RECIPES = [offer.name for plugin, offer in lookup.registry().offers("recipe") if plugin.source.entry == "feedforward"]


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_shipped_checkpoint_keeps_its_recipes_promise(name: str) -> None:
    evaluation = run.evaluate(lookup.find_checkpoint(name))
    recipe = lookup.find_recipe(name)
    assert recipe.expect
    for metric, expected in recipe.expect.items():
        assert evaluation.metrics[metric] >= expected


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_shipped_checkpoint_holds_the_figures_it_shows(name: str) -> None:
    """The metrics in the file are those of evaluating it here and now."""
    path = lookup.find_checkpoint(name)
    stored = checkpoint.inspect(path).manifest["metrics"]
    assert stored == pytest.approx(dict(run.evaluate(path).metrics), rel=1e-5)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_of_the_family_can_be_prepared(name: str, prepared_recipe: Callable[[str], Run]) -> None:
    assert prepared_recipe(name).model.weights


@pytest.mark.parametrize("name", ["nand", "xor", "moons"])
def test_small_recipes_keep_their_promise(name: str) -> None:
    _, rows = run.reproduce(name)
    assert rows and all(row.held for row in rows)
