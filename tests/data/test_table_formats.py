"""Tables in other formats are read as the same table in CSV; tables and texts are told from each other."""

from __future__ import annotations

import builtins
import datetime
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import zoo
from zoo.cli import main
from zoo.data import Dataset, open_dataset
from zoo.errors import DataError, OptionError
from zoo.platform import trust

FRAME = pd.DataFrame(
    {
        "code": [f"00{n % 3}" for n in range(40)],
        "digits": [str(1 + n % 3) for n in range(40)],
        "size": [None if n == 3 else n % 7 + 0.5 for n in range(40)],
        "count": [n % 9 for n in range(40)],
        "sold": [datetime.date(2020, 1, 1) + datetime.timedelta(days=n % 11) for n in range(40)],
        "new": [n % 2 == 0 for n in range(40)],
        "price": [n * 7 % 11 + 0.25 for n in range(40)],
    }
)


def same(found: Dataset, expected: Dataset) -> None:
    assert [column.name for column in found.columns] == [column.name for column in expected.columns]
    assert [column.categories for column in found.columns] == [column.categories for column in expected.columns]
    assert np.array_equal(found.inputs.read(0, len(found)), expected.inputs.read(0, len(found)), equal_nan=True)
    assert np.array_equal(found.targets.read(0, len(found)), expected.targets.read(0, len(found)))  # type: ignore[union-attr]


def as_csv(folder: Path) -> Dataset:
    FRAME.to_csv(folder / "expected.csv", index=False)
    return open_dataset(folder / "expected.csv", missing="mean", categorical="digits")


@pytest.mark.parametrize("write", ["to_parquet", "to_feather"])
def test_columnar_files_are_read_as_csv_and_know_text_from_numbers(write: str, tmp_path: Path) -> None:
    path = tmp_path / "data"  # whatever it is called
    getattr(FRAME, write)(path)
    found = open_dataset(path, missing="mean")
    same(found, as_csv(tmp_path))
    assert found.task == "regression" and found.columns[1].categories == ("1", "2", "3")
    with pytest.raises(OptionError, match=r"--delimiter has no effect: the file is (Parquet|Feather)"):
        open_dataset(path, delimiter="tab")


def test_excel_files_are_read_as_csv(tmp_path: Path) -> None:
    FRAME.to_excel(tmp_path / "t.csv.xlsx", index=False)
    (tmp_path / "t.csv.xlsx").rename(tmp_path / "t.csv")
    same(open_dataset(tmp_path / "t.csv", missing="mean", categorical="digits"), as_csv(tmp_path))


def test_a_model_reads_the_formats_as_in_training(tmp_path: Path) -> None:
    FRAME.dropna().to_parquet(tmp_path / "t.parquet")
    FRAME.dropna().to_csv(tmp_path / "t.csv", index=False)
    model = zoo.train("mlp", str(tmp_path / "t.parquet"), hidden=2, epochs=1)
    predicted = zoo.predict(model, tmp_path / "t.parquet")
    assert np.array_equal(predicted, zoo.predict(model, tmp_path / "t.csv"))
    assert zoo.evaluate(model, tmp_path / "t.csv") == zoo.evaluate(model, tmp_path / "t.parquet")


@pytest.mark.parametrize(("name", "module"), [("parquet", "pyarrow"), ("feather", "pyarrow"), ("xlsx", "openpyxl")])
def test_a_missing_library_is_named(name: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    getattr(FRAME, f"to_{'excel' if name == 'xlsx' else name}")(tmp_path / f"t.{name}")
    imported = builtins.__import__

    def without(wanted: str, *rest: Any) -> Any:
        if wanted.split(".")[0] == module:
            raise ImportError(wanted)
        return imported(wanted, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError, match=rf"{module}, which is not installed: pip install 'zoo-networks\[tables\]'"):
        open_dataset(tmp_path / f"t.{name}")


@pytest.mark.parametrize("name", ["parquet", "feather", "xlsx"])
def test_damaged_files_and_bombs_are_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"t.{name}"
    getattr(pd.DataFrame({"a": np.zeros(300_000, int)}), f"to_{name}" if name != "xlsx" else "to_parquet")(path)
    if name == "xlsx":
        FRAME.to_excel(path)
    whole = path.read_bytes()
    for bad in (whole[: len(whole) // 2], whole[:200] + b"\xff" * 200 + whole[400:], whole[:-40] + b"\xff" * 40):
        path.write_bytes(bad)
        with pytest.raises(DataError, match=r"damaged|neither a table|zip of"):
            open_dataset(path)
    path.write_bytes(whole)
    monkeypatch.setattr(trust, "ALLOWANCE", 10)
    with pytest.raises(DataError, match=r"a file from anybody may"):
        open_dataset(path)


ARFF = """% Weka's
@RELATION shop
@attribute 'the size' REAL
@attribute colour {red, 'dark blue'}
@attribute code string
@attribute kind {a,b}
@DATA
"""


def test_arff(tmp_path: Path) -> None:
    rows = "".join(
        f"{n % 7}.5, {('red', chr(39) + 'dark blue' + chr(39))[n % 2]}, 0{n % 3}, {'ab'[n % 2]}\n" for n in range(40)
    )
    (tmp_path / "t.txt").write_text(ARFF + "% a comment\n" + rows + "?, red, 02, a\n")
    found = open_dataset(tmp_path / "t.txt", missing="mean")
    assert [column.name for column in found.columns] == ["the size", "colour", "code"] and found.labels == ("a", "b")
    assert found.columns[1].categories == ("dark blue", "red") and found.columns[2].categories == ("00", "01", "02")
    assert np.isnan(found.inputs.read(40, 41)[0, 0])
    (tmp_path / "sparse.arff").write_text(ARFF + "{0 1.5, 3 b}\n{1 'dark blue'}\n" * 20)
    found = open_dataset(tmp_path / "sparse.arff", target="kind")
    assert found.inputs.read(0, 2)[:, 0].tolist() == [1.5, 0] and found.labels == ("a", "b")
    for bad in ("1,red,0\n", "{9 1}\n"):
        (tmp_path / "bad.arff").write_text(ARFF + bad)
        with pytest.raises(DataError, match=r"line 8 (has 3 cells, expected 4|holds '9 1')"):
            open_dataset(tmp_path / "bad.arff")


def test_libsvm_keeps_the_places_of_training(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("".join(f"{n % 2} 1:{n % 3}.5 4:{1 + n % 5}\n" for n in range(40)))
    found = open_dataset(tmp_path / "t.txt")
    assert [column.name for column in found.columns] == [f"feature {n}" for n in (1, 2, 3, 4)]
    assert found.inputs.read(1, 2).tolist() == [[1.5, 0, 0, 2]] and found.labels == ("0", "1")
    model = zoo.train("mlp", str(tmp_path / "t.txt"), hidden=2, epochs=1)
    (tmp_path / "few.svm").write_text("1 1:0.5\n0 1:1.5\n")
    (tmp_path / "few.csv").write_text("feature 1,feature 2,feature 3,feature 4\n0.5,0,0,0\n1.5,0,0,0\n")
    assert list(zoo.predict(model, tmp_path / "few.svm")) == list(zoo.predict(model, tmp_path / "few.csv"))


def test_a_sparse_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "ALLOWANCE", 2**20)
    (tmp_path / "t.svm").write_text("1 1:1\n0 99999:1\n" * 100)
    with pytest.raises(DataError, match="unpacks to"):
        open_dataset(tmp_path / "t.svm")


def test_json_lines(tmp_path: Path) -> None:
    rows = [
        f'{{"size": {n % 7}.5, "city": "B{n % 2}, X", "new": {("true", "false")[n % 2]}, "kind": "{"ab"[n % 2]}"}}'
        for n in range(40)
    ]
    (tmp_path / "t.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    found = open_dataset(tmp_path / "t.jsonl.gz")
    assert [column.name for column in found.columns] == ["size", "city", "new"] and found.labels == ("a", "b")
    assert found.columns[1].categories == ("B0, X", "B1, X")
    for text, line in (
        ("[1, 2]", "object 1 is '1, 2]', expected a JSON object on each line"),
        ('[{"a": 1}, 3]', "object 2 is '3]', expected a JSON object on each line"),
        ('[{"a": 1}, {"a": 2}', "does not end after object 2"),
        ('{"a": 1}\n[2]\n', "line 2 is"),
        ('{"a": [1]}\n', "flatten it"),
    ):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(DataError, match=line):
            open_dataset(tmp_path / "bad.json")


@pytest.mark.parametrize("chunk", [7, 2**20])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_of_objects(tmp_path: Path, indent: int | None, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.data.readers.formats.json_lines.CHUNK", chunk)
    rows = [{"size": n % 7 + 0.5, "city": f"[{n % 2}], {{X", "kind": "ab"[n % 2]} for n in range(40)]
    (tmp_path / "t.json").write_text(json.dumps(rows, indent=indent))
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found, lines = open_dataset(tmp_path / "t.json"), open_dataset(tmp_path / "t.jsonl")
    assert found.columns == lines.columns and found.labels == ("a", "b")
    np.testing.assert_array_equal(found.inputs.read(0, 40), lines.inputs.read(0, 40))


TABLES = {
    "space.txt": "a b kind\n1 2.5 x\n2 3.5 y\n" + "3 4.5 x\n4 5 y\n" * 10,
    "r.txt": '"a" "kind"\n' + "".join(f'"{n}" {n % 5} "the {"xy"[n % 2]}"\n' for n in range(1, 30)),
    "tabs.log": "a\tkind\n" + "1\tx\n2\ty\n" * 10,
    "commas.txt": "a,kind\n" + "1,x\n2,y\n" * 10,
    "commented.txt": "# made by a machine\n# in May\na b kind\n" + "1 2.5 x\n2 3.5 y\n" * 10,
}
TEXTS = {
    "poem.md": "So long as men can breathe, or eyes can see,\nSo long lives this, and this gives life to thee.\n\n" * 9,
    "list.txt": "3 eggs\nbread\n2 pounds of butter, and salt\nno milk\n" * 9,
    "code.py": "import zoo\n\nmodel = zoo.train('mlp', 'a.csv')  # and so on\nprint(model)\n" * 9,
    "lines": "the cat sat\nthe dog ran\na bird sang\n" * 9,
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_recognized_and_the_option_that_makes_them_texts_works(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(TABLES[name])
    found = open_dataset(tmp_path / name)
    assert found.task == "classification" and found.columns[0].name in ("a", "column 1")
    assert any("--task language" in note for note in found.notes)
    assert open_dataset(tmp_path / name, task="language", window=9).task == "language"


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_recognized_and_the_option_that_makes_them_tables_works(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(TEXTS[name])
    found = open_dataset(tmp_path / name)
    assert found.task == "language" and any("--delimiter" in note for note in found.notes)
    if name == "lines":
        assert open_dataset(tmp_path / name, delimiter="space", header="no").task == "classification"


def test_what_follows_a_pointer_or_a_page_is_no_text(tmp_path: Path) -> None:
    for name, text, line in (
        ("lfs.txt", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "git lfs pull"),
        ("page.txt", "<!DOCTYPE html>\n<html>\n", "a page of HTML"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(DataError, match=line):
            open_dataset(tmp_path / name)


def test_the_program_reads_a_parquet_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    FRAME.dropna().to_parquet(tmp_path / "t.parquet")
    assert main(["show", str(tmp_path / "t.parquet")]) == 0
    assert "learns   price — a number" in capsys.readouterr().out
