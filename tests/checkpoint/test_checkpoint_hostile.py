"""Whatever the bytes are: what was saved, or one CheckpointError that names the file."""

from __future__ import annotations

import os
from pathlib import Path

import hostile
import pytest

from zoo import checkpoint
from zoo.checkpoint import reader as reader_module
from zoo.errors import CheckpointError
from zoo.testing import reseal

BEHIND_THE_DIGEST = {**hostile.STRUCTURE, **hostile.MANIFEST_CASES}
# Changes that could lead to other files or code: these are tried in the child process, too.
DANGEROUS = ("external link", "external storage", "virtual", "virtual without end", "gzip", "nested a million deep")


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


@pytest.mark.parametrize("name", BEHIND_THE_DIGEST)
def test_a_hostile_file_stops_at_the_digest_and_with_the_digest_renewed_at_the_rule(valid: Path, name: str) -> None:
    change, pattern = BEHIND_THE_DIGEST[name]
    head = valid.read_bytes()[:512]
    change(valid)
    body = valid.read_bytes()[512:]
    valid.write_bytes(head + body)
    refused(valid, "SHA-256|bytes, expected", trusted=True)
    reseal(valid, arrays=False)
    refused(valid, pattern, trusted=True)
    if name in DANGEROUS:
        refused(valid, pattern)


def test_every_flipped_bit_is_noticed(valid: Path) -> None:
    data = valid.read_bytes()
    for at in [*range(64), *range(64, len(data), 97)]:
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
    entry = checkpoint.inspect(valid, trusted=True).entries["weights/hidden/b"]
    data = bytearray(valid.read_bytes())
    data[entry.offset : entry.end] = b"\0\0\x80\x3f" * 3
    valid.write_bytes(data)
    reseal(valid, arrays=False)
    refused(valid, "'weights/hidden/b': got sha256", trusted=True)
    reseal(valid)
    assert checkpoint.read(valid, trusted=True).arrays["weights/hidden/b"].tolist() == [1, 1, 1]


def test_the_checksum_of_hdf5_is_known(valid: Path) -> None:
    """Else renewing checksums would damage files instead of leading deeper into libhdf5."""
    data = bytearray(valid.read_bytes())
    hostile.renew_checksums(data)
    assert data == valid.read_bytes()


def mutants(path: Path, first: int, count: int) -> dict[str, int]:
    """Try random changes; how many loaded and how many were refused. Anything else is an exception.

    One that loads holds the very arrays of the file that was changed. Each is read twice, by recognition and by the
    walk, and meets the same end. A crash of libhdf5 ends a forked process, not this one, and must then be a
    CheckpointError when the child does the walk.
    """
    data, original = path.read_bytes(), checkpoint.read(path, trusted=True).arrays
    outcomes = {"loaded": 0, "refused": 0, "crashed alone, refused with the child": 0}
    seed, end = first, first + count
    while seed < end:
        reader, writer = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reader)
            for number in range(seed, end):
                path.write_bytes(hostile.mutate(data, number))
                found = outcome(path, original, trusted=True)
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(reader_module, "recognize", lambda data: None)
                    same_end = found == outcome(path, original, trusted=True)
                os.write(writer, found if same_end else b"X")
            os._exit(0)
        os.close(writer)
        with open(reader, "rb") as pipe:
            done = pipe.read()
        _, status = os.waitpid(process, 0)
        outcomes["loaded"] += done.count(b"L")
        outcomes["refused"] += done.count(b"R")
        assert set(done) <= set(b"LR"), f"seed {seed + done.index(b'X')}"
        seed += len(done)
        if os.waitstatus_to_exitcode(status) != 0:
            path.write_bytes(hostile.mutate(data, seed))
            assert outcome(path, original, trusted=False) == b"R", f"seed {seed}"
            outcomes["crashed alone, refused with the child"] += 1
            seed += 1
    path.write_bytes(data)
    return outcomes


def outcome(path: Path, original: hostile.Arrays, trusted: bool) -> bytes:
    """R: refused. L: loaded, with the original arrays to the bit. X: anything else."""
    try:
        return b"L" if hostile.same(checkpoint.read(path, trusted=trusted).arrays, original) else b"X"
    except CheckpointError:
        return b"R"
    except BaseException:
        return b"X"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_random_changes_are_refused_or_do_no_harm(valid: Path) -> None:
    outcomes = mutants(valid, first=0, count=400)
    assert sum(outcomes.values()) == 400
    assert outcomes["refused"] > 200


def test_a_mutant_with_other_values_would_be_noticed(valid: Path) -> None:
    """The fuzzer compares with what was saved, not with digests that the mutant itself brings."""
    original = checkpoint.read(valid, trusted=True).arrays
    assert outcome(valid, original, trusted=True) == b"L"
    data = bytearray(valid.read_bytes())
    data[checkpoint.inspect(valid, trusted=True).entries["weights/hidden/b"].offset] ^= 1
    valid.write_bytes(data)
    reseal(valid)
    assert outcome(valid, original, trusted=True) == b"X"
