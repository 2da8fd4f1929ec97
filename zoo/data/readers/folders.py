"""What may be read in a folder of data: plain files and folders. Links are followed where the data are trusted.

A folder may come from anybody, and a link in it may lead to any file of this machine, whose bytes a model would then
carry. A pipe or a device may have no end.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from zoo.errors import DataError
from zoo.platform.trust import is_trusted


def plain(entry: Path) -> Path:
    """An entry of a folder of data, if it is a file or folder that may be read; else `DataError`."""
    try:
        mode = os.lstat(entry).st_mode
        if stat.S_ISLNK(mode):
            if not is_trusted():
                raise DataError(
                    f"{entry}: is a link, which is not followed in a folder of data; put the file itself there, or, if"
                    " you know where the folder comes from: --trusted"
                )
            mode = os.stat(entry).st_mode
    except OSError as error:
        raise DataError(f"{entry}: cannot be read: {error.strerror or error}") from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataError(f"{entry}: is a pipe, device or socket, expected a plain file; remove it")
    return entry


def check_place(path: Path) -> None:
    """`DataError` where a path that was named is no file or folder that data may be in: a pipe or a device may have no
    end, and the files of `/proc`, which may hold whoever reads them, say that they are empty."""
    if path.is_file():
        if not path.stat().st_size:
            raise DataError(f"{path}: the file is empty")
    elif path.is_fifo():
        raise DataError(
            f"{path}: is a pipe, expected a plain file: a pipe is read only once; write its contents to a file"
        )
    elif not path.is_dir():
        raise DataError(f"{path}: is neither a file nor a folder")


def leads_up(folder: Path) -> bool:
    """Whether a folder is a link to one in which it lies itself."""
    return folder.is_symlink() and Path(os.path.realpath(folder.parent)).is_relative_to(os.path.realpath(folder))
