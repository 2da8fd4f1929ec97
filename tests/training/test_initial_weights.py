"""Starting from the weights of another checkpoint: what is taken, what is not, and what the new file says of it."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.errors import UsageError, ZooWarning

SMALL = {"hidden": (6, 5), "dropout": 0.0, "input_dropout": 0.0, "threads": 1, "schedule": "constant"}


def two_moons(classes: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(classes)
    x = random.standard_normal((90, 3)).astype("f4")
    return x, np.arange(90) % classes


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "source.h5"
    zoo.train("mlp", two_moons(3), epochs=2, out=path, **SMALL)
    return path


def test_another_head_on_frozen_layers(source, tmp_path):
    out = tmp_path / "net.h5"
    with pytest.warns(ZooWarning, match=r"init_from .*: not taken: output/W \(\(5, 3\) in the file, \(5, 4\) here\)"):
        model = zoo.train("mlp", two_moons(4), epochs=2, init_from=source, freeze=("hidden*",), out=out, **SMALL)
    given, made = zoo.read(source), zoo.read(out)
    for name in ("hidden1/W", "hidden1/b", "hidden2/W", "hidden2/b"):
        np.testing.assert_array_equal(model.weights[name], given.weights[name])
    about = made.manifest["initial_weights"]
    assert about["taken"] == ["hidden1/W", "hidden1/b", "hidden2/W", "hidden2/b"]
    assert about["not_taken"] == ["output/W", "output/b"]
    assert (about["file"], about["architecture"]) == ("source.h5", "mlp")
    assert about["sha256"] == made.manifest["parent"]


def test_a_resumed_run_is_the_uninterrupted_one(source, tmp_path):
    path = tmp_path / "net.h5"
    settings = {
        "init_from": source,
        "freeze": ("hidden1",),
        "layer_rates": ("output=3",),
        "optimizer": "momentum",
        **SMALL,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = zoo.train("mlp", two_moons(4), epochs=4, **settings)
        zoo.train("mlp", two_moons(4), epochs=2, out=path, **settings)
    resumed = zoo.resume(path, two_moons(4), epochs=4, threads=1)
    for name, array in whole.weights.items():
        np.testing.assert_array_equal(resumed.weights[name], array)
    assert zoo.read(path).manifest["initial_weights"]["taken"]


def test_a_layer_is_taken_as_a_whole(source):
    with pytest.warns(ZooWarning, match=r"hidden1/W .*, hidden1/b \(its layer has other shapes\)"):
        zoo.train(
            "mlp", (np.ones((40, 2)) * np.arange(40)[:, None], np.arange(40) % 3), epochs=0, init_from=source, **SMALL
        )


def test_what_cannot_be_taken_is_refused(source):
    with pytest.raises(UsageError, match=r"no layer fits: hidden1/W \(\(3, 6\) in the file, \(3, 7\) here\)"):
        zoo.train("mlp", two_moons(4), init_from=source, **SMALL | {"hidden": (7,)})
    with pytest.raises(UsageError, match="rbf: init_from is not supported: its first phase, centres, sets the weights"):
        zoo.train("rbf", two_moons(3), init_from=source)


def test_the_program_prints_a_line_for_each(source, tmp_path, capsys):
    np.savez(tmp_path / "data.npz", x=two_moons(4)[0], y=two_moons(4)[1])
    call = ["train", "mlp", "--data", str(tmp_path / "data.npz"), "--hidden", "6,5", "--epochs", "1", "--threads", "1"]
    assert main([*call, "--init-from", str(source), "--freeze", "hidden*", "--out", str(tmp_path / "net.h5")]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert any("not taken: output/W ((5, 3) in the file, (5, 4) here), output/b" in line for line in lines)
    assert "init_from source.h5 (mlp): took hidden1/W, hidden1/b, hidden2/W, hidden2/b" in lines
    assert main(["show", str(tmp_path / "net.h5")]) == 0
    assert re.search("initial_weights/file +.*source.h5", capsys.readouterr().out)
