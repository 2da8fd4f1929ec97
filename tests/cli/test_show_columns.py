"""`zoo show` prints every column of a table in a file, and those that a checkpoint stores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import zoo
from zoo.cli import main

ROWS = "id;city;size;sold;note;price\n" + "".join(
    f"{n};{'AB'[n % 2]};{1 + n % 3},50;{1 + n % 28:02}.02.2020;{'NA' if n % 4 else 'x'};{n * 7 % 11}\n"
    for n in range(1, 41)
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(ROWS.replace("NA", ""))
    return path


def shown(text: str) -> dict[str, list[str]]:
    """The lines of the table of columns, by the first cell."""
    lines = text.split("\n\n")[1].splitlines()
    assert lines[0].startswith("COLUMN")
    return {line.split()[0]: [each.strip() for each in line.split("  ") if each.strip()] for line in lines[1:]}


def test_every_column_is_printed(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text(ROWS.replace("NA", "y"))
    assert main(["show", str(table)]) == 0
    found = shown(capsys.readouterr().out)
    assert found == {
        "id": ["id", "row number", "1", "-", "40", "1 … 40", "left out"],
        "city": ["city", "category", "B", "-", "2", "-", "input"],
        "size": ["size", "number (decimal comma)", "2,50", "-", "3", "1,50 … 3,50", "input"],
        "sold": ["sold", "date (%d.%m.%Y)", "02.02.2020", "-", "28", "01.02.2020 … 28.02.2020", "input"],
        "note": ["note", "category", "y", "-", "2", "-", "input"],
        "price": ["price", "whole number", "7", "-", "11", "0 … 10", "learned"],
    }


def test_missing_cells_are_counted_where_training_refuses_them(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(table)]) == 1
    printed = capsys.readouterr()
    assert shown("\n\n" + printed.out)["note"] == ["note", "category", "x", "30", "1", "-", "input"]
    assert "expected a value" in printed.err


def test_json_has_the_same(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text(ROWS.replace("NA", "y"))
    assert main(["show", str(table), "--json"]) == 0
    columns = {each["name"]: each for each in json.loads(capsys.readouterr().out)["table"]}
    assert columns["size"]["low"] == "1,50" and columns["size"]["written"] == "decimal comma"
    assert columns["id"] | {"kind": "row number", "role": "left out", "distinct": 40, "missing": 0} == columns["id"]


def test_a_checkpoint_shows_the_columns_that_it_stores(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = table.with_name("m.h5")
    zoo.train("mlp", str(table), hidden=2, epochs=1, out=out, target="price", missing="most-frequent", test=0.0)
    assert main(["show", str(out)]) == 0
    found = shown(capsys.readouterr().out)
    assert found["city"] == ["city", "input", "category of 2: A, B", "-", found["city"][4]]
    assert found["size"][:4] == ["size", "input", "number (decimal comma)", "1.5 … 3.5"]
    assert found["sold"][:4] == ["sold", "input", "date %d.%m.%Y", "2020-02-01 … 2020-02-28"]
    assert found["note"][4] == "x" and found["price"][1] == "learned" and found["id"][1] == "left out"
