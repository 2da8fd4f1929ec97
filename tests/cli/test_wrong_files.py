"""A file of another kind than the command wants is named for what it is, in one line that says what to do."""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

import zoo
from zoo.errors import CheckpointError


def hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros((3, 2))


OTHERS = {
    "table.csv": (lambda path: path.write_text("u,v,label\n1,2,a\n3,4,b\n"), "CSV, a table; data go behind"),
    "semicolons.csv": (lambda path: path.write_text("1,5;2\n" * 200), "CSV, a table; data go behind"),
    "one.csv": (lambda path: path.write_text("a,b\n"), "CSV, a table"),
    "poem.txt": (lambda path: path.write_text("It rains, it pours,\nthe old man snores.\n"), "text; data go behind"),
    "recipe.toml": (lambda path: path.write_text('architecture = "mlp"\n[training]\nepochs = 3\n'), "TOML, perhaps a"),
    "data.json": (lambda path: path.write_text(json.dumps({"a": [1, 2]})), "JSON"),
    "page.html": (lambda path: path.write_text("<!doctype html><p>not found"), "HTML or XML; download the file"),
    "pointer.h5": (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
    "x.npy": (lambda path: np.save(path, np.zeros(3)), "NPY; data go behind the checkpoint"),
    "x.npz": (lambda path: np.savez(path, x=np.zeros(3)), "a zip archive, such as NPZ"),
    "x.h5": (hdf5, "HDF5, but not as zoo saves it"),
    "x.gz": (lambda path: path.write_bytes(gzip.compress(b"x")), "a gzip file; unpack it"),
    "x.pkl": (lambda path: path.write_bytes(pickle.dumps([1], protocol=4)), "a Python pickle, which is never"),
    "x.png": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40)), "a PNG image; data go behind"),
    "labels": (lambda path: path.write_bytes(b"\0\0\x08\x01\0\0\0\x02\1\2"), "IDX; data go behind"),
    "noise": (lambda path: path.write_bytes(bytes(range(128, 256)) * 4), "binary data of no kind that is known"),
    "empty": (lambda path: path.write_bytes(b""), "the file is empty"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_given_as_checkpoint_is_named_for_what_it_is(run, folder, name):
    write, what = OTHERS[name]
    write(folder / name)
    calls = [("eval", f"./{name}"), ("predict", f"./{name}", "--data", "iris"), ("sample", f"./{name}")]
    for call in (*calls, ("plot", f"./{name}"), ("verify", f"./{name}"), ("train", "--resume", f"./{name}")):
        reported = run(*call).error
        assert f"cannot load checkpoint '{name}': it is not a zoo checkpoint" in reported and what in reported, call
        assert "b'" not in reported and "\\x" not in reported
    with pytest.raises(CheckpointError, match="it is not a zoo checkpoint"):
        zoo.load(folder / name)


@pytest.fixture
def model(run, folder):
    lines = [f"{n * 7 % 24},{n % 5}.5,{'xy'[n % 3 == 0]},{'ab'[n % 2]}" for n in range(24)]
    (folder / "l.csv").write_text("u,v,w,label\n" + "\n".join(lines) + "\n")
    assert (
        run("train", "logistic", "--data", "l.csv", "--ignore", "w", "--epochs", "1", "-q", "--out", "m.h5").code == 0
    )
    return "m.h5"


@pytest.mark.parametrize("header", ["u,v,w,label", "u,v", "label,v,u", "a,b,c", "p,q"])
def test_names_without_rows_are_not_blamed_on_columns(run, folder, model, header):
    (folder / "names.csv").write_text(header + "\n")
    calls = [("eval", model), ("predict", model), ("train", "mlp"), ("train", "som", "--target", "none"), ("show",)]
    for name, *flags in calls:
        given = ("names.csv",) if name == "show" else ("--data", "names.csv")
        reported = run(name, *flags, *given).error
        assert f"{len(header.split(','))} columns" in reported and "but no rows of data" in reported, (name, flags)
        assert "--header no" in reported


def test_a_single_name_has_no_rows_either(run, folder):
    (folder / "names.csv").write_text("price\n")
    for flags in ((), ("--target", "none")):
        assert "the name of 1 column, but no rows of data" in run("train", "som", "--data", "names.csv", *flags).error


def test_a_single_row_without_names_is_a_row(run, folder, model):
    (folder / "row.csv").write_text("3,4.5\n")
    assert run("predict", model, "--data", "row.csv", "--bare").out.strip() in ("a", "b")
    lines = [f"{'xy'[n % 3 == 0]},{'pq'[n % 2]},{'ab'[n % 2]}" for n in range(24)]
    (folder / "words.csv").write_text("v,w,k\n" + "\n".join(lines) + "\n")
    assert run("train", "logistic", "--data", "words.csv", "--epochs", "1", "-q", "--out", "w.h5").code == 0
    (folder / "row.csv").write_text("x,q\n")
    assert run("predict", "w.h5", "--data", "row.csv", "--bare").out.strip() in ("a", "b")
