"""Keep data that come through a pipe in a temporary file for as long as a command runs."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from zoo.cli.output import say
from zoo.errors import DataError, UsageError
from zoo.platform.system import open_to_read
from zoo.platform.trust import is_trusted

MOST = 2**33  # bytes that may come through a pipe, unless they are trusted: one may have no end
AT_ONCE = 2**20
UNREMEMBERED = "data from a pipe are not kept: what is to read them again needs --data"


@contextlib.contextmanager
def without_pipes(arguments: Sequence[str]) -> Iterator[list[str]]:
    """The arguments with files in place of pipes: of `-`, which is standard input, and of named ones, such as the
    shell's <(zcat FILE). Data are read more than once, a pipe only once."""
    found = list(arguments)
    places = [place for place in _places(found) if _names_pipe(found[place])]
    if not places:
        yield found
        return
    import tempfile  # start-up time: of pipes alone

    with contextlib.ExitStack() as stack:
        for place in places:
            value = _value(found[place])
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zoo-pipe-"))
            found[place] = f"{found[place].removesuffix(value)}{_kept(value, Path(folder))}"
            if found[0] == "train":
                say(UNREMEMBERED)
        yield found


def _places(arguments: list[str]) -> Iterator[int]:
    """Where data are named: behind --data, or as what `zoo show` shows."""
    for place, argument in enumerate(arguments):
        if argument == "--":
            return
        shown = place > 0 and arguments[0] == "show" and (argument == "-" or not argument.startswith("-"))
        if argument.startswith("--data=") or (place and arguments[place - 1] == "--data") or shown:
            yield place


def _value(argument: str) -> str:
    return argument.removeprefix("--data=")


def _names_pipe(argument: str) -> bool:
    path = _value(argument)
    if path == "-":
        return True
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _kept(value: str, folder: Path) -> Path:
    """A file with what comes through a pipe."""
    name = "standard input" if value == "-" else value
    path = folder / ("standard-input" if value == "-" else "pipe")
    try:
        descriptor = os.dup(0) if value == "-" else open_to_read(value)
        os.set_blocking(descriptor, True)  # a pipe is waited for
        with open(descriptor, "rb") as source, path.open("wb") as target:
            if source.isatty():
                raise UsageError("--data -: standard input is a terminal; pipe data into it, as in zcat FILE | zoo …")
            _copy(source, target, name)
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {error.strerror or error}; name a file") from error
    if not path.stat().st_size:
        raise DataError(f"{name}: nothing came through the pipe; see whether the command that writes to it failed")
    return path


def _copy(source: BinaryIO, target: BinaryIO, name: str) -> None:
    import shutil  # start-up time: of pipes alone

    done = 0
    while block := source.read(AT_ONCE):
        done += len(block)
        if done > MOST and not is_trusted():
            raise DataError(
                f"{name}: more than {MOST / 2**30:g} GB came through the pipe, which may have no end; write them to a"
                " file, or, if you know where they come from: --trusted"
            )
        if shutil.disk_usage(Path(target.name).parent).free < 2 * AT_ONCE:
            raise DataError(f"{name}: there is no room for what comes through the pipe; write it to a file elsewhere")
        target.write(block)
