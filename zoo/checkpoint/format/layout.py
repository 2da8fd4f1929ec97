"""Where everything stands in a file: h5py lays the structure out, and holds no array while it does.

The file object that h5py writes to keeps structure only. Datasets get their place when they are created and are never
filled, so all that passes through libhdf5 is headers and links: a few hundred bytes per array, however large it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from h5py import h5d, h5f, h5fd, h5g, h5p, h5s

from zoo.checkpoint.format.index import MANIFEST, MOST_MANIFEST, USER_BLOCK, Entry
from zoo.checkpoint.format.walk import TYPES, Source, walk
from zoo.errors import CheckpointError

# Every object begins at a multiple of this, so that values can be used where they lie.
_ALIGNMENT = 64
_PAGE = 4096

# The header of a contiguous dataset of one dimension: its size in items stands at byte 16, its address at byte 60.
_HEADER = struct.Struct("<16xQ36xQ")
_HEADER_BEGINS = b"OHDR\2\1"

# An array before it has a place: name, dtype, shape.
Form = tuple[str, str, tuple[int, ...]]


class Skeleton(Source):
    """A file that remembers the pages that were written to; all its other bytes are zero."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}
        self._length = 0

    @property
    def length(self) -> int:
        return self._length

    def fetch(self, offset: int, size: int) -> bytes:
        empty = bytes(_PAGE)
        return b"".join(self._pages.get(page, empty)[begin : begin + part] for page, begin, part in _cut(offset, size))

    def write(self, data: Any) -> int:
        written = memoryview(bytes(data))
        taken = 0
        for page, begin, part in _cut(self.position, len(written)):
            self._pages.setdefault(page, bytearray(_PAGE))[begin : begin + part] = written[taken : taken + part]
            taken += part
        self.position += taken
        self._length = max(self._length, self.position)
        return taken

    def truncate(self, size: int) -> int:
        self._length = size
        return size


def _cut(offset: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Cut a range of bytes at pages: page, first byte in the page, number of bytes."""
    end = offset + size
    while offset < end:
        page, begin = divmod(offset, _PAGE)
        part = min(_PAGE - begin, end - offset)
        yield page, begin, part
        offset += part


@dataclass(frozen=True)
class Layout:
    """A file without its values: where they go, and the bytes between them."""

    entries: list[Entry]
    structure: Skeleton

    @property
    def length(self) -> int:
        return self.structure.length

    @property
    def places(self) -> list[Entry]:
        """The entries that have storage."""
        return sorted((entry for entry in self.entries if entry.size), key=lambda entry: entry.offset)

    def gaps(self) -> Iterator[tuple[bytes, Entry | None]]:
        """The bytes of structure before each array with storage, and that array; at the end those after the last."""
        begin = USER_BLOCK
        for place in self.places:
            yield self.structure.fetch(begin, place.offset - begin), place
            begin = place.end
        yield self.structure.fetch(begin, self.length - begin), None


def lay_out(arrays: Iterable[Form], manifest_size: int) -> Layout:
    """A place for each array, in sorted order, and one for the manifest, which comes last.

    Last, because it holds the digests of all others: so a file can be written and digested from front to back. Names,
    dtypes, shapes and the version of HDF5 decide every byte of the structure; nothing else does.
    """
    structure = Skeleton()
    return Layout(_create(structure, [*sorted(arrays), (MANIFEST, "u1", (manifest_size,))]), structure)


def check_readable(layout: Layout) -> None:
    """What could not be read again must not replace a file that can: look before anything reaches the disk."""
    found = {entry.name: entry for entry in walk(layout.structure)}
    if found != {entry.name: entry for entry in layout.entries}:
        raise CheckpointError("h5py laid the file out in another way than it was asked to; check the version of h5py")


def likely_manifest(data: memoryview) -> tuple[int, int] | None:
    """First byte and size of the manifest of a file, if `lay_out` made it; of any other file, anything.

    The manifest's header is the last of all headers, and behind it no text can look like one: JSON has no byte 2, and
    names have none. It is a guess: whoever uses it must compare.
    """
    for tail in (2**16, 2**20, MOST_MANIFEST + 2**23):  # behind the manifest, the tables of large groups
        begin = max(USER_BLOCK, len(data) - tail)
        at = bytes(data[begin:]).rfind(_HEADER_BEGINS)
        if at >= 0 and begin + at + _HEADER.size <= len(data):
            size, address = _HEADER.unpack_from(data, begin + at)
            return USER_BLOCK + address, size
    return None


def _create(structure: Skeleton, wanted: list[Form]) -> list[Entry]:
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fileobj_driver(h5fd.fileobj_driver, structure)
    access.set_libver_bounds(h5f.LIBVER_V110, h5f.LIBVER_V110)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_alignment(1, _ALIGNMENT)
    creation = h5p.create(h5p.FILE_CREATE)
    creation.set_userblock(USER_BLOCK)
    creation.set_obj_track_times(False)  # times would make the same content give other bytes
    group_creation = h5p.create(h5p.GROUP_CREATE)
    group_creation.set_obj_track_times(False)
    dataset_creation = h5p.create(h5p.DATASET_CREATE)
    dataset_creation.set_obj_track_times(False)
    dataset_creation.set_layout(h5d.CONTIGUOUS)
    dataset_creation.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    dataset_creation.set_fill_time(h5d.FILL_TIME_NEVER)

    file = h5f.create(hex(id(structure)).encode(), h5f.ACC_TRUNC, fcpl=creation, fapl=access)
    try:
        groups: dict[str, Any] = {"": h5g.open(file, b"/")}
        entries = []
        for name, dtype, shape in wanted:
            path, _, part = name.rpartition("/")
            for depth, step in enumerate(path.split("/") if path else []):
                parent = "/".join(path.split("/")[:depth])
                if (inner := f"{parent}/{step}" if parent else step) not in groups:
                    groups[inner] = h5g.create(groups[parent], step.encode("ascii"), gcpl=group_creation)
            space = h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)
            dataset = h5d.create(groups[path], part.encode("ascii"), TYPES[dtype], space, dataset_creation)
            entry = Entry(name, dtype, shape, 0)
            entries.append(Entry(name, dtype, shape, int(dataset.get_offset())) if entry.size else entry)
    finally:
        file.close()
    return entries
