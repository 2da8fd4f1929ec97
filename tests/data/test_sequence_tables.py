"""Tables of sequences: what is said of cells that are missing and of files that are empty."""

from __future__ import annotations

from pathlib import Path

import pytest

import zoo
from zoo.data import open_dataset
from zoo.errors import DataError, OptionError, ZooWarning

GAP = "id,x,y\n1,1,a\n1,2,a\n2,3,b\n2,,b\n3,1,a\n"


def test_a_missing_input_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(GAP)
    with pytest.raises(DataError, match=r"column 'x', row 4 \(line 5\): got nothing, .* not for sequences$") as caught:
        open_dataset(path, sequence="id", target="y")
    assert "target" not in str(caught.value).partition("s.csv: ")[2]
    with pytest.raises(OptionError, match="--missing mean is not for sequences"):
        open_dataset(path, sequence="id", target="y", missing="mean")


@pytest.mark.parametrize("empty", ["a.csv", "b.csv"])
@pytest.mark.parametrize("header", ["v\n", "v,w\n"])
def test_a_file_of_names_alone_has_no_rows(tmp_path: Path, empty: str, header: str) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        row = ",".join(["1"] * (header.count(",") + 1))
        (tmp_path / name).write_text(header if name == empty else f"{header}{row}\n{row}\n")
    with pytest.raises(DataError, match=rf"{empty}: holds the names of .* but no rows of data"):
        open_dataset(tmp_path)


def test_numbers_of_target_columns_count_every_column_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("note,id,k,x,y\n" + "".join(f"{r},{r // 3},{'ab'[r % 2]},{r / 2},{r}.5\n" for r in range(12)))
    for target in ("3", "k"):
        dataset = open_dataset(path, sequence="id", target=target, ignore="note")
        assert dataset.target_columns == ("k",) and dataset.labels == ("a", "b")
    for target, name in (("5", "y"), ("4,5", "x")):  # quantities have to be the same in all steps of a sequence
        with pytest.raises(DataError, match=f"'{name}' changes within one"):
            open_dataset(path, sequence="id", target=target, ignore="note", task="regression")
    for target, what in (("1", "'note', which --ignore leaves out"), ("2", "'id', which names the sequences")):
        with pytest.raises(DataError, match=f"--target names {what}; name another"):
            open_dataset(path, sequence="id", target=target, ignore="note")
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.csv").write_text("note,k,x\n" + "".join(f"{r},{'ab'[r % 2]},{r}.5\n" for r in range(4)))
    assert open_dataset(folder, target="2", ignore="1").target_columns == ("k",)


def test_rows_without_a_header_may_lack_the_target(tmp_path: Path) -> None:
    """A table whose columns are only counted, as in training but for the target; another order needs --sequence."""
    rows = [(walk, step * 0.25 + walk, "ab"[walk % 2]) for walk in range(1, 7) for step in range(3)]
    whole, bare, turned = (tmp_path / f"{name}.csv" for name in ("whole", "bare", "turned"))
    whole.write_text("".join(f"{walk},{x},{kind}\n" for walk, x, kind in rows))
    bare.write_text("".join(f"{walk},{x}\n" for walk, x, _ in rows))
    turned.write_text("".join(f"{x},{walk}\n" for walk, x, _ in rows))
    model = zoo.train("elman", whole, sequence="1", target="3", hidden=3, epochs=1)
    expected = zoo.predict(model, whole).tolist()
    assert zoo.predict(model, bare).tolist() == expected
    with pytest.warns(ZooWarning, match="read with sequence=2"):
        assert zoo.predict(model, turned, sequence="2").tolist() == expected
    with pytest.raises(DataError, match="the target is missing"):
        zoo.evaluate(model, bare)


def test_the_parts_of_a_table_are_no_sequences_and_the_advice_works(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    for name in ("train", "Test_set"):
        (folder / f"{name}.csv").write_text("x,y\n" + "".join(f"{n % 7 / 4},{'ab'[n % 2]}\n" for n in range(20)))
    with pytest.raises(DataError, match=r"train\.csv and Test_set\.csv are called as the parts of one table"):
        open_dataset(folder)
    model = zoo.train("mlp", folder / "train.csv", hidden=3, epochs=1)
    assert "accuracy" in zoo.evaluate(model, folder / "Test_set.csv").metrics
