"""Compressed tables and texts are read by their first bytes, whatever they are called; bombs and damage are refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.data import open_dataset
from zoo.errors import DataError
from zoo.platform import trust

ROWS = "size;price;kind\n" + "".join(f"{n % 7},5;{n % 5};{'ab'[n % 2]}\n" for n in range(40))


def zipped(data: bytes, name: str = "table.csv", **others: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
        for other, contents in others.items():
            archive.writestr(other, contents)
    return held.getvalue()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda data: gzip.compress(data[:99]) + gzip.compress(data[99:]),  # several members are one file
    "bz2": lambda data: bz2.compress(data[:99]) + bz2.compress(data[99:]),
    "xz": lambda data: lzma.compress(data[:99]) + lzma.compress(data[99:]),
    "zip": lambda data: zipped(data, **{"__MACOSX/._table.csv": b"x", ".DS_Store": b"x"}),
}


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("name", ["table.csv.{}", "table.csv", "table.{}", "table"])
def test_compressed_tables_are_the_tables(packing: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_text(ROWS)
    path = tmp_path / name.format(packing)
    path.write_bytes(PACK[packing](ROWS.encode()))
    plain, packed = open_dataset(str(tmp_path / "plain.csv")), open_dataset(path)
    assert packed.columns == plain.columns and packed.labels == plain.labels == ("a", "b") and packed.name == "table"
    assert np.array_equal(packed.inputs.read(0, 40), plain.inputs.read(0, 40))


@pytest.mark.parametrize("packing", PACK)
def test_models_predict_compressed_rows_and_texts(packing: str, tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_text(ROWS)
    (tmp_path / "packed").write_bytes(PACK[packing](ROWS.encode()))
    model = zoo.train("mlp", str(tmp_path / "plain.csv"), hidden=2, epochs=1)
    assert list(zoo.predict(model, tmp_path / "packed")) == list(zoo.predict(model, tmp_path / "plain.csv"))
    prose = "It is what it is, and so it goes, said the cat.\n" * 20
    (tmp_path / "prose.txt").write_bytes(PACK[packing](prose.encode()))
    dataset = open_dataset(tmp_path / "prose.txt", task="language")
    assert dataset.columns[0].categories == tuple(sorted(set(prose)))


@pytest.mark.parametrize("packing", PACK)
def test_damaged_files_are_refused(packing: str, tmp_path: Path) -> None:
    packed = PACK[packing](np.random.default_rng(0).bytes(5000))
    for number, bad in enumerate((packed[: len(packed) // 2], packed[:20] + b"\xff" * 40 + packed[60:])):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(bad)
        with pytest.raises(DataError, match=r"damaged or cut short|is not utf-8 text|holds NUL"):
            open_dataset(path)


@pytest.mark.parametrize("packing", PACK)
def test_bombs_are_refused(packing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "ALLOWANCE", 2**16)
    path = tmp_path / "bomb.csv"
    path.write_bytes(PACK[packing](("a,b\n" + "1,2\n" * 100_000).encode()))
    with pytest.raises(DataError, match=r"unpacks to more than .* --trusted"):
        open_dataset(path)
    assert len(open_dataset(path, trusted=True)) == 100_000


def test_the_dictionary_of_xz_is_bounded(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**29}]
    (tmp_path / "t.csv").write_bytes(lzma.compress(ROWS.encode(), filters=filters))
    with pytest.raises(DataError, match=r"[Mm]emory"):
        open_dataset(tmp_path / "t.csv")


def test_what_else_is_compressed_is_refused_in_a_line_that_helps(tmp_path: Path) -> None:
    array = io.BytesIO()
    np.save(array, np.eye(3))
    for name, data, line in (
        ("two.zip", zipped(b"a,b\n", **{"other.csv": b"c,d\n"}), r"2 files \('table.csv', 'other.csv'\), expected one"),
        ("none.zip", zipped(b"", "__MACOSX/x"), "a zip of nothing"),
        ("x.npy.gz", gzip.compress(array.getvalue()), "neither a table nor a text; unpack it"),
        ("twice.csv", gzip.compress(gzip.compress(ROWS.encode())), "neither a table nor a text; unpack it"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError, match=line):
            open_dataset(tmp_path / name)
