"""Boltzmann machines of every kind keep the contract."""

from pathlib import Path

import pytest

from zoo.testing import CHECKS, Case, name

CASES = (
    Case("rbm", options={"hidden": 6}, training={"watch": 3, "sparsity_cost": 0.1, "shards": 3}),
    Case("rbm", options={"hidden": 6}, training={"chains": "persistent", "steps": 3}, data={"size": 5}),
    Case("rbm", options={"hidden": 5}, training={"chains": "tempered", "temperatures": 3, "shards": 2}),
    Case("rbm", options={"hidden": 5, "visible": "gaussian", "labels": True}, data={"name": "moons"}),
    Case(
        "rbm",
        options={"hidden": 5, "labels": True, "precision": "float64"},
        training={"chains": "persistent", "momentum": 0.0},
        data={"name": "moons"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_contract(case: Case, check, tmp_path: Path) -> None:
    check(case, tmp_path)
