"""The rules themselves, apart from files: places, the manifest's JSON, the schema, what zoo lays out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoo import checkpoint
from zoo.checkpoint.format import json_schema
from zoo.checkpoint.format.index import ITEM_SIZES, MOST_OBJECTS, USER_BLOCK, Entry, check_names, check_table
from zoo.checkpoint.format.manifest import decode, encode, parse
from zoo.errors import CheckpointError

MANIFEST = Entry("manifest", "u1", (100,), 600)


def found(*entries: Entry) -> None:
    check_table(entries, MANIFEST, length=10_000)


def test_places_may_touch_but_not_overlap() -> None:
    found(Entry("weights/a", "f4", (10,), 1000), Entry("weights/b", "f4", (10,), 1040))
    with pytest.raises(CheckpointError, match="'weights/b': begins at byte 1039, inside array 'weights/a'"):
        found(Entry("weights/a", "f4", (10,), 1000), Entry("weights/b", "f4", (10,), 1039))
    with pytest.raises(CheckpointError, match="inside array 'manifest'"):
        found(Entry("weights/a", "f4", (1,), 699))


def test_places_end_with_the_file_and_begin_behind_the_user_block() -> None:
    found(Entry("weights/a", "f4", (10,), 9960), Entry("weights/b", "u1", (1,), 512))
    with pytest.raises(CheckpointError, match="ends at byte 10001, expected at most 10000"):
        found(Entry("weights/a", "f4", (10,), 9961))
    with pytest.raises(CheckpointError, match="begins at byte 511, inside the user block"):
        found(Entry("weights/a", "u1", (1,), 511))


def test_sizes_do_not_overflow() -> None:
    for shape in ((2**32, 2**32), (2**62 + 1, 4), (2**63,)):
        with pytest.raises(CheckpointError, match=r"ends at byte|larger than any array"):
            found(Entry("weights/a", "f8", shape, 1000))


def test_an_array_of_size_0_has_no_place() -> None:
    found(Entry("weights/a", "f4", (0, 2**60), 0), Entry("weights/b", "f4", (3, 0), 0))
    with pytest.raises(CheckpointError, match="got offset 1000, expected 0"):
        found(Entry("weights/a", "f4", (0,), 1000))


@pytest.mark.parametrize(
    "entry",
    [
        Entry("weights/a", "f2", (1,), 1000),
        Entry("weights/a", ">f4", (1,), 1000),
        Entry("weights/a", "f4", (1,) * 9, 1000),
        Entry("weights/a", "f4", (-1, -1), 1000),
        Entry("weights/a", "f8", (0, 2**62), 0),
        Entry("manifest", "u1", (10,), 1000),
        Entry("weights", "f4", (1,), 1000),
    ],
)
def test_what_no_file_may_hold_is_refused_whoever_reports_it(entry: Entry) -> None:
    with pytest.raises(CheckpointError):
        found(entry)


def test_groups_count_as_objects() -> None:
    fits = (MOST_OBJECTS - 3) // 2
    check_names(f"weights/g{index}/W" for index in range(fits))
    with pytest.raises(CheckpointError, match="65536 objects"):
        check_names(f"weights/g{index}/W" for index in range(fits + 1))


# --- the manifest -----------------------------------------------------------------------------------------------------


def test_the_manifest_is_canonical() -> None:
    manifest = {"labels": ["ü", 1.5, None, True], "format": 2, "arrays": {}}
    assert encode(manifest) == '{"arrays":{},"format":2,"labels":["ü",1.5,null,true]}'.encode()
    assert decode(encode(manifest)) == manifest


@pytest.mark.parametrize(
    "text", ["[" * 32 + "]" * 32, '["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "\\\\", "\\""]', '"\\ud83e\\udd93"']
)
def test_what_is_nested_enough_or_only_looks_nested_is_read(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)


def test_integers_of_64_bits_are_read_exactly() -> None:
    for value in (0, -(2**63), 2**63, 2**64 - 1):
        assert parse(str(value).encode()) == value


# --- the schema -------------------------------------------------------------------------------------------------------

RECIPE = json_schema.Table(
    {"name": json_schema.Text(20, pattern="[a-z]+"), "epochs": json_schema.Whole(1, 100)},
    {
        "rate": json_schema.OneOf(json_schema.Null(), json_schema.Real(0, 1)),
        "shuffle": json_schema.Flag(),
        "hidden": json_schema.Items(json_schema.Whole(1, 8), least=1, most=3),
        "phases": json_schema.Mapping(json_schema.Real(), key=json_schema.Text(4), most=2),
        "update": json_schema.Text(choices=("batch", "epoch")),
        "more": json_schema.Anything(),
    },
)


def test_what_fits_the_schema_passes() -> None:
    RECIPE.check({"name": "mlp", "epochs": 1}, "recipe")
    RECIPE.check(
        {"name": "mlp", "epochs": 100, "rate": None, "shuffle": False, "hidden": [1, 8], "phases": {"a": 1, "b": -2.5}},
        "recipe",
    )
    RECIPE.check({"name": "mlp", "epochs": 2, "rate": 1, "update": "epoch", "more": [{"x": None}]}, "recipe")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": None}, "recipe.name: got null, expected up to 20 characters of text"),
        ({"name": "a" * 21}, r"recipe.name: got 'a{21}', expected up to 20"),
        ({"name": "mlp\n"}, r"recipe.name: got 'mlp\\n', expected text like \[a-z\]\+"),
        ({"epochs": 0}, "recipe.epochs: got 0, expected an integer from 1 to 100"),
        ({"epochs": 101}, "recipe.epochs: got 101"),
        ({"epochs": True}, "recipe.epochs: got True"),
        ({"epochs": 3.0}, "recipe.epochs: got 3.0"),
        ({"epochs": "3"}, "recipe.epochs: got '3'"),
        ({"rate": 2}, "recipe.rate: got 2, expected a finite number from 0 to 1"),
        ({"rate": float("nan")}, "recipe.rate: got nan"),
        ({"rate": False}, "recipe.rate: got False"),
        ({"shuffle": 0}, "recipe.shuffle: got 0, expected true or false"),
        ({"hidden": []}, "recipe.hidden: got a list of 0, expected a list of 1 to 3 values"),
        ({"hidden": [1, 2, 9]}, r"recipe.hidden\[2\]: got 9"),
        ({"hidden": {"a": 1}}, "recipe.hidden: got a table of 1"),
        ({"phases": {"a": 1, "b": 2, "c": 3}}, "recipe.phases: got a table of 3, expected a table of at most 2"),
        ({"phases": {"\x1babcd": 1}}, r"a key of recipe.phases: got '\\x1babcd'"),
        ({"phases": {"a": None}}, "recipe.phases.'a': got null"),
        ({"update": "never"}, "recipe.update: got 'never', expected one of batch, epoch"),
        ({"rates": 1}, "recipe: got the key 'rates', expected only epochs, hidden"),
    ],
)
def test_what_does_not_fit_the_schema_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        RECIPE.check({"name": "mlp", "epochs": 1, **changes}, "recipe")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(CheckpointError, match="recipe: the key 'epochs' is missing"):
        RECIPE.check({"name": "mlp"}, "recipe")


# --- what zoo lays out ------------------------------------------------------------------------------------------------

PARTS = st.text("abAB01_.+-", min_size=1, max_size=12).filter(lambda part: part[0] not in ".+-")
NAMES = st.tuples(st.sampled_from(["weights", "state", "history"]), st.lists(PARTS, min_size=1, max_size=5)).map(
    lambda path: "/".join([path[0], *path[1]])
)
SHAPES = st.one_of(
    st.lists(st.integers(0, 4), max_size=8), st.sampled_from([[0, 2**40], [2**31, 0], [5000], [70, 70], [0] * 8])
).map(tuple)


def storable_together(forms: dict[str, tuple[str, tuple[int, ...]]]) -> bool:
    try:
        check_names(forms)
    except CheckpointError:
        return False
    return True


def seen_by_h5py(path: Path) -> dict[str, tuple[str, tuple[int, ...], bytes, int]]:
    """Type, shape, values and place of every dataset."""
    seen: dict[str, tuple[str, tuple[int, ...], bytes, int]] = {}

    def visit(name: str, found: Any) -> None:
        if isinstance(found, h5py.Dataset):
            offset = found.id.get_offset() if found.size else 0
            seen[name] = found.dtype.str.strip("<|"), found.shape, found[()].tobytes(), offset

    with h5py.File(path) as file:
        file.visititems(visit)
    return seen


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(NAMES, st.tuples(st.sampled_from(sorted(ITEM_SIZES)), SHAPES), max_size=40).filter(
        storable_together
    ),
    st.text(max_size=300),
)
def test_h5py_sees_what_zoo_writes_at_the_places_in_the_manifest(
    tmp_path_factory: pytest.TempPathFactory, forms: dict[str, tuple[str, tuple[int, ...]]], text: str
) -> None:
    path = tmp_path_factory.mktemp("written") / "net.h5"
    arrays = {name: np.ones(shape, f"<{dtype}") for name, (dtype, shape) in forms.items()}
    checkpoint.write(path, {"labels": text}, arrays)
    data, seen = path.read_bytes(), seen_by_h5py(path)
    found = checkpoint.inspect(path)
    _, _, manifest, place = seen.pop("manifest")
    assert decode(manifest) == found.manifest
    assert (place, len(manifest)) == (int.from_bytes(data[16:24], "little"), int.from_bytes(data[24:32], "little"))
    assert seen == {
        name: (entry.dtype, entry.shape, arrays[name].tobytes(), entry.offset) for name, entry in found.entries.items()
    }
    assert all(entry.offset % 64 == 0 for entry in found.entries.values())


@pytest.mark.parametrize("count", [7, 8, 9, 60, 700])
def test_groups_of_any_width_keep_their_places(tmp_path: Path, count: int) -> None:
    """Beyond eight members HDF5 keeps the links of a group in a heap, part of which is behind the manifest."""
    path = tmp_path / "net.h5"
    names = [f"weights/{'long' * (n % 9)}{n}/W" for n in range(count)] + [f"state/{'o' * 99}{n}" for n in range(count)]
    arrays = {name: np.full(n % 5, n, "f8") for n, name in enumerate(names)}
    checkpoint.write(path, {}, arrays)
    seen = seen_by_h5py(path)
    for name, array in checkpoint.read(path).arrays.items():
        assert array.tobytes() == arrays[name].tobytes() == seen[name][2]


@pytest.mark.parametrize("size", [1, 10**5, 7 * 10**6])
def test_manifests_of_any_size_are_read(tmp_path: Path, size: int) -> None:
    path = tmp_path / "net.h5"
    checkpoint.write(path, {"labels": "OHDR" * (size // 4)}, {f"weights/{n}": np.ones(n) for n in range(50)})
    assert len(checkpoint.read(path).manifest["labels"]) == size // 4 * 4
    assert "manifest" in seen_by_h5py(path)


def test_no_array_lies_in_the_user_block_even_where_nothing_is_stored(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "net.h5", {}, {})
    assert int.from_bytes((tmp_path / "net.h5").read_bytes()[16:24], "little") > USER_BLOCK
    assert checkpoint.read(tmp_path / "net.h5").arrays == {}
