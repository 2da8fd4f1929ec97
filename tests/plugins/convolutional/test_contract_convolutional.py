"""The contract where options change how a convolutional net trains: augmentation, batch norm, groups, heads, tasks."""

from pathlib import Path

import pytest

from zoo.testing import CHECKS, Case, name

CASES = (
    Case(
        "cnn",
        options={"channels": (4, 6), "dense": (8,), "dropout": 0.3, "precision": "float64"},
        training={"shards": 3, "shift": 2, "rotation": 8, "scaling": 0.1, "elastic": 1.0, "flip": "horizontal"},
    ),
    Case("cnn", options={"channels": (4,), "kernel": 5, "border": "none", "batch_norm": True}, training={"crop": 2}),
    Case("cnn", options={"channels": (16, 16), "dense": ()}),  # wide enough for Winograd's rule
)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_contract(case: Case, check, tmp_path: Path) -> None:
    check(case, tmp_path)
