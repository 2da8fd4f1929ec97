"""Whatever the bytes are: what was saved, or one CheckpointError that names the file."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import hostile
import numpy as np
import peak
import pytest

from zoo import checkpoint
from zoo.errors import CheckpointError
from zoo.testing.resealing import reseal, sealed


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    path = tmp_path / "net.h5"
    checkpoint.write(path, hostile.valid_manifest(), hostile.valid_arrays())
    return path


def refused(path: Path, pattern: str, **how: bool) -> None:
    with pytest.raises(CheckpointError, match=pattern) as caught:
        checkpoint.read(path, **how)
    message = str(caught.value)
    assert message.startswith(f"cannot load checkpoint {str(path)!r}: ")
    assert message.isprintable()  # nothing in a stranger's file reaches the terminal as it is


@pytest.mark.parametrize("name", hostile.BROKEN)
def test_a_broken_file_is_refused(valid: Path, name: str) -> None:
    change, pattern = hostile.BROKEN[name]
    if name == "pipe without a writer" and not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    change(valid)
    refused(valid, pattern)
    with pytest.raises(CheckpointError):
        checkpoint.inspect(valid, trusted=True)
    with pytest.raises(CheckpointError):
        checkpoint.digest(valid)


@pytest.mark.parametrize("name", hostile.MANIFEST_CASES)
def test_a_hostile_file_stops_at_the_digest_and_with_the_digest_renewed_at_the_rule(valid: Path, name: str) -> None:
    change, pattern = hostile.MANIFEST_CASES[name]
    head = valid.read_bytes()[:512]
    change(valid)
    changed = valid.read_bytes()
    valid.write_bytes(head + changed[512:])
    refused(valid, "SHA-256|bytes, expected", trusted=True)
    valid.write_bytes(changed)
    reseal(valid, arrays=False)
    refused(valid, pattern)
    refused(valid, pattern, trusted=True)


def test_every_flipped_bit_is_noticed(valid: Path) -> None:
    data = valid.read_bytes()
    for at in [*range(80), *range(80, len(data), 97)]:
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        valid.write_bytes(changed)
        with pytest.raises(CheckpointError):
            checkpoint.read(valid, trusted=True)


def test_a_valid_file_that_was_resealed_loads(valid: Path) -> None:
    before = valid.read_bytes()
    reseal(valid)
    assert valid.read_bytes() == before


def test_resealing_renews_the_digests_of_arrays(valid: Path) -> None:
    entry = checkpoint.inspect(valid).entries["weights/hidden/b"]
    data = bytearray(valid.read_bytes())
    data[entry.offset : entry.end] = b"\0\0\x80\x3f" * 3
    valid.write_bytes(data)
    reseal(valid, arrays=False)
    refused(valid, "'weights/hidden/b': got sha256")
    reseal(valid)
    assert checkpoint.read(valid).arrays["weights/hidden/b"].tolist() == [1, 1, 1]


def test_another_layout_of_the_same_content_is_read_alike(valid: Path) -> None:
    before = checkpoint.read(valid)
    hostile.lay_out_otherwise(valid)
    after = checkpoint.read(valid)
    assert any(form["offset"] % 64 for form in after.manifest["arrays"].values())
    assert hostile.same(after.arrays, before.arrays)
    assert all(array.flags.aligned for array in after.arrays.values())


def test_unaligned_arrays_are_moved_or_copied_wherever_they_lie(tmp_path: Path) -> None:
    """Arrays that touch each other at every remainder: those with room before them move, the others are copied."""
    chance = np.random.default_rng(0)
    for seed in range(30):
        arrays, data, table = {}, bytearray(512 + int(chance.integers(9))), {}
        for number in range(8):
            dtype = np.dtype(str(chance.choice(["u1", "<i2", "<f4", "<f8"])))
            array = chance.integers(0, 256, int(chance.integers(0, 5)) * dtype.itemsize, np.uint8).view(dtype)
            name = f"state/{number}"
            offset = len(data) if array.size else 0
            data += array.tobytes() + bytes(int(chance.choice([0, 0, 1, 3, 8])))
            digest = hashlib.sha256(array.tobytes()).hexdigest()
            code = f"{dtype.kind}{dtype.itemsize}"
            table[name] = {"dtype": code, "shape": list(array.shape), "offset": offset, "sha256": digest}
            arrays[name] = array
        text = json.dumps({"format": 2, "arrays": table}).encode()
        path = tmp_path / f"{seed}.h5"
        path.write_bytes(sealed(data + text, len(data), len(text)))
        found = checkpoint.read(path).arrays
        assert hostile.same(found, arrays)
        assert all(array.flags.aligned and not array.flags.writeable for array in found.values())


def test_loading_does_not_import_h5py(valid: Path) -> None:
    program = f"import sys; from zoo import checkpoint; checkpoint.read({str(valid)!r}); print('h5py' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# --- time and memory --------------------------------------------------------------------------------------------------

EMPTY, ONE = hashlib.sha256().hexdigest(), hashlib.sha256(b"\0").hexdigest()
MOST = 8 * 2**20


def table(count: int, name: str, form: str, digest: str = EMPTY) -> str:
    form = form[:-1] + f',"sha256":"{digest}"}}'
    return '{"format":2,"arrays":{' + ",".join(f'"{name.format(n)}":{form}' for n in range(count)) + "}}"


def labels(text: str) -> str:
    return '{"format":2,"arrays":{},"labels":' + text + "}"


HEAVY: dict[str, Callable[[], str]] = {
    "arrays in one place": lambda: table(50_000, "best/{:x}", '{"dtype":"u1","shape":[1],"offset":512}', ONE),
    "arrays of another digest": lambda: table(50_000, "best/{:x}", '{"dtype":"u1","shape":[0],"offset":0}', ONE),
    "names twice": lambda: table(50_000, "best/x", '{"dtype":"u1","shape":[0],"offset":0}'),
    "groups": lambda: table(45_000, "best/{:x}/a/b/c/d/e/f/g", '{"dtype":"u1","shape":[0],"offset":0}'),
    "shapes": lambda: table(50_000, "best/{:x}", '{"dtype":"u1","shape":[1,1,1,1,1,1,1,0],"offset":0}', ONE),
    "sizes": lambda: table(50_000, "best/{:x}", '{"dtype":"f8","shape":[9223372036854775807],"offset":0}'),
    "depth": lambda: "[" * (MOST - 1),
    "depth in tables": lambda: '{"a":' * (MOST // 5 - 1),
    "deep pairs": lambda: labels("[" + ("[" * 29 + "]" * 29 + ",") * 130_000 + "0]"),
    "numbers": lambda: labels("[" + "0," * (MOST // 2 - 100) + "0]"),
    "as many numbers as may be": lambda: labels("[" + "0," * (2**20 - 100) + "NaN]"),
    "long integers": lambda: labels("[" + "1234567890123456789," * 400_000 + "NaN]"),
    "a long integer": lambda: labels("9" * (MOST - 100)),
    "a long real": lambda: labels("0." + "9" * (MOST - 100) + "e999"),
    "texts": lambda: labels("[" + '"ab",' * 900_000 + "NaN]"),
    "wide text": lambda: labels('["\U0001f993' + "a" * (MOST - 200) + '",NaN]'),
    "escapes": lambda: labels('["' + "\\u0041" * (MOST // 6 - 100) + '",NaN]'),
    "surrogates": lambda: labels('["' + "\\ud83e\\udd93" * (MOST // 12 - 100) + '\\ud83e"]'),
    "escaped quotes": lambda: labels('["' + '\\"' * (MOST // 2 - 100) + '",NaN]'),
    "quotes": lambda: '"' * MOST,
    "backslashes": lambda: '"' + "\\" * (MOST - 1),
    "keys, one of them twice": lambda: labels("{" + ",".join(f'"{n:x}":0' for n in range(500_000)) + ',"0":0}'),
}

READ_AND_MEASURE = f"""
{peak.SOURCE}
import sys, time
from zoo import checkpoint
from zoo.errors import CheckpointError

def warm_up():
    try:
        checkpoint.read("nothing.h5")
    except CheckpointError:
        pass

warm_up()
for path in sys.argv[1:]:
    before, began = peak(), time.process_time()
    try:
        checkpoint.read(path)
        outcome = "loaded"
    except CheckpointError as error:
        outcome = ascii(str(error))[:300]
    print(time.process_time() - began, peak() - before, outcome)
"""


def measured(*paths: Path) -> list[tuple[float, int, str]]:
    """Seconds of processor time and bytes of memory that reading each file takes, in one process, and what comes of
    it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", READ_AND_MEASURE, *map(str, paths)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    return [(float(seconds), int(size), outcome) for seconds, size, outcome in lines]


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not say what memory a process took")
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavy_manifest_is_refused_at_once_and_in_little_memory(tmp_path: Path, name: str) -> None:
    text = HEAVY[name]().encode()
    path = tmp_path / "heavy.h5"
    data = bytearray(512 + 64) + text
    path.write_bytes(sealed(data, 576, len(text)))
    assert MOST / 5 < len(text) <= MOST
    ((seconds, size, outcome),) = measured(path)
    assert "cannot load checkpoint" in outcome
    assert seconds < 1, outcome
    assert size < 2 * len(data) + 200e6, outcome


# --- chance -----------------------------------------------------------------------------------------------------------


def mutants(path: Path, first: int, count: int) -> dict[str, int]:
    """Try random changes; how many loaded and how many were refused. Anything else is an exception."""
    data, original = path.read_bytes(), checkpoint.read(path).arrays
    digests = {hashlib.sha256(array.tobytes()).digest() for array in original.values()}
    outcomes = {"loaded": 0, "refused": 0}
    slowest = 0.0
    for seed in range(first, first + count):
        changed = hostile.mutate(data, seed)
        path.write_bytes(changed)
        began = time.process_time()
        found = outcome(path, changed, digests)
        slowest = max(slowest, time.process_time() - began)
        assert found in outcomes, f"seed {seed}: {found}"
        outcomes[found] += 1
    assert slowest < 1
    path.write_bytes(data)
    return outcomes


def outcome(path: Path, data: bytes, digests: set[bytes]) -> str:
    """ "refused"; "loaded" with what the manifest says, each array with the bits of one that was saved; else what is
    wrong."""
    try:
        found = checkpoint.read(path).arrays
    except CheckpointError:
        return "refused"
    except BaseException as error:
        return repr(error)
    if any(hashlib.sha256(array.tobytes()).digest() not in digests for array in found.values()):
        return "other values than were saved"
    return "loaded" if hostile.same(found, hostile.expected(data)) else "not what the manifest says"


def test_random_changes_are_refused_or_do_no_harm(valid: Path) -> None:
    outcomes = mutants(valid, first=0, count=600)
    assert sum(outcomes.values()) == 600
    assert outcomes["refused"] > 300 and outcomes["loaded"] > 20


@pytest.mark.slow
def test_20_000_random_changes_are_refused_or_do_no_harm(valid: Path) -> None:
    assert sum(mutants(valid, first=0, count=20_000).values()) == 20_000


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not say what memory a process took")
def test_mutants_take_little_memory(valid: Path, tmp_path: Path) -> None:
    data = valid.read_bytes()
    paths = [tmp_path / f"{seed}.h5" for seed in range(200)]
    for seed, path in enumerate(paths):
        path.write_bytes(hostile.mutate(data, seed))
    assert sum(size for _, size, _ in measured(*paths)) < 2 * len(data) + 200e6


def test_a_mutant_with_other_values_would_be_noticed(valid: Path) -> None:
    """The fuzzer compares with what was saved, not with digests that the mutant itself brings."""
    digests = {hashlib.sha256(array.tobytes()).digest() for array in checkpoint.read(valid).arrays.values()}
    assert outcome(valid, valid.read_bytes(), digests) == "loaded"
    data = bytearray(valid.read_bytes())
    data[checkpoint.inspect(valid).entries["weights/hidden/b"].offset] ^= 1
    valid.write_bytes(data)
    reseal(valid)
    assert outcome(valid, valid.read_bytes(), digests) == "other values than were saved"


# --- format version 1 -------------------------------------------------------------------------------------------------


@pytest.fixture
def version1(tmp_path: Path) -> Path:
    path = tmp_path / "old.h5"
    path.write_bytes(Path(__file__).with_name("version1.h5").read_bytes())
    return path


def test_a_file_of_version_1_loads_where_it_is_trusted(version1: Path) -> None:
    found = checkpoint.read(version1, trusted=True)
    assert hostile.same(found.arrays, hostile.valid_arrays())
    assert {name: found.manifest[name] for name in hostile.valid_manifest()} == hostile.valid_manifest()
    assert found.sha256 == "fe80844641125ab77d5a37c927ec7f9b227cdcd061c8d689449296356e825685"
    assert checkpoint.inspect(version1, trusted=True).entries.keys() == hostile.valid_arrays().keys()


def test_a_file_of_version_1_does_not_reach_hdf5_without_trust(version1: Path) -> None:
    refused(version1, "format version 1, which h5py has to parse: if you know where the file comes from, --trusted")
    with pytest.raises(CheckpointError, match="format version 1"):
        checkpoint.read(version1, sha256="fe80844641125ab77d5a37c927ec7f9b227cdcd061c8d689449296356e825685")


def test_a_file_of_version_1_that_was_damaged_is_refused(version1: Path) -> None:
    data = version1.read_bytes()
    for at in range(8, len(data), 61):
        changed = bytearray(data)
        changed[at] ^= 1
        version1.write_bytes(changed)
        if 48 <= at < 512:  # version 1 does not cover the rest of its block
            continue
        refused(version1, "SHA-256|cut short", trusted=True)
    version1.write_bytes(data[:-1])
    refused(version1, "cut short", trusted=True)


def test_what_was_saved_in_version_1_is_saved_again_in_version_2(version1: Path) -> None:
    found = checkpoint.read(version1, trusted=True)
    checkpoint.write(version1, found.manifest, found.arrays)
    again = checkpoint.read(version1)
    assert again.manifest["format"] == 2
    assert hostile.same(again.arrays, found.arrays)


def test_the_table_of_a_forged_manifest_is_that_of_the_writer(valid: Path) -> None:
    """Else the hostile cases would be wrong in more than the one thing each changes."""
    hostile.forge(valid, lambda manifest: None)
    reseal(valid, arrays=False)
    found = checkpoint.read(valid)
    assert hostile.same(found.arrays, hostile.valid_arrays())
    assert json.loads(json.dumps(found.manifest["arrays"])) == hostile.table_of(
        found.arrays, {name: entry.offset for name, entry in checkpoint.inspect(valid).entries.items()}
    )
    assert np.array_equal(found.arrays["best/hidden/b"], np.ones(3))
