"""The walk through a file's structure, with libhdf5 but on a short leash: it asks before it opens.

libhdf5 is not a safe parser: links and storage can lead to other files, a filter loads a library, a damaged string
hangs it. So only the plainest subset is accepted, every property is asked for before the next one is looked at, and no
value is read through it. What comes out is a table of names, dtypes, shapes and places.
"""

from __future__ import annotations

import abc
import contextlib
import os
import struct
from collections.abc import Iterator
from typing import Any

from h5py import h5a, h5d, h5f, h5fd, h5g, h5l, h5o, h5p, h5s, h5t

from zoo.checkpoint.format.errors import quoted
from zoo.checkpoint.format.index import MOST_DEPTH, MOST_OBJECTS, MOST_RANK, USER_BLOCK, Entry, check_part
from zoo.errors import CheckpointError

FROM_HDF5 = (OSError, EOFError, RuntimeError, ValueError, LookupError, TypeError, OverflowError)  # what h5py makes of
# errors of libhdf5; text that is no text is a ValueError, and running past the file's end an EOFError
SUPERBLOCK = struct.Struct("<8sBBBB4Q")  # signature, version, two sizes, flags, base, extension, end, root; a checksum
_UNDEFINED = 2**64 - 1

# Compared by H5Tequal, so that byte order, padding, precision and bias are exact.
TYPES = {
    "i1": h5t.STD_I8LE,
    "i2": h5t.STD_I16LE,
    "i4": h5t.STD_I32LE,
    "i8": h5t.STD_I64LE,
    "u1": h5t.STD_U8LE,
    "u2": h5t.STD_U16LE,
    "u4": h5t.STD_U32LE,
    "u8": h5t.STD_U64LE,
    "f4": h5t.IEEE_F32LE,
    "f8": h5t.IEEE_F64LE,
}


class Source(abc.ABC):
    """The bytes of a file, asked for by place, in the form of a file object such as h5py reads from.

    Reading past the end is an error: of a short answer libhdf5 would take the rest from what was in its buffer.
    """

    position = 0

    @property
    @abc.abstractmethod
    def length(self) -> int:
        """Number of bytes of the file."""

    @abc.abstractmethod
    def fetch(self, offset: int, size: int) -> bytes | memoryview:
        """The bytes of a range that lies inside the file."""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.position = offset if whence == os.SEEK_SET else self.length + offset
        return self.position

    def tell(self) -> int:
        return self.position

    def readinto(self, target: Any) -> int:
        size, end = len(target), self.position + len(target)
        if not 0 <= self.position <= end <= self.length:
            raise EOFError(f"{size} bytes at {self.position} are not all inside the file")
        target[:] = self.fetch(self.position, size)
        self.position = end
        return size

    def flush(self) -> None:
        return


class InMemory(Source):
    """A file that is in memory as a whole."""

    def __init__(self, data: memoryview) -> None:
        self._data = data

    @property
    def length(self) -> int:
        return len(self._data)

    def fetch(self, offset: int, size: int) -> memoryview:
        return self._data[offset : offset + size]


def walk(source: Source) -> list[Entry]:
    """Every dataset of a file, in the order of the walk; CheckpointError for anything that is not the plain subset."""
    with _about("superblock"):
        _check_superblock(source)
        access = h5p.create(h5p.FILE_ACCESS)
        access.set_fileobj_driver(h5fd.fileobj_driver, source)
        access.set_fclose_degree(h5f.CLOSE_STRONG)  # whatever is still open closes with the file
        file = h5f.open(hex(id(source)).encode(), h5f.ACC_RDONLY, fapl=access)
    try:
        return _walk(file)
    finally:
        file.close()


@contextlib.contextmanager
def _about(what: str) -> Iterator[None]:
    """What libhdf5 stumbles over, by the name of the object."""
    try:
        yield
    except FROM_HDF5 as error:
        raise CheckpointError(f"{what}: libhdf5 says {quoted(str(error), 300)}; the file is damaged") from error


def _check_superblock(source: Source) -> None:
    """Version 3, 8-byte offsets and lengths, closed properly, behind the user block, as long as the file, no extension.

    An extension may hold what the rest of the format excludes, and messages that libhdf5 acts on when it opens a file.
    """
    block = bytearray(SUPERBLOCK.size)
    source.seek(USER_BLOCK)
    source.readinto(block)
    signature, version, offsets, lengths, flags, base, extension, end, _ = SUPERBLOCK.unpack(block)
    for what, got, expected in (
        ("signature", signature, b"\x89HDF\r\n\x1a\n"),
        ("version", version, 3),
        ("size of offsets", offsets, 8),
        ("size of lengths", lengths, 8),
        ("flags", flags, 0),
        ("base address", base, USER_BLOCK),
        ("extension", extension, _UNDEFINED),
        ("end of file", end, source.length),
    ):
        if got != expected:
            raise CheckpointError(f"superblock: {what}: got {got!r}, expected {expected!r}")


def _walk(file: h5f.FileID) -> list[Entry]:
    entries: list[Entry] = []
    objects = 1
    with _about("group '/'"):
        root = h5g.open(file, b"/")
        _check_object(root, "")
    pending: list[tuple[str, Any]] = [("", root)]
    while pending:
        path, group = pending.pop()
        where = f"group {quoted('/' + path)}"
        with _about(where):
            objects += group.get_num_objs()
            if objects > MOST_OBJECTS:
                raise CheckpointError(f"{where}: got more than {MOST_OBJECTS} objects up to here")
            members = _members(group, where)
        for part in members:
            name = f"{path}/{part}" if path else part
            with _about(f"object {quoted('/' + name)}"):
                child = _child(group, part, name)
            if isinstance(child, Entry):
                entries.append(child)
            else:
                pending.append((name, child))
    return entries


def _members(group: h5g.GroupID, where: str) -> list[str]:
    """The names in a group, each of which can stand in a message and in a path; only the root may be empty."""
    names: list[bytes] = []
    group.links.iterate(names.append)
    if len(names) != group.get_num_objs() or (not names and where != "group '/'"):
        raise CheckpointError(f"{where}: got {len(names)} links, expected {group.get_num_objs() or 'at least 1'}")
    for name in names:
        if not name.isascii():
            raise CheckpointError(f"{where}: got a member named {quoted(repr(name))}, expected ASCII")
        check_part(name.decode("ascii"), where)
    return [name.decode("ascii") for name in names]


def _child(group: h5g.GroupID, part: str, name: str) -> h5g.GroupID | Entry:
    """What a link leads to: another group, or the place of a dataset."""
    where, link = quoted("/" + name), part.encode("ascii")
    if name.count("/") >= MOST_DEPTH:
        raise CheckpointError(f"{where}: got a path deeper than {MOST_DEPTH}")
    if group.links.get_info(link).type != h5l.TYPE_HARD:
        raise CheckpointError(f"{where}: got a soft or external link, expected a hard one")
    kind = h5o.get_info(group, link).type
    if kind == h5o.TYPE_GROUP:
        child = h5g.open(group, link)
        _check_object(child, name)
        return child
    if kind == h5o.TYPE_DATASET:
        dataset = h5d.open(group, link)
        _check_object(dataset, name)
        return _entry(dataset, name)
    raise CheckpointError(f"{where}: expected a group or a dataset")


def _check_object(identifier: Any, name: str) -> None:
    """Reached by one link only, which also excludes circles; without attributes."""
    references = h5o.get_info(identifier).rc
    if references != 1:
        raise CheckpointError(f"object {quoted('/' + name)}: got {references} links to it, expected 1")
    attributes = h5a.get_num_attrs(identifier)
    if attributes:
        raise CheckpointError(f"object {quoted('/' + name)}: got {attributes} attributes, expected none")


def _entry(dataset: h5d.DatasetID, name: str) -> Entry:
    """Name, dtype, shape and place of a dataset. Layout comes first: asking a virtual one for its shape opens files."""
    where = f"dataset {quoted('/' + name)}"
    creation = dataset.get_create_plist()
    if creation.get_layout() != h5d.CONTIGUOUS:
        raise CheckpointError(f"{where}: got a chunked, compact or virtual layout, expected a contiguous one")
    if creation.get_external_count():
        raise CheckpointError(f"{where}: its values stand in other files; expected them in this one")
    if creation.get_nfilters():
        raise CheckpointError(f"{where}: got {creation.get_nfilters()} filters, expected none")
    kind = dataset.get_type()
    if kind.committed():
        raise CheckpointError(f"{where}: got a dtype that is an object of its own, expected a plain one")
    dtype = next((name for name, known in TYPES.items() if kind.equal(known)), None)
    if dtype is None:
        raise CheckpointError(f"{where}: expected a dtype of {', '.join(TYPES)}, little-endian")
    space = dataset.get_space()
    if space.get_simple_extent_type() not in (h5s.SIMPLE, h5s.SCALAR):
        raise CheckpointError(f"{where}: got no dataspace with values, expected SIMPLE or SCALAR")
    if space.get_simple_extent_ndims() > MOST_RANK:
        raise CheckpointError(f"{where}: got rank {space.get_simple_extent_ndims()}, expected at most {MOST_RANK}")
    shape = tuple(int(length) for length in space.get_simple_extent_dims())
    if shape != tuple(space.get_simple_extent_dims(1)):
        raise CheckpointError(f"{where}: got a shape that can grow, expected a fixed one")
    offset = dataset.get_offset()
    entry = Entry(name, dtype, shape, 0 if offset is None else int(offset))
    if dataset.get_storage_size() != entry.size:
        raise CheckpointError(
            f"{where}: got {dataset.get_storage_size()} bytes of storage, expected {entry.size} for {dtype} {shape}"
        )
    if entry.size and offset is None:
        raise CheckpointError(f"{where}: got no storage, expected {entry.size} bytes")
    return entry if entry.size else Entry(name, dtype, shape, 0)
