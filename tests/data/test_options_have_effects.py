"""Every option of data, over data of every kind: it has an effect, or it is refused by its name."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

import zoo
from zoo.data import Dataset, open_dataset, split
from zoo.data.options import DataOptions
from zoo.data.python_data import given_dataset
from zoo.data.readers import READERS
from zoo.errors import ZooError
from zoo.options import Option, options_of
from zoo.registry import lookup
from zoo.types import Array

COLUMNS = {"target", "ignore", "categorical", "sequence", "group"}  # whose values are names of columns


def numbers(*shape: int) -> Array:
    """Small whole numbers, so that any column may be a class."""
    return np.random.default_rng(0).integers(0, 4, shape).astype(float)


def classes(rows: int = 24) -> Array:
    return np.arange(rows) % 3


def problem(path: Path) -> None:
    """A problem of Proben1, its three parts of 8 rows each."""
    parts = "".join(f"{part}_examples=8\n" for part in ("training", "validation", "test"))
    rows = "".join(f"{n / 24:.3f} {n % 3} {n % 2} {1 - n % 2}\n" for n in range(24))
    path.write_text(f"bool_in=0\nreal_in=2\nbool_out=2\nreal_out=0\n{parts}{rows}")


def arrays_file(path: Path) -> None:
    if path.suffix == ".npz":
        np.savez(path, x=numbers(24, 3), y=classes())
    elif path.suffix == ".npy":
        np.save(path, numbers(24, 4))
    else:
        with h5py.File(path, "w") as file:
            file["x"], file["y"] = numbers(40_000, 4), classes(40_000)


def table(path: Path) -> None:
    """Columns read in several ways: thousands or decimals, day or month first, a word or a missing value."""
    lines = [
        f"{i % 4};{(i * 7) % 5}.0;é{i % 3};{i // 6};{1 + i % 7},{100 + i};"
        f"0{1 + i % 9}/0{1 + i % 8}/2020;{'xyz'[i % 3]};{i % 2}"
        for i in range(80)
    ]
    path.write_text("\n".join(["a;b;c;d;amount;day;word;e", *lines]) + "\n", encoding="latin-1")


def prose(path: Path) -> None:
    path.write_text("Überall ist es schön, und das ist gut so. " * 20, encoding="utf-8")


def idx(path: Path, values: Array) -> None:
    head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    path.write_bytes(head + values.astype(np.uint8).tobytes())


def idx_folder(path: Path) -> None:
    path.mkdir()
    for part, rows in (("train", 24), ("t10k", 6)):
        idx(path / f"{part}-images-idx3-ubyte", numbers(rows, 5, 5))
        idx(path / f"{part}-labels-idx1-ubyte", classes(rows))


def images(path: Path) -> None:
    for number, label in enumerate(classes(12)):
        (path / str(label)).mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 255, (6, 6, 4)).astype(np.uint8)
        Image.fromarray(pixels).save(path / str(label) / f"{number}.png")


def sequences_folder(path: Path) -> None:
    for number in range(12):
        (path / str(number % 2)).mkdir(parents=True, exist_ok=True)
        rows = "\n".join(
            f"{step};{(step * number) % 4};{1 + step},{100 + number};"
            f"0{1 + step}/0{1 + number % 8}/2020;{'xyz'[step % 3]}"
            for step in range(3 + number % 3)
        )
        (path / str(number % 2) / f"{number}.csv").write_text(f"a;b;amount;day;word\n{rows}\n")


MAKERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "CSV": ("table.csv", table),
    "NPY": ("rows.npy", arrays_file),
    "NPZ": ("rows.npz", arrays_file),
    "HDF5": ("rows.h5", arrays_file),
    "text": ("prose.txt", prose),
    "Proben1": ("problem.dt", problem),
    "IDX": ("images-idx3-ubyte", lambda path: idx(path, numbers(24, 5, 5))),
    "folder of IDX files": ("idx", idx_folder),
    "a folder of images": ("images", images),
    "a folder of sequences": ("sequences", sequences_folder),
}
RAGGED = [numbers(2 + row % 3, 2) for row in range(24)]
GIVEN: dict[str, Any] = {
    "table and targets": (numbers(24, 3), classes()),
    "table alone": numbers(24, 4),
    "named columns": {"a": numbers(24), "b": numbers(24), "c": ["x", "y", "z"] * 8},
    "images": (numbers(24, 5, 5), classes()),
    "sequences": (RAGGED, classes()),
    "sequences alone": RAGGED,
}


def values(option: Option) -> list[Any]:
    """Values other than the default: of an option that names columns, one that is there and one that never is."""
    if option.name in COLUMNS:
        return ["1", "nonsense"]
    if option.name == "dates":
        return ["month-first", "%m/%d/%Y"]
    if option.name == "missing_values":
        return ["x", "y,z"]
    found = [0.5] if option.name == "test" else [each for each in option.others(option.default) if each != ""]
    return found if option.choices else found[:3]


def state(opened: Callable[[], Dataset]) -> str:
    """What a run sees of data, as one digest; the error where they cannot be opened."""
    try:
        dataset = opened()
        parts = split(dataset, 0, validation=0.2)
    except ZooError as error:
        return f"{type(error).__name__}: {error}"
    seen = [
        dataset.digest,
        dataset.task,
        dataset.labels,
        dataset.missing,
        [note for note in dataset.notes if "missing" in note],
        dataset.columns,
        dataset.block,
        str(dataset.inputs.read(0, 3)),
    ]
    rows = [getattr(parts, name).tolist() for name in ("train", "validation", "test")]
    return hashlib.sha256(repr([*seen, rows, dataset.inputs.shape]).encode()).hexdigest()


def check(option: Option, opened: Callable[..., Dataset], plain: str) -> None:
    """Each value has an effect or is refused. One may say what holds anyway, as long as not all do: the delimiter that
    was recognized, a limit that is not reached. A column that is not there never is."""
    same = []
    for value in values(option):
        got = state(lambda value=value: opened(**{option.name: value}))  # type: ignore[misc]
        words = (option.flag, option.name, option.name.replace("_", "-"), str(value))
        words += ("text", "a language") if value == "language" else ()
        words += ("different texts",) if option.name == "delimiter" else ()  # whole rows in one cell
        if got == plain:
            same.append(value)
        elif "Error: " in got:
            assert any(word in got for word in words), f"{option.name}={value!r}: {got}"
    assert len(same) < len(values(option)) and "nonsense" not in same, f"{option.name}={same} without effect: {plain}"


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("option", options_of(DataOptions).values(), ids=lambda option: option.name)
@pytest.mark.parametrize("kind", GIVEN)
def test_options_of_data_given_in_python(kind: str, option: Option) -> None:
    def opened(**options: Any) -> Dataset:
        return given_dataset(GIVEN[kind], options)

    check(option, opened, state(opened))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("kinds")
    for name, make in MAKERS.values():
        make(made / name)
    return made


def test_every_reader_is_walked() -> None:
    others = {"an image"}  # one image file is for prediction
    assert {reader.kind for reader in READERS.own.values()} - others == set(MAKERS)


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("option", options_of(DataOptions).values(), ids=lambda option: option.name)
@pytest.mark.parametrize("kind", MAKERS)
def test_options_of_files(kind: str, option: Option, folder: Path, request: pytest.FixtureRequest) -> None:
    base = {"encoding": "latin-1"} if kind == "CSV" and option.name != "encoding" else {}
    if kind == "a folder of images" and option.name == "corrupt":
        (folder / "images" / "0" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        request.addfinalizer((folder / "images" / "0" / "broken.png").unlink)

    def opened(**options: Any) -> Dataset:
        return open_dataset(str(folder / MAKERS[kind][0]), **base, **options)

    check(option, opened, state(opened))


REGISTERED = sorted({offer.name for _, offer in lookup.registry().offers("dataset")} - {"mnist", "iris"})


@pytest.mark.filterwarnings("ignore::zoo.errors.ZooWarning")
@pytest.mark.parametrize("name", REGISTERED)
def test_options_of_registered_datasets(name: str) -> None:
    source = lookup.find_dataset(name)
    if not source.here():
        pytest.skip("it would be downloaded")

    def opened(**options: Any) -> Dataset:
        return open_dataset(name, **options)

    plain = state(opened)
    if "ZOO_DATA names another" in plain:
        pytest.skip("its files are not here")
    for option in {**options_of(DataOptions), **options_of(source.options)}.values():
        check(option, opened, plain)


@pytest.mark.parametrize("option", options_of(DataOptions).values(), ids=lambda option: option.name)
def test_an_opened_dataset_takes_none(option: Option) -> None:
    dataset = open_dataset("moons")
    given = {option.name: values(option)[0]}
    model = lookup.find_architecture("logistic")
    assert model is not None
    for call in (zoo.train, zoo.create):
        with pytest.raises(ZooError, match=option.name):
            call("logistic", **({"data": dataset} if call is zoo.train else {}), **given)
