"""Real data, which do not come with zoo: a test that wants some skips where they are not in the data folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from zoo.platform.system import data_folder
from zoo.registry import lookup
from zoo.training.prepare import Run, prepare


@pytest.fixture
def real_data() -> Callable[[str], Path]:
    """`real_data("train-images*")` is a file of that name in the data folder or a folder in it."""

    def find(name: str) -> Path:
        folder = data_folder()
        found = sorted([*folder.glob(name), *folder.glob(f"*/{name}")])
        if not found:
            pytest.skip(f"there is no {name} in {folder}; ZOO_DATA names another folder")
        return found[0]

    return find


@pytest.fixture
def prepared_recipe(real_data: Callable[[str], Path]) -> Callable[[str], Run]:
    """`prepared_recipe("rbm-mnist")` is the run of a recipe whose data are here: its options, settings and data are
    accepted, and its model is built."""

    def prepared(name: str) -> Run:
        recipe = lookup.find_recipe(name)
        if recipe.data["name"] == "mnist":
            real_data("train-images*")
        return prepare(recipe)

    return prepared
