"""Names of columns in several lines: pandas' levels of names, and units below names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import zoo
from zoo.data import open_dataset

VALUES = np.random.default_rng(0).normal(size=(30, 3)).round(3)


def test_levels_of_pandas_are_joined(tmp_path: Path) -> None:
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")])
    for number, index in enumerate((pd.RangeIndex(30, name="idx"), pd.RangeIndex(30))):
        path = tmp_path / f"{number}.csv"
        pd.DataFrame(VALUES, columns=columns, index=index).to_csv(path)
        found = open_dataset(path)
        assert [column.name for column in found.columns] == ["a x", "a y"] and found.target_columns == ("b x",)
        assert np.array_equal(found.inputs.read(0, 30), VALUES[:, :2])
        assert any("taken for the names of the columns, joined" in note for note in found.notes)
        model = zoo.train("mlp", str(path), hidden=2, epochs=1)
        assert np.array_equal(zoo.predict(model, path), zoo.predict(model, VALUES[:, :2]))


def test_units_below_names_belong_to_them(tmp_path: Path) -> None:
    lines = ["length;width;kind", "cm;mm;", *(f"{a};{b};{'xy'[int(c > 0)]}" for a, b, c in VALUES)]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    found = open_dataset(tmp_path / "t.csv")
    assert [column.name for column in found.columns] == ["length cm", "width mm"] and len(found) == 30


def test_a_row_of_text_below_the_names_of_text_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("colour,size,kind\n" + "red,S,a\nblue,M,b\n" * 10)
    assert len(open_dataset(tmp_path / "t.csv")) == 20
    (tmp_path / "u.csv").write_text("colour,n,m,kind\nred,NA,NA,a\n" + "blue,1,3,b\nred,2,4,a\n" * 10)
    assert len(open_dataset(tmp_path / "u.csv", missing="mean")) == 21
