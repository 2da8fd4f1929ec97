"""What can be seen of a call, so that two calls can be compared: what is printed, returned, written, refused.

A walk gives each option of a command or function once and compares with the call without it: something that is seen is
another, or the option is refused in one line that names it. What a checkpoint remembers of the options themselves does
not count: only what they did.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from zoo import checkpoint
from zoo.data import Dataset, open
from zoo.inference import evaluate
from zoo.parallel import threads
from zoo.platform import trust
from zoo.sweeps import sweep
from zoo.training import checkpointer
from zoo.types import Array

ROWS = 36


# --- data of every kind ---


def numbers(*shape: int) -> Array:
    return np.random.default_rng(0).integers(0, 9, shape).astype(float)


def classes(rows: int = ROWS) -> Array:
    return np.arange(rows) % 3


def table(path: Path) -> None:
    """Numbers that can be read in two ways, dates, a word that may be missing, classes, a quantity; row numbers."""
    lines = [
        f"{row};{row % 5};{1 + row % 7},{100 + row};0{1 + row % 9}/0{1 + row % 8}/2020;{'xyz'[row % 3]};"
        f"{row * 7 % 11}.5;é{row % 3}"
        for row in range(1, ROWS + 1)
    ]
    path.write_text("\n".join(["id;a;amount;day;word;price;kind", *lines]) + "\n", encoding="utf-8")


def series(path: Path) -> None:
    # In order where the day stands first, but for two rows, so that --order has something to do.
    days = [f"{1 + row % 9:02}/{1 + row // 9:02}/2020" for row in range(60)]
    days[30], days[31] = days[31], days[30]
    lines = [f"{row + 1};{1 + row % 7},{100 + row};{days[row]};{(row * 7) % 11}.5" for row in range(60)]
    path.write_text("\n".join(["id;amount;day;välue", *lines]) + "\n", encoding="utf-8")


def sequences(path: Path) -> None:
    lines = [
        f"{walk};{(step * walk) % 4}.5;{1 + step},{100 + walk};{'xyz'[step % 3]};{'éb'[walk % 2]}"
        for walk in range(12)
        for step in range(3 + walk % 3)
    ]
    path.write_text("\n".join(["walk;a;amount;word;kind", *lines]) + "\n", encoding="utf-8")


def prose(path: Path) -> None:
    path.write_text("Überall ist es schön, und das ist gut so. " * 8, encoding="utf-8")


def images(path: Path) -> None:
    for number, label in enumerate(classes(18)):
        (path / str(label)).mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 255, (6, 6, 4)).astype(np.uint8)
        Image.fromarray(pixels).save(path / str(label) / f"{number}.png")
    broken = (path / "0" / "0.png").read_bytes()
    (path / "0" / "broken.png").write_bytes(broken[: len(broken) // 2])


def npz(path: Path) -> None:
    np.savez(path, x=numbers(ROWS, 3), y=classes())


def hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["x"], file["y"] = numbers(ROWS, 3), classes()


def idx(path: Path) -> None:
    for name, values in (("images-idx3-ubyte", numbers(ROWS, 4, 4)), ("labels-idx1-ubyte", classes())):
        path.mkdir(exist_ok=True)
        head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
        (path / f"train-{name}").write_bytes(head + values.astype(np.uint8).tobytes())


@dataclass(frozen=True)
class Kind:
    """Data in a file, how they are read, and what learns them."""

    file: str
    make: Callable[[Path], None]
    architecture: str
    options: Mapping[str, Any] = field(default_factory=dict)  # of the architecture
    reading: Mapping[str, Any] = field(default_factory=dict)  # options of data without which they cannot be read

    @property
    def flags(self) -> list[str]:
        return as_flags(self.reading)


NET = {"hidden": 3}
KINDS = {
    "classes": Kind("table.csv", table, "mlp", NET),
    "quantities": Kind("price.csv", table, "mlp", NET, {"target": "price"}),
    "no targets": Kind("rows.csv", table, "som", {"rows": 2, "columns": 2}, {"target": "none"}),
    "series": Kind("series.csv", series, "elman", NET, {"window": 4}),
    "sequences": Kind("walks.csv", sequences, "elman", NET, {"sequence": "walk"}),
    "text": Kind("prose.txt", prose, "elman", NET, {"window": 8}),
    "images": Kind("images", images, "mlp", NET, {"corrupt": "skip"}),
    "NPZ": Kind("rows.npz", npz, "mlp", NET),
    "HDF5": Kind("rows.h5", hdf5, "mlp", NET),
    "IDX": Kind("idx", idx, "mlp", NET),
}


def made(folder: Path) -> dict[str, Path]:
    """The files of all kinds."""
    for kind in KINDS.values():
        kind.make(folder / kind.file)
    return {name: folder / kind.file for name, kind in KINDS.items()}


def as_flags(options: Mapping[str, Any]) -> list[str]:
    return [text for name, value in options.items() for text in (f"--{name.replace('_', '-')}", str(value))]


# --- what is seen ---


@dataclass
class Seen:
    """What a call printed, returned and wrote, how it ended, and the means it took."""

    said: str = ""
    error: str = ""
    value: str = ""  # a digest of what a function returned
    files: Mapping[str, str] = field(default_factory=dict)  # path → digest
    means: tuple[Any, ...] = ()  # threads, trust, savings, what was opened: these need not change a result


READ_OTHERWISE = {"--delimiter", "--header", "--encoding", "--dataset"}  # what then goes wrong is of another kind

SUBJECTS = {"name", "data", "raw"}  # what a call is about: its errors are worded for it alone


def verdict(name: str, value: Any, seen: Seen, plain: Seen) -> str:
    """Why an option of this name, given this value, is neither heeded nor refused; "" where it is one of them."""
    if seen.error and (f"--{name.lstrip('-')}" in READ_OTHERWISE or name in SUBJECTS):
        return "" if "\n" not in seen.error.strip() else f"refused in more than a line: {seen.error!r}"
    if seen.error:
        if isinstance(value, str) and len(value) > 8 and value in seen.error:  # a path, a digest
            return ""
        words = {name, name.lstrip("-"), name.lstrip("-").replace("-", "_"), f"--{name.replace('_', '-')}"}
        if "\n" in seen.error.strip():
            return f"refused in more than a line: {seen.error!r}"
        return "" if any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", seen.error) for word in words) else seen.error
    return "no effect" if seen == plain else ""


def digest(*parts: Any) -> str:
    """Of arrays, texts and numbers."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part.tobytes() if isinstance(part, np.ndarray) and part.dtype != object else repr(part).encode())
    return found.hexdigest()


def of_model(model: Any) -> str:
    """Of what a model is and answers with, not of the options it was given."""
    weights = [each for name in sorted(model.weights) for each in (name, np.asarray(model.weights[name]))]
    kept = None if model.preprocessing is None else json.dumps(model.preprocessing.to_manifest(), default=str)
    return digest(
        *weights,
        repr(model.signature),
        kept,
        model.history and model.history.phases,
        model.trained and [dict(model.trained.metrics), model.trained.data],
    )


def files_in(folder: Path) -> dict[str, str]:
    """The files below a folder, each with a digest."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        found[name] = of_checkpoint(path) if path.suffix == ".h5" else digest(path.read_bytes())
    return found


def of_checkpoint(path: Path) -> str:
    """Of the arrays in a checkpoint, and of what its manifest says that follows from these or led to them."""
    arrays: dict[str, Any] = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, each: arrays.update({name: each[()]}) if isinstance(each, h5py.Dataset) else None)
    manifest = json.loads(arrays.pop("manifest").tobytes())
    kept = [manifest.get(each) for each in ("preprocessing", "signature", "metrics", "position")]
    return digest(*(part for name in sorted(arrays) for part in (name, arrays[name])), json.dumps(kept, sort_keys=True))


@contextmanager
def means_taken() -> Iterator[list[Any]]:
    """How many threads are asked for inside, whether data are trusted and stream, what is saved."""
    found: list[Any] = []
    patch = pytest.MonkeyPatch()
    begin, open_path = threads.Workers.__init__, open.open_path

    def trained_here(work: Any, items: Any, *, processes: Any, stop: Any, who: str) -> Iterator[Any]:
        found.append(("processes", processes))
        return ((item, work(item)) for item in items)

    patch.setattr(sweep, "outcomes_of", trained_here)

    def counted(self: Any, threads: int | None = None, **more: Any) -> None:
        found.append(("threads", threads))
        begin(self, threads or 1, **more)  # the fewer the quicker, and the same bits

    def opened(*given: Any, **more: Any) -> Dataset:
        dataset = open_path(*given, **more)
        columns = tuple((column.name, column.categories) for column in dataset.columns)
        found.append(("data", trust.is_trusted(), dataset.block, dataset.labels, columns))
        return dataset

    def measured(model: Any, dataset: Dataset, parts: Any) -> Any:
        part, samples = measured_part(model, dataset, parts)
        found.append(("measured", part, getattr(parts, part).tolist()))
        return part, samples

    def of_name(*given: Any, **more: Any) -> Dataset:
        found.append(("data", trust.is_trusted()))
        return open_registered(*given, **more)

    def read(*given: Any, **more: Any) -> Any:
        found.append(("checkpoint", more.get("trusted"), more.get("sha256")))
        return reading(*given, **more)

    def inspected(*given: Any, **more: Any) -> Any:
        found.append(("checkpoint", more.get("trusted")))
        return inspect(*given, **more)

    def kept(self: Any, *given: Any, **more: Any) -> None:
        found.append("saved")
        save(self, *given, **more)

    reading, inspect, save = checkpoint.read, checkpoint.inspect, checkpointer.Checkpointer.save
    open_registered, measured_part = open.open_registered, evaluate.measured_part
    patch.setattr(checkpointer.Checkpointer, "save", kept)
    patch.setattr(threads.Workers, "__init__", counted)
    for module in ("zoo.data.open", "zoo.data.as_trained"):
        patch.setattr(f"{module}.open_path", opened)
        patch.setattr(f"{module}.open_registered", of_name)
    patch.setattr(checkpoint, "read", read)
    patch.setattr(evaluate, "measured_part", measured)
    patch.setattr(checkpoint, "inspect", inspected)
    try:
        yield found
    finally:
        patch.undo()
