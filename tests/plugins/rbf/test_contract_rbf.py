"""The contract over radial basis functions, where options change how they are trained."""

from pathlib import Path

import pytest

from zoo.testing import CHECKS, Case, name

CASES = (
    Case("rbf", options={"centres": 4}, training={"kernels": "reference"}),
    Case("rbf", options={"centres": 4, "placing": "orthogonal", "candidates": 40}, training={"kernels": "reference"}),
    Case("rbf", options={"centres": 7, "placing": "random", "basis": "multiquadric"}),
    Case(
        "rbf",
        options={"centres": 5, "placing": "orthogonal", "candidates": 40},
        training={"pass_size": 20, "shards": 3},
    ),
    Case("rbf", options={"placing": "samples", "ridge": 0.001, "width": 3.0}, rows=400),
    Case(
        "rbf",
        options={"centres": 6, "learned": True, "normalized": True, "precision": "float32"},
        data={"name": "moons"},
    ),
    Case(
        "rbf",
        options={"centres": 9, "output": "gradient", "basis": "inverse-multiquadric", "widths": "common"},
        data={"name": "moons"},
        training={"validation": 0.2, "pass_size": 16},
    ),
    Case(
        "rbf", options={"centres": 8, "basis": "thin-plate", "widths": "fixed"}, training={"pass_size": 16, "epochs": 3}
    ),
)


@pytest.mark.filterwarnings("ignore:rbf. the normal equations have the condition")
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_contract(case: Case, check, tmp_path: Path) -> None:
    check(case, tmp_path)
