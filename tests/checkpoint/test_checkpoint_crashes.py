"""A process that dies, or a machine whose power fails, in the middle of training or saving: a whole file is there,
never older than the last save that was done."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile
import numpy as np
import pytest

import zoo
from zoo import checkpoint
from zoo.cli import main
from zoo.platform import system

TRAIN = ["mlp", "--data", "moons", "--hidden", "8", "--batch-size", "8", "--epochs", "100000", "--seed", "1"]


def started(arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(Path(zoo.__file__).parents[1]), *sys.path])
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "zoo", "train", *arguments, "--save-every", "3steps", "--threads", "1"],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
        )


def updates(path: Path) -> int:
    return int(checkpoint.read(path, trusted=True).manifest["position"]["updates"])


def training_kill_loop(folder: Path, kills: int, seed: int = 0, longest: float = 0.3) -> int:
    """Start or resume a training that saves every three steps, kill it at a random moment, look; so many times.

    Before each kill somebody reads the file beside the writer: what was seen then was saved, so after the kill nothing
    older may be there. Gives the updates the training came to.
    """
    chance = random.Random(seed)
    path, log = folder / "run.h5", folder / "log.txt"
    last = -1
    for _ in range(kills):
        resumed = path.exists()
        process = started(["--resume", str(path)] if resumed else [*TRAIN, "--out", str(path)], log)
        deadline = time.monotonic() + 60
        try:
            # Any moment counts once it saves: from then on kill after a random while.
            while time.monotonic() < deadline and process.poll() is None:
                if path.exists() and (seen := updates(path)) > last:
                    last = seen
                    break
                time.sleep(0.005)
            time.sleep(chance.uniform(0, longest))
            assert process.poll() is None, log.read_text()
            last = max(last, updates(path))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert updates(path) >= last
        last = updates(path)
        left = [name for name in os.listdir(folder) if name not in (path.name, log.name)]
        assert len(left) <= 1 and all(re.fullmatch(r"\.zoo-[0-9a-f]{16}\.part", name) for name in left), left
    return last


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_training_killed_at_random_moments_goes_on_and_leaves_no_litter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reached = training_kill_loop(tmp_path, kills=4)
    assert reached > 4 * 3
    begun = checkpoint.read(tmp_path / "run.h5").manifest["position"]["epoch"] + 1
    resume = ["train", "--resume", str(tmp_path / "run.h5"), "--threads", "1", "--epochs", str(begun)]
    assert main(resume) == 0, capsys.readouterr()
    assert sorted(os.listdir(tmp_path)) == ["log.txt", "run.h5"]


# --- a power cut ------------------------------------------------------------------------------------------------------


class Disk:
    """What a disk may hold after a power cut: bytes up to the last sync of each file and names up to the last sync of
    the folder for sure, of all that came later any part, in any order.

    Listens to what saving does to the system, call by call, and plays it again up to a cut.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.paths: dict[int, str] = {}
        self._listen(patch)

    def _listen(self, patch: pytest.MonkeyPatch) -> None:
        create, write_at, sync, close = system.create, system.write_at, system.sync, system.close
        replace, remove, sync_folder = system.replace, system.remove, system.sync_folder

        def created(path: str) -> int:
            descriptor = create(path)
            self.paths[descriptor] = path
            self.calls.append(("create", path))
            return descriptor

        def written(descriptor: int, data: Any, offset: int) -> None:
            write_at(descriptor, data, offset)
            self.calls.append(("write", self.paths[descriptor], offset, bytes(data)))

        def synced(descriptor: int) -> None:
            sync(descriptor)
            if descriptor in self.paths:
                self.calls.append(("sync", self.paths[descriptor]))

        def closed(descriptor: int) -> None:
            close(descriptor)
            self.paths.pop(descriptor, None)

        def replaced(source: str, destination: str) -> None:
            replace(source, destination)
            self.calls.append(("replace", source, destination))

        def removed(path: str) -> None:
            remove(path)
            self.calls.append(("remove", path))

        def folder_synced(path: str) -> None:
            sync_folder(path)
            self.calls.append(("sync folder",))

        for name, function in {
            "create": created,
            "write_at": written,
            "sync": synced,
            "close": closed,
            "replace": replaced,
            "remove": removed,
            "sync_folder": folder_synced,
        }.items():
            patch.setattr(system, name, function)

    def after(self, cut: int, before: dict[str, bytes], chance: random.Random) -> Iterator[dict[str, bytes]]:
        """Folders as they may be found when power fails after `cut` calls: all of what was not synced lost, all of it
        kept, and some of it at random, in pages of 512 bytes."""
        for keep in (0.0, 1.0, 0.5, 0.9):
            yield self._after(cut, before, keep, chance)

    def _after(self, cut: int, before: dict[str, bytes], keep: float, chance: random.Random) -> dict[str, bytes]:
        done = self.calls[:cut]
        files: dict[str, bytearray] = {path: bytearray(data) for path, data in before.items()}  # by first name
        synced = {
            path: max((n for n, c in enumerate(done) if c == ("sync", path)), default=-1) for path in self._made()
        }
        for number, call in enumerate(done):
            if call[0] == "create":
                files[call[1]] = bytearray()
            elif call[0] == "write":
                _, path, offset, data = call
                for start in range(0, len(data), 512):
                    if number < synced[path] or chance.random() < keep:
                        part, at = data[start : start + 512], offset + start
                        files[path].extend(bytes(max(0, at + len(part) - len(files[path]))))
                        files[path][at : at + len(part)] = part
        names = {path: path for path in before}
        settled = max((n for n, c in enumerate(done) if c == ("sync folder",)), default=-1)
        for number, call in enumerate(done):
            if number < settled or chance.random() < keep:
                if call[0] == "create":
                    names[call[1]] = call[1]
                elif call[0] == "replace" and call[1] in names:
                    names[call[2]] = names.pop(call[1])
                elif call[0] == "remove":
                    names.pop(call[1], None)
        return {name: bytes(files[file]) for name, file in names.items()}

    def _made(self) -> set[str]:
        return {call[1] for call in self.calls if call[0] == "create"}


def test_wherever_the_power_fails_there_is_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    checkpoint.write(path, {"position": 1}, {"weights/W": np.ones(700, "f4")})
    old = path.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch)
        checkpoint.write(path, {"position": 2}, hostile.valid_arrays())
    new = path.read_bytes()
    chance = random.Random(0)
    found, last = set(), len(disk.calls)
    assert last > 15
    for cut in range(last + 1):
        for _ in range(5):
            for state in disk.after(cut, {str(path): old}, chance):
                assert state[str(path)] in (old, new), f"after {cut} calls: {disk.calls[cut - 1][:2]}"
                found.add((cut, state[str(path)] == new))
    assert {n for c, n in found if c == last} == {True}  # saved means saved
    assert (0, False) in found and {n for _, n in found} == {True, False}


def test_the_simulation_notices_a_sync_left_out(tmp_path: Path) -> None:
    """Without the sync of the file a power cut may leave a new name with old or no bytes: the test above can fail."""
    path = tmp_path / "net.h5"
    checkpoint.write(path, {}, {"weights/W": np.ones(700, "f4")})
    old = path.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(patch)
        checkpoint.write(path, {}, hostile.valid_arrays())
    new = path.read_bytes()
    disk.calls = [call for call in disk.calls if call[0] != "sync"]
    chance = random.Random(0)
    states = [
        state[str(path)]
        for cut in range(len(disk.calls) + 1)
        for _ in range(5)
        for state in disk.after(cut, {str(path): old}, chance)
    ]
    assert any(state not in (old, new) for state in states)


# --- two trainings, one path ------------------------------------------------------------------------------------------


def seen_while(processes: list[subprocess.Popen[bytes]], path: Path, seconds: float = 60) -> list[tuple[int, int]]:
    """What a reader sees beside the writers, until they end: (planned epochs, updates). Half a file would be an
    error."""
    seen: list[tuple[int, int]] = []
    deadline = time.monotonic() + seconds
    try:
        while any(process.poll() is None for process in processes):
            assert time.monotonic() < deadline, f"still training, seen {seen[-3:]}"
            if path.exists():
                manifest = checkpoint.read(path, trusted=True).manifest
                seen.append((manifest["training"]["epochs"], manifest["position"]["updates"]))
            time.sleep(0.002)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return seen


def test_of_two_trainings_begun_at_one_path_one_goes_on_and_the_other_says_why_not(tmp_path: Path) -> None:
    path, logs = tmp_path / "run.h5", [tmp_path / "first.txt", tmp_path / "second.txt"]
    processes = [started([*TRAIN[:-3], "1", "--out", str(path)], log) for log in logs]
    seen = seen_while(processes, path)
    # 2 where it saw the file before it began, 1 where the other was quicker to save.
    assert sorted(process.returncode for process in processes) in ([0, 1], [0, 2])
    reported = logs[0 if processes[0].returncode else 1].read_text()
    assert re.search(r"^zoo: error: .*run\.h5.*(exists|there is a file)", reported, re.MULTILINE), reported
    assert "Traceback" not in reported
    assert seen == sorted(seen)  # of one run, and never an older state of it
    assert sorted(os.listdir(tmp_path)) == ["first.txt", "run.h5", "second.txt"]
    assert updates(path) == 100


def test_two_that_resume_one_file_both_end_with_the_bits_of_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each saves the run whole, wherever it took it up from the other: so the last to save has the same to say."""
    path, alone = tmp_path / "run.h5", tmp_path / "alone.h5"
    assert main(["train", *TRAIN[:-3], "1", "--out", str(path), "--threads", "1"]) == 0, capsys.readouterr()
    alone.write_bytes(path.read_bytes())
    logs = [tmp_path / "first.txt", tmp_path / "second.txt"]
    processes = [started(["--resume", str(path), "--epochs", "3"], log) for log in logs]
    seen = seen_while(processes, path)
    assert [process.returncode for process in processes] == [0, 0], [log.read_text() for log in logs]
    assert len(set(seen)) > 2 and {reached for planned, reached in seen if planned == 3} <= set(range(301))
    assert main(["train", "--resume", str(alone), "--epochs", "3", "--threads", "1"]) == 0, capsys.readouterr()
    found, expected = checkpoint.read(path, trusted=True), checkpoint.read(alone, trusted=True)
    assert found.manifest["position"] == expected.manifest["position"]
    assert hostile.same(found.arrays, expected.arrays)
    assert sorted(os.listdir(tmp_path)) == ["alone.h5", "first.txt", "run.h5", "second.txt"]
