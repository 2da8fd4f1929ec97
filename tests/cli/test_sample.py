"""`zoo sample`: writes what a language model has learned, the same for the same seed, and says what does not fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.cli.app import main
from zoo.core.architecture import InputSpec
from zoo.core.protocols import GeneratesText
from zoo.core.random import RandomStream
from zoo.data import Encoded, Preprocessing, open_dataset
from zoo.data.preprocessing.inverse import decoded_rows


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
    model = zoo.load(trained)
    assert isinstance(model, GeneratesText)
    texts = {"".join(model.write(30, 0.0, "", RandomStream(seed))) for seed in range(3)}
    cold = ["sample", str(trained), "--temperature", "0", "--json", "--length", "30"]
    assert main(cold) == 0
    assert texts == {json.loads(capsys.readouterr().out)["text"]}
    assert main([*cold, "--seed", "1"]) == 2
    assert "--seed does nothing here: lstm writes the likeliest symbol at --temperature 0" in capsys.readouterr().err


def test_what_does_not_fit_is_one_line(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", str(trained), "--prompt", "7"]) == 1
    reported = capsys.readouterr()
    assert (
        reported.out == ""
        and "the symbol '7' was not seen in training" in reported.err
        and reported.err.count("\n") == 1
    )
    other = tmp_path / "perceptron.h5"
    zoo.train("perceptron", "nand", epochs=1, out=other)
    assert main(["sample", str(other)]) == 2
    assert "perceptron is neither a language model nor generative" in capsys.readouterr().err


def test_sampled_images_are_one_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
    assert "--prompt does nothing here: rbm draws images" in capsys.readouterr().err
    assert main(["sample", str(path), "--label", "?!", "--steps", "1"]) == 2
    assert "there is no class '?!'" in capsys.readouterr().err


def test_samples_of_a_table_are_a_table_in_its_own_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Columns by name; numbers within the range in training; of text one of its categories; what is constant stays."""
    data, path = tmp_path / "people.csv", tmp_path / "rbm.h5"
    lines = [f"{150 + n},{'north' if n % 3 else 'south'},7,{n % 2}" for n in range(40)]
    data.write_text("height,region,floors,kind\n" + "\n".join(lines) + "\n")
    zoo.train("rbm", data, hidden=4, epochs=1, out=path)
    out = tmp_path / "samples.csv"
    assert main(["sample", str(path), "--count", "5", "--steps", "20", "--out", str(out)]) == 0
    header, *rows = (line.split(",") for line in out.read_text().splitlines())
    assert header == ["height", "region", "floors"] and len(rows) == 5
    for height, region, floors in rows:
        assert 150 <= float(height) <= 189 and region in ("north", "south") and floors == "7"
    capsys.readouterr()
    assert main(["sample", str(path), "--out", str(tmp_path / "samples.png")]) == 2
    assert "expected the name of a .csv" in capsys.readouterr().err


def test_encoded_rows_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,colour,y,z\n0,red,5,1\n2.5,blue,5,-3\n-1,red,5,1e6\n")
    data = open_dataset(path, target="", task="unsupervised", held_out="last")
    for inputs in ("unit", "signed", "standardized", "raw"):
        preprocessing = Preprocessing.fit(data, np.arange(3), InputSpec(inputs=inputs), "unsupervised")
        encoded = Encoded(data, None, preprocessing, np.float64).rows(np.arange(3)).inputs
        found = decoded_rows(encoded, preprocessing)
        for cells, line in zip(found, path.read_text().splitlines()[1:], strict=True):
            for mine, theirs in zip(cells, line.split(","), strict=False):
                assert mine == theirs if theirs.isalpha() else float(mine) == pytest.approx(float(theirs), rel=1e-5)
