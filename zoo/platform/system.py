"""Everything that depends on the operating system, in one place, so that the rest reads the same on each of them.

What is promised: on Linux and macOS a file that was replaced is on disk when `sync_folder` returns. On Windows a
folder cannot be synced, an open file cannot be replaced, opening never waits, and a process cannot be limited. Each
function that saving a checkpoint goes through stands here under its own name: tests let each of them fail in turn.

This module imports neither NumPy nor h5py: the command line reads it before it knows whether it needs them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl
    import resource

WINDOWS = sys.platform == "win32"
CAN_SHARE_MEMORY = hasattr(os, "memfd_create")  # with a process it starts, without a name that others could meet

# Windows locks a range of bytes, and nobody else may then read it: the range starts where no file has bytes.
_LOCKED_BYTE = 2**62

# How long a file is waited for on Windows while somebody has it open, in seconds.
_REPLACE_PATIENCE = 10.0


# --- reading ----------------------------------------------------------------------------------------------------------


def open_to_read(path: str) -> int:
    """Open without waiting: a named pipe without a writer would else hold the caller for ever."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """A plain file, opened to read; OSError for a folder, pipe, device or socket, which could hold the caller."""
    descriptor = open_to_read(os.fspath(path))
    try:
        if not is_regular(descriptor):
            reason = "it is a folder, pipe, device or socket, expected a plain file"
            raise OSError(errno.EINVAL, reason, os.fspath(path))
        return open(descriptor, "rb")
    except BaseException:
        close(descriptor)
        raise


def is_regular(descriptor: int) -> bool:
    """Whether an open file is a plain file: not a folder, a pipe, a device or a socket."""
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


# --- writing ----------------------------------------------------------------------------------------------------------


def create(path: str) -> int:
    """Create a file that was not there and open it for reading and writing; its mode follows the umask."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def open_left_over(path: str) -> int:
    """Open a file that another process may have left, without following a link and without waiting."""
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def lock(descriptor: int) -> bool:
    """Lock an open file until it is closed, or its process ends. False when somebody else holds the lock.

    Raises OSError where the file system knows no locks.
    """
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


def is_linked(descriptor: int) -> bool:
    """Whether an open file still has a name, that is: whether nobody removed it meanwhile."""
    return os.fstat(descriptor).st_nlink > 0


def copy_mode(path: str, descriptor: int) -> None:
    """Give an open file the permissions of the file it is going to replace, if there is one."""
    if sys.platform != "win32":
        with contextlib.suppress(FileNotFoundError):
            os.fchmod(descriptor, stat.S_IMODE(os.stat(path).st_mode))


def write_at(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of `data` at `offset`: the system may take less at a time."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptor: int) -> None:
    """Bring a file to the disk itself. On macOS fsync leaves it in the drive's cache; F_FULLFSYNC does not."""
    if sys.platform == "darwin":
        # Network and FAT volumes refuse it; what they offer is fsync.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def close(descriptor: int) -> None:
    """Close a file, which gives its lock back."""
    os.close(descriptor)


def replace(source: str, destination: str) -> None:
    """Rename `source` to `destination` in one step. On Windows, wait a while for readers to close the old file."""
    deadline = time.monotonic() + _REPLACE_PATIENCE
    while True:
        try:
            return os.replace(source, destination)
        except PermissionError:
            if not WINDOWS or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def rename_exclusively(source: str, destination: str) -> None:
    """Rename `source` to `destination` in one step, or raise FileExistsError when there is anything of that name."""
    if sys.platform == "win32":
        return os.rename(source, destination)  # which never overwrites there
    try:
        os.link(source, destination)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        # A file system without hard links (FAT, some shares): take the name with an empty file, then replace that.
        os.close(create(destination))
        try:
            os.replace(source, destination)
        except BaseException:
            remove(destination)
            raise
    else:
        remove(source)


def remove(path: str) -> None:
    """Remove a file's name."""
    os.unlink(path)


def sync_folder(path: str) -> None:
    """Bring a folder's names to disk. Windows cannot, and some file systems refuse (EINVAL): there it does nothing."""
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


# --- other processes --------------------------------------------------------------------------------------------------


def can_start_python() -> bool:
    """Whether a process started from here shares memory, and is Python: in a frozen program it were that program."""
    return CAN_SHARE_MEMORY and bool(sys.executable) and not getattr(sys, "frozen", False)


def shared_memory(name: str, size: int) -> int:
    """A file of `size` zeros in memory alone, which is gone when nobody has it open any more."""
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "no files in memory here")
    descriptor = above_standard(os.memfd_create(name, os.MFD_CLOEXEC))
    try:
        os.ftruncate(descriptor, size)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def above_standard(descriptor: int) -> int:
    """The open file under a number that is not a standard stream's, should one of those have been closed."""
    if sys.platform == "win32" or descriptor > 2:
        return descriptor
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(descriptor)


def is_open(descriptor: int) -> bool:
    """Whether there is an open file of this number."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


# --- a process that is limited ----------------------------------------------------------------------------------------


def limit_this_process(memory: int, seconds: int | None) -> None:
    """From here on: at most `memory` bytes more, `seconds` of processor time, no further files, no core dump.

    What is open stays open. Limits that a system does not know are left out; Windows knows none.
    """
    if sys.platform != "win32":
        limits = {
            "RLIMIT_AS": memory_in_use() + memory,
            "RLIMIT_CPU": seconds,
            "RLIMIT_FSIZE": 0,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": 0,  # last: nothing can be opened after this, neither a file nor a library
        }
        for name, value in limits.items():
            if value is None:
                continue
            with contextlib.suppress(AttributeError, ValueError, OSError):
                kind = getattr(resource, name)
                _, hard = resource.getrlimit(kind)
                value = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(kind, (value, value))


def limit_memory(size: int) -> None:
    """Hold this process to so many bytes of address space, or to what it was held to before, if that is less."""
    if sys.platform != "win32":
        with contextlib.suppress(AttributeError, ValueError, OSError):
            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))


def allow_processor_time(seconds: int) -> None:
    """End this process when it has taken so many seconds of processor time from now; called again, it begins anew."""
    if sys.platform != "win32":
        usage = resource.getrusage(resource.RUSAGE_SELF)
        with contextlib.suppress(ValueError, OSError):
            _, hard = resource.getrlimit(resource.RLIMIT_CPU)
            resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds, hard))


def memory_in_use() -> int:
    """Bytes of address space this process has; where the system does not say, as much as Python with NumPy takes."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError, ValueError), open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * int(os.sysconf("SC_PAGE_SIZE"))
    return 4 * 2**30


def available_memory() -> int | None:
    """Bytes that this process could still take, by the system's count and the process's own limit; None: unknown."""
    found = []
    if sys.platform != "win32":
        with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/meminfo") as file:
            kept = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file if len(line.split()) > 1}
            if "MemAvailable" in kept:
                found.append(kept["MemAvailable"] + kept.get("SwapFree", 0))
        with contextlib.suppress(AttributeError, ValueError, OSError):
            limit, _ = resource.getrlimit(resource.RLIMIT_AS)
            if limit != resource.RLIM_INFINITY:
                found.append(max(0, limit - memory_in_use()))
    return min(found, default=None)


def enlarge_pipe(descriptor: int, size: int = 2**20) -> None:
    """Let a pipe hold more than the usual 64 KB, where the system can: fewer turns for the same bytes."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, size)


def exit_reason(returncode: int) -> str:
    """How a process ended, in words: "was ended by signal SIGSEGV", "ended with status 1"."""
    if returncode >= 0:
        return f"ended with status {returncode}"
    with contextlib.suppress(ValueError):
        return f"was ended by signal {signal.Signals(-returncode).name}"
    return f"was ended by signal {-returncode}"


def inherited_environment() -> dict[str, str]:
    """The few environment variables without which Python or its libraries do not start."""
    names = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP")
    return {name: os.environ[name] for name in names if name in os.environ}


# --- folders ----------------------------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """Where zoo keeps what it can make again: the folder ZOO_CACHE names, else `zoo` in the user's cache folder."""
    named = os.environ.get("ZOO_CACHE")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path  # 5 ms

    return user_cache_path("zoo", appauthor=False, opinion=False)


def data_folder() -> Path:
    """Where datasets lie: the folder that ZOO_DATA names, else `data` in the cache folder."""
    named = os.environ.get("ZOO_DATA")
    return Path(named).expanduser() if named else cache_folder() / "data"


def files_in(folder: str) -> Iterator[str]:
    """The names in a folder; none when it cannot be listed."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            yield entry.name
