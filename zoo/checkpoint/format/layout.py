"""Where everything stands in a file: h5py lays the structure out, and holds no array while it does.

The file object that h5py writes to keeps structure only. Datasets get their place when they are created and are never
filled, so all that passes through libhdf5 is headers and links: a few hundred bytes per array, however large it is.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from h5py import h5d, h5f, h5fd, h5g, h5p, h5s, h5t

from zoo.checkpoint.format.index import MANIFEST, USER_BLOCK, Entry

# Every object begins at a multiple of this, so that values can be used where they lie.
_ALIGNMENT = 64
_PAGE = 4096

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

# An array before it has a place: name, dtype, shape.
Form = tuple[str, str, tuple[int, ...]]


class Skeleton:
    """A file object that remembers the pages that were written to; all its other bytes are zero."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}
        self._position = 0
        self.length = 0

    def bytes_at(self, offset: int, size: int) -> bytes:
        """The bytes of a range."""
        empty = bytes(_PAGE)
        return b"".join(self._pages.get(page, empty)[begin : begin + part] for page, begin, part in _cut(offset, size))

    # What libhdf5 asks of a file object.

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._position = offset if whence == os.SEEK_SET else self.length + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, target: Any) -> int:
        target[:] = self.bytes_at(self._position, len(target))
        self._position += len(target)
        return len(target)

    def write(self, data: Any) -> int:
        written = memoryview(bytes(data))
        taken = 0
        for page, begin, part in _cut(self._position, len(written)):
            self._pages.setdefault(page, bytearray(_PAGE))[begin : begin + part] = written[taken : taken + part]
            taken += part
        self._position += taken
        self.length = max(self.length, self._position)
        return taken

    def truncate(self, size: int) -> int:
        self.length = size
        return size

    def flush(self) -> None:
        return


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

    arrays: list[Entry]
    manifest: Entry
    structure: Skeleton

    @property
    def length(self) -> int:
        return self.structure.length

    def gaps(self) -> Iterator[tuple[bytes, Entry | None]]:
        """The bytes of structure before each array with storage, or the manifest, and that array; at the end those
        after the last."""
        begin = USER_BLOCK
        stored = [entry for entry in (*self.arrays, self.manifest) if entry.size]
        for place in sorted(stored, key=lambda entry: entry.offset):
            yield self.structure.bytes_at(begin, place.offset - begin), place
            begin = place.end
        yield self.structure.bytes_at(begin, self.length - begin), None


def lay_out(arrays: Iterable[Form], manifest_size: Callable[[list[Entry]], int]) -> Layout:
    """A place for each array, in sorted order, and one for the manifest, which comes last.

    Last, because it holds the places and digests of all others: `manifest_size` is asked for its size when they have
    their places. So a file can be written and digested from front to back. Names, dtypes, shapes and the version of
    HDF5 decide every byte of the structure; nothing else does.
    """
    structure = Skeleton()
    with _created(structure) as new:
        entries = [new(name, dtype, shape) for name, dtype, shape in sorted(arrays)]
        manifest = new(MANIFEST, "u1", (manifest_size(entries),))
    return Layout(entries, manifest, structure)


@contextlib.contextmanager
def _created(structure: Skeleton) -> Iterator[Callable[[str, str, tuple[int, ...]], Entry]]:
    """A function that makes a dataset in a new file and gives its place; the structure is whole when the block ends."""
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
    groups: dict[str, Any] = {"": h5g.open(file, b"/")}

    def group(path: str) -> Any:
        if path not in groups:
            above, _, part = path.rpartition("/")
            groups[path] = h5g.create(group(above), part.encode("ascii"), gcpl=group_creation)
        return groups[path]

    def new(name: str, dtype: str, shape: tuple[int, ...]) -> Entry:
        path, _, part = name.rpartition("/")
        space = h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)
        dataset = h5d.create(group(path), part.encode("ascii"), TYPES[dtype], space, dataset_creation)
        entry = Entry(name, dtype, shape, 0)
        return Entry(name, dtype, shape, int(dataset.get_offset())) if entry.size else entry

    try:
        yield new
    finally:
        file.close()
