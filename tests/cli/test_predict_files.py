"""`zoo predict` on a folder: each answer says which file it is of."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.cli import main

FILES = ["1.png", "below/2.png", "below/4.jpg"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of dark and light images, and others to predict, one of them torn."""
    Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    folder = tmp_path_factory.mktemp("photos")
    for label, grey in (("dark", 20), ("light", 230)):
        (folder / "set" / label).mkdir(parents=True)
        for number in range(10):
            pixels = np.full((6, 6), grey + number, np.uint8)
            Image.fromarray(pixels).save(folder / "set" / label / f"{number}.png")
    (folder / "new" / "below").mkdir(parents=True)
    for name, grey in zip(FILES, (10, 250, 15), strict=True):
        Image.fromarray(np.full((6, 6), grey, np.uint8)).save(folder / "new" / name)
    (folder / "new" / "below" / "3.png").write_bytes((folder / "new" / "1.png").read_bytes()[:30])
    train = ["train", "mlp", "--data", str(folder / "set"), "--out", str(folder / "model.h5"), "--epochs", "20"]
    assert main([*train, "--quiet"]) == 0
    return folder


def predicted(photos: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    capsys.readouterr()
    args = ["predict", str(photos / "model.h5"), "--data", str(photos / "new"), "--corrupt", "skip", *more]
    assert main(args) == 0
    return capsys.readouterr().out


@pytest.mark.filterwarnings("ignore:.*left out:UserWarning")
def test_images_are_named(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where damaged files are left out."""
    expected: list[Any] = [["file", "label"], *map(list, zip(FILES, ("dark", "light", "dark"), strict=True))]
    assert list(csv.reader(io.StringIO(predicted(photos, capsys)))) == expected
    document = json.loads(predicted(photos, capsys, "--json"))
    assert [document["columns"], *document["rows"]] == expected
    out = photos / "answers.csv"
    predicted(photos, capsys, "--out", str(out))
    assert list(csv.reader(io.StringIO(out.read_text(encoding="utf-8")))) == expected


def test_one_image_is_named_as_well(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["predict", str(photos / "model.h5"), "--data", str(photos / "new" / "1.png")]) == 0
    assert capsys.readouterr().out == "file,label\n1.png,dark\n"


def test_sequences_in_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for label, first in (("down", 9), ("up", 0)):
        (tmp_path / "set" / label).mkdir(parents=True)
        for number in range(6):
            rows = "".join(f"{abs(first - step)}\n" for step in range(4 + number))
            (tmp_path / "set" / label / f"{number}.csv").write_text("v\n" + rows)
    model = str(tmp_path / "model.h5")
    assert main(["train", "elman", "--data", str(tmp_path / "set"), "--out", model, "--epochs", "1", "--quiet"]) == 0
    capsys.readouterr()
    assert main(["predict", model, "--data", str(tmp_path / "set"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["columns"] == ["file", "label"]
    assert [row[0] for row in document["rows"]] == [f"{label}/{n}.csv" for label in ("down", "up") for n in range(6)]
