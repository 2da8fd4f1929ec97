"""What is saved comes back, and whatever happens while saving, there is the old file or the new one."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import hostile
import numpy as np
import peak
import pytest
from hostile import same

from zoo import checkpoint
from zoo.checkpoint import Saver
from zoo.errors import CheckpointError
from zoo.platform import atomic_write, system
from zoo.types import Array

Arrays = dict[str, Array]
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def left_overs(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.endswith(".part")]


# --- what is saved ----------------------------------------------------------------------------------------------------


def test_all_dtypes_and_shapes_come_back(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    arrays: Arrays = {}
    for dtype in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"):
        for number, shape in enumerate([(), (1,), (0,), (3, 0, 2), (5, 7), (2,) * 8]):
            size = int(np.prod(shape))
            values = chance.integers(0, 256, size * np.dtype(dtype).itemsize, np.uint8).view(dtype)
            arrays[f"state/{dtype}/s{number}"] = values.reshape(shape)
    manifest = {
        **hostile.valid_manifest(),
        "recipe": {"text": "Ünïcödé 🦓 \x00 \x1b", "list": [1, -2, 0.1, None, True]},
    }
    sha256 = checkpoint.write(tmp_path / "net.h5", manifest, arrays)
    found = checkpoint.read(tmp_path / "net.h5")
    assert same(found.arrays, arrays)
    entries = checkpoint.inspect(tmp_path / "net.h5").entries
    table = hostile.table_of(arrays, {name: entry.offset for name, entry in entries.items()})
    assert {**manifest, "format": 2, "arrays": table} == found.manifest
    assert found.sha256 == sha256 == checkpoint.digest(tmp_path / "net.h5")
    assert found.path == str(tmp_path / "net.h5")


def test_the_digest_is_that_of_the_numbers_in_the_block_and_of_all_behind_it(tmp_path: Path) -> None:
    sha256 = checkpoint.write(tmp_path / "net.h5", {}, hostile.valid_arrays())
    data = (tmp_path / "net.h5").read_bytes()
    assert hashlib.sha256(data[:32] + data[512:]).hexdigest() == sha256 == data[32:64].hex()
    assert int.from_bytes(data[8:16], "little") == len(data)


def test_other_memory_orders_and_byte_orders_are_the_same_content(tmp_path: Path) -> None:
    array = np.arange(12, dtype="<f8").reshape(3, 4)
    views = [array, np.asfortranarray(array), array.astype(">f8"), np.repeat(array, 2, axis=1)[:, ::2]]
    assert len({checkpoint.write(tmp_path / "net.h5", {}, {"weights/W": view}) for view in views}) == 1
    checkpoint.write(tmp_path / "net.h5", {}, {"state/mask": np.array([True, False])})
    assert checkpoint.read(tmp_path / "net.h5").arrays["state/mask"].tolist() == [1, 0]


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    arrays = hostile.valid_arrays()
    manifest = hostile.valid_manifest()
    checkpoint.write(tmp_path / "a.h5", manifest, arrays)
    time.sleep(1.1)  # HDF5 counts times in seconds
    backwards = dict(reversed(arrays.items()))
    checkpoint.write(tmp_path / "b.h5", dict(reversed(manifest.items())), backwards)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    again = checkpoint.read(tmp_path / "a.h5")
    checkpoint.write(tmp_path / "c.h5", again.manifest, again.arrays)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "c.h5").read_bytes()


def test_hdf5_reads_it(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "net.h5", {}, hostile.valid_arrays())
    with h5py.File(tmp_path / "net.h5") as file:
        for name, array in hostile.valid_arrays().items():
            assert np.array_equal(file[name][()], array, equal_nan=True)


def test_arrays_are_aligned_share_the_bytes_read_and_are_not_written_to(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "net.h5", {}, hostile.valid_arrays())
    for name, array in checkpoint.read(tmp_path / "net.h5").arrays.items():
        assert array.flags.aligned and array.flags.c_contiguous, name
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_inspect_tells_what_is_there_without_values(tmp_path: Path) -> None:
    sha256 = checkpoint.write(tmp_path / "net.h5", hostile.valid_manifest(), hostile.valid_arrays())
    found = checkpoint.inspect(tmp_path / "net.h5")
    assert found.sha256 == sha256
    assert found.length == os.path.getsize(tmp_path / "net.h5")
    assert found.manifest["labels"] == ["ape", "bee"]
    assert {name: entry.shape for name, entry in found.entries.items()} == {
        name: array.shape for name, array in hostile.valid_arrays().items()
    }


def test_a_digest_known_from_elsewhere_must_be_the_files(tmp_path: Path) -> None:
    sha256 = checkpoint.write(tmp_path / "net.h5", {}, hostile.valid_arrays())
    assert checkpoint.read(tmp_path / "net.h5", sha256=sha256.upper()).sha256 == sha256
    with pytest.raises(CheckpointError, match="it is another file"):
        checkpoint.read(tmp_path / "net.h5", sha256="0" * 64)


def test_weights_that_are_not_finite_are_refused_and_load_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = {"weights/W": np.ones((2, 3), "f4"), "state/lowest": np.array([np.inf])}
    checkpoint.write(tmp_path / "net.h5", {}, arrays)
    before = (tmp_path / "net.h5").read_bytes()
    for name in ("weights/W", "best/W"):
        broken = np.ones((2, 3), "f4")
        broken[1, 2] = np.nan
        with pytest.raises(CheckpointError, match=rf"array '{name}': got nan at \[1, 2\], expected finite values"):
            checkpoint.write(tmp_path / "net.h5", {}, {name: broken})
    assert (tmp_path / "net.h5").read_bytes() == before
    monkeypatch.setattr("zoo.checkpoint.writer.not_finite", lambda name, array: None)
    checkpoint.write(tmp_path / "net.h5", {}, {"weights/W": broken})
    with pytest.warns(RuntimeWarning, match=r"net.h5.*'weights/W': got nan at \[1, 2\]"):
        checkpoint.read(tmp_path / "net.h5")


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("W", np.ones(1), "expected a path under one of weights/"),
        ("weights", np.ones(1), "expected a path under one of weights/"),
        ("gradients/W", np.ones(1), "expected a path under one of weights/"),
        ("weights//W", np.ones(1), "'weights//W': got the name ''"),
        ("weights/../W", np.ones(1), r"got the name '\.\.'"),
        ("weights/größe", np.ones(1), "got the name 'gr"),
        ("weights/" + "n" * 256, np.ones(1), "expected 1 to 255"),
        ("weights/" + "d/" * 15 + "W", np.ones(1), "17 steps in its path, expected up to 16"),
        (3, np.ones(1), "expected a name that is text"),
        ("weights/W", np.ones(1, "f2"), "got dtype float16"),
        ("weights/W", np.ones(1, "c8"), "got dtype complex64"),
        ("weights/W", np.array(["text"]), "got dtype <U4"),
        ("weights/W", np.array([None]), "got dtype object"),
        ("weights/W", np.ones((1,) * 9), "expected at most 8 dimensions"),
        ("weights/W", [1.0], "got list, expected numpy.ndarray"),
        ("weights/W", np.ma.masked_array([1.0], [True]), "got MaskedArray"),
    ],
)
def test_what_the_format_does_not_hold_is_refused_before_anything_is_written(
    tmp_path: Path, name: Any, array: Any, message: str
) -> None:
    with pytest.raises(CheckpointError, match=message):
        checkpoint.write(tmp_path / "net.h5", {}, {name: array})
    assert os.listdir(tmp_path) == []


def test_no_name_begins_anothers_path(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="'weights/a': its name begins the path of another array"):
        checkpoint.write(tmp_path / "net.h5", {}, {"weights/a": np.ones(1), "weights/a/b": np.ones(1)})


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"metrics": {"loss": float("nan")}}, "null for what is not finite"),
        ({"labels": np.float32(1)}, "must be JSON"),
        ({"labels": {1: 2}}, "got the key '1', expected text"),
        ({"labels": 2**64}, "expected one of 64 bits"),
        ({"labels": "\ud800"}, "must be JSON"),
        ({"unknown": 1}, "got the key 'unknown'"),
        ({"architecture": {"name": "mlp"}}, "manifest.architecture: the key 'package' is missing"),
    ],
)
def test_a_manifest_that_could_not_be_read_is_not_saved(tmp_path: Path, manifest: Any, message: str) -> None:
    with pytest.raises(CheckpointError, match=message):
        checkpoint.write(tmp_path / "net.h5", manifest, {})
    assert os.listdir(tmp_path) == []


# --- where it is saved ------------------------------------------------------------------------------------------------


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link, second = tmp_path / "there" / "net.h5", tmp_path / "link.h5", tmp_path / "second.h5"
    link.symlink_to(os.path.join("there", "net.h5"))
    second.symlink_to("link.h5")
    for value in (1.0, 2.0):  # at first it leads to nothing
        checkpoint.write(second, {}, {"weights/W": np.array([value])})
        assert link.is_symlink() and second.is_symlink() and not target.is_symlink()
        assert checkpoint.read(target).arrays["weights/W"] == value
    assert sorted(os.listdir(tmp_path)) == ["link.h5", "second.h5", "there"]


def test_permissions_of_the_replaced_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    old = os.umask(0o027)
    try:
        checkpoint.write(path, {}, {})
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o600)
        checkpoint.write(path, {}, {})
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)


def test_what_cannot_be_saved_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name, message in {
        "folder": "there is a folder of that name",
        "circle": "leads back to itself",
        "none/net.h5": "no such file or directory; check the path, and that its folder exists",
        "n" * 300: "too long",
    }.items():
        with pytest.raises(CheckpointError, match=message) as caught:
            checkpoint.write(tmp_path / name, {}, {})
        assert "\n" not in str(caught.value)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(CheckpointError, match="device, pipe or socket"):
            checkpoint.write(tmp_path / "pipe", {}, {})
    assert left_overs(tmp_path) == []


def test_exclusively_means_that_nothing_is_replaced(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "net.h5", {}, {}, exclusive=True)
    (tmp_path / "link.h5").symlink_to("nothing.h5")
    before = (tmp_path / "net.h5").read_bytes()
    for name in ("net.h5", "link.h5"):
        with pytest.raises(CheckpointError, match="file exists; name another file"):
            checkpoint.write(tmp_path / name, {}, hostile.valid_arrays(), exclusive=True)
    assert (tmp_path / "net.h5").read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["link.h5", "net.h5"]


def test_of_many_who_create_exclusively_one_succeeds(tmp_path: Path) -> None:
    outcomes, refusals = [], []

    def create(value: int) -> None:
        try:
            checkpoint.write(tmp_path / "net.h5", {"position": value}, {}, exclusive=True)
            outcomes.append(value)
        except CheckpointError as error:
            refusals.append(str(error))

    together([lambda value=value: create(value) for value in range(8)])  # type: ignore[misc]
    assert len(outcomes) == 1
    assert all("file exists" in refusal for refusal in refusals) and len(refusals) == 7
    assert checkpoint.read(tmp_path / "net.h5").manifest["position"] == outcomes[0]
    assert os.listdir(tmp_path) == ["net.h5"]


def test_without_hard_links_exclusive_creation_still_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    checkpoint.write(tmp_path / "net.h5", {}, {}, exclusive=True)
    with pytest.raises(CheckpointError, match="file exists"):
        checkpoint.write(tmp_path / "net.h5", {}, {}, exclusive=True)
    assert os.listdir(tmp_path) == ["net.h5"]


# --- several at once --------------------------------------------------------------------------------------------------


def together(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def numbered(value: int) -> Arrays:
    return {f"weights/layer{index}/W": np.full((50, 40), value, "f4") for index in range(5)}


def in_a_child(work: Callable[[], None]) -> int:
    process = os.fork()
    if process == 0:
        try:
            work()
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return process


@needs_fork
def test_two_savers_and_a_reader_at_once(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    checkpoint.write(path, {"position": 0}, numbered(0))

    def save(first: int) -> None:
        for value in range(first, first + 15):
            checkpoint.write(path, {"position": value}, numbered(value))

    savers = [in_a_child(lambda first=first: save(first)) for first in (100, 200)]  # type: ignore[misc]
    seen = set()
    while savers:
        found = checkpoint.read(path)
        assert same(found.arrays, numbered(found.manifest["position"]))
        seen.add(found.manifest["position"])
        done, status = os.waitpid(savers[0], os.WNOHANG)
        if done:
            assert status == 0
            savers.pop(0)
    assert len(seen) > 2
    assert os.listdir(tmp_path) == ["net.h5"]


def test_a_file_that_is_being_written_is_no_left_over(tmp_path: Path) -> None:
    dead = tmp_path / ".zoo-0123456789abcdef.part"
    dead.write_bytes(b"half a checkpoint")
    other = tmp_path / ".zoo-notours.part"
    other.write_bytes(b"")
    with atomic_write.replacing(str(tmp_path / "slow.h5")) as descriptor:
        assert not dead.exists()
        (mine,) = (name for name in left_overs(tmp_path) if name != other.name)
        os.write(descriptor, b"slow")
        checkpoint.write(tmp_path / "quick.h5", {}, {})
        assert mine in os.listdir(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [other.name, "quick.h5", "slow.h5"]


# --- failures ---------------------------------------------------------------------------------------------------------

CALLS = (
    *("files_in", "create", "lock", "is_linked", "copy_mode", "write_at", "sync", "replace", "rename_exclusively"),
    *("remove", "sync_folder", "close"),
)


class Counted:
    """Counts calls of the system module, and does something else in place of, or after, one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, event: Callable[[], None]) -> None:
        self.count = 0
        self.names: list[str] = []
        for name in CALLS:
            monkeypatch.setattr(system, name, self._wrap(name, getattr(system, name), at, event))

    def _wrap(self, name: str, function: Any, at: int, event: Callable[[], None]) -> Any:
        def wrapped(*arguments: Any) -> Any:
            self.count += 1
            self.names.append(name)
            if self.count == at:
                if name == "close":  # whatever it reports, the system has closed it
                    function(*arguments)
                event()
            return function(*arguments) if not (self.count == at and name == "close") else None

        return wrapped


def _fail() -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def _interrupt() -> None:
    raise KeyboardInterrupt


def calls_of_a_save(path: Path, exclusive: bool) -> int:
    with pytest.MonkeyPatch.context() as patch:
        counted = Counted(patch, 0, _fail)
        checkpoint.write(path, {}, hostile.valid_arrays(), exclusive=exclusive)
    return counted.count


@pytest.mark.parametrize("event", [_fail, _interrupt])
@pytest.mark.parametrize("exclusive", [False, True])
def test_whichever_system_call_fails_there_is_the_old_file_or_the_new(
    tmp_path: Path, exclusive: bool, event: Callable[[], None]
) -> None:
    new = tmp_path / "new.h5"
    calls = calls_of_a_save(new, exclusive)
    assert calls > 25
    after = new.read_bytes()
    for at in range(1, calls + 1):
        folder = tmp_path / f"call{at}"
        folder.mkdir()
        path = folder / "net.h5"
        if not exclusive:
            checkpoint.write(path, {}, numbered(1))
        before = path.read_bytes() if path.exists() else None
        with pytest.MonkeyPatch.context() as patch:
            counted = Counted(patch, at, event)
            try:
                checkpoint.write(path, {}, hostile.valid_arrays(), exclusive=exclusive)
                failure = ""
            except (CheckpointError, KeyboardInterrupt) as error:
                failure = str(error) or "interrupted"
        found = path.read_bytes() if path.exists() else None
        where = f"call {at}, {counted.names[at - 1]}"
        assert found in (before, after), where
        assert failure or found == after, where
        assert not failure or failure.startswith(("cannot save checkpoint", "interrupted")), where
        assert left_overs(folder) == [], where
    assert not any(thread.name.startswith("Thread") and thread.is_alive() for thread in threading.enumerate()[1:])


@needs_fork
def test_wherever_the_process_dies_there_is_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    calls = calls_of_a_save(path, exclusive=False)
    after = path.read_bytes()
    checkpoint.write(path, {}, numbered(1))
    before = path.read_bytes()
    for at in range(1, calls + 1):

        def die_at(at: int = at) -> None:
            Counted(pytest.MonkeyPatch(), at, lambda: os._exit(9))
            checkpoint.write(path, {}, hostile.valid_arrays())

        _, status = os.waitpid(in_a_child(die_at), 0)
        assert os.waitstatus_to_exitcode(status) == 9, at
        assert path.read_bytes() in (before, after), at
        assert len(left_overs(tmp_path)) <= 1, at
        checkpoint.write(path, {}, numbered(1))
        assert os.listdir(tmp_path) == ["net.h5"], at


@needs_fork
def test_killed_at_any_moment_the_file_loads(tmp_path: Path) -> None:
    kill_loop(tmp_path / "net.h5", kills=20)


def kill_loop(path: Path, kills: int, seed: int = 0) -> None:
    """Kill a process that saves without end, so many times; each time the file is whole and no older than before."""
    chance = random.Random(seed)
    checkpoint.write(path, {"position": 0}, numbered(0))

    def save_without_end() -> None:
        value = checkpoint.read(path).manifest["position"]
        while True:
            value += 1
            checkpoint.write(path, {"position": value}, numbered(value))

    last = 0
    for _ in range(kills):
        process = in_a_child(save_without_end)
        time.sleep(chance.uniform(0.005, 0.06))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        found = checkpoint.read(path)
        assert found.manifest["position"] >= last
        assert same(found.arrays, numbered(found.manifest["position"]))
        last = found.manifest["position"]
    checkpoint.write(path, {}, {})
    assert os.listdir(path.parent) == [path.name]


@needs_fork
def test_a_limit_on_file_size_keeps_the_old_file(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "net.h5"
    checkpoint.write(path, {}, numbered(1))
    before = path.read_bytes()

    def save() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        with pytest.raises(CheckpointError, match=r"file too large; raise the file-size limit"):
            checkpoint.write(path, {}, numbered(2))

    _, status = os.waitpid(in_a_child(save), 0)
    assert status == 0
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["net.h5"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "zoo-test", str(folder)]
    if (
        not sys.platform.startswith("linux")
        or os.geteuid() != 0
        or subprocess.run(command, capture_output=True).returncode
    ):
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_the_old_file(small_disk: Path) -> None:
    path = small_disk / "net.h5"
    checkpoint.write(path, {}, {"weights/W": np.ones(2_000, "f4")})
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match="no space left on device; free some space"):
        checkpoint.write(path, {}, {"weights/W": np.ones(50_000, "f4")})
    assert path.read_bytes() == before
    assert os.listdir(small_disk) == ["net.h5"]


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(folder, os.W_OK):  # root may write everywhere, but not to this one
        folder = Path("/proc/self")
        if not folder.exists():
            pytest.skip("this user may write everywhere")
    with pytest.raises(CheckpointError, match=rf"cannot save checkpoint '{folder}/net.h5': .*; check the p"):
        checkpoint.write(folder / "net.h5", {}, {})


# --- in the background ------------------------------------------------------------------------------------------------


def test_the_saver_saves_what_the_arrays_were(tmp_path: Path) -> None:
    arrays = numbered(0)
    manifest: dict[str, Any] = {"position": {"epoch": 0}}
    with Saver() as saver:
        for value in range(5):
            for array in arrays.values():
                array[...] = value
            manifest["position"]["epoch"] = value
            saver.save(tmp_path / f"{value}.h5", manifest, arrays)
        assert saver.wait() == checkpoint.digest(tmp_path / "4.h5")
        assert saver.wait() is None
    for value in range(5):
        found = checkpoint.read(tmp_path / f"{value}.h5")
        assert same(found.arrays, numbered(value))
        assert found.manifest["position"] == {"epoch": value}


def test_an_array_that_grew_is_saved_as_it_is_now(tmp_path: Path) -> None:
    with Saver() as saver:
        for size in (3, 5):
            saver.save(tmp_path / "net.h5", {}, {"weights/W": np.ones((size, 2))})
    assert checkpoint.read(tmp_path / "net.h5").arrays["weights/W"].shape == (5, 2)


def test_a_failure_in_the_background_surfaces_at_the_next_call(tmp_path: Path) -> None:
    saver = Saver()
    saver.save(tmp_path / "none" / "net.h5", {}, {})
    with pytest.raises(CheckpointError, match=r"none/net\.h5"):
        saver.save(tmp_path / "net.h5", {}, {})
    saver.save(tmp_path / "net.h5", {}, {})
    assert saver.wait() is not None
    with pytest.raises(CheckpointError, match=r"none/net\.h5"), Saver() as saver:
        saver.save(tmp_path / "none" / "net.h5", {}, {})
    with pytest.raises(ZeroDivisionError) as caught, Saver() as saver:  # noqa: PT012
        saver.save(tmp_path / "none" / "net.h5", {}, {})
        raise ZeroDivisionError
    assert "none/net.h5" in caught.value.__notes__[0]


def test_a_save_under_way_when_the_program_ends_is_finished(tmp_path: Path) -> None:
    program = f"""
import numpy as np
from zoo.checkpoint import Saver
saver = Saver()
saver.save({str(tmp_path / "net.h5")!r}, {{}}, {{"weights/W": np.ones(1_000_000)}})
"""
    subprocess.run(
        [sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert checkpoint.read(tmp_path / "net.h5").arrays["weights/W"].sum() == 1_000_000


def test_without_threads_everything_still_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with Saver() as saver, monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        saver.save(tmp_path / "net.h5", {}, hostile.valid_arrays())
        found = checkpoint.read(tmp_path / "net.h5")
        assert found.sha256 == saver.wait() == checkpoint.digest(tmp_path / "net.h5")
    assert same(found.arrays, hostile.valid_arrays())


def test_saving_takes_little_memory_beyond_the_arrays(tmp_path: Path) -> None:
    """Lifelong peak of a process of its own, before and after."""
    if sys.platform == "win32":
        pytest.skip("this system does not say")
    program = f"""
{peak.SOURCE}
import numpy as np
from zoo import checkpoint
checkpoint.write({str(tmp_path / "small.h5")!r}, {{}}, {{"weights/W": np.ones(3)}})
arrays = {{f"weights/W{{index}}": np.ones(5_000_000, "f4") for index in range(4)}}
before = peak()
checkpoint.write({str(tmp_path / "net.h5")!r}, {{}}, arrays)
print(peak() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert int(done.stdout) < 8 * 2**20  # the arrays are 80 MB
