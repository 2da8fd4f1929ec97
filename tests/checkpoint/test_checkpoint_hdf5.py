"""`zoo verify --hdf5`: whether HDF5 tools see what zoo reads, in a child process that can do no harm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import hostile
import pytest

from zoo import checkpoint
from zoo.checkpoint.hdf5_view import hdf5_differences
from zoo.cli import main
from zoo.errors import CheckpointError
from zoo.hdf5 import viewer
from zoo.platform import system
from zoo.testing.resealing import reseal


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    path = tmp_path / "net.h5"
    checkpoint.write(path, hostile.valid_manifest(), hostile.valid_arrays())
    return path


def test_hdf5_sees_the_same_in_what_zoo_writes(valid: Path) -> None:
    assert hdf5_differences(valid) == []
    hostile.lay_out_otherwise(valid)
    assert hdf5_differences(valid) == []
    assert hdf5_differences(Path(__file__).with_name("version1.h5"), trusted=True) == []


@pytest.mark.parametrize("name", hostile.STRUCTURE)
def test_where_hdf5_is_led_elsewhere_zoo_reads_the_same_and_says_so(valid: Path, name: str) -> None:
    change, pattern = hostile.STRUCTURE[name]
    change(valid)
    reseal(valid, arrays=False)
    assert hostile.same(checkpoint.read(valid).arrays, hostile.valid_arrays())
    with pytest.raises(CheckpointError, match=pattern) as caught:
        raise CheckpointError("; ".join(hdf5_differences(valid)))
    assert str(caught.value).isprintable()


def test_verify_says_what_hdf5_tools_see(valid: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(valid), "--hdf5"]) == 0
    assert "HDF5 tools see the same names, types and values" in capsys.readouterr().out
    hostile.STRUCTURE["other values"][0](valid)
    reseal(valid, arrays=False)
    assert main(["verify", str(valid)]) == 0
    assert "HDF5" not in capsys.readouterr().out
    assert main(["verify", str(valid), "--hdf5", "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["hdf5_differences"] == ["array 'best/hidden/b': HDF5 sees other values"]
    assert "zoo: error: " in printed.err and "HDF5 sees other values" in printed.err


@pytest.mark.skipif(shutil.which("h5dump") is None, reason="h5dump is not installed")
def test_h5dump_sees_the_same(valid: Path) -> None:
    done = subprocess.run(["h5dump", str(valid)], capture_output=True, text=True, check=True)
    for name in ("hidden", "adam", "count", "manifest"):
        assert f'"{name}"' in done.stdout
    assert "(0): 0.5, 0.25" in done.stdout


HELLO = (
    "import os, struct, sys; sys.stdin.buffer.read(8); sys.stdout.buffer.write(b'H' + bytes(16));"
    "sys.stdout.buffer.flush();"
)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("raise SystemExit(3)", "ended with status 3 before its first step"),
        (HELLO + "os.abort()", "was ended by signal SIGABRT on its way; the file is damaged or hostile"),
        (HELLO + "print('x' * 17)", "sent nonsense"),
        (HELLO + "sys.stdout.buffer.write(struct.pack('<cQQ', b'R', 10**9, 1))", "sent nonsense"),
        (HELLO + "sys.stdout.buffer.write(struct.pack('<cQQ', b'T', 2**60, 0))", "sent nonsense"),
        (HELLO + "sys.stdout.buffer.write(struct.pack('<cQQ', b'T', 9, 0) + b'not JSON!')", "sent nonsense"),
        (HELLO + "sys.stdout.buffer.write(struct.pack('<cQQ', b'T', 8, 0) + b'[[1, 2]]')", "sent nonsense"),
        (HELLO + "sys.stdout.buffer.write(struct.pack('<cQQ', b'E', 5, 0) + b'a\\x1b[2J')", r"a\\x1b\[2J"),
    ],
)
def test_a_child_that_misbehaves_is_not_believed(
    valid: Path, monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    monkeypatch.setattr(viewer, "_START", program)
    with pytest.raises(CheckpointError, match=message):
        hdf5_differences(valid)


def test_a_child_that_hangs_is_ended(valid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "_START", HELLO + "import time; time.sleep(100)")
    monkeypatch.setattr(viewer, "SECONDS", 0.3)
    start = time.monotonic()
    with pytest.raises(CheckpointError, match=r"was ended by signal SIGKILL|ended with status"):
        hdf5_differences(valid)
    assert time.monotonic() - start < 10


@pytest.mark.skipif(system.WINDOWS, reason="this system knows no limits")
@pytest.mark.parametrize(
    ("deed", "outcome"),
    [
        ("open('/etc/hosts')", "Too many open files"),
        ("open('made', 'w')", "Too many open files"),
        ("import socket; socket.socket()", "Too many open files"),
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
        "from zoo.hdf5 import viewer\n"
        "def found(*_):\n"
        f"    {deed}\n"
        "    raise OSError('nothing')\n"
        "viewer._found = found\n"
        "viewer.main()\n"
    )
    monkeypatch.setattr(viewer, "_START", program)
    with pytest.raises(CheckpointError, match=outcome):
        hdf5_differences(valid)


def test_the_child_sees_little_of_the_environment(valid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDF5_PLUGIN_PATH", "/tmp/plugins")
    monkeypatch.setenv("PYTHONSTARTUP", "/tmp/start.py")
    monkeypatch.setenv("A_SECRET", "x")
    program = HELLO + (
        "text = repr(sorted(set(os.environ))) + os.environ['HDF5_PLUGIN_PATH'] + os.environ['OMP_NUM_THREADS'];"
        "sys.stdout.buffer.write(struct.pack('<cQQ', b'E', len(text), 0) + text.encode())"
    )
    monkeypatch.setattr(viewer, "_START", program)
    with pytest.raises(CheckpointError, match=r"\]1$") as caught:
        hdf5_differences(valid)
    assert "A_SECRET" not in str(caught.value) and "PYTHON" not in str(caught.value)
