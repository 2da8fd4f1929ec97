"""Data that a model was trained on are known again, whole and in part, in whatever way they are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from zoo.data import open_dataset, row_hashes
from zoo.data.readers import blocks

ROWS, NEW, AGAIN = 24, 4, 7  # to train on; of a second file: others, and such as were trained on
random = np.random.default_rng(8)
TABLE = np.round(random.normal(size=(ROWS + NEW, 5)), 4)
LABELS = np.arange(ROWS + NEW) % 2
PIXELS = random.integers(0, 256, (ROWS + NEW, 6, 6), np.uint8)
FIRST, OTHER = np.arange(ROWS), np.concatenate([np.arange(AGAIN), np.arange(ROWS, ROWS + NEW)])
CHARACTERS = "".join("abcdefg \n"[each] for each in random.integers(0, 9, 400))


def csv(path: Path, rows: np.ndarray) -> None:
    lines = [",".join(map(str, TABLE[row])) + "," + "ab"[LABELS[row]] for row in rows]
    path.write_text("u,v,w,x,y,label\n" + "\n".join(lines) + "\n")


def npz(path: Path, rows: np.ndarray) -> None:
    np.savez(path, x=TABLE[rows], y=LABELS[rows])


def hdf5(path: Path, rows: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        file["x"], file["y"] = TABLE[rows], LABELS[rows]


def packed(path: Path, rows: np.ndarray) -> None:
    """With a test part of its own, which holds none of the rows."""
    with h5py.File(path, "w") as file:
        file.create_dataset("x_train", data=TABLE[rows], chunks=(4, 5), compression="gzip")
        file["y_train"], file["x_test"], file["y_test"] = LABELS[rows], TABLE[rows] + 9, LABELS[rows]


def npy(path: Path, rows: np.ndarray) -> None:
    np.save(path, TABLE[rows])


def idx(path: Path, rows: np.ndarray) -> None:
    path.mkdir()
    for name, array in (("train-images-idx3-ubyte", PIXELS[rows]), ("train-labels-idx1-ubyte", LABELS[rows])):
        array = array.astype(np.uint8)
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (path / name).write_bytes(header + array.tobytes())


def images(path: Path, rows: np.ndarray) -> None:
    Image = pytest.importorskip("PIL.Image")
    for row in rows:
        folder = path / "ab"[LABELS[row]]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(PIXELS[row]).save(folder / f"{row:03}.png")


def sequences(path: Path, rows: np.ndarray) -> None:
    lines = [f"{row},{TABLE[row, step]},{'ab'[LABELS[row]]}" for row in rows for step in range(2 + row % 3)]
    path.write_text("id,value,label\n" + "\n".join(lines) + "\n")


def text(path: Path, rows: np.ndarray) -> None:
    """Of the second text the first pieces are those of the first."""
    again = CHARACTERS[: 10 * AGAIN + 1] + CHARACTERS[: -10 * NEW - 1 : -1]
    path.write_text(CHARACTERS[: 10 * ROWS + 1] if len(rows) == ROWS else again, newline="")


def series(path: Path, rows: np.ndarray) -> None:
    """The second series is the beginning of the first."""
    steps = ROWS + 5 if len(rows) == ROWS else AGAIN + 4
    path.write_text("value\n" + "\n".join(map(str, TABLE.reshape(-1)[:steps])) + "\n")


KINDS: dict[str, tuple[str, Callable[[Path, np.ndarray], None], str, tuple[str, ...], bool]] = {
    "CSV": ("data.csv", csv, "logistic", (), False),
    "NPZ": ("data.npz", npz, "logistic", (), False),
    "HDF5": ("data.h5", hdf5, "logistic", ("--trusted",), True),  # read without a child process
    "HDF5 with parts": ("data.h5", packed, "logistic", ("--trusted",), True),
    "NPY": ("data.npy", npy, "som", ("--rows", "2", "--columns", "2"), True),
    "IDX": ("data", idx, "logistic", (), False),
    "images": ("data", images, "logistic", (), True),
    "sequences": ("data.csv", sequences, "elman", ("--sequence", "id", "--hidden", "3"), False),
    "text": ("data.txt", text, "elman", ("--window", "10", "--hidden", "3"), False),
    "series": ("data.csv", series, "elman", ("--window", "4", "--hidden", "3"), False),
}


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Two files, the architecture, its flags and the ways of reading them: at once, or some rows at a time."""
    name, write, architecture, flags, streams_too = KINDS[request.param]
    monkeypatch.setattr(blocks, "BLOCK", 300)
    for place, rows in (("whole", FIRST), ("other", OTHER)):
        (folder / place).mkdir()
        write(folder / place / name, rows)
    ways = [(), ("--in-memory", "0")] if streams_too else [()]
    return request.param, folder / "whole" / name, folder / "other" / name, (architecture, *flags), ways


def test_the_whole_is_split_as_in_training_and_a_part_is_counted(run, kind):
    name, whole, other, (architecture, *flags), ways = kind
    if name not in ("HDF5 with parts", "text", "series"):  # whose last rows are held out
        flags = [*flags, "--held-out", "last"]
    known = AGAIN - (name == "images")  # files are mixed by their names, and one of these is then held out
    expected = {
        "HDF5 with parts": f"test part (the data's own), {NEW + AGAIN} samples",
        "series": f"all {AGAIN} rows, all of them equal to rows trained on",
    }.get(name, f"all {NEW + AGAIN} rows, {known} of them equal to rows trained on")
    for number, trained_so in enumerate(ways):
        file = f"m{number}.h5"
        outcome = run(
            *("train", architecture, "--data", whole, *flags, *trained_so),
            *("--epochs", "1", "--quiet", "--threads", "1", "--out", file),
        )
        assert outcome.code == 0, outcome.err
        line = next(line for line in outcome.out.splitlines() if "test part (" in line)
        for each in ways:
            read_so = (*each, *(flag for flag in flags if flag == "--trusted"))
            again = run("eval", file, "--data", whole, *read_so)
            assert again.out.splitlines()[0].partition(", ")[2] == line, (trained_so, read_so, again.err)
            part = run("eval", file, "--data", other, *read_so, "--json")
            assert part.document["part"] == expected, (trained_so, read_so)


@pytest.mark.parametrize("write", [hdf5, npy])
def test_a_run_whose_data_stream_goes_on_with_data_in_memory(run, folder, write):
    path = folder / ("data.h5" if write is hdf5 else "data.npy")
    write(path, FIRST)
    streamed, held = open_dataset(path, in_memory=0), open_dataset(path)
    assert streamed.digest != held.digest and streamed.contents_digest == held.contents_digest
    assert all(one.has_digest(other.digest) for one in (streamed, held) for other in (streamed, held))
    write(path, OTHER)
    changed = open_dataset(path, in_memory=0)
    assert not any(changed.has_digest(each) for each in (streamed.digest, held.digest))


def test_one_changed_value_is_seen_where_the_digest_of_training_was_over_all_contents(folder, monkeypatch):
    rows = np.zeros((3000, 2000), np.float32)  # 24 MB: the sampled digest leaves a third out
    np.save(folder / "x.npy", rows)
    whole = open_dataset(folder / "x.npy").digest
    assert open_dataset(folder / "x.npy", in_memory=0).has_digest(whole)
    rows[17, 5] = 1
    np.save(folder / "x.npy", rows)
    assert not open_dataset(folder / "x.npy", in_memory=0).has_digest(whole)


def test_rows_learned_without_labels_are_known_with_labels_and_without(run, folder):
    csv(folder / "labelled.csv", FIRST)
    flags = ("--hidden", "3", "--test", "0", "--epochs", "1", "--quiet")
    assert run("train", "rbm", "--data", "labelled.csv", *flags, "--out", "m.h5").code == 0
    csv(folder / "other.csv", OTHER)
    lines = (folder / "other.csv").read_text().splitlines()
    (folder / "bare.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines) + "\n")
    part = run("eval", "m.h5", "--data", "bare.csv", "--json").document["part"]
    assert part == f"all {NEW + AGAIN} rows, {AGAIN} of them equal to rows trained on"


def test_of_many_rows_the_share_is_estimated_and_said_to_be(run, folder, monkeypatch):
    monkeypatch.setattr(row_hashes, "MOST_HASHES", 16)
    npz(folder / "data.npz", FIRST)
    flags = ("--test", "0", "--epochs", "1", "--quiet", "--out", "m.h5")
    assert run("train", "logistic", "--data", "data.npz", *flags).code == 0
    for rows, known in ((np.arange(10), 10), (np.arange(ROWS, ROWS + NEW), 0)):
        npz(folder / "some.npz", rows)
        part = run("eval", "m.h5", "--data", "some.npz", "--json").document["part"]
        assert part == f"all {len(rows)} rows" + f", about {known} of them equal to rows trained on" * bool(known)


def test_streamed_rows_are_hashed_some_at_a_time_and_stop_when_asked(folder):
    from zoo.core.architecture import InputSpec
    from zoo.data import Encoded, Preprocessing

    np.save(folder / "x.npy", np.arange(3000.0).reshape(600, 5))
    dataset = open_dataset(folder / "x.npy", in_memory=0)
    samples = Encoded(dataset, None, Preprocessing.fit(dataset, np.arange(600), InputSpec("raw")))
    asked: list[int] = []
    original = Encoded.rows

    class Counted(Encoded):
        def rows(self, numbers, lanes=None):
            asked.append(len(numbers))
            return original(self, numbers, lanes)

    samples.__class__ = Counted
    assert len(row_hashes.hashes_kept(samples)) == 600 and max(asked) <= row_hashes.AT_ONCE
    asked.clear()
    assert row_hashes.hashes_kept(samples, lambda: True) is None and sum(asked) < 600
