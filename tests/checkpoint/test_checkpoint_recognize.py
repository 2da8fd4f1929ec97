"""A file of zoo's own is recognized without being parsed; every other is not, and what comes of it is then the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoo import checkpoint
from zoo.checkpoint import reader
from zoo.checkpoint.format import recognize
from zoo.checkpoint.format.index import ITEM_SIZES, USER_BLOCK, Entry, check_names
from zoo.checkpoint.format.layout import likely_manifest
from zoo.checkpoint.format.walk import InMemory, walk
from zoo.errors import CheckpointError
from zoo.testing import reseal
from zoo.types import Array

Arrays = dict[str, Array]


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    path = tmp_path / "net.h5"
    checkpoint.write(path, hostile.valid_manifest(), hostile.valid_arrays())
    return path


def recognized(data: bytes | bytearray) -> list[Entry] | None:
    return recognize.recognize(memoryview(data))


def by_name(entries: list[Entry] | None) -> dict[str, Entry]:
    assert entries is not None
    return {entry.name: entry for entry in entries}


def structure_of(data: bytes) -> Iterator[int]:
    """Every byte behind the user block that belongs to no array and not to the manifest."""
    begin = USER_BLOCK
    for entry in sorted((e for e in by_name(recognized(data)).values() if e.size), key=lambda entry: entry.offset):
        yield from range(begin, entry.offset)
        begin = entry.end
    yield from range(begin, len(data))


# --- what zoo writes --------------------------------------------------------------------------------------------------

PARTS = st.text("abAB01_.+-", min_size=1, max_size=12).filter(lambda part: part[0] not in ".+-")
NAMES = st.tuples(st.sampled_from(["weights", "state", "history"]), st.lists(PARTS, min_size=1, max_size=5)).map(
    lambda path: "/".join([path[0], *path[1]])
)
SHAPES = st.one_of(
    st.lists(st.integers(0, 4), max_size=8), st.sampled_from([[0, 2**40], [2**31, 0], [5000], [70, 70], [0] * 8])
).map(tuple)


def storable_together(forms: dict[str, tuple[str, tuple[int, ...]]]) -> bool:
    try:
        return check_names(forms) > 0
    except CheckpointError:
        return False


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(NAMES, st.tuples(st.sampled_from(sorted(ITEM_SIZES)), SHAPES), max_size=40).filter(
        storable_together
    ),
    st.text(max_size=300),
)
def test_whatever_zoo_writes_it_recognizes_and_finds_what_the_walk_finds(
    tmp_path_factory: pytest.TempPathFactory, forms: dict[str, tuple[str, tuple[int, ...]]], text: str
) -> None:
    path = tmp_path_factory.mktemp("written") / "net.h5"
    arrays = {name: np.ones(shape, f"<{dtype}") for name, (dtype, shape) in forms.items()}
    checkpoint.write(path, {"labels": text}, arrays)
    data = path.read_bytes()
    assert by_name(recognized(data)) == by_name(walk(InMemory(memoryview(data))))


@pytest.mark.parametrize("count", [7, 8, 9, 60, 700])
def test_groups_of_any_width_are_recognized(tmp_path: Path, count: int) -> None:
    """Beyond eight members HDF5 keeps the links of a group in a heap, part of which stands behind the manifest."""
    path = tmp_path / "net.h5"
    names = [f"weights/{'long' * (n % 9)}{n}/W" for n in range(count)] + [f"state/{'o' * 99}{n}" for n in range(count)]
    checkpoint.write(path, {}, {name: np.ones(n % 5) for n, name in enumerate(names)})
    data = path.read_bytes()
    assert by_name(recognized(data)) == by_name(walk(InMemory(memoryview(data))))


@pytest.mark.parametrize("size", [1, 10**5, 7 * 10**6])
def test_manifests_of_any_size_are_recognized(tmp_path: Path, size: int) -> None:
    path = tmp_path / "net.h5"
    checkpoint.write(path, {"labels": "OHDR" * (size // 4)}, {f"weights/{n}": np.ones(n) for n in range(50)})
    assert recognized(path.read_bytes()) is not None


def test_of_a_recognized_file_no_byte_reaches_hdf5(valid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("walked")

    monkeypatch.setattr(reader, "walk", never)
    monkeypatch.setattr(reader, "Child", never)
    assert checkpoint.read(valid).arrays.keys() == hostile.valid_arrays().keys()


def test_another_layout_of_the_same_content_is_walked_and_gives_the_same(valid: Path) -> None:
    before = checkpoint.read(valid)
    hostile.lay_out_otherwise(valid)
    assert recognized(valid.read_bytes()) is None
    after = checkpoint.read(valid)
    assert after.manifest == before.manifest
    assert hostile.same(after.arrays, before.arrays)


# --- everything else --------------------------------------------------------------------------------------------------


def outcome(path: Path) -> tuple[str, Arrays | None]:
    """The error's text, or the arrays."""
    try:
        return "", checkpoint.read(path, trusted=True).arrays
    except CheckpointError as error:
        return str(error), None


@pytest.mark.parametrize("name", {**hostile.STRUCTURE, **hostile.MANIFEST_CASES})
def test_a_hostile_file_meets_the_same_end_with_and_without_recognition(
    valid: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, _ = {**hostile.STRUCTURE, **hostile.MANIFEST_CASES}[name]
    change(valid)
    reseal(valid, arrays=False)
    error, _ = outcome(valid)
    monkeypatch.setattr(reader, "recognize", lambda data: None)
    assert error and (error, None) == outcome(valid)


@pytest.mark.parametrize("name", hostile.STRUCTURE)
def test_no_change_of_the_structure_is_recognized(valid: Path, name: str) -> None:
    hostile.STRUCTURE[name][0](valid)
    assert recognized(valid.read_bytes()) is None


def test_every_byte_of_the_structure_counts_and_no_byte_of_the_values_moves_it(valid: Path) -> None:
    data = valid.read_bytes()
    whole = recognized(data)
    structure = list(structure_of(data))
    chance = np.random.default_rng(0)
    for at in chance.choice(structure, 600, replace=False):
        changed = bytearray(data)
        changed[at] ^= 1 << int(chance.integers(8))
        assert recognized(changed) is None, at
    arrays = [at for e in whole or [] if e.name != "manifest" for at in range(e.offset, e.end)]
    for at in arrays:
        changed = bytearray(data)
        changed[at] ^= 255
        assert recognized(changed) == whole


@pytest.mark.parametrize("change", [lambda d: d + b"\0", lambda d: d + bytes(64), lambda d: d[:-1], lambda d: d[:600]])
def test_a_longer_or_shorter_file_is_not_recognized(valid: Path, change: Any) -> None:
    assert recognized(change(valid.read_bytes())) is None


FORMS: dict[str, dict[str, Any]] = {
    "another name": {"weights/hidden/V": ("f4", [4, 3])},
    "another dtype of the same size": {"weights/hidden/W": ("i4", [4, 3])},
    "another shape of the same size": {"weights/hidden/W": ("f4", [3, 4])},
    "a scalar for a row of one": {"state/adam/count": ("i8", [1])},
    "another empty shape": {"state/empty": ("f8", [4, 0])},
    "an empty array more": {"state/nothing": ("f8", [0])},
    "a name that begins another's path": {"weights/hidden": ("f4", [0])},
    "a name with a slash too many": {"weights//W": ("f4", [0])},
    "the manifest's own name": {"manifest": ("u1", [3])},
    "a size that overflows to 0": {"weights/hidden/W": ("f4", [2**32, 2**32])},
    "a size that overflows to itself": {"weights/hidden/W": ("f4", [2**62 + 4, 3])},
    "an empty array too large for NumPy": {"state/empty": ("f8", [0, 2**63])},
    "an empty array beyond HDF5": {"state/empty": ("f8", [0, 2**64 - 1])},
    "more than the file": {"state/more": ("u1", [10**6])},
}


@pytest.mark.parametrize("name", FORMS)
def test_a_manifest_that_tells_of_other_arrays_is_not_recognized(valid: Path, name: str) -> None:
    """Of the very length of the one that belongs there: only the comparison can tell."""
    arrays = hostile.valid_arrays()
    table: dict[str, Any] = hostile.table_of(arrays)
    for array, (dtype, shape) in FORMS[name].items():
        table[array] = {"dtype": dtype, "shape": shape, "sha256": "0" * 64}
    if name == "another name":
        del table["weights/hidden/W"]
    hostile.forge(valid, json.dumps({"format": 1, "arrays": table}).encode(), arrays)
    assert recognized(valid.read_bytes()) is None
    reseal(valid, arrays=False)
    with pytest.raises(CheckpointError):
        checkpoint.read(valid, trusted=True)


@pytest.mark.parametrize(
    "name", ["a size that overflows to 0", "an empty array too large for NumPy", "more than the file"]
)
def test_what_cannot_stand_in_the_file_is_not_laid_out(valid: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table: dict[str, Any] = hostile.table_of(hostile.valid_arrays())
    for array, (dtype, shape) in FORMS[name].items():
        table[array] = {"dtype": dtype, "shape": shape, "sha256": "0" * 64}
    hostile.forge(valid, json.dumps({"format": 1, "arrays": table}).encode(), hostile.valid_arrays())
    asked: list[object] = []
    monkeypatch.setattr(recognize, "lay_out", lambda *arguments: asked.append(arguments))
    assert recognized(valid.read_bytes()) is None and not asked


def test_of_too_many_objects_none_is_laid_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work for a hostile file is bounded by the number of objects, groups included."""
    monkeypatch.setattr(recognize, "MOST_LAID_OUT", 12)
    path = tmp_path / "net.h5"
    for count, known in ((4, True), (5, False)):  # root, manifest, weights; two objects each
        checkpoint.write(path, {}, {f"weights/{n}/W": np.ones(1) for n in range(count)})
        assert (recognized(path.read_bytes()) is not None) == known
        assert checkpoint.read(path, trusted=True).arrays


def test_headers_among_the_values_deceive_nobody(tmp_path: Path) -> None:
    """An array that holds a whole other checkpoint, with a header and a manifest of its own."""
    path = tmp_path / "net.h5"
    checkpoint.write(path, {}, hostile.valid_arrays())
    inner = np.frombuffer(path.read_bytes(), "u1")
    checkpoint.write(path, {}, {"state/file": inner, "weights/zz": np.frombuffer(inner[-2000:].tobytes(), "u1")})
    assert by_name(recognized(path.read_bytes())).keys() == {"state/file", "weights/zz", "manifest"}


def test_a_header_that_points_to_another_manifest_is_not_believed(tmp_path: Path) -> None:
    """The header's place and size changed to a manifest that stands among the values."""
    path = tmp_path / "net.h5"
    arrays = {"state/other": np.zeros(300, "u1")}
    inner = json.dumps({"format": 1, "arrays": hostile.table_of(arrays)}).encode()
    arrays["state/other"][: len(inner)] = np.frombuffer(inner, "u1")
    arrays["state/other"][len(inner) :] = ord(" ")
    checkpoint.write(path, {}, arrays)
    data = bytearray(path.read_bytes())
    entry = by_name(recognized(data))["state/other"]
    place = likely_manifest(memoryview(data))
    assert place is not None
    header = data.rfind(b"OHDR\2\1")
    data[header + 16 : header + 24] = entry.size.to_bytes(8, "little")
    data[header + 60 : header + 68] = (entry.offset - USER_BLOCK).to_bytes(8, "little")
    assert likely_manifest(memoryview(data)) == (entry.offset, entry.size)
    assert recognized(data) is None


def test_what_is_not_a_checkpoint_at_all_is_not_recognized() -> None:
    chance = np.random.default_rng(0)
    assert recognized(b"") is None
    for size in (1, 511, 512, 600, 5000):
        assert recognized(bytes(size)) is None
        assert recognized(chance.bytes(size)) is None
        assert recognized(bytes(size) + b"OHDR\2\1") is None
        assert recognized(bytes(size) + b"OHDR\2\1" + b"\xff" * 100) is None
