"""A line tells of tables with few rows, and of columns that say the target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zoo.data import Dataset, open_dataset
from zoo.data.checks.too_good import remarks

N = 60
rng = np.random.default_rng(0)
NOISE = rng.normal(size=N).round(3)
KIND = rng.integers(0, 3, N)
PRICE = rng.normal(size=N).round(3)
COLUMNS = {
    "noise": NOISE,
    "few": rng.integers(0, 5, N),
    "word": np.array(list("xy"))[rng.integers(0, 2, N)],
}


def opened(folder: Path, **columns: np.ndarray) -> Dataset:
    names = list(columns)
    lines = [",".join(str(columns[name][row]) for name in names) for row in range(len(columns[names[0]]))]
    (folder / "t.csv").write_text("\n".join([",".join(names), *lines]) + "\n")
    return open_dataset(folder / "t.csv")


@pytest.mark.parametrize("last", [{"kind": np.array(list("abc"))[KIND]}, {"price": PRICE}], ids=["kind", "price"])
def test_an_ordinary_table_gives_no_line(last: dict[str, np.ndarray], tmp_path: Path) -> None:
    assert not list(remarks(opened(tmp_path, **COLUMNS, **last)))


@pytest.mark.parametrize(
    ("leak", "target", "line"),
    [
        (
            np.array(["cat", "dog", "cow"])[KIND],
            np.array(list("abc"))[KIND],
            "column 'leak' is the target 'target' itself",
        ),
        (KIND * 10, np.array(list("abc"))[KIND], "column 'leak' is the target 'target' itself"),
        (KIND * 4 + rng.integers(0, 4, N), np.array(list("abc"))[KIND], "column 'leak' is enough to know the target"),
        (
            (KIND + 0.9 * rng.random(N)).round(6),
            np.array(list("abc"))[KIND],
            "column 'leak' is enough to know the target",
        ),
        (PRICE, PRICE, "column 'leak' is the target 'target' itself"),
        ((PRICE * -2.5 + 7).round(6), PRICE, "column 'leak' is the target 'target' itself"),
    ],
)
def test_a_column_that_says_the_target_is_named_and_the_advice_works(
    leak: np.ndarray, target: np.ndarray, line: str, tmp_path: Path
) -> None:
    found = opened(tmp_path, leak=leak, **COLUMNS, target=target)
    assert [note for note in found.notes if line in note and note.endswith("--ignore leak")]
    assert not list(remarks(open_dataset(tmp_path / "t.csv", ignore="leak")))


def test_one_wrong_row_far_behind_is_enough_to_say_nothing(tmp_path: Path) -> None:
    kind = np.arange(1000) % 3
    leak = kind.copy()
    leak[990] = (leak[990] + 1) % 3
    assert not list(remarks(opened(tmp_path, leak=leak, kind=np.array(list("abc"))[kind])))


def test_one_hot_targets_are_recognized_and_the_advice_works(tmp_path: Path) -> None:
    found = opened(tmp_path, **COLUMNS, **{name: (n == KIND).astype(int) for n, name in enumerate("abc")})
    assert any("together they are one class; to learn it: --target a,b,c" in note for note in found.notes)
    assert open_dataset(tmp_path / "t.csv", target="a,b,c").labels == ("a", "b", "c")


def test_few_rows_are_told(tmp_path: Path) -> None:
    wide = {f"c{n}": rng.normal(size=8).round(3) for n in range(12)}
    assert any(
        "fewer rows than columns, 8 and 12" in note for note in opened(tmp_path, **wide, y=np.arange(8) % 2).notes
    )
    names = np.array([f"name {'abcdefgh'[n]}" for n in range(8)])
    assert any("no class comes twice" in note for note in opened(tmp_path, a=PRICE[:8], name=names).notes)
