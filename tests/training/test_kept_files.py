"""`keep_every` keeps the run after every so many epochs in a file of its own, from which it goes on exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_models import train_small

import zoo
from zoo.cli import main
from zoo.errors import OptionError, UsageError

NET = {"hidden": 4, "epochs": 6, "threads": 1}


def weights(model: zoo.Model) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in model.weights.items()}


def test_every_second_epoch_is_kept_and_goes_on_exactly(tmp_path: Path) -> None:
    whole = zoo.train("mlp", "moons", **NET, out=tmp_path / "net-{epoch}.h5", keep_every="2epochs")
    names = ["net-2.h5", "net-4.h5", "net-6.h5", "net-last.h5"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for epoch in (2, 4):
        kept = zoo.load(tmp_path / f"net-{epoch}.h5")
        assert kept.history.epochs("train") == epoch
        assert weights(zoo.resume(tmp_path / f"net-{epoch}.h5")) == weights(whole)
    with pytest.raises(UsageError, match=r"net-2.h5', a file that keep_every would write, exists already"):
        zoo.train("mlp", "moons", **NET, out=tmp_path / "net-{epoch}.h5", keep_every="2epochs")


def test_a_name_without_epoch_gets_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "mlp", "--data", "moons", "--hidden", "4", "--epochs", "3", "--keep-every", "1epoch"]
    assert main([*command, "--out", str(tmp_path / "net.h5")]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "net-epoch-1.h5",
        "net-epoch-2.h5",
        "net-epoch-3.h5",
        "net.h5",
    ]
    assert main([*command, "--out", str(tmp_path / "x-{epoch}.h5")]) == 0
    assert str(tmp_path / "x-last.h5") in capsys.readouterr().out


def test_epochs_are_counted_over_all_phases(tmp_path: Path) -> None:
    train_small("dbn", out=tmp_path / "dbn-{epoch}.h5", keep_every="1epoch")
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == sorted(["dbn-last.h5", *(f"dbn-{epoch}.h5" for epoch in range(1, len(kept)))]) and len(kept) > 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"out": "a-{epoch}.h5"}, "expected keep_every as well"),
        ({"keep_every": "2epochs"}, "keep_every has no effect without out"),
        ({"out": "a.h5", "keep_every": "3steps"}, "keep_every is '3steps', expected a number of epochs"),
        ({"out": "a.h5", "keep_every": "0epochs"}, "expected a number of epochs"),
        ({"out": "a{epoch}/b.h5", "keep_every": "1epoch"}, "in the name of a folder"),
    ],
)
def test_what_cannot_be_kept_is_refused(given: dict[str, str], message: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((UsageError, OptionError), match=message):
        zoo.train("mlp", "moons", **NET, **given)
    assert not list(tmp_path.iterdir())
