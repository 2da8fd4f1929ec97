"""`zoo.sample` draws in Python what `zoo sample` writes: text, images, tables, and the class drawn beside each."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.cli.app import main
from zoo.errors import UsageError, ZooWarning

pytestmark = pytest.mark.filterwarnings("ignore:.*clipped:zoo.errors.ZooWarning")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text column, a flag, a length with one decimal, and a class that is the flag; labels are numbers."""
    random, path = np.random.default_rng(0), tmp_path_factory.mktemp("people") / "people.csv"
    rows = [
        (("red", "blue")[random.random() < 0.3], int(n % 3 == 0), f"{random.normal(10, 2):.1f}") for n in range(240)
    ]
    path.write_text("colour,flag,length,kind\n" + "".join(f"{a},{b},{c},{7 * b}\n" for a, b, c in rows))
    return path


@pytest.fixture(scope="module")
def labelled(people: Path) -> Path:
    path = people.with_name("labelled.h5")
    zoo.train("rbm", people, labels=True, hidden=8, visible="gaussian", epochs=60, out=path)
    return path


def test_text_is_that_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lstm.h5"
    model = zoo.train("lstm", "counting", epochs=1, hidden=6, out=path)
    text = zoo.sample(path, length=40, temperature=0.7, prompt="one, ", seed=3)
    assert len(text) == 40 and text == zoo.sample(model, length=40, temperature=0.7, prompt="one, ", seed=3)
    flags = ["--length", "40", "--temperature", "0.7", "--prompt", "one, ", "--seed", "3", "--json"]
    assert main(["sample", str(path), *flags]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == text != zoo.sample(model, length=40, prompt="one, ", seed=4)
    assert zoo.sample(model, length=9, temperature=0) == zoo.sample(model, length=9, temperature=0)
    assert len(zoo.sample(model)) == 500


def test_a_table_is_that_of_the_command_with_the_class_drawn(labelled: Path, tmp_path: Path) -> None:
    table = zoo.sample(labelled, count=200, steps=40, seed=2)
    assert list(table) == ["colour", "flag", "length", "kind"] and {len(each) for each in table.values()} == {200}
    assert set(table["colour"]) == {"red", "blue"} and set(table["flag"]) == {0, 1}
    assert table["kind"].dtype.kind == "i" and set(table["kind"]) == {0, 7}, "labels in their own type"
    assert np.mean((table["kind"] == 7) == (table["flag"] == 1)) > 0.7, "class and flag are drawn together"
    out = tmp_path / "samples.csv"
    assert main(["sample", str(labelled), "--count", "200", "--steps", "40", "--seed", "2", "--out", str(out)]) == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name, column in table.items():
        cells = [row[name] for row in rows]
        assert cells == [f"{each:.6g}" if column.dtype.kind == "f" else str(each) for each in column]


def test_a_class_that_is_held_stands_in_its_column(labelled: Path) -> None:
    for label in (7, "7"):
        table = zoo.sample(labelled, count=60, steps=30, label=label)
        assert set(table["kind"]) == {7} and np.mean(table["flag"]) > 0.8
    means = zoo.sample(labelled, count=20, steps=30, means=True)
    assert set(means["flag"]) - {0, 1} and set(means["kind"]) <= {0, 7}


def test_a_column_of_the_targets_name_is_not_lost(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    model = zoo.train("rbm", (X, np.arange(40) % 2), labels=True, visible="gaussian", hidden=3, epochs=1)
    assert list(zoo.sample(model, count=3, steps=2)) == ["column 1", "column 2", "target"]


def test_images_are_pixels_and_classes_come_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rbm.h5"
    model = zoo.train("rbm", "letters", hidden=8, labels=True, epochs=1, out=path)
    images, classes = zoo.sample(model, count=5, steps=3, with_classes=True)
    assert images.shape == (5, *model.signature.input_shape) and 0 <= images.min() <= images.max() <= 1
    assert len(classes) == 5 and set(classes) <= set(model.labels)
    np.testing.assert_array_equal(zoo.sample(path, count=5, steps=3), images)
    call = ["sample", str(path), "--count", "5", "--steps", "3", "--out"]
    assert main([*call, str(tmp_path / "a.png")]) == 0
    assert f"drawn with the classes, row by row: {', '.join(classes)}" in capsys.readouterr().out
    assert main([*call, str(tmp_path / "b.png"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == list(classes)
    held = zoo.sample(model, count=4, steps=2, label=model.labels[1], with_classes=True)[1]
    assert list(held) == [model.labels[1]] * 4
    for fine_tuning, epochs in (("up-down", {"epochs": 1}), ("none", {})):
        deep = zoo.train("dbn", "letters", hidden=(5, 4), fine_tuning=fine_tuning, pretraining_epochs=1, **epochs)
        assert zoo.sample(deep, count=3, steps=2).shape == (3, *model.signature.input_shape)
    deep = zoo.train("dbn", "letters", hidden=(5, 4), fine_tuning="up-down", pretraining_epochs=1, epochs=1)
    assert len(zoo.sample(deep, count=3, steps=2, with_classes=True)[1]) == 3


def test_classes_are_drawn_as_often_as_the_label_units_say(monkeypatch: pytest.MonkeyPatch) -> None:
    model = zoo.train("rbm", "letters", hidden=4, labels=True, epochs=1)
    share = np.linspace(1, 3, len(model.labels))
    share /= share.sum()
    monkeypatch.setattr(
        type(model), "sample_labelled", lambda self, n, *_: (np.zeros((n, 8, 8)), np.repeat(share[None], n, axis=0))
    )
    _, classes = zoo.sample(model, count=20_000, steps=1, with_classes=True)
    found = [np.mean(classes == label) for label in model.labels]
    np.testing.assert_allclose(found, share, atol=4 * np.sqrt(0.25 / 20_000))


def test_what_has_no_effect_or_is_out_of_range_is_refused(people: Path, labelled: Path) -> None:
    text = zoo.train("elman", "counting", epochs=1, hidden=4)
    images = zoo.train("rbm", "letters", hidden=4, epochs=1)
    wrong = [
        (text, {"means": True}, "means=True does nothing here"),
        (text, {"with_classes": True}, "with_classes=True does nothing here"),
        (labelled, {"prompt": "x"}, "prompt='x' does nothing here: rbm draws rows"),
        (labelled, {"temperature": 0.5}, "temperature=0.5 does nothing here"),
        (labelled, {"with_classes": True, "count": 2, "steps": 1}, "a class is a column of the table"),
        (images, {"means": True}, "draws images, which show means"),
        (images, {"with_classes": True, "count": 2, "steps": 1}, "this model has no label units"),
        (images, {"label": "a"}, "this model has no label units to hold"),
        (labelled, {"label": "9"}, "there is no class '9'"),
        (images, {"count": 0}, "count is 0, expected a whole number from 1"),
        (images, {"steps": 2.5}, "steps is 2.5, expected a whole number"),
        (text, {"temperature": -1}, "temperature is -1, expected a number from 0"),
        (text, {"seed": -1}, "seed is -1"),
        (zoo.train("perceptron", "nand", epochs=1), {}, "perceptron is neither a language model nor generative"),
    ]
    for model, options, reported in wrong:
        with pytest.raises(UsageError) as caught:
            zoo.sample(model, **options)
        assert reported in str(caught.value) and "\n" not in str(caught.value)


def test_columns_known_by_their_mean_are_told(people: Path) -> None:
    model = zoo.train("rbm", people, target="none", hidden=3, epochs=1)
    with pytest.warns(ZooWarning, match="sample: column.* length.*: units of 0 and 1 know the mean"):
        zoo.sample(model, count=2, steps=2)


def test_sequences_are_written_to_their_end_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Strings of the embedded Reber grammar begin with B and end with their second E."""
    model = zoo.train("lstm", "reber", hidden=10, epochs=2)
    assert model.preprocessing.ends == ("B", "E", 2)
    several = zoo.sample(model, count=5, length=400)
    assert isinstance(several, list) and len(several) == 5 and len(set(several)) > 1
    assert several[0] == zoo.sample(model, length=400) and isinstance(zoo.sample(model), str)
    for each in several:
        assert each[0] == "B" and (len(each) == 400 or (each[-1] == "E" and each.count("E") == 2))
    assert any(len(each) < 400 for each in several)
    written = zoo.sample(model, prompt="BTE", length=400)  # one E of two is given
    assert written.count("E") == (1 if len(written) < 400 else written.count("E"))
    zoo.save(model, tmp_path / "reber.h5")
    assert zoo.sample(zoo.load(tmp_path / "reber.h5"), count=5, length=400) == several
    assert main(["sample", str(tmp_path / "reber.h5"), "--count", "5", "--length", "400"]) == 0
    assert capsys.readouterr().out.splitlines() == several


def test_sequences_without_a_common_end_are_as_long_as_asked_for(tmp_path: Path) -> None:
    table = tmp_path / "walks.csv"
    lines = [f"{walk},{'abc'[(walk + step) % 3]}" for walk in range(12) for step in range(4)]
    table.write_text("\n".join(["walk,symbol", *lines]) + "\n")
    model = zoo.train("elman", str(table), sequence="walk", task="language", hidden=3, epochs=1)
    assert model.preprocessing.ends is None
    assert len(zoo.sample(model, length=50)) == 50
