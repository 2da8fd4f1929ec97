"""The kinds of files that data are read from: one module each, one row of the table each."""

from __future__ import annotations

from pathlib import Path

from zoo.data.readers import hdf5, idx, images, npy, npz, text
from zoo.data.readers.csv import dispatch, sequences
from zoo.data.readers.reader import Reader
from zoo.errors import DataError

READERS: tuple[Reader, ...] = (
    idx.FOLDER,
    idx.FILE,
    images.FOLDER,
    images.FILE,
    npy.READER,
    npz.READER,
    hdf5.READER,
    text.READER,
    dispatch.READER,
    sequences.READER,
)


def reader_for(path: Path) -> Reader:
    """The reader that knows the file or folder; `DataError` saying what can be read where there is none."""
    if not path.exists():
        folder = path.parent if path.parent.is_dir() else None
        there = f"; {folder} holds {contents(folder)}" if folder else f"; there is no folder {path.parent} either"
        raise DataError(f"{path}: there is no such file or folder{there}")
    head = b""
    if path.is_file():
        try:
            with path.open("rb") as file:
                head = file.read(4096)
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}") from error
        if not head:
            raise DataError(f"{path}: the file is empty")
    elif not path.is_dir():
        raise DataError(f"{path}: is neither a file nor a folder")
    for reader in READERS:
        if reader.recognizes(path, head):
            return reader
    kinds = "; ".join(reader.says for reader in READERS)
    if path.is_dir():
        if contents(path) == "nothing":
            raise DataError(
                f"{path}: this folder is empty, expected subfolders of images, one a class, or files of data"
            )
        raise DataError(
            f"{path}: this folder holds {contents(path)}, but nothing that can be read; there are readers for: {kinds}"
        )
    raise DataError(f"{path}: not a kind of file that can be read; there are readers for: {kinds}")


def contents(folder: Path) -> str:
    """What is in a folder, in a few words."""
    try:
        names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:
        return "what cannot be listed"
    if not names:
        return "nothing"
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(repr(name) for name in names[:6]) + more
