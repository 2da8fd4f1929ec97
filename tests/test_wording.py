"""Messages name an option as whoever called knows it: a flag on the command line, an argument in Python."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.errors import OptionError, UsageError, ZooError, ZooWarning
from zoo.wording import with_arguments

X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize(
    ("flags", "arguments"),
    [
        ("hold some out with --validation 0.1", "hold some out with validation=0.1"),
        ("the loss with --monitor loss; or", "the loss with monitor='loss'; or"),
        ("--rbm1.monitor loss --rbm2.monitor loss", "rbm1={'monitor': 'loss'} rbm2={'monitor': 'loss'}"),
        ("fill it with --missing most-frequent", "fill it with missing='most-frequent'"),
        ("--missing keep is for others", "missing='keep' is for others"),
        ("a.csv: --target names the column 'x'", "a.csv: target names the column 'x'"),
        ("leave it out with --ignore 'my name'", "leave it out with ignore='my name'"),
        ("say so: --ignore a,b_c; or --use A,b", "say so: ignore='a,b_c'; or use='A,b'"),
        ("not read, unless --trusted", "not read, unless trusted=True"),
        ("if it is data: --header no", "if it is data: header='no'"),
        ("--rescale true does", "rescale=True does"),
        ("see --image-size (now 28)", "see image_size (now 28)"),
        ("twice --window and one", "twice window and one"),
        ("name other data with --data NEW", "name other data with data=NEW"),
        ("this goes on: zoo train --resume a.h5 --epochs 3", "this goes on: zoo train --resume a.h5 --epochs 3"),
        ("in a--b.csv, '--x.csv' and -- x", "in a--b.csv, '--x.csv' and -- x"),
    ],
)
def test_a_flag_becomes_an_argument(flags: str, arguments: str) -> None:
    assert with_arguments(flags) == arguments
    assert with_arguments(arguments) == arguments


def test_python_reads_arguments_and_the_command_line_flags(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"with validation=0\.1, or watch the training loss with monitor='loss'"):
        zoo.train("logistic", "moons", patience=2)
    assert main(["train", "logistic", "--data", "moons", "--patience", "2"]) == 2
    assert "with --validation 0.1, or watch the training loss with --monitor loss" in capsys.readouterr().err


def test_warnings_and_errors_of_threads_and_plugins_are_worded_too(tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as received:
        warnings.simplefilter("always")
        model = zoo.train("logistic", (X, Y), epochs=1)
        zoo.evaluate(model, (X, Y), test=0.4, task="classification")
        with pytest.raises(ZooError, match=r"target names the column 'no'"):
            zoo.evaluate(model, (X, Y), target="no")
    said = [str(each.message) for each in received if issubclass(each.category, ZooWarning)]
    assert any("read with target='no'; in training: no target" in each for each in said)
    with pytest.raises(ZooError, match=r"rescale=True"):
        zoo.predict(zoo.train("fuzzy-art", np.abs(X) / 10, rescale=False, epochs=1), 100 + X)


def test_nothing_is_worded_outside_of_a_call(tmp_path: Path) -> None:
    def listen(event: object) -> None:
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        zoo.train("logistic", (X, Y), epochs=1, listen=listen)
    assert str(OptionError("see --target")) == "see --target"
