"""The rules themselves, apart from files: the table, the schema, and a child process that misbehaves."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import hostile
import pytest

from zoo import checkpoint
from zoo.checkpoint.format import child, json_schema
from zoo.checkpoint.format.index import MOST_OBJECTS, Entry, check_found, check_names
from zoo.checkpoint.format.manifest import decode, encode, parse
from zoo.errors import CheckpointError
from zoo.platform import system

MANIFEST = Entry("manifest", "u1", (100,), 600)


def found(*entries: Entry) -> None:
    check_found([*entries, MANIFEST], length=10_000)


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
        with pytest.raises(CheckpointError, match="ends at byte"):
            found(Entry("weights/a", "f8", shape, 1000))


def test_an_array_of_size_0_has_no_place() -> None:
    found(Entry("weights/a", "f4", (0, 2**60), 2**70), Entry("weights/b", "f4", (3, 0), 0))


@pytest.mark.parametrize(
    "entry",
    [
        Entry("weights/a", "f2", (1,), 1000),
        Entry("weights/a", ">f4", (1,), 1000),
        Entry("weights/a", "f4", (1,) * 9, 1000),
        Entry("weights/a", "f4", (-1, -1), 1000),
        Entry("manifest", "u1", (10,), 1000),
        Entry("weights", "f4", (1,), 1000),
    ],
)
def test_what_no_file_may_hold_is_refused_whoever_reports_it(entry: Entry) -> None:
    with pytest.raises(CheckpointError):
        found(entry)


@pytest.mark.parametrize(("dtype", "shape"), [("i1", (100,)), ("u1", (10, 10)), ("u1", (0,)), ("u1", ())])
def test_the_manifest_is_a_row_of_bytes(dtype: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(CheckpointError, match="/manifest: got"):
        check_found([Entry("manifest", dtype, shape, 600)], length=10_000)


def test_groups_count_as_objects() -> None:
    fits = (MOST_OBJECTS - 3) // 2
    check_names(f"weights/g{index}/W" for index in range(fits))
    with pytest.raises(CheckpointError, match="65536 objects"):
        check_names(f"weights/g{index}/W" for index in range(fits + 1))


# --- the manifest -----------------------------------------------------------------------------------------------------


def test_the_manifest_is_canonical() -> None:
    manifest = {"labels": ["ü", 1.5, None, True], "format": 1, "arrays": {}}
    assert encode(manifest) == '{"arrays":{},"format":1,"labels":["ü",1.5,null,true]}'.encode()
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


# --- a child that misbehaves ------------------------------------------------------------------------------------------


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    """A file that must be walked."""
    path = tmp_path / "net.h5"
    checkpoint.write(path, {}, hostile.valid_arrays())
    hostile.lay_out_otherwise(path)
    return path


HELLO = (
    "import os, struct, sys; sys.stdout.buffer.write(b'H' + bytes(16));"
    "sys.stdout.buffer.flush(); sys.stdin.buffer.read(8);"
)


def _report(*entries: object) -> str:
    text = json.dumps(entries)
    return HELLO + f"sys.stdout.buffer.write(struct.pack('<cQQ', b'T', {len(text)}, 0) + {text!r}.encode())"


def _entry(name: str, dtype: str, shape: list[int], offset: Any) -> dict[str, Any]:
    return {"name": name, "dtype": dtype, "shape": shape, "offset": offset}


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("raise SystemExit(3)", "ended with status 3 before its first step; with --trusted"),
        ("print('what')", "before its first step|sent"),
        (HELLO + "os.abort()", "was ended by signal SIGABRT on its way; the file is damaged or hostile"),
        (HELLO + "raise SystemExit(0)", "ended with status 0 on its way"),
        (HELLO + "print('x' * 17)", "sent .*xxx"),
        (HELLO + "sys.stdout.buffer.write(struct.pack('<cQQ', b'R', 10**9, 1))", "sent"),
        (HELLO + "sys.stdout.buffer.write(struct.pack('<cQQ', b'T', 2**60, 0))", "sent"),
        (HELLO + "sys.stdout.buffer.write(struct.pack('<cQQ', b'E', 5, 0) + b'a\\x1b[2J')", r"a\\x1b\[2J"),
        (HELLO + "sys.stdout.buffer.write(struct.pack('<cQQ', b'T', 9, 0) + b'not JSON!')", "not JSON"),
        (_report(), "expected one dataset /manifest"),
        (_report({"name": "manifest"}), "the key 'dtype' is missing"),
        (_report(_entry("manifest", "u1", [10], "600")), "offset: got '600'"),
        (_report(_entry("manifest", "u1", [-10], 600)), "got -10"),
        (_report(_entry("manifest", "u1", [10], 600), _entry("weights/a", "f4", [1], 606)), "begins at byte 606"),
        (_report(_entry("manifest", "u1", [10], 600), _entry("weights/a", "f4", [2**40], 700)), "ends at byte"),
        (_report(_entry("manifest", "u1", [10], 600), _entry("weights/../a", "f4", [1], 700)), "got the name"),
    ],
)
def test_a_child_that_misbehaves_is_not_believed(
    valid: Path, monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    monkeypatch.setattr(child, "_START", program)
    with pytest.raises(CheckpointError, match=message):
        checkpoint.read(valid)
    assert checkpoint.read(valid, trusted=True).arrays


def test_a_child_that_hangs_is_ended(valid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_START", HELLO + "import time; time.sleep(100)")
    monkeypatch.setattr(child, "SECONDS", 0.3)
    start = time.monotonic()
    with pytest.raises(CheckpointError, match=r"was ended by signal SIGKILL|ended with status"):
        checkpoint.read(valid)
    assert time.monotonic() - start < 10


def test_where_no_child_can_start_the_error_says_what_to_do(valid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(CheckpointError, match=r"does not start .*--trusted, or a --sha256 known from elsewhere"):
        checkpoint.read(valid)
    assert checkpoint.read(valid, trusted=True).arrays
    assert checkpoint.read(valid, sha256=checkpoint.digest(valid)).arrays


@pytest.mark.skipif(system.WINDOWS, reason="this system knows no limits")
@pytest.mark.parametrize(
    ("deed", "outcome"),
    [
        ("open('/etc/hosts')", "Too many open files"),
        ("open('made', 'w')", "Too many open files"),
        ("import socket; socket.socket()", "Too many open files"),
        ("import sqlite3", "Too many open files|cannot open shared object file"),
        ("bytearray(600 * 2**20)", "MemoryError"),
        ("bytearray(100 * 2**20)", "nothing"),
    ],
)
def test_the_child_can_open_nothing_and_has_little_memory(
    valid: Path, monkeypatch: pytest.MonkeyPatch, deed: str, outcome: str
) -> None:
    if not sys.platform.startswith("linux") and outcome == "MemoryError":
        pytest.skip("only Linux holds a process to its memory")
    program = (
        "import json, socket, sys; sys.path[:] = json.loads(sys.argv[1])\n"
        "from zoo.checkpoint.format import child\n"
        "def walk(source):\n"
        f"    {deed}\n"
        "    raise OSError('nothing')\n"
        "child.walk = walk\n"
        "child.main()\n"
    )
    monkeypatch.setattr(child, "_START", program)
    with pytest.raises(CheckpointError, match=outcome):
        checkpoint.read(valid)


def test_the_child_sees_little_of_the_environment(valid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDF5_PLUGIN_PATH", "/tmp/plugins")
    monkeypatch.setenv("PYTHONSTARTUP", "/tmp/start.py")
    monkeypatch.setenv("A_SECRET", "x")
    program = HELLO + (
        "text = repr(sorted(set(os.environ))) + os.environ['HDF5_PLUGIN_PATH'] + os.environ['OMP_NUM_THREADS'];"
        "sys.stdout.buffer.write(struct.pack('<cQQ', b'E', len(text), 0) + text.encode())"
    )
    monkeypatch.setattr(child, "_START", program)
    with pytest.raises(CheckpointError, match=r"\]1$") as caught:
        checkpoint.read(valid)
    assert "A_SECRET" not in str(caught.value) and "PYTHON" not in str(caught.value)


# --- folders ----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the custom of another system")
def test_caches_and_data_lie_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ZOO_DATA", raising=False)
    monkeypatch.delenv("ZOO_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert system.cache_folder() == tmp_path / ".cache" / "zoo"
    assert system.data_folder() == tmp_path / ".cache" / "zoo" / "data"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert system.cache_folder() == tmp_path / ".cache" / "zoo"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert system.cache_folder() == tmp_path / "caches" / "zoo"
    monkeypatch.setenv("ZOO_DATA", "~/sets")
    assert system.data_folder() == tmp_path / "sets"
