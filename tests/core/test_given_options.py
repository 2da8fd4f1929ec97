"""A value that is refused is blamed on who gave it: the caller, or the recipe's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import zoo
from zoo.errors import OptionError


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("mlp", {"hidden": "many"}, r"train\('mlp'\): hidden is 'many', expected a list"),
        ("mlp", {"epochs": -1}, r"train\('mlp'\): epochs is -1, expected a whole number from 0"),
        ("moons-fuzzy-art", {"vigilance": 2.0}, r"train\('moons-fuzzy-art'\): vigilance is 2.0, expected a number"),
        ("rbf", {"output": {"epochs": 3}}, r"train\('rbf'\): output is {'epochs': 3}, expected one of"),
        ("dbn", {"rbm1": {"epochs": "all"}}, r"train\('dbn'\), phase 'rbm1': epochs is 'all', expected a"),
    ],
)
def test_a_value_from_the_caller_names_the_caller(name: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=f"^{said}"):
        zoo.train(name, data="moons", **given)


def test_a_value_from_the_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('architecture = "mlp"\n[options]\nhidden = "many"\n')
    with pytest.raises(OptionError, match=r"^recipe '.*mine.toml': hidden is 'many'"):
        zoo.train(str(path), data="moons", epochs=1)
    # What is given replaces what the file says.
    path.write_text('architecture = "mlp"\n[options]\nhidden = 4\n')
    with pytest.raises(OptionError, match=r"^train\('mine'\): hidden is 0"):
        zoo.train(str(path), data="moons", hidden=0)
