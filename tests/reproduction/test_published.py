"""What [published] and [runs] of a recipe may say, and what is refused."""

from __future__ import annotations

import pytest

from zoo.errors import OptionError
from zoo.registry.lookup import registry
from zoo.registry.recipes import Recipe, read_recipe, shipped

NOBODY = {"metric": "accuracy", "value": 0.9, "source": "Nobody (1900)"}


def recipe(**tables):
    return Recipe.of({"architecture": "mlp", **tables}, "made")


def test_tables_read_back_as_written():
    made = recipe(
        published=[{**NOBODY, "spread": 0.1, "changed": ["a"]}, {**NOBODY, "metric": "loss", "spread": [0.5, 1.5]}],
        runs={"seeds": 3, "test_rows": "last 3"},
    )
    assert Recipe.of(made.as_dict(), "made") == made
    assert made.published[1].range_of(0) == (0.5, 1.5)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"published": {**NOBODY, "tolerance": 0.1}}, "tolerance above 0 together with why"),
        ({"published": {**NOBODY, "spread": [0.95, 1.0]}}, "around value"),
        ({"published": {**NOBODY, "spread": -1}}, "spread is negative"),
        ({"published": {**NOBODY, "statistic": "mode"}}, "expected median or mean"),
        ({"published": {**NOBODY, "changed": "all"}}, "expected a list of texts"),
        ({"published": {**NOBODY, "value": [0.1, 0.2]}}, "one for each of the 0 values"),
        ({"published": NOBODY, "runs": {"vary": "hidden", "values": [[1], [2]]}}, "one for each of the 2 values"),
        ({"published": [NOBODY, 3]}, r"\[\[published\]\] 2 is 3, expected a table"),
        ({"runs": {"seeds": 0}}, "seeds is 0, expected a whole number from 1"),
        ({"runs": {"folds": 1}}, "folds is 1, expected a whole number from 2"),
        ({"runs": {"vary": "hidden"}}, "vary, an option, together with values"),
        ({"runs": {"folds": 3, "test_rows": "last 3"}}, "got both"),
        ({"runs": {"seed": 3}}, "there is no key 'seed'; did you mean 'seeds'"),
    ],
)
def test_a_mistake_gets_one_line(tables, message):
    with pytest.raises(OptionError, match=message):
        recipe(**tables)


RECIPES = sorted(shipped("models").glob("*/*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_shipped_recipe_with_a_published_number_says_its_setting(path):
    for paper in read_recipe(path).published:
        assert len(paper.source) > 20 and any(each.isdigit() for each in paper.source + paper.table)


def test_every_family_has_published_results():
    families = {offer.name: offer.family for _, offer in registry().offers("architecture")}
    with_results = [families[each.architecture] for path in RECIPES if (each := read_recipe(path)).published]
    assert all(with_results.count(family) >= 2 for family in set(families.values()))
