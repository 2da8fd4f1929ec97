"""Boltzmann machines of every kind keep the contract."""

from pathlib import Path

import pytest

from zoo.testing import CHECKS, Case, name

CASES = (
    Case("rbm", options={"hidden": 5}, training={"kernels": "reference", "chains": "persistent", "shards": 2}),
    Case("rbm", options={"hidden": 5}, training={"kernels": "reference", "chains": "tempered"}),
    Case("boltzmann", options={"groups": (4, 4)}, training={"copies": 3, "off": 0.1, "batch_size": 3, "shards": 2}),
    Case("boltzmann", options={"hidden": 3, "precision": "float32"}, training={"statistics": "exact", "batch_size": 2}),
    Case("boltzmann", options={"hidden": 0, "lateral": False}, training={"increments": "fixed"}, data={"size": 3}),
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
    Case(
        "dbn",
        options={"hidden": (7, 5), "initial": 0.5},
        training={"pretraining_epochs": 1, "rbm2": {"epochs": 2}},
        data={"name": "letters"},
    ),
    Case(
        "dbn",
        options={"hidden": (7, 5), "fine_tuning": "up-down"},
        training={"shards": 2, "pretraining_epochs": 1},
        data={"name": "letters"},
    ),
    Case(
        "dbn",
        options={"hidden": (7, 5), "fine_tuning": "none", "precision": "float64"},
        training={"pretraining_epochs": 2},
        data={"name": "bars-and-stripes"},
    ),
    Case("dbn", options={"hidden": (6,), "pretrain": False, "dropout": 0.2}, data={"name": "letters"}),
)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_contract(case: Case, check, tmp_path: Path) -> None:
    check(case, tmp_path)
