"""Maps of every kind keep the contract."""

from pathlib import Path

import pytest

from zoo.testing import CHECKS, Case, name

CASES = (
    Case("som", options={"rows": 5, "columns": 7}, training={"shards": 3}),
    Case("som", options={"rows": 3, "columns": 4}, training={"kernels": "reference"}),
    Case("som", options={"rows": 3, "columns": 4}, training={"rule": "online", "kernels": "reference"}),
    Case(
        "som",
        options={"rows": 5, "columns": 4, "toroidal": True, "initial": "sample", "distance": "cosine"},
        training={
            "shards": 2,
            "update": "batch",
            "neighbourhood": "bubble",
            "validation": 0.2,
            "patience": 1,
            "monitor": "validation/distortion",
            "epochs": 3,
        },
    ),
    Case(
        "som",
        options={"rows": 4, "columns": 6, "grid": "rectangular", "initial": "random", "precision": "float64"},
        training={"rule": "online", "neighbourhood": "mexican_hat", "learning_rate": 0.1, "last_learning_rate": 0.02},
    ),
    Case(
        "som",
        options={"rows": 6, "columns": 4, "grid": "rectangular", "toroidal": True, "distance": "manhattan"},
        training={
            "rule": "online",
            "neighbourhood": "triangle",
            "radius_decay": "inverse",
            "rate_decay": "exponential",
        },
        data={"name": "colours", "task": "unsupervised"},
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_contract(case: Case, check, tmp_path: Path) -> None:
    check(case, tmp_path)
