"""The child process that parses an HDF5 data file: it asks its parent for bytes and can open nothing itself.

libhdf5 is not a safe parser: what a hostile file makes it do (crash, hang, follow a path, load a filter) ends here.
Every property of an array is asked for and judged before a value of it is read.
"""

from __future__ import annotations

import encodings.ascii  # noqa: F401  (h5py asks for it with arrays of bytes, when no file can be opened any more)
import json
import math
import os
import struct
from typing import Any

import numpy as np
from h5py import Dataset, check_string_dtype, h5d, h5f, h5fd, h5g, h5l, h5o, h5p, h5s, h5t

from zoo.errors import DataError
from zoo.hdf5.limits import FILTERS, MOST_CHUNK, MOST_DEFLATED, MOST_MEMBERS, MOST_NAME, MOST_RANK, MOST_TEXT, QUESTION
from zoo.hdf5.source import Asked
from zoo.platform import system
from zoo.platform.guarded_process import HELLO, MESSAGE, pipes

# Memory beyond what Python, NumPy and h5py take: pages of the file and small things; a text stands there four times;
# a filter unpacks a chunk into a buffer that it doubles as it needs.
MEMORY = 64 * 2**20
TEXTS = 4 * MOST_TEXT
CHUNKS = 4
SECONDS = 60  # of processor time for one question


class Arrays:
    """The arrays at the top of a file."""

    def __init__(self, source: Asked) -> None:
        access = h5p.create(h5p.FILE_ACCESS)
        access.set_fileobj_driver(h5fd.fileobj_driver, source)
        access.set_fclose_degree(h5f.CLOSE_STRONG)
        self._length = source.length
        self._file = h5f.open(hex(id(source)).encode(), h5f.ACC_RDONLY, fapl=access)
        self._sets: list[Any] = []
        self._chunks: dict[int, int] = {}  # bytes of a chunk of each array that has some

    def listed(self) -> list[dict[str, Any]]:
        """Every object by name: what array it is, or the problem with it."""
        root = h5g.open(self._file, b"/")
        names: list[bytes] = []
        if root.get_num_objs() > MOST_MEMBERS:
            raise DataError(f"holds {root.get_num_objs()} objects at its top, expected at most {MOST_MEMBERS}")
        root.links.iterate(names.append)
        found: list[dict[str, Any]] = []
        for name in names:
            text = name.decode("utf-8", "backslashreplace")
            if len(text) > MOST_NAME or len(found) >= MOST_MEMBERS:
                raise DataError(f"holds an object with a name of {len(text)} characters, expected at most {MOST_NAME}")
            self._sets.append(None)
            try:
                about = self._about(root, name)
            except DataError as error:
                about = {"kind": "refused", "problem": str(error)[:300]}
            found.append({"name": text, **about})
        return found

    def _about(self, root: Any, name: bytes) -> dict[str, Any]:
        """What a link at the top leads to. Layout comes first: asking a virtual array for its shape opens files."""
        link = root.links.get_info(name).type
        if link == h5l.TYPE_EXTERNAL:
            raise DataError("is a link into another file")
        if link != h5l.TYPE_HARD:
            raise DataError("is a soft link, which is not followed")
        if h5o.get_info(root, name).type != h5o.TYPE_DATASET:
            return {"kind": "group"}
        array = h5d.open(root, name)
        creation = array.get_create_plist()
        layout = creation.get_layout()
        if layout == h5d.VIRTUAL:
            raise DataError("is a virtual dataset, whose values stand in other files")
        if layout not in (h5d.CONTIGUOUS, h5d.CHUNKED, h5d.COMPACT):
            raise DataError("has a storage layout that is not known")
        if creation.get_external_count():
            raise DataError("has its values in other files (external storage)")
        self._check_filters(creation)
        if array.get_space().get_simple_extent_type() not in (h5s.SIMPLE, h5s.SCALAR):
            raise DataError("holds no values")
        shape = tuple(int(length) for length in array.get_space().get_simple_extent_dims())
        if len(shape) > MOST_RANK:
            raise DataError(f"has {len(shape)} dimensions, expected at most {MOST_RANK}")
        dtype = array.dtype
        text = dtype.kind == "O" and (about := check_string_dtype(dtype)) is not None and about.length is None
        if not text and dtype.kind not in "buifSV":
            return {"kind": "other", "problem": f"has the type {dtype}, expected whole or real numbers"[:300]}
        if dtype.kind == "V":
            return {"kind": "other", "problem": "has a compound type, expected whole or real numbers"}
        return {
            "kind": "text" if text else "numbers",
            "dtype": "" if text else dtype.str,
            "shape": shape,
            **self._place(array, layout, shape, dtype, text),
        }

    @staticmethod
    def _check_filters(creation: Any) -> None:
        seen = set()
        for place in range(creation.get_nfilters()):
            number = creation.get_filter(place)[0]
            if number not in FILTERS or number in seen:
                known = ", ".join(FILTERS.values())
                raise DataError(
                    f"goes through the filter {FILTERS.get(number, number)}"
                    + (" twice" if number in seen else f", expected {known} at most")
                )
            seen.add(number)

    def _place(self, array: Any, layout: int, shape: tuple[int, ...], dtype: Any, text: bool) -> dict[str, Any]:
        """Where values lie, where they can be read without libhdf5; how many bytes they take there and in memory."""
        size = int(np.prod([int(n) for n in shape], dtype=object)) * dtype.itemsize
        stored = int(array.get_storage_size())
        if size > MOST_DEFLATED * stored + 64:
            raise DataError(f"claims {size} bytes, but {stored} are stored: more than can be")
        chunk, offset = 1, None
        if layout == h5d.CHUNKED:
            chunks = array.get_create_plist().get_chunk()
            chunk = int(chunks[0])
            size_of_chunk = int(np.prod([int(n) for n in chunks], dtype=object)) * dtype.itemsize
            if size_of_chunk > max(MOST_CHUNK, self._length):
                raise DataError(f"has chunks of {size_of_chunk} bytes, expected {MOST_CHUNK} at most")
            self._chunks[len(self._sets) - 1] = size_of_chunk
        elif layout == h5d.CONTIGUOUS and not text:
            kind = array.get_type()
            plain = kind.equal(h5t.py_create(dtype, logical=True)) or kind.equal(h5t.py_create(dtype))
            place = array.get_offset()
            if plain and place is not None and stored == size and 0 <= int(place) <= self._length - size:
                offset = int(place)
        self._sets[-1] = array
        return {"chunk": chunk, "offset": -1 if offset is None else offset, "stored": stored}

    def needed(self, number: int, start: int, stop: int) -> int:
        """Bytes of memory that reading rows of an array may take."""
        array = self._sets[number]
        row: int = array.dtype.itemsize * math.prod(array.shape[1:])
        return CHUNKS * self._chunks.get(number, 0) + 2 * (stop - start) * row

    def numbers(self, number: int, start: int, stop: int) -> Any:
        rows = np.empty((stop - start, *self._sets[number].shape[1:]), self._sets[number].dtype)
        Dataset(self._sets[number]).read_direct(rows, np.s_[start:stop])
        return rows.reshape(-1).view(np.uint8).data

    def texts(self, number: int) -> bytes:
        """Four bytes for each character, after the number of characters that each text takes."""
        if 4 * self._sets[number].get_space().get_simple_extent_npoints() > MOST_TEXT:
            raise DataError(f"holds {self._sets[number].shape} texts, too many for targets")
        texts = np.asarray(Dataset(self._sets[number]).asstr()[...], dtype=object).ravel()
        longest = max((len(text) for text in texts), default=0)
        if 4 * longest * len(texts) > MOST_TEXT:
            raise DataError(f"holds {len(texts)} texts of up to {longest} characters, too much text for targets")
        return struct.pack("<Q", longest) + texts.astype(f"<U{max(1, longest)}").tobytes()


def main() -> None:
    """Answer questions until the parent is gone."""
    answers, questions = pipes()
    str(np.zeros(1).dtype), "é".encode("utf-32-le")  # what Python and NumPy load when first needed
    length = struct.unpack("<Q", answers.read(8))[0]
    before = system.memory_in_use()
    system.limit_this_process(MEMORY + TEXTS + 2 * CHUNKS * min(max(MOST_CHUNK, length), 2**32), None)
    system.limit_memory(before + MEMORY)
    questions.write(HELLO)
    questions.flush()
    arrays: Arrays | None = None
    listed: list[dict[str, Any]] = []
    while len(question := answers.read(QUESTION.size)) == QUESTION.size:
        system.allow_processor_time(SECONDS)
        kind, number, start, stop = QUESTION.unpack(question)
        data: Any
        try:
            if arrays is None:
                arrays = Arrays(Asked(length, answers, questions))
                listed = arrays.listed()
            match kind:
                case b"L":
                    data = json.dumps(listed).encode("ascii")
                case b"N":
                    system.limit_memory(before + MEMORY + arrays.needed(number, start, stop))
                    data = arrays.numbers(number, start, stop)
                case _:
                    system.limit_memory(before + MEMORY + TEXTS)
                    data = arrays.texts(number)
            answer = b"A"
        except BaseException as error:
            says = str(error) if isinstance(error, DataError) else f"the HDF5 file is damaged or cut short: {error}"
            if isinstance(error, MemoryError):
                says = "unpacks to more than its chunks hold, or takes too much memory"
            answer, data = b"E", ascii(says)[1:-1][:1000].encode("ascii")
        questions.write(MESSAGE.pack(answer, len(data), 0))
        questions.write(data)
        questions.flush()
    os._exit(0)
