"""Open the contents of a file, which gzip, bzip2, xz or a zip of one member may have compressed, by its first bytes.

What comes out is bounded by the length of the file, unless that is trusted.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, Protocol

from zoo.errors import DataError
from zoo.platform.system import open_regular
from zoo.platform.trust import is_trusted, most_unpacked

PACKINGS = (  # the first bytes of each
    ("gzip", b"\x1f\x8b"),
    ("bzip2", b"BZh"),
    ("xz", b"\xfd7zXZ\0"),
    ("zip", b"PK\x03\x04"),
    ("zip", b"PK\x05\x06"),
)
SUFFIXES = (".gz", ".bz2", ".xz", ".zip")
HEAD = 4096  # bytes by which a file is recognized
MOST_LISTED = 2**20  # bytes of a zip's list of members
DICTIONARY = 2**26  # bytes that unpacking xz may take; the highest preset of xz needs as many
DAMAGE = (EOFError, OSError, RuntimeError, NotImplementedError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


def packing_of(head: bytes) -> str:
    """By what a file is compressed that begins with these bytes; "" where by nothing."""
    return next((name for name, begins in PACKINGS if head.startswith(begins)), "")


def contents_of(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked where they are compressed; `DataError` where the file is damaged or a bomb."""
    file = open_regular(path)
    try:
        packing = packing_of(file.read(8))
        file.seek(0)
        if not packing:
            return file
        return io.BufferedReader(_Unpacked(path, file, packing), 2**16)
    except BaseException:
        file.close()
        raise


def position_in(file: BinaryIO) -> int:
    """How many bytes of a file have been read, as they stand in it, of one that `contents_of` opened."""
    raw = getattr(file, "raw", None)
    return raw.file.tell() if isinstance(raw, _Unpacked) else file.tell()


def head_of(path: Path) -> bytes:
    """The first bytes of a file's contents."""
    with contents_of(path) as file:
        return file.read(HEAD)


def suffix_of(path: Path) -> str:
    """What the name of a file says its contents are, in lower case: .csv of table.csv.gz, and of a zip with table.csv
    in it."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        return suffix
    with open_regular(path) as file:
        if packing_of(file.read(8)) == "zip":
            return Path(_member(zip_of(file, path), path).filename).suffix.lower()
    return Path(path.stem).suffix.lower()


def stem_of(path: Path) -> str:
    """The name of a file without what says how it is compressed and what it holds: table of table.csv.gz."""
    return Path(path.stem).stem if path.suffix.lower() in SUFFIXES and Path(path.stem).stem else path.stem


def zip_of(file: BinaryIO, path: Path) -> zipfile.ZipFile:
    """The zip in a file, if its list of members is short enough: it is read as a whole."""
    length = os.fstat(file.fileno()).st_size
    file.seek(max(0, length - MOST_LISTED))
    end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if 0 <= at <= len(end) - 22:
        size = int.from_bytes(end[at + 12 : at + 16], "little")
        wide = end.rfind(b"PK\x06\x06", 0, at)
        if size == 0xFFFFFFFF and 0 <= wide <= at - 56:
            size = int.from_bytes(end[wide + 40 : wide + 48], "little")
        if size > MOST_LISTED:
            raise DataError(f"{path}: its list of members takes {size} bytes, expected {MOST_LISTED} at most")
    return zipfile.ZipFile(file)


def zip_members(path: Path) -> list[str]:
    """The names in a zip; none where it is damaged."""
    try:
        with open_regular(path) as file:
            return zip_of(file, path).namelist()
    except DAMAGE:
        return []


def _member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """The only file in a zip, besides what the system that packed it put in."""
    members = [
        each
        for each in archive.infolist()
        if not each.is_dir()
        and not each.filename.startswith("__MACOSX/")
        and not Path(each.filename).name.startswith(".")
    ]
    if len(members) != 1:
        names = ", ".join(ascii(each.filename)[:60] for each in members[:6]) + (", …" if len(members) > 6 else "")
        raise DataError(
            f"{path}: is a zip of {f'{len(members):,} files ({names})' if members else 'nothing'}, expected one file;"
            " unpack it, and name the file or folder"
        )
    if members[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        raise DataError(
            f"{path}: {ascii(members[0].filename)[:60]} is compressed by method {members[0].compress_type}, expected"
            " stored, deflated or bzip2; unpack it"
        )
    return members[0]


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Unpacked(io.RawIOBase):
    """What is in a compressed file, no more than its length allows."""

    def __init__(self, path: Path, file: BinaryIO, packing: str) -> None:
        self.path, self.packing, self.file, self.done = path, packing, file, 0
        self.length = os.fstat(file.fileno()).st_size
        try:
            self.source: _Readable = _opened(file, packing, path)
        except DAMAGE as error:
            raise self._damaged(error) from error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        try:
            data = self.source.read(len(view))
        except DAMAGE as error:
            raise self._damaged(error) from error
        self.done += len(data)
        if self.done > most_unpacked(self.length) and not is_trusted():
            raise DataError(
                f"{self.path}: unpacks to more than {most_unpacked(self.length) / 2**20:,.0f} megabytes out of"
                f" {self.length / 2**20:,.1f}, which a file from anybody may not; if you know where it comes from:"
                " --trusted"
            )
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.file.close()
        super().close()

    def _damaged(self, error: BaseException) -> DataError:
        what = str(error) or type(error).__name__
        return DataError(f"{self.path}: the {self.packing} file is damaged or cut short: {what}; get it anew")


def _opened(file: BinaryIO, packing: str, path: Path) -> _Readable:
    if packing == "gzip":
        return gzip.GzipFile(fileobj=file)
    if packing == "bzip2":
        return bz2.BZ2File(file)
    if packing == "xz":
        return _Xz(file)
    archive = zip_of(file, path)
    return archive.open(_member(archive, path))


class _Xz:
    """An xz file, whose dictionary may take so much memory and no more."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.rest = file, b""
        self.decompressor = self._begun()

    def _begun(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(memlimit=None if is_trusted() else 2 * DICTIONARY)

    def read(self, size: int, /) -> bytes:
        while True:
            if self.decompressor.eof:
                self.rest = self.decompressor.unused_data.lstrip(b"\0") or self.file.read(2**16).lstrip(b"\0")
                if not self.rest:
                    return b""
                self.decompressor = self._begun()
            if self.decompressor.needs_input and not self.rest:
                self.rest = self.file.read(2**16)
                if not self.rest:
                    raise EOFError("it ends within its data")
            data = self.decompressor.decompress(self.rest, size)
            self.rest = b""
            if data:
                return data
