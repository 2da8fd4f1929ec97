"""A sign can be given by itself wherever an option has a name for it: `--decimal ,` is `--decimal comma`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.cli.app import main
from zoo.data import DataOptions, InMemory, open_dataset
from zoo.errors import OptionError
from zoo.options import options_of

ALIASES = [
    (name, alias, choice)
    for name, each in options_of(DataOptions).items()
    for alias, choice in (each.aliases or {}).items()
]


@pytest.mark.parametrize(("name", "alias", "choice"), ALIASES)
def test_an_alias_is_the_choice(name: str, alias: Any, choice: str) -> None:
    option = options_of(DataOptions)[name]
    assert option.choices is not None and choice in option.choices
    assert DataOptions.of({name: alias}) == DataOptions.of({name: choice})
    if isinstance(alias, str):
        assert option.parse(alias, "flag") == choice
        assert alias.strip() in option.expected or option.shown(choice) in option.expected


def test_signs_of_every_choice_are_aliases() -> None:
    assert {name for name, _, _ in ALIASES} == {"decimal", "thousands", "delimiter", "header"}
    for name in ("decimal", "thousands", "delimiter"):
        choices = set(options_of(DataOptions)[name].choices or ())
        assert {choice for each, _, choice in ALIASES if each == name} == choices - {"auto", "none"}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("a;b;c\n" + "1.234,5;2,5;x\n2.345,5;1,5;y\n1.234,5;1,5;y\n2.345,5;2,5;x\n1.234,5;2,5;y\n" * 4)
    return path


def test_signs_read_a_file_as_names_do(table: Path) -> None:
    signs = open_dataset(table, decimal=",", thousands=".", delimiter=";", header=True)
    names = open_dataset(table, decimal="comma", thousands="point", delimiter="semicolon", header="yes")
    assert signs.options == names.options
    assert isinstance(signs.inputs, InMemory) and isinstance(names.inputs, InMemory)
    np.testing.assert_array_equal(signs.inputs.array, names.inputs.array)
    assert signs.inputs.array[0].tolist() == [1234.5, 2.5]


@pytest.mark.filterwarnings("error")
def test_a_sign_is_no_other_option_than_in_training(table: Path) -> None:
    model = zoo.train("logistic", table, decimal="comma", epochs=1)
    assert zoo.evaluate(model, table, decimal=",").part.startswith("test part")


def test_flags_take_signs(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["train", "logistic", "--data", str(table), "--epochs", "1", "--out", str(tmp_path / "a.h5")]
    assert main([*call, "--decimal", ",", "--thousands", ".", "--delimiter", ";"]) == 0
    capsys.readouterr()
    assert main([*call, "--decimal", "!"]) == 2
    assert "expected one of auto, point (.), comma (,)" in capsys.readouterr().err.splitlines()[0]


def test_several_columns_may_be_a_list() -> None:
    listed = {name for name, each in options_of(DataOptions).items() if each.listed}
    assert listed == {"target", "ignore", "categorical", "use", "group"}
    for name in listed:
        assert DataOptions.of({name: ["a", "b"]}) == DataOptions.of({name: "a,b"})
        assert DataOptions.of({name: (1, 2)}) == DataOptions.of({name: "1,2"})
        with pytest.raises(OptionError, match=f"{name} is 3.5, expected text"):
            DataOptions.of({name: [3.5]})
    frame = {"a": np.arange(9.0), "b": np.arange(9.0), "c": np.arange(9.0)}
    assert zoo.train("mlp", frame, target=["a", "c"], epochs=1, hidden=2).signature.labels == ("a", "c")
