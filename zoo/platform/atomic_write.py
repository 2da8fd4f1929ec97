"""Replacing a file as a whole: at every moment, and after every crash, there is the old file or the new one.

Temporary file with a random name in the same folder, created exclusively, locked while it is written → write → sync →
rename over the destination → sync the folder. The lock tells a file that is being written from one that a crash left
behind (process ids repeat across containers): a left-over is removed by the next save into the folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import stat
import threading
from collections.abc import Iterator

from zoo.errors import CheckpointError
from zoo.platform import system

_TEMPORARY = re.compile(r"\.zoo-[0-9a-f]{16}\.part")


@contextlib.contextmanager
def replacing(path: str, *, exclusive: bool = False) -> Iterator[int]:
    """A descriptor to write to, whose file takes the place of `path` when the block ends without an exception.

    A symbolic link stays: the file it points to is replaced. With `exclusive` anything of that name, also a dangling
    link, is a FileExistsError, and of two who save at once one gets it.
    """
    with ending_cleanly(), _replacing(path, exclusive) as descriptor:
        yield descriptor


@contextlib.contextmanager
def ending_cleanly() -> Iterator[None]:
    """Inside, SIGTERM and SIGHUP end the process, where they do, by way of an exception: the block cleans up first.

    Only the main thread can see to that; handlers that are not the system's own stay.
    """
    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    is_main = threading.current_thread() is threading.main_thread()
    ours = [kind for kind in kinds if is_main and signal.getsignal(kind) is signal.SIG_DFL]
    asked: list[int] = []

    def end(number: int, frame: object) -> None:
        if not asked:
            asked.append(number)
            raise _Ended

    for kind in ours:
        signal.signal(kind, end)
    try:
        yield
    finally:
        for kind in ours:
            signal.signal(kind, signal.SIG_DFL)
        if asked:
            os.kill(os.getpid(), asked[0])


class _Ended(BaseException):
    """A signal asked for the end of the process."""


@contextlib.contextmanager
def _replacing(path: str, exclusive: bool) -> Iterator[int]:
    destination = path if exclusive else _destination(path)
    folder = os.path.dirname(destination) or "."
    remove_left_overs(folder)
    descriptor, temporary = _create(folder)
    opened = True
    try:
        try:
            if not exclusive:
                system.copy_mode(destination, descriptor)
            yield descriptor
            system.sync(descriptor)
            if system.WINDOWS:  # where an open file cannot be renamed
                opened = False
                system.close(descriptor)
            (system.rename_exclusively if exclusive else system.replace)(temporary, destination)
        except BaseException:
            if system.WINDOWS and opened:
                opened = False
                system.close(descriptor)
            with contextlib.suppress(OSError):
                system.remove(temporary)
            raise
    finally:
        if opened:  # to here, so that nobody takes the temporary file for a left-over before it has its name
            system.close(descriptor)
    system.sync_folder(folder)


def remove_left_overs(folder: str) -> None:
    """Remove temporary files that nobody writes to: those whose lock can be had. What cannot be removed stays."""
    for name in system.files_in(folder):
        if _TEMPORARY.fullmatch(name):
            with contextlib.suppress(OSError):
                _remove_left_over(os.path.join(folder, name))


def _remove_left_over(path: str) -> None:
    descriptor = system.open_left_over(path)
    opened = True
    try:
        if system.is_regular(descriptor) and system.lock(descriptor):
            if system.WINDOWS:  # where an open file cannot be removed
                opened = False
                system.close(descriptor)
            system.remove(path)
    finally:
        if opened:
            system.close(descriptor)


def _create(folder: str) -> tuple[int, str]:
    """A new file, locked. Between creating and locking somebody may take it for a left-over: then another one."""
    while True:
        temporary = os.path.join(folder, f".zoo-{secrets.token_hex(8)}.part")
        descriptor = system.create(temporary)
        try:
            if _lock(descriptor) and system.is_linked(descriptor):
                return descriptor, temporary
        except BaseException:
            system.close(descriptor)
            with contextlib.suppress(OSError):
                system.remove(temporary)
            raise
        system.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        return system.lock(descriptor)
    except OSError:
        return True  # the file system knows no locks: nobody else can have this one either, so nobody removes it


def _destination(path: str) -> str:
    """The file that a path stands for: through symbolic links, to a plain file or to nothing yet."""
    destination = os.path.realpath(path)
    try:
        mode = os.lstat(destination).st_mode
    except FileNotFoundError:
        return destination
    if stat.S_ISLNK(mode):
        raise CheckpointError("the symbolic link leads back to itself; remove it or name another file")
    if stat.S_ISDIR(mode):
        raise CheckpointError("there is a folder of that name; name a file")
    if not stat.S_ISREG(mode):
        raise CheckpointError("there is a device, pipe or socket of that name; name a plain file")
    return destination
