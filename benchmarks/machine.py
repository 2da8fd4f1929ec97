"""The machine: what it is, what runs on it, how fast it multiplies matrices, how much memory this process took."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import threadpoolctl

from zoo.parallel.threads import cores

Product = tuple[int, int, int]  # rows, inner, columns of a matrix product

SQUARE: Product = (1024, 1024, 1024)  # measured besides the products of a row: a size that suits any kernel


@dataclass(frozen=True)
class Machine:
    """What measurements depend on besides the code."""

    processor: str
    cores: int  # this process may use
    memory: int  # bytes; 0 where the system does not say
    system: str
    versions: dict[str, str] = field(default_factory=dict)
    blas: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def summary(self) -> str:
        """In one line."""
        memory = f", {self.memory / 2**30:.0f} GiB" if self.memory else ""
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{self.processor}, {self.cores} processors{memory}, {self.system}; {versions}; BLAS {self.blas}"


def this_machine(packages: Sequence[str]) -> Machine:
    """The machine we run on, with the versions of Python, zoo, NumPy and of those packages that are installed."""
    versions = {"Python": platform.python_version()}
    for package in ("zoo-networks", "numpy", *packages):
        if (version := version_of(package)) is not None:
            versions[package] = version
    libraries = [each for each in threadpoolctl.threadpool_info() if each.get("user_api") == "blas"]
    blas = ", ".join(sorted({f"{each['internal_api']} {each['version']}" for each in libraries})) or "unknown"
    return Machine(_processor(), cores(), _memory(), f"{platform.system()} {platform.release()}", versions, blas)


def version_of(package: str) -> str | None:
    """The version of an installed distribution; None where there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    for name, value in _lines_of("/proc/cpuinfo"):
        if name == "model name":
            return value
    return platform.processor() or platform.machine()


def _memory() -> int:
    for name, value in _lines_of("/proc/meminfo"):
        if name == "MemTotal":
            return int(value.split()[0]) * 1024
    return 0


def _lines_of(path: str) -> Iterator[tuple[str, str]]:
    """Name and value of the lines "name: value" of a file of the system; none where there is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                name, _, value = line.partition(":")
                yield name.strip(), value.strip()
    except OSError:
        return


# --- how fast it multiplies -------------------------------------------------------------------------------------------


def operations(products: Sequence[Product]) -> float:
    """Floating-point operations of matrix products: a multiplication and an addition, rows · inner · columns times."""
    return float(sum(2 * rows * inner * columns for rows, inner, columns in products))


def product_rate(products: Sequence[Product], threads: int, seconds: float = 0.02, turns: int = 5) -> float:
    """Operations per second of float32 products: the best that any of these shapes reaches on `threads` threads.

    Measured with NumPy and, where it is installed, with PyTorch: the limit is the machine's, not one library's.
    """
    shapes = [*dict.fromkeys((*products, SQUARE))]
    random = np.random.default_rng(0)
    best = 0.0
    for multiply in multipliers():
        with threadpoolctl.threadpool_limits(threads, user_api="blas"):
            for rows, inner, columns in shapes:
                a = random.random((rows, inner), np.float32)
                b = random.random((inner, columns), np.float32)
                once = multiply(a, b, np.empty((rows, columns), np.float32), threads)
                count = max(1, round(seconds / max(_timed(once, 1), 1e-9)))
                fastest = min(_timed(once, count) / count for _ in range(turns))
                best = max(best, operations([(rows, inner, columns)]) / fastest)
    return best


def multipliers() -> Iterator[Any]:
    """For each library a function of (a, b, out, threads) that gives a call without arguments: out = a · b."""
    yield lambda a, b, out, threads: lambda: np.matmul(a, b, out=out)
    if version_of("torch") is not None:
        torch: Any = importlib.import_module("torch")

        def in_torch(a: Any, b: Any, out: Any, threads: int) -> Any:
            torch.set_num_threads(threads)
            x, y, z = map(torch.from_numpy, (a, b, out))
            return lambda: torch.mm(x, y, out=z)

        yield in_torch


def _timed(once: Any, count: int) -> float:
    began = time.perf_counter()
    for _ in range(count):
        once()
    return time.perf_counter() - began


# --- what else runs there ---------------------------------------------------------------------------------------------


@dataclass
class Load:
    """How many processors other processes kept busy; None until it is known, or where the system does not say."""

    busy: float | None = None


@contextmanager
def load_of_others() -> Iterator[Load]:
    """What others take of the machine inside this `with`: tells whether a measurement can be trusted. Linux only."""
    load, before, began = Load(), _busy_seconds(), time.perf_counter()
    yield load
    after, passed = _busy_seconds(), time.perf_counter() - began
    if before is not None and after is not None and passed > 0.05:  # the system counts in hundredths of a second
        load.busy = max(0.0, (after - before) / passed)


def _busy_seconds() -> float | None:
    """Seconds of processor time taken since the system's start, but for this process and its ended children."""
    try:
        with open("/proc/stat", encoding="ascii") as file:
            user, nice, system, _idle, _wait, irq, soft, steal = map(int, file.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    mine = os.times()
    everything = (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")
    return everything - (mine.user + mine.system + mine.children_user + mine.children_system)


# --- memory -----------------------------------------------------------------------------------------------------------


def peak_memory() -> int | None:
    """Bytes of memory this process held at most; None where the system does not say."""
    # Before getrusage, whose value on Linux begins with that of the process that started this one.
    for name, value in _lines_of("/proc/self/status"):
        if name == "VmHWM":
            return int(value.split()[0]) * 1024
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
