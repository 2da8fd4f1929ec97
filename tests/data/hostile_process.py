"""Open data and recipes in this process, one after the other, and tell what came of each: a program for tests.

The argument is a folder for itself. Each line of standard input holds JSON, {"warm": [[path, options], …], "cases": the
same}, and is answered by one: of each case seconds and processor seconds; bytes that the whole tree of processes took
at most beyond what this one had before; `error` (text, whether it is zoo's, its type) or what was `read`; what Python
and what anybody opened. Tables are held compactly from a few rows on.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

watched: list[str] | None = None  # what was opened, while a case runs
OPENING = ("open", "os.system", "os.exec", "os.posix_spawn", "socket.connect", "pickle.find_class", "ctypes.dlopen")
FREELY = (
    *{os.path.realpath(each) for each in (sys.prefix, sys.base_prefix)},
    sys.prefix,
    "/proc/self/",
    "/proc/meminfo",
)


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    if watched is not None and event in OPENING:
        name = arguments[0]
        if not (event == "open" and isinstance(name, int)):
            watched.append(f"{event} {os.fsdecode(name) if isinstance(name, (str, bytes, os.PathLike)) else name}")


sys.addaudithook(audit)

import numpy as np  # noqa: E402

from zoo.data import compact  # noqa: E402
from zoo.data.dataset import Dataset, pieces  # noqa: E402
from zoo.data.open import open_dataset  # noqa: E402
from zoo.data.splits import split  # noqa: E402
from zoo.data.windows import Ragged, Windows  # noqa: E402
from zoo.errors import ZooError  # noqa: E402
from zoo.hdf5 import guarded  # noqa: E402
from zoo.platform import guarded_process  # noqa: E402
from zoo.registry.lookup import find_recipe  # noqa: E402
from zoo.training.prepare import prepare  # noqa: E402

ROOT = str(Path(guarded_process.__file__).parents[2])


# --- memory -----------------------------------------------------------------------------------------------------------


def status(key: str, process: int | str = "self") -> int:
    """Bytes, as Linux tells them of a process; 0 where it is gone or the system is another."""
    with contextlib.suppress(OSError, StopIteration), open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(key + ":"))
    return 0


def forget_peak() -> None:
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")


class Children:
    """The peaks of the processes that parse, read before each is ended."""

    peak = 0

    @classmethod
    def watch(cls) -> None:
        end = guarded_process._end

        def close(process: Any, owner: int) -> None:
            global watched
            kept, watched = watched, None
            shared = status("RssFile", process.pid)  # pages of programs and libraries, which this process has as well
            cls.peak = max(cls.peak, status("VmHWM", process.pid) - shared)
            watched = kept
            end(process, owner)

        guarded_process._end = close


# --- what is opened ---------------------------------------------------------------------------------------------------


class Notices:
    """Whether anybody, be it a library in C or another process, opened some files (inotify)."""

    OPEN = 0x20

    def __init__(self) -> None:
        self.file = -1
        with contextlib.suppress(OSError, AttributeError):
            self.system = ctypes.CDLL(None, use_errno=True)
            self.file = self.system.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)

    def watch(self, path: str) -> None:
        if self.file >= 0 and os.path.exists(path):
            assert self.system.inotify_add_watch(self.file, os.fsencode(path), self.OPEN) > 0

    def seen(self) -> int:
        with contextlib.suppress(BlockingIOError, OSError):
            return len(os.read(self.file, 2**16))
        return 0


def watch_child(folder: str) -> int:
    """Let the process that parses HDF5 report what it opens; gives a pipe with the report."""
    pipe = os.path.join(folder, "report")
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    hook = f"""
import os, sys
report = os.open({pipe!r}, os.O_WRONLY | os.O_NONBLOCK)
free = {(*FREELY, ROOT, "/dev/null")!r}
def hook(event, arguments):
    if event in {OPENING!r} and not isinstance(arguments[0], int):
        name = os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes)) else str(arguments[0])
        if not os.path.abspath(name).startswith(free):
            os.write(report, (event + " " + name + "\\n").encode("utf-8", "replace"))
sys.addaudithook(hook)
"""
    guarded._START = f"exec({hook!r}); {guarded._START}"
    return reading


def opened_by_child(reading: int) -> list[str]:
    with contextlib.suppress(BlockingIOError):
        return os.read(reading, 2**16).decode().splitlines()
    return []


def is_free(what: str, path: str) -> bool:
    """Whether something may be opened: the data themselves, and what Python takes to run."""
    event, _, name = what.partition(" ")
    if event == "os.posix_spawn":
        return os.path.realpath(name) == os.path.realpath(sys.executable)
    place = os.path.abspath(name)
    return event == "open" and (place == path or place.startswith((path + os.sep, *FREELY, ROOT, "/dev/null")))


# --- one case ---------------------------------------------------------------------------------------------------------


def reported(dataset: Dataset) -> dict[str, Any]:
    """A dataset in a few values."""
    source = dataset.inputs
    found = {
        "rows": len(dataset),
        "shape": list(source.shape),
        "task": dataset.task,
        "streams": source.block is not None,
        "columns": [column.name for column in dataset.columns[:2]],
        "labels": list(dataset.labels[:3]),
        "sums": [],
    }
    held = blocks(dataset)
    first = held[0].reshape(-1)[: int(np.prod(held[0].shape[1:]))][:4]
    found["first"] = [float(each) if np.isfinite(each) else None for each in first]
    total = float(sum(float(each.sum(dtype=float)) for each in held))
    found["sum"] = total if np.isfinite(total) else None
    if dataset.targets is not None and not isinstance(dataset.targets, (Ragged, Windows)):
        held.append(dataset.targets.read(0, len(dataset)))
    small = (each[: 2**16 // max(1, each[:1].size) + 1] for each in held)
    found["secret"] = any(b"4711" in each.astype("u1").tobytes() for each in small if each.dtype.kind in "buif")
    return found


def blocks(dataset: Dataset) -> list[Any]:
    """The inputs in pieces; of those read in blocks the first and the last block."""
    source, rows = dataset.inputs, len(dataset)
    if isinstance(source, (Ragged, Windows)):
        return [source.read(0, 1), source.read(rows - 1, rows)]
    if source.block is None:
        return list(pieces(source))
    return [source.read(0, min(rows, source.block)), source.read(max(0, rows - source.block), rows)]


def go(path: str, options: dict[str, Any]) -> Dataset | None:
    """What somebody who trains does with data, or with a recipe."""
    if path.endswith(".toml"):
        prepare(find_recipe(path))
        return None
    dataset = open_dataset(path, **options)
    split(dataset, 0)
    if dataset.block is not None:
        blocks(dataset)
    return dataset


def main() -> None:
    warnings.simplefilter("ignore")
    reading = watch_child(sys.argv[1])
    compact.SMALL = 2**16
    Children.watch()
    output = os.dup(1)
    os.dup2(2, 1)  # nobody else shall answer
    sys.stdout = sys.stderr
    with os.fdopen(output, "w") as answers:
        for line in sys.stdin:
            print(json.dumps(answered(json.loads(line), reading)), file=answers, flush=True)


def answered(asked: dict[str, Any], reading: int) -> list[dict[str, Any]]:
    """What became of each case that is asked for."""
    global watched
    for path, options in asked["warm"]:  # what Python imports, once and for all
        go(path, options)
    opened_by_child(reading)
    forget_peak()
    before = status("VmRSS")
    answers = []
    for path, options in asked["cases"]:
        notices = Notices()
        for name in ("secret.txt", "pipe"):
            notices.watch(os.path.join(os.path.dirname(path), name))
        forget_peak()
        Children.peak = 0
        answer: dict[str, Any] = {"path": path, "error": None, "read": None}
        watched = []
        start, used = time.perf_counter(), sum(os.times()[:4])
        dataset = None
        try:
            dataset = go(path, options)
        except Exception as error:
            answer["error"] = (str(error), isinstance(error, ZooError), type(error).__name__)
        answer["seconds"] = time.perf_counter() - start
        answer["processor"] = sum(os.times()[:4]) - used
        opened, watched = [*watched, *opened_by_child(reading)], None
        gc.collect()  # which ends the process that parses, if it is still there
        answer["peak"] = max(0, status("VmHWM") - before) + Children.peak
        answer["whole"] = status("VmHWM")
        answer["opened"] = sorted({each for each in opened if not is_free(each, path)})
        answer["noticed"] = notices.seen()
        if notices.file >= 0:
            os.close(notices.file)
        if answer["error"] is None:
            answer["read"] = reported(dataset) if dataset is not None else {}
        del dataset
        answers.append(answer)
    return answers


if __name__ == "__main__":
    main()
