"""Text is read in the encodings that files have, some characters at a time, with ends of lines as one character."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import zoo
from zoo.data.open import open_dataset
from zoo.data.readers import encoding
from zoo.data.readers.encoding import text_pieces
from zoo.data.readers.text import symbols_of
from zoo.errors import DataError, OptionError

TEXT = "ä 1\r\nb\rc\n😀\r\r\n" * 7 + "\r"


@pytest.mark.parametrize("name", ["utf-8", "utf-16", "utf-32", "utf-7", "gb18030"])
@pytest.mark.parametrize("piece", [1, 2, 3, 7, 2**20])  # characters and ends of lines cut at every place
def test_pieces_are_the_text_that_python_reads(
    name: str, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "PIECE", piece)
    path = tmp_path / "t.txt"
    path.write_bytes(TEXT.encode(name))
    assert "".join(text_pieces(path, name)) == path.read_text(name)


@pytest.mark.parametrize("piece", [1, 3, 2**20])
def test_the_line_of_a_bad_byte_is_named(piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "PIECE", piece)
    path = tmp_path / "t.txt"
    path.write_bytes("ü\n😀\n".encode() * 9 + b"a\xffb\nc\n")
    with pytest.raises(DataError, match=r"t.txt: line 19 is not utf-8 text \(byte 0xff\); name the file's encoding"):
        list(text_pieces(path, "utf-8"))


@given(st.lists(st.text(st.characters(), max_size=30), max_size=5))
@example(["plain", "na\u00efve \U0001f600", "\ud800 lone"])
@example(["".join(map(chr, range(300)))])  # one number more than a byte holds
def test_symbols_are_numbered_in_the_order_of_their_code_points(pieces: list[str]) -> None:
    found, numbers = symbols_of(lambda: iter(pieces), "text")
    text = "".join(pieces)
    assert found == tuple(sorted(set(text)))
    assert "".join(found[number] for number in numbers) == text
    assert numbers.dtype == np.min_scalar_type(len(found))


@pytest.mark.parametrize(
    "name", ["punycode", "idna", "undefined", "unicode_escape", "zlib", "nosuch", "a\0b", "\x1b[2J"]
)
@pytest.mark.parametrize("options", [{}, {"task": "language"}])
def test_an_encoding_that_no_file_has_is_refused(name: str, options: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,2\n" * 90)
    with pytest.raises(
        OptionError, match=r"--encoding is .*, which Python does not know as one of text files"
    ) as caught:
        open_dataset(path, encoding=name, **options)
    assert str(caught.value).isprintable()


def test_a_text_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.txt"
    path.write_text("abcd " * 90)
    pieces, times = text_pieces, []

    def changing(*arguments: object) -> object:
        times.append(path.write_text("abXd " * 90) if times else 0)
        return pieces(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("zoo.data.readers.text.text_pieces", changing)
    with pytest.raises(DataError, match="has changed while it was read; try again"):
        open_dataset(path, task="language")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, zoo.Model]:
    """A model of a text, of a series, of sequences and of a table."""
    folder = tmp_path_factory.mktemp("models")
    table = folder / "t.csv"
    table.write_text("s,v,y\n" + "".join(f"{n // 9},{n % 5},{n // 9 % 2}\n" for n in range(180)))
    lstm = {"hidden": 2, "epochs": 1}
    return {
        "text": zoo.train("lstm", data="counting", **lstm),
        "series": zoo.train("lstm", data=str(table), window=5, **lstm),
        "sequences": zoo.train("lstm", data=str(table), sequence="s", **lstm),
        "table": zoo.train("mlp", data=str(table), hidden=(2,), epochs=1),
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("kind", ["text", "series", "sequences", "table"])
def test_predictions_of_what_has_no_end_are_refused(kind: str, models: dict[str, zoo.Model], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for name, what in (
        ("pipe", "is a pipe, expected a plain file"),
        ("device", "is neither a file nor a folder"),
    ):
        with pytest.raises(DataError, match=f"{name}: {what}"):
            zoo.predict(models[kind], tmp_path / name)
    (tmp_path / "empty").touch()
    with pytest.raises(DataError, match="empty: the file is empty"):
        zoo.predict(models[kind], tmp_path / "empty")


def test_the_end_of_a_text_is_predicted_from(models: dict[str, zoo.Model], tmp_path: Path) -> None:
    model, path = models["text"], tmp_path / "t.txt"
    symbols = model.preprocessing.symbols  # type: ignore[union-attr]
    text = "".join(symbols) * 40
    path.write_text(text)
    assert np.array_equal(zoo.predict(model, path), zoo.predict(model, [text]))
    path.write_text(text + "ß" + text)
    with pytest.raises(DataError, match=r"the symbol '\\xdf' was not seen in training"):
        zoo.predict(model, path)
