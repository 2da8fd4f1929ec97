"""Tables of sequences: what is said of cells that are missing and of files that are empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from zoo.data import open_dataset
from zoo.errors import DataError, OptionError

GAP = "id,x,y\n1,1,a\n1,2,a\n2,3,b\n2,,b\n3,1,a\n"


def test_a_missing_input_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(GAP)
    with pytest.raises(DataError, match=r"column 'x', row 4 \(line 5\): got nothing, .* not for sequences$") as told:
        open_dataset(path, sequence="id", target="y")
    assert "target" not in str(told.value).partition("s.csv: ")[2]
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
