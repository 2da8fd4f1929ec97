"""Readers of files: modules here that add a `Reader` to `READERS` are discovered, as are plugins'."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from zoo.data.readers.folders import check_place
from zoo.data.readers.reader import PLUGINS, READERS, Reader
from zoo.data.readers.unpacked import packing_of
from zoo.errors import DataError, PluginError, warn

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)


def readers() -> Iterator[Reader]:
    """Every reader in the order of asking; a plugin's that is broken is warned about and left out."""
    own = sorted(READERS.own.values(), key=lambda reader: reader.order)
    yield from (reader for reader in own if reader.order < PLUGINS)
    found = [reader for reader in own if reader.order >= PLUGINS]
    for name in READERS:
        if name not in READERS.own:
            try:
                found.append(READERS[name])
            except PluginError as error:
                warn(str(error))
    yield from sorted(found, key=lambda reader: reader.order)


def recognizes(reader: Reader, path: Path, head: bytes) -> bool:
    """Whether the reader knows the file; a plugin's that fails is warned about and knows none."""
    try:
        return reader.recognizes(path, head)
    except Exception as error:
        if reader.name in READERS.own:
            raise
        warn(f"reader {reader.name!r} of a plugin cannot tell whether it reads {path}: {type(error).__name__}: {error}")
        return False


def reader_for(path: Path) -> Reader:
    """The reader that knows the file or folder; `DataError` saying what can be read where there is none."""
    if not path.exists():
        folder = path.parent if path.parent.is_dir() else None
        there = f"; {folder} holds {contents(folder)}" if folder else f"; there is no folder {path.parent} either"
        raise DataError(f"{path}: there is no such file or folder{there}")
    head = b""
    check_place(path)
    if path.is_file():
        try:
            with path.open("rb") as file:
                head = file.read(4096)
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    for reader in readers():
        if recognizes(reader, path, head):
            return reader
    kinds = "; ".join(reader.says for reader in readers())
    if path.is_dir():
        if contents(path) == "nothing":
            raise DataError(
                f"{path}: this folder is empty, expected subfolders of images, one a class, or files of data"
            )
        raise DataError(
            f"{path}: this folder holds {contents(path)}, but nothing that can be read; there are readers for: {kinds}"
        )
    if packing := packing_of(head):
        raise DataError(
            f"{path}: is a {packing} file of something that is neither a table nor a text; unpack it, and name what is"
            " in it"
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
