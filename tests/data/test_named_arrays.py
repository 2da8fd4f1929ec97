"""Which arrays of an NPZ or HDF5 file are inputs and targets: by usual names, by options, or refused as ambiguous."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.data import open_dataset
from zoo.data.python_data import given_dataset
from zoo.errors import DataError, ZooError
from zoo.types import Array

X = np.random.default_rng(0).normal(size=(30, 4))
Y = np.arange(30) % 3


def written(path: Path, **arrays: Array) -> Path:
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name] = array
    return path


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
@pytest.mark.parametrize(
    ("inputs", "targets"),
    [("X", "y"), ("features", "label"), ("arr_0", "arr_1"), ("train_images", "train_labels"), ("train_x", "train_y")],
)
def test_usual_names_are_known(inputs: str, targets: str, suffix: str, tmp_path: Path) -> None:
    found = open_dataset(written(tmp_path / f"a{suffix}", **{inputs: X, targets: Y}))
    assert found.labels == ("0", "1", "2") and np.array_equal(found.inputs.read(0, 30), X)


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_parts_are_the_data_s_own(suffix: str, tmp_path: Path) -> None:
    parts = {"train": X, "val": X[:6], "test": X[:9]}
    arrays = {f"{part}_images": rows for part, rows in parts.items()}
    arrays |= {f"{part}_labels": Y[: len(rows)] for part, rows in parts.items()}
    found = open_dataset(written(tmp_path / f"a{suffix}", **arrays))
    assert (len(found), found.own_validation, found.own_test) == (45, 6, 9)
    assert np.array_equal(found.inputs.read(30, 45), np.concatenate([X[:6], X[:9]]))


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_what_is_not_clear_is_refused_and_the_advice_works(suffix: str, tmp_path: Path) -> None:
    for name, arrays, line, options in (
        ("case", {"x": X, "X": -X, "y": Y}, "holds both .* choose by --inputs NAME", {"inputs": "x"}),
        ("case2", {"x": X, "y": Y, "Y": Y}, "holds both .* choose by --targets NAME", {"targets": "y"}),
        (
            "many",
            {f"arr_{n}": X for n in range(3)} | {"arr_3": Y},
            "--inputs NAME",
            {"inputs": "arr_0", "targets": "arr_3"},
        ),
        ("rows", {"x": X, "b": Y}, "or --task unsupervised", {"task": "unsupervised"}),
        ("half", {"x": X, "b": Y}, "--targets NAME", {"targets": "b", "inputs": "x"}),
        ("own", {"a": X, "b": Y}, "--inputs NAME --targets NAME", {"inputs": "a", "targets": "b"}),
    ):
        path = written(tmp_path / f"{name}{suffix}", **arrays)
        with pytest.raises(DataError, match=line):
            open_dataset(path)
        found = open_dataset(path, **options)
        assert np.array_equal(found.inputs.read(0, 30), X) and ("task" in options or found.labels == ("0", "1", "2"))
        assert sum("left out" in note for note in found.notes) == (len(arrays) > 2)
    with pytest.raises(DataError, match="there is no such array; the file holds 'a', 'b'"):
        open_dataset(path, inputs="c")
    with pytest.raises(ZooError, match="expected two arrays"):
        open_dataset(path, inputs="a", targets="a")
    with pytest.raises(DataError, match=r"say also which .* are the inputs"):
        open_dataset(path, targets="b")


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_a_test_part_without_targets_is_left_out_and_predicted_by_its_name(suffix: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"a{suffix}", x_train=X, y_train=Y, x_test=X[:7])
    found = open_dataset(path)
    assert (
        len(found) == 30
        and "'x_test' has no targets" in found.notes[0]
        and len(open_dataset(path, inputs="x_test", task="unsupervised")) == 7
    )
    model = zoo.train("mlp", str(path), hidden=2, epochs=1)
    assert len(zoo.predict(model, path, inputs="x_test")) == 7


def test_names_are_remembered(tmp_path: Path) -> None:
    path = written(tmp_path / "a.npz", mine=X, yours=Y)
    zoo.train("mlp", str(path), hidden=2, epochs=1, out=tmp_path / "m.h5", inputs="mine", targets="yours")
    model = zoo.load(tmp_path / "m.h5")
    assert zoo.evaluate(tmp_path / "m.h5") and len(zoo.predict(model, path)) == 30


def test_arrays_of_matlab_are_turned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = np.random.default_rng(1).normal(size=(30, 5, 6))
    for number, rows in enumerate((X, images)):
        path = tmp_path / f"{number}.mat"
        with h5py.File(path, "w", userblock_size=512) as file:
            file["X"], file["y"] = rows.T, Y[None, :].astype(float)
        with path.open("r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file".ljust(128))
        found = open_dataset(path)
        assert np.array_equal(found.inputs.read(0, 30), rows) and "MATLAB" in found.notes[0]
        model = zoo.train("mlp", str(path), hidden=2, epochs=1)
        assert np.array_equal(zoo.predict(model, path), zoo.predict(model, rows))
        path = path.rename(path.with_suffix(".h5"))
        assert main(["show", str(path)]) == 0 and "30 " in capsys.readouterr().out


def test_arrays_that_do_not_match_stay_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="30 rows of inputs and 29 of targets"):
        open_dataset(written(tmp_path / "a.h5", x=X, y=Y[:29]))


@pytest.mark.parametrize(
    ("shape", "hint"), [((3, 8, 8), True), ((1, 9, 12), True), ((8, 8, 3), False), ((3, 3, 3), False)]
)
def test_images_whose_channels_stand_first_are_noticed(shape: tuple[int, ...], hint: bool) -> None:
    images = np.random.default_rng(0).random((6, *shape))
    dataset = given_dataset((images, np.arange(6) % 2), {})
    assert any("if the channels stand first: np.moveaxis(x, 1, -1)" in note for note in dataset.notes) == hint
