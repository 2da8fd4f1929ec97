"""Write output files and folders whole or not at all: under a temporary name, renamed when complete.

On a full disk, at an error, a Ctrl-C or SIGTERM nothing is left behind, so that the next try is not refused. What a
killed process leaves is hidden (`.zoo-….part`), and the next output into the folder removes it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from zoo.errors import OutputError
from zoo.platform.atomic_write import ending_cleanly, replacing
from zoo.platform.os_errors import explained


@contextlib.contextmanager
def new_file(path: str | Path, who: str) -> Iterator[BinaryIO]:
    """A binary file that takes the name `path` at the end of the block; `OutputError` where it is taken or cannot be.

    `who` begins the error: "plot: --out".
    """
    with (
        _naming(path, who),
        replacing(os.fspath(path), exclusive=True) as descriptor,
        open(descriptor, "wb", closefd=False) as file,
    ):
        yield file


@contextlib.contextmanager
def new_text(path: str | Path, who: str) -> Iterator[TextIO]:
    """As `new_file`, for UTF-8 text whose line ends stay as they are written."""
    with (
        _naming(path, who),
        replacing(os.fspath(path), exclusive=True) as descriptor,
        open(descriptor, "w", encoding="utf-8", newline="", closefd=False) as file,
    ):
        yield file


@contextlib.contextmanager
def new_folder(path: str | Path, who: str) -> Iterator[Path]:
    """A folder to fill, whose contents stand in the folder `path`, new or empty before, at the end of the block."""
    target = Path(path)
    made: list[Path] = []
    with ending_cleanly(), _naming(path, who):
        try:
            for parent in reversed([each for each in (target, *target.parents) if not each.exists()]):
                parent.mkdir()
                made.append(parent)
            for each in target.iterdir():
                if is_left_over(each):
                    shutil.rmtree(each, ignore_errors=True)
            aside = target / f".zoo-{secrets.token_hex(8)}.part"
            aside.mkdir()
            try:
                yield aside
                moved: list[Path] = []
                try:
                    for each in sorted(aside.iterdir()):
                        place = target / each.name
                        if os.path.lexists(place):
                            raise FileExistsError(errno.EEXIST, "there is something of that name meanwhile", str(place))
                        each.rename(place)
                        moved.append(place)
                except BaseException:
                    for each in moved:
                        shutil.rmtree(each, ignore_errors=True) if each.is_dir() else each.unlink(missing_ok=True)
                    raise
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        except BaseException:
            for each in reversed(made):
                with contextlib.suppress(OSError):
                    each.rmdir()
            raise


def is_left_over(path: Path) -> bool:
    """Whether a folder is what a killed `new_folder` left."""
    return bool(re.fullmatch(r"\.zoo-[0-9a-f]{16}\.part", path.name)) and path.is_dir() and not path.is_symlink()


@contextlib.contextmanager
def _naming(path: str | Path, who: str) -> Iterator[None]:
    """An error of the operating system while the file is written, as one line that names it."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{who} {os.fspath(path)!a} cannot be written: {explained(error)}") from error
