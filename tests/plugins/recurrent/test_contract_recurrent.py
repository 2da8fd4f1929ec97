"""The contract of every architecture, kept by the four: on text in lanes, strings, sequences with labels, series."""

from __future__ import annotations

from pathlib import Path

import pytest

from zoo.testing import CHECKS, Case, name

SMALL = {"hidden": 5}
BOTH = {"bidirectional": True}
CASES = [
    Case("lstm", SMALL, {"epochs": 2, "batch_size": 3}, {"name": "counting", "window": 20}, rows=8),
    Case("lstm", {**SMALL, "peepholes": True, "layers": 2, "dropout": 0.2}, {"shards": 3}, {"name": "sentences"}),
    Case("gru", {**SMALL, **BOTH}, {"shards": 2, "optimizer": "momentum"}, {"name": "adding", "steps": 10}),
    Case("gru", SMALL, {"batch_size": 2, "epochs": 2}, {"name": "temporal-xor"}, rows=7),
    Case("elman", {**SMALL, "layers": 2}, {"validation": 0.2}, {"name": "reber", "strings": 40}),
    Case("jordan", SMALL, {"shards": 2}, {"name": "sine", "window": 10, "horizon": 3}),
    Case("jordan", {**SMALL, "layers": 2}, {"batch_size": 3}, {"name": "temporal-xor"}, rows=8),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_contract(check, case: Case, tmp_path: Path) -> None:
    check(case, tmp_path)
