"""Sequences from files: text, series, tables; what is wrong with them is one clear line; answers in their own words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from zoo_recurrent.datasets.counting import in_words
from zoo_recurrent.datasets.reber import SYMBOLS, embedded, legal_next

import zoo
from zoo.core.random import RandomStream
from zoo.data import Windows, open_dataset, split
from zoo.errors import DataError
from zoo.registry.lookup import find_checkpoint
from zoo.training import run
from zoo.training.prepare import prepare


def refused(*arguments, **options) -> str:
    with pytest.raises(DataError) as caught:
        open_dataset(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "poem.txt"
    path.write_text("it rains, it pours, the old man snores.\n" * 20, "utf-8")
    return path


@pytest.fixture
def series(tmp_path: Path) -> Path:
    path = tmp_path / "series.csv"
    months = [f"{1950 + n // 12}-{n % 12 + 1:02d}" for n in range(120)]
    rows = [f"{month},{np.sin(n / 3):.4f},{n % 7}" for n, month in enumerate(months)]
    path.write_text("month,wave,day\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "walks.csv"
    rows = []
    for number in range(12):
        for step in range(2 + number % 5):
            rows.append(f"w{number},{step},{step * (number % 2)},{'up' if number % 2 else 'flat'},{'ab'[step % 2]}")
    path.write_text("walk,step,height,kind,letter\n" + "\n".join(rows) + "\n")
    return path


def test_text_in_windows(text: Path) -> None:
    dataset = open_dataset(text, window=10)
    assert (dataset.task, dataset.kind, dataset.splits) == ("language", "sequences", "last")
    samples = prepare("lstm", dataset=dataset, options={"hidden": 4}).samples("train")
    batch = samples.rows(np.arange(3))
    assert batch.follows.tolist() == [False, True, True] and batch.mask is None
    read = "".join(samples.preprocessing.labels[n] for n in batch.inputs.argmax(axis=-1).ravel())
    assert text.read_text().startswith(read)
    ahead = "".join(samples.preprocessing.labels[n] for n in batch.targets.ravel())
    assert text.read_text()[1:].startswith(ahead)


def test_bad_text_is_one_line(tmp_path: Path, text: Path) -> None:
    latin = tmp_path / "latin.txt"
    latin.write_bytes("first\nnaïve\n".encode("latin-1"))
    assert "line 2 is not utf-8 text" in refused(latin) and "latin-1" in refused(latin)
    (tmp_path / "blank.txt").write_text(" \n \n")
    assert "nothing but blanks" in refused(tmp_path / "blank.txt", task="language")
    assert "name a smaller --window" in refused(text, window=5000)
    model = zoo.train("gru", text, hidden=4, epochs=1, window=10)
    with pytest.raises(DataError, match="the symbol 'Z' was not seen in training"):
        zoo.predict(model, ["Zebra"])
    with pytest.raises(DataError, match="sequence 2 is empty"):
        zoo.predict(model, ["it", ""])
    other = tmp_path / "other.txt"
    other.write_text("QUITE OTHER LETTERS\n" * 20)
    with pytest.raises(DataError, match="was not seen in training"):
        run.evaluate(model, {"name": str(other), "window": 10})


def test_a_series_is_split_by_time(series: Path) -> None:
    dataset = open_dataset(series, target="wave", window=12, horizon=3)
    assert isinstance(dataset.inputs, Windows) and dataset.labels == ("wave",)
    assert [column.name for column in dataset.columns] == ["wave", "day"]  # the targets first, the months left out
    parts = split(dataset, 0)
    last_trained = parts.train[-1] + 12 + 3 - 1  # the last time step a training window has as its target
    first_tested = parts.test[0] + 12
    assert first_tested == round(0.8 * 120) - 2 and last_trained < first_tested
    assert len(parts.test) == round(0.2 * 120)


def test_forecasts_come_in_units(series: Path, tmp_path: Path) -> None:
    path = tmp_path / "elman.h5"
    model = zoo.train("elman", series, target="wave", window=12, horizon=3, hidden=6, epochs=2, out=path)
    answers = zoo.predict(path, series)
    assert answers.shape == (120 - 12 + 1, 3, 1)  # also after the last window
    wave = np.sin(np.arange(120) / 3)
    truth = np.stack([wave[n + 12 : n + 15] for n in range(105)])
    errors = ((answers[:105, :, 0] - truth) ** 2).mean(axis=1)
    metrics = run.evaluate(path).metrics
    assert metrics["mean_squared_error"] == pytest.approx(errors[-24 + 2 - 2 :].mean(), rel=0.5)
    assert model.preprocessing.labels == ("wave",)


def test_a_bad_series_is_one_line(series: Path, tmp_path: Path) -> None:
    assert "too few for windows of 200" in refused(series, window=200)
    lines = series.read_text().splitlines()
    gap = tmp_path / "gap.csv"
    gap.write_text("\n".join([*lines[:30], "1952-06,,3", *lines[31:]]))
    assert "the series has a gap: column 'wave', row 30 is missing" in refused(gap, window=6, target="wave")
    skipped = tmp_path / "skipped.csv"
    skipped.write_text("\n".join(lines[:40] + lines[42:]))
    assert "the series has a gap: row 40 is of" in refused(skipped, window=6)
    assert "not a column of numbers" in refused(series, window=6, target="month")
    model = zoo.train("elman", series, window=12, hidden=4, epochs=1)
    short = tmp_path / "short.csv"
    short.write_text("\n".join(lines[:8]))
    with pytest.raises(DataError, match="fewer than the window of 12"):
        zoo.predict(model, short)


def test_a_long_table_of_sequences(table: Path, tmp_path: Path) -> None:
    dataset = open_dataset(table, sequence="walk", target="kind", ignore="letter")
    assert (dataset.task, dataset.labels, len(dataset)) == ("classification", ("flat", "up"), 12)
    steps = open_dataset(table, sequence="walk", target="letter", ignore="kind")
    assert (steps.task, steps.labels) == ("labelling", ("a", "b"))
    path = tmp_path / "gru.h5"
    zoo.train("gru", table, sequence="walk", target="letter", ignore="kind", hidden=4, epochs=1, out=path)
    answers = zoo.predict(path, table)
    assert [len(answer) for answer in answers] == [2 + n % 5 for n in range(12)]
    assert "--target names the column 'colour'" in refused(table, sequence="walk", target="colour")


def test_a_folder_with_a_file_for_each_sequence(tmp_path: Path) -> None:
    for kind, slope in (("falling", -1), ("rising", 1)):
        (tmp_path / "walks" / kind).mkdir(parents=True)
        for number in range(6):
            rows = [f"{slope * step + number / 10},{step % 3}" for step in range(3 + number)]
            (tmp_path / "walks" / kind / f"{number}.csv").write_text("x,y\n" + "\n".join(rows))
    dataset = open_dataset(tmp_path / "walks")
    assert (dataset.task, dataset.labels, len(dataset)) == ("classification", ("falling", "rising"), 12)
    model = zoo.train("lstm", tmp_path / "walks", hidden=6, epochs=30, learning_rate=0.03)
    answers = zoo.predict(model, tmp_path / "walks")
    assert answers.tolist() == ["falling"] * 6 + ["rising"] * 6
    (tmp_path / "walks" / "rising" / "7.csv").write_text("x,z\n1,2\n")
    assert "has the columns ('x', 'z'), expected ('x', 'y')" in refused(tmp_path / "walks")


def test_the_grammar() -> None:
    """Every symbol of a string may follow; both outer symbols are the same; train and test share no string."""
    random = RandomStream(3)("test")
    for _ in range(200):
        string = embedded(random)
        assert string[0] == "B" and string[-1] == "E" and string[1] == string[-2]
        legal = legal_next(string)
        assert len(legal) == len(string) - 1
        assert all(symbol in may for symbol, may in zip(string[1:], legal, strict=True))
    dataset = open_dataset("reber")
    parts = split(dataset, 0)
    texts = ["".join(SYMBOLS[n] for n in dataset.inputs.read(row, row + 1)[:, 0]) for row in range(len(dataset))]
    assert len(parts.train) == len(parts.test) == 256 and len(set(texts)) == 512


def test_counting_in_words() -> None:
    assert [in_words(n) for n in (7, 19, 40, 86, 100, 342)] == [
        *("seven", "nineteen", "forty", "eighty-six", "one hundred", "three hundred and forty-two")
    ]


def test_the_adding_problem() -> None:
    dataset = open_dataset("adding", steps=50, sequences=500)
    lengths = dataset.inputs.lengths(np.arange(len(dataset)))
    assert lengths.min() == 50 and lengths.max() == 55
    for row in range(20):
        steps = dataset.inputs.read(row, row + 1)
        assert steps[:, 1].sum() == 2
        assert dataset.targets.take(np.array([row]))[0, 0] == pytest.approx(float((steps[:, 0] * steps[:, 1]).sum()))
    sums = dataset.targets.take(np.arange(len(dataset)))
    assert sums.var() == pytest.approx(1 / 6, rel=0.15)  # what saying the mean is off by


def test_the_shipped_checkpoint_knows_the_grammar() -> None:
    metrics = run.evaluate(find_checkpoint("lstm-reber")).metrics
    assert metrics["legal_accuracy"] == 1.0 and metrics["memory_accuracy"] == 1.0


def test_sunspots_are_foretold_better_than_by_the_last_value(real_data: Callable[[str], Path]) -> None:
    real_data("monthly-sunspots.csv")
    result = run.train(prepare("lstm-sunspots", training={"epochs": 4}))
    assert result.metrics["relative_error"] < 0.9
