"""`zoo sample`: writes what a language model has learned, the same for the same seed, and says what does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import zoo
from zoo.commands.program import main


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "lstm.h5"
    zoo.train("lstm", "counting", epochs=1, hidden=8, out=path)
    return path


def test_the_same_seed_writes_the_same(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for seed in ("1", "1", "2"):
        assert main(["sample", str(trained), "--length", "60", "--prompt", "one, ", "--seed", seed]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].startswith("one, ") and len(texts[0]) == 5 + 60 + 1


def test_cold_is_the_likeliest(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = set()
    for seed in "12":
        assert main(["sample", str(trained), "--temperature", "0", "--seed", seed, "--json", "--length", "30"]) == 0
        texts.add(json.loads(capsys.readouterr().out)["text"])
    assert len(texts) == 1


def test_what_does_not_fit_is_one_line(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(trained), "--prompt", "7"]) == 1
    told = capsys.readouterr()
    assert told.out == "" and "the symbol '7' was not seen in training" in told.err and told.err.count("\n") == 1
    other = tmp_path / "perceptron.h5"
    zoo.train("perceptron", "nand", epochs=1, out=other)
    assert main(["sample", str(other)]) == 2
    assert "perceptron writes no text and dreams of nothing" in capsys.readouterr().err


def test_dreams_are_one_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rbm.h5"
    zoo.train("rbm", "letters", hidden=8, labels=True, epochs=1, out=path)
    sheets = []
    for seed, name in (("1", "a.png"), ("1", "b.png"), ("2", "c.png")):
        call = ["sample", str(path), "--count", "6", "--steps", "3", "--seed", seed, "--out", str(tmp_path / name)]
        assert main(call) == 0
        sheets.append((tmp_path / name).read_bytes())
    assert sheets[0] == sheets[1] != sheets[2]
    capsys.readouterr()
    assert main(["sample", str(path), "--prompt", "x"]) == 2
    assert "--prompt does nothing here: rbm dreams of images" in capsys.readouterr().err
    assert main(["sample", str(path), "--label", "?!", "--steps", "1"]) == 2
    assert "there is no class '?!'" in capsys.readouterr().err
