"""NPZ, NPY, HDF5 and IDX: what was saved is read; what is damaged or of another kind is refused in one line."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from zoo.checkpoint import write
from zoo.data import open_dataset
from zoo.data.as_trained import open_again
from zoo.data.readers.idx import PARTS
from zoo.errors import DataError, OptionError, UsageError
from zoo.types import Array

random = np.random.default_rng(3)
X = random.standard_normal((40, 5)).astype(np.float32)
Y = np.arange(40) % 3
IMAGES = random.integers(0, 256, (40, 4, 6), dtype=np.uint8)


def idx(array: Array) -> bytes:
    """The bytes of an IDX file of unsigned bytes."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.astype(np.uint8).tobytes()


def mnist_folder(path: Path, compressed: bool) -> Path:
    path.mkdir()
    held = {"inputs": IMAGES[:30], "targets": Y[:30], "test_inputs": IMAGES[30:], "test_targets": Y[30:]}
    for part, array in held.items():
        data = idx(array)
        if compressed:
            (path / (PARTS[part] + ".gz")).write_bytes(gzip.compress(data))
        else:
            (path / PARTS[part]).write_bytes(data)
    return path


def refused(path: Path, **options: Any) -> str:
    with pytest.raises((DataError, OptionError)) as caught:
        open_dataset(path, **options)
    message = str(caught.value)
    assert "\n" not in message and str(path) in message
    return message


@pytest.mark.parametrize(
    ("x", "y"), [("X", "y"), ("x", "Y"), ("inputs", "targets"), ("data", "labels"), ("images", "labels")]
)
def test_arrays_are_found_under_usual_names(tmp_path: Path, x: str, y: str) -> None:
    np.savez(tmp_path / "a.npz", **{x: X, y: Y})  # type: ignore[arg-type]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file[x], file[y] = X, Y
    for name in ("a.npz", "a.h5"):
        dataset = open_dataset(tmp_path / name)
        assert (dataset.task, dataset.labels, dataset.has_test_part) == ("classification", ("0", "1", "2"), False)
        np.testing.assert_array_equal(dataset.inputs.read(0, 40), X)
        np.testing.assert_array_equal(dataset.targets.read(0, 40), Y)  # type: ignore[union-attr]


def test_a_test_part_of_their_own(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x_train=X[:30], y_train=Y[:30], x_test=X[30:], y_test=Y[30:])
    dataset = open_dataset(tmp_path / "a.npz")
    assert (len(dataset), dataset.own_test) == (40, 10)
    np.testing.assert_array_equal(dataset.inputs.read(25, 35), X[25:35])
    np.testing.assert_array_equal(dataset.inputs.take(np.array([39, 0, 31])), X[[39, 0, 31]])


def test_kinds_of_targets(tmp_path: Path) -> None:
    def task(targets: Any, **options: Any) -> tuple[str, tuple[str, ...]]:
        np.savez(tmp_path / "t.npz", x=X, y=targets)
        dataset = open_dataset(tmp_path / "t.npz", **options)
        return dataset.task, dataset.labels

    assert task(Y.astype(np.float64)) == ("classification", ("0", "1", "2"))
    assert task(Y.reshape(-1, 1)) == ("classification", ("0", "1", "2"))
    assert task(np.eye(3)[Y]) == ("classification", ("0", "1", "2"))
    assert task(np.array(["b", "a"])[Y % 2]) == ("classification", ("a", "b"))
    assert task(Y == 1) == ("classification", ("False", "True"))
    assert task(np.arange(40)) == ("regression", ("target",))
    assert task(X[:, :2]) == ("regression", ("target 1", "target 2"))
    assert task(np.stack([Y == 1, Y > 0], axis=1)) == ("multi-label", ("target 1", "target 2"))
    assert task(Y, task="regression") == ("regression", ("target",))


@pytest.mark.parametrize("compressed", [False, True])
def test_idx_folders(tmp_path: Path, compressed: bool) -> None:
    dataset = open_dataset(mnist_folder(tmp_path / "digits", compressed))
    assert (dataset.kind, dataset.own_test, dataset.labels) == ("images", 10, ("0", "1", "2"))
    assert dataset.inputs.dtype == np.uint8
    np.testing.assert_array_equal(dataset.inputs.read(0, 40), IMAGES)
    single = next((tmp_path / "digits").glob(PARTS["test_inputs"] + "*"))
    assert open_dataset(single).task == "unsupervised"


def test_idx_labels_are_classes_however_many(tmp_path: Path) -> None:
    (tmp_path / PARTS["inputs"]).write_bytes(idx(np.zeros((90, 2, 2))))
    (tmp_path / PARTS["targets"]).write_bytes(idx(np.arange(90) % 45))
    dataset = open_dataset(tmp_path)
    assert dataset.task == "classification" and len(dataset.labels) == 45 and not dataset.has_test_part


def test_npy(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.column_stack([X, Y]))
    assert open_dataset(tmp_path / "a.npy").task == "unsupervised"
    dataset = open_dataset(tmp_path / "a.npy", target="6")
    assert (dataset.labels, len(dataset.columns)) == (("0", "1", "2"), 5)
    np.testing.assert_array_equal(dataset.inputs.take(np.array([3, 1])), X[[3, 1]])


def test_the_same_contents_have_the_same_digest(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    np.savez_compressed(tmp_path / "b.npz", x=np.asfortranarray(X), y=Y)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["x"], file["y"] = X.astype(">f4"), Y
    digests = {open_dataset(tmp_path / name).digest for name in ("a.npz", "b.npz", "c.h5")}
    assert len(digests) == 1
    other = X.copy()
    other[7, 2] += 1e-3
    np.savez(tmp_path / "d.npz", x=other, y=Y)
    assert open_dataset(tmp_path / "d.npz").digest not in digests


def test_a_dataset_is_opened_again_from_what_a_manifest_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=X, y=Y)
    monkeypatch.chdir(tmp_path)
    stored = open_dataset("a.npz", task="regression").to_manifest()
    monkeypatch.chdir("/")
    assert open_again(stored).task == "regression"
    np.savez(path, x=X + 1, y=Y)
    with pytest.raises(DataError, match="another digest"):
        open_again(stored)
    np.savez(path, x=X[:20], y=Y[:20])
    with pytest.raises(DataError, match=r"has shape \(20, 5\), but \[40, 5\]"):
        open_again(stored)
    with pytest.raises(DataError, match="expected name, options, shape and digest"):
        open_again({"name": 3})


# --- what is refused --------------------------------------------------------------------------------------------------


def test_missing_files_and_strange_kinds(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_bytes(b"\x07\0hello")
    assert "no such file or folder" in refused(tmp_path / "nothing.csv") and "'notes.md'" in refused(tmp_path / "x.csv")
    assert "there is no folder" in refused(tmp_path / "nowhere" / "x.csv")
    assert "not a kind of file" in refused(tmp_path / "notes.md")
    message = refused(tmp_path)
    assert "this folder holds 'notes.md'" in message and "MNIST's four IDX files" in message
    (tmp_path / "empty.npz").write_bytes(b"")
    assert "the file is empty" in refused(tmp_path / "empty.npz")


def test_a_folder_without_all_four_files(tmp_path: Path) -> None:
    folder = mnist_folder(tmp_path / "digits", compressed=False)
    (folder / PARTS["test_targets"]).unlink()
    assert f"there is no {PARTS['test_targets']}" in refused(folder)
    (folder / PARTS["targets"]).unlink()
    assert f"there is no {PARTS['targets']}" in refused(folder)


def test_damaged_idx_files(tmp_path: Path) -> None:
    whole = idx(IMAGES)
    path = tmp_path / "train-images-idx3-ubyte"

    def message(data: bytes) -> str:
        path.write_bytes(data)
        return refused(path)

    assert "holds 949" in message(whole[:-11]) and "(40, 4, 6), which takes 960 bytes" in message(whole[:-11])
    assert "more bytes follow" in message(whole + b"!")
    assert "starts with the bytes 00 00 07 03" in message(b"\0\0\x07\x03" + whole[4:])
    assert "ends within its header" in message(whole[:9])
    assert "holds 40 labels and no images" in message(idx(Y))
    # A header that claims far more than its file could hold allocates nothing.
    assert "which takes 281474976645120 bytes" in message(
        b"\0\0\x08\x02" + b"\xff\xff\xff\xff\x00\x01\x00\x00" + b"1234"
    )


def test_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte.gz"
    data = gzip.compress(idx(IMAGES))
    path.write_bytes(data[: len(data) // 2])
    assert "damaged or cut short" in refused(path)
    path.write_bytes(data[:-8] + b"\0\0\0\0" + data[-4:])
    assert "damaged or cut short" in refused(path)
    path.write_bytes(gzip.compress(idx(IMAGES)[:-10]))
    assert "but the file holds 950" in refused(path)
    path.write_bytes(gzip.compress(b"\0\0\x08\x02" + b"\xff\xff\xff\xff\x00\x01\x00\x00"))
    assert "but the file holds far less" in refused(path)


def test_rows_and_targets_of_other_lengths(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=Y[:-1])
    assert "40 rows of inputs and 39 of targets" in refused(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", x_train=X, y_train=Y, x_test=X[:, :3], y_test=Y)
    assert "shape (5,) in the training part and (3,) in the test part" in refused(tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", x_train=X, y_train=Y, x_test=X)
    assert "'x_test' has no targets (y_test)" in open_dataset(str(tmp_path / "c.npz")).notes[0]
    np.savez(tmp_path / "d.npz", features=X, answer=Y)
    assert "'features' are the inputs; say which are the targets: --targets NAME" in refused(tmp_path / "d.npz")
    np.savez(tmp_path / "e.npz", values=X, answer=Y)
    assert "holds 'answer', 'values', expected inputs and targets under usual names" in refused(tmp_path / "e.npz")


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X + 1j, y=Y)
    assert "has the type complex64, expected whole or real numbers" in refused(tmp_path / "a.npz")
    holes = X[:, 0].astype(np.float64)
    holes[4] = np.nan
    np.savez(tmp_path / "b.npz", x=X, y=holes)
    assert "the target of row 5 is nan" in refused(tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", x=X[:0], y=Y[:0])
    assert "there are no rows" in refused(tmp_path / "c.npz")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "sprung",)

    objects = np.array([Trap()] * 4, dtype=object)
    np.save(tmp_path / "a.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "a.npz", x=objects, y=objects)
    assert "never unpickled" in refused(tmp_path / "a.npy")
    assert "never unpickled" in refused(tmp_path / "a.npz")
    assert not (tmp_path / "sprung").exists()


def test_damaged_npy_and_npz(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, X)
    data = buffer.getvalue()
    path = tmp_path / "a.npy"
    path.write_bytes(data[:-4])
    assert "holds 796 bytes after its header, expected 800 for float32 (40, 5)" in refused(path)
    path.write_bytes(data[:40])
    assert "not a well-formed NPY array" in refused(path)
    path.write_bytes(data.replace(b"(40, 5)", b"(9999999999, 5)").replace(b" " * 8 + b"\n", b"\n"))
    refused(path)
    archive = tmp_path / "a.npz"
    np.savez(archive, x=X, y=Y)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    assert "damaged or cut short" in refused(archive)
    damaged = bytearray(whole)
    damaged[300] ^= 255  # within the values of x
    archive.write_bytes(bytes(damaged))
    assert "damaged or cut short" in refused(archive)
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("x.npy", data[:-40])
        file.writestr("y.npy", data)
    assert "'x.npy' holds 760 bytes, expected 800" in refused(archive)


def test_damaged_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=X, chunks=(10, 5), fletcher32=True)
        file["y"] = Y
    data = path.read_bytes()
    path.write_bytes(data[:600])
    assert "damaged or cut short" in refused(path)
    at = data.index(X[0].tobytes())
    path.write_bytes(data[: at + 2] + b"\xff\xff" + data[at + 4 :])
    assert "rows 1 to 40 of 'x' cannot be read" in refused(path)
    with h5py.File(path, "w") as file:
        file["train/x"] = X
    assert "holds the groups 'train' and no arrays at its top" in refused(path)


def test_options_that_do_nothing_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    assert "--delimiter does nothing for NPZ" in refused(tmp_path / "a.npz", delimiter="tab")
    assert "there is no option 'targt'; did you mean 'target'?" in refused(tmp_path / "a.npz", targt="x")
    with pytest.raises(OptionError, match="nand: --target does nothing for this dataset"):
        open_dataset("nand", target="a")


def test_a_path_is_never_taken_for_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("nand.npz", x=X, y=Y)
    assert len(open_dataset("nand.npz")) == 40
    assert len(open_dataset("nand")) == 4
    with pytest.raises(UsageError, match=r"nandd.*did you mean 'nand'"):
        open_dataset("nandd")
    mnist_folder(tmp_path / "digits", compressed=True)
    assert open_dataset("digits").own_test == 10


def test_a_checkpoint_is_no_data(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    write(path, {"signature": {}}, {"weights/out/W": np.zeros((4, 3), np.float32)})
    with pytest.raises(DataError, match=r"net\.h5: is a checkpoint of zoo, .* expected a file with x and y"):
        open_dataset(path)
