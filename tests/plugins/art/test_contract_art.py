"""The contract over adaptive resonance, where its options change how it trains."""

from pathlib import Path

import pytest

from zoo.testing import CHECKS, Case, name

CASES = (
    Case("art1", options={"uncommitted": "last", "vigilance": 0.5}),
    Case("art2a", options={"threshold": 0.1, "precision": "float64"}),
    Case("fuzzy-art", options={"rate": 0.5, "uncommitted": "last"}, data={"name": "moons"}),
    Case("fuzzy-art", options={"vigilance": 0.9, "most": 7, "precision": "float64"}, data={"name": "letters"}),
    Case("fuzzy-art", training={"kernels": "reference"}),
    Case("fuzzy-artmap", options={"voters": 3}),
    Case("fuzzy-artmap", training={"kernels": "reference"}),
    Case(
        "fuzzy-artmap", options={"tracking": -0.001, "rate": 0.7}, data={"name": "moons"}, training={"validation": 0.2}
    ),
)


@pytest.mark.filterwarnings("ignore:values outside their range in training")
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_contract(case: Case, check, tmp_path: Path) -> None:
    check(case, tmp_path)
