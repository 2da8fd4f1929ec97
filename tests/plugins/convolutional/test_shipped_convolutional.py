"""Every recipe of the family can be prepared, and its net learns from its first batches."""

import numpy as np
import pytest

from zoo.core.random import RandomStream
from zoo.core.training_step import StepContext
from zoo.parallel.threads import Workers
from zoo.registry import lookup
from zoo.training import run

RECIPES = ("cnn", "cnn-mnist", "lenet5", "lenet5-mnist", "resnet20-mnist")


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_learns_from_its_first_batches(name, real_data):
    recipe = lookup.find_recipe(name)
    if recipe.data["name"] == "mnist":
        real_data("train-images*")
    prepared = run.prepare(recipe, training={"schedule": "constant"})
    step = prepared.training.phases[0].step(prepared.model)
    rows = prepared.samples("train").rows(np.arange(64))
    losses = []
    with Workers(2) as workers:
        for update in range(8):
            losses.append(step(rows, StepContext(RandomStream(0, batch=update), workers, 0.0, update))["loss"])
    assert losses[-1] < 0.8 * losses[0], losses
