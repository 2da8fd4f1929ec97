"""Files that must be refused: for every rule of loading at least one that breaks it and is otherwise in order.

`BROKEN` are changes that the user block, or the file itself, must give away. `STRUCTURE` and `MANIFEST` are changes to
what the digest covers: made alone they must stop at the digest; with the digests renewed, at the rule they break.
`mutate` changes valid files at random.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5o, h5p, h5s, h5t

from zoo import checkpoint
from zoo.checkpoint.format import user_block
from zoo.checkpoint.format.arrays import bytes_of, dtype_code
from zoo.checkpoint.format.index import MANIFEST, USER_BLOCK
from zoo.checkpoint.format.layout import lay_out
from zoo.testing import reseal
from zoo.types import Array

Arrays = dict[str, Array]
Change = Callable[[Path], None]


def valid_manifest() -> dict[str, Any]:
    return {"labels": ["ape", "bee"], "metrics": {"loss": 0.25, "worst": None}, "position": {"epoch": 3}}


def valid_arrays() -> Arrays:
    """A few arrays in each part of the tree, always the same."""
    return {
        "weights/hidden/W": np.arange(12, dtype="f4").reshape(4, 3) / 8,
        "weights/hidden/b": np.zeros(3, "f4"),
        "best/hidden/W": np.full((4, 3), 2.5, "f4"),
        "best/hidden/b": np.ones(3, "f4"),
        "state/adam/count": np.array(17, "i8"),
        "state/empty": np.zeros((0, 4), "f8"),
        "preprocessing/mean": np.array([0.5, 0.25], "f8"),
        "history/training/loss": np.array([3.0, 2.0, np.nan], "f8"),
    }


def same(first: Arrays, second: Arrays) -> bool:
    """The same names, dtypes, shapes and bits."""
    return first.keys() == second.keys() and all(
        first[name].dtype == second[name].dtype
        and first[name].shape == second[name].shape
        and first[name].tobytes() == second[name].tobytes()
        for name in first
    )


def lay_out_otherwise(path: Path) -> None:
    """The same content as other software, or another version of HDF5, may lay it out: valid, but not byte by byte."""
    found = checkpoint.read(path, trusted=True)
    path.unlink()
    with h5py.File(path, "w", libver=("v110", "v110"), userblock_size=USER_BLOCK) as file:
        file[MANIFEST] = np.frombuffer(json.dumps(found.manifest).encode(), "u1")
        for name, array in found.arrays.items():
            file[name] = array
    reseal(path, arrays=False)


# --- the file as a whole ----------------------------------------------------------------------------------------------


def _bytes(change: Callable[[bytearray], Any]) -> Change:
    """Change the bytes of a file; what `change` returns, if anything, takes their place."""

    def apply(path: Path) -> None:
        data = bytearray(path.read_bytes())
        changed = change(data)
        path.write_bytes(data if changed is None else changed)

    return apply


def _put(offset: int, new: bytes) -> Change:
    def change(data: bytearray) -> None:
        data[offset : offset + len(new)] = new

    return _bytes(change)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _nothing_behind(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nothing.h5"))


def _circle_of_links(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def _foreign(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["weights/hidden/W"] = np.ones(3)


BROKEN: dict[str, tuple[Change, str]] = {
    "missing": (Path.unlink, "no such file"),
    "folder": (_folder, "plain file"),
    "pipe without a writer": (_pipe, "plain file"),
    "endless device": (_device, "plain file"),
    "link to nothing": (_nothing_behind, "no such file"),
    "link to itself": (_circle_of_links, "symbolic links"),
    "empty": (_bytes(lambda data: b""), "not a zoo checkpoint: the file is empty"),
    "text": (_bytes(lambda data: b"\x1b[31mnot a checkpoint" * 100), "it looks like text; data go behind"),
    "foreign HDF5 file": (_foreign, "it looks like HDF5, but not as zoo saves it"),
    "magic": (_put(1, b"Z"), "not a zoo checkpoint; it looks like binary data"),
    "newer version": (_put(7, b"\x02"), "format version 2, expected 1"),
    "cut inside the block": (_bytes(lambda data: data[:100]), "cut short"),
    "cut behind the block": (_bytes(lambda data: data[:USER_BLOCK]), "cut short"),
    "cut by a byte": (_bytes(lambda data: data[:-1]), "cut short"),
    "longer by a byte": (_bytes(lambda data: data + b"\0"), "cut short or damaged"),
    "length": (_put(8, struct.pack("<Q", 2**63)), f"expected {2**63}"),
    "only a block": (_bytes(lambda data: user_block.pack(USER_BLOCK, hashlib.sha256().digest())), "cut short"),
    "digest": (_put(20, b"\0\1\2\3"), "SHA-256"),
    "bytes behind the digest": (_put(USER_BLOCK - 1, b"x"), "expected zeros"),
    "last byte": (_bytes(lambda data: data[:-1] + bytes([data[-1] ^ 1])), "SHA-256"),
    "first byte behind the block": (_put(USER_BLOCK, b"\0"), "SHA-256"),
}


# --- the structure, changed with HDF5 ---------------------------------------------------------------------------------


def _file(change: Callable[[h5py.File], Any]) -> Change:
    def apply(path: Path) -> None:
        with h5py.File(path, "r+", libver=("v110", "v110")) as file:
            change(file)

    return apply


def _dataset(**options: Any) -> Change:
    """One more dataset, made with h5py's options."""
    return _file(lambda file: file.create_dataset("state/more", **options))


def _plain(kind: Any, shape: tuple[int, ...] | None = (3,), name: bytes = b"more", late: bool = False) -> Change:
    """One more contiguous dataset of any type and shape; `late`: without storage."""

    def change(file: h5py.File) -> None:
        creation = h5p.create(h5p.DATASET_CREATE)
        creation.set_layout(h5d.CONTIGUOUS)
        creation.set_alloc_time(h5d.ALLOC_TIME_LATE if late else h5d.ALLOC_TIME_EARLY)
        space = h5s.create(h5s.NULL) if shape is None else h5s.create_simple(shape)
        h5d.create(file["state"].id, name, kind, space, creation)

    return _file(change)


def _twelve_bits() -> Any:
    kind = h5t.STD_I16LE.copy()
    kind.set_precision(12)
    return kind


def _array_type() -> Any:
    return h5t.array_create(h5t.IEEE_F32LE, (2,))


def _committed(file: h5py.File) -> None:
    file["preprocessing/kind"] = np.dtype("<f4")
    h5d.create(file["state"].id, b"more", file["preprocessing/kind"].id, h5s.create_simple((3,)))
    del file["preprocessing/kind"]


def _named_type(file: h5py.File) -> None:
    file["state/kind"] = np.dtype("<f4")


def _compact(file: h5py.File) -> None:
    creation = h5p.create(h5p.DATASET_CREATE)
    creation.set_layout(h5d.COMPACT)
    h5d.create(file["state"].id, b"more", h5t.IEEE_F32LE, h5s.create_simple((3,)), creation)


def _virtual(endless: bool) -> Change:
    """A dataset whose values, and when endless its very shape, stand in another file."""

    def apply(path: Path) -> None:
        other = path.with_suffix(".other.h5")
        with h5py.File(other, "w") as file:
            file.create_dataset("x", data=np.ones(3), maxshape=(None,) if endless else (3,), chunks=(3,))
        most = (None,) if endless else (3,)
        source = h5py.VirtualSource(str(other), "x", shape=(3,), maxshape=most)
        layout = h5py.VirtualLayout(shape=(3,), dtype="<f8", maxshape=most)
        part = slice(0, h5s.UNLIMITED) if endless else slice(None)
        layout[part] = source[part]
        with h5py.File(path, "r+", libver=("v110", "v110")) as file:
            file["state"].create_virtual_dataset("more", layout)

    return apply


def _many_objects(file: h5py.File) -> None:
    group = file.create_group("history/many")
    group["l"] = np.ones(3, "<f4")
    for index in range(65_536):
        group.id.links.create_hard(f"l{index}".encode(), group.id, b"l")


def _attribute(where: str) -> Change:
    def change(file: h5py.File) -> None:
        file[where].attrs["note"] = "text of variable length"

    return _file(change)


def _link(name: str, target: Callable[[h5py.File], Any]) -> Change:
    def change(file: h5py.File) -> None:
        file[name] = target(file)

    return _file(change)


def _old_format(path: Path) -> None:
    with h5py.File(path, "w", libver="earliest", userblock_size=USER_BLOCK) as file:
        for name, array in valid_arrays().items():
            file[name] = array
        file[MANIFEST] = np.frombuffer(b"{}", "u1")


def _paged(path: Path) -> None:
    """A way of managing space that puts an extension behind the superblock."""
    with h5py.File(
        path, "w", libver=("v110", "v110"), userblock_size=USER_BLOCK, fs_strategy="page", fs_page_size=512
    ) as file:
        file[MANIFEST] = np.frombuffer(b"{}", "u1")


# --- the structure, changed byte by byte ------------------------------------------------------------------------------


def checksum(data: bytes) -> int:
    """lookup3 (Bob Jenkins, 2006), with which HDF5 guards its metadata against accidents, but not against anybody."""

    def rotate(value: int, count: int) -> int:
        return (value << count | value >> (32 - count)) & 0xFFFFFFFF

    a = b = c = (0xDEADBEEF + len(data)) & 0xFFFFFFFF
    start = 0
    while len(data) - start > 12:
        x, y, z = struct.unpack_from("<3I", data, start)
        a, b, c = a + x & 0xFFFFFFFF, b + y & 0xFFFFFFFF, c + z & 0xFFFFFFFF
        for count in (4, 6, 8, 16, 19, 4):
            a = (a - c & 0xFFFFFFFF) ^ rotate(c, count)
            c = c + b & 0xFFFFFFFF
            a, b, c = b, c, a
        start += 12
    x, y, z = struct.unpack("<3I", data[start:].ljust(12, b"\0"))
    a, b, c = a + x & 0xFFFFFFFF, b + y & 0xFFFFFFFF, c + z & 0xFFFFFFFF
    for count in (14, 11, 25, 16, 4, 14, 24):
        c = (c ^ b) - rotate(b, count) & 0xFFFFFFFF
        a, b, c = b, c, a
    return b


def object_headers(data: bytes | bytearray) -> list[tuple[int, int, int]]:
    """Where the object headers (version 2) of a file are: first byte, first message, checksum."""
    found = []
    start = data.find(b"OHDR")
    while start >= 0:
        flags = data[start + 5]
        width = 1 << (flags & 3)
        at = start + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        messages = at + width
        end = messages + int.from_bytes(data[at:messages], "little")
        if end + 4 <= len(data):
            found.append((start, messages, end))
        start = data.find(b"OHDR", start + 4)
    return found


def renew_checksums(data: bytearray) -> None:
    """Make HDF5's own checksums of superblock and object headers those of their bytes."""
    struct.pack_into("<I", data, USER_BLOCK + 44, checksum(bytes(data[USER_BLOCK : USER_BLOCK + 44])))
    for start, _, end in object_headers(data):
        struct.pack_into("<I", data, end, checksum(bytes(data[start:end])))


_NOTHING, _DATASPACE, _LAYOUT, _FILTERS = 0, 1, 8, 11


def _message(name: str, kind: int, offset: int, new: bytes) -> Change:
    """Overwrite bytes of a message in a dataset's object header, from its head (type, size, flags: 4 bytes) on."""

    def apply(path: Path) -> None:
        with h5py.File(path) as file:
            header = USER_BLOCK + h5o.get_info(file[name].id).addr
        data = bytearray(path.read_bytes())
        _, at, end = next(each for each in object_headers(data) if each[0] == header)
        while data[at] != kind:
            at += 4 + int.from_bytes(data[at + 1 : at + 3], "little")
            assert at < end, f"{name} has no message {kind}"
        data[at + offset : at + offset + len(new)] = new
        renew_checksums(data)
        path.write_bytes(data)

    return apply


def _filter_without_chunks(path: Path) -> None:
    """HDF5 does not write this: a shuffle in the spare bytes of an object header."""
    shuffle = struct.pack("<BBHHHI", 2, 1, 2, 0, 1, 4)
    with h5py.File(path) as file:
        header = USER_BLOCK + h5o.get_info(file["weights/hidden/W"].id).addr
    data = path.read_bytes()
    _, at, _ = next(each for each in object_headers(data) if each[0] == header)
    while data[at] != _NOTHING:
        at += 4 + int.from_bytes(data[at + 1 : at + 3], "little")
    rest = int.from_bytes(data[at + 1 : at + 3], "little") - len(shuffle) - 4
    new = struct.pack("<BHB", _FILTERS, len(shuffle), 0) + shuffle + struct.pack("<BHB", _NOTHING, rest, 0)
    _message("weights/hidden/W", _NOTHING, 0, new)(path)


def _place(name: str, address: int | None = None, size: int | None = None, shape: tuple[int, ...] = ()) -> Change:
    """Another address, size of storage or shape for a dataset."""

    def apply(path: Path) -> None:
        if address is not None:
            _message(name, _LAYOUT, 6, struct.pack("<Q", address))(path)
        if size is not None:
            _message(name, _LAYOUT, 14, struct.pack("<Q", size))(path)
        if shape:
            _message(name, _DATASPACE, 8, struct.pack(f"<{2 * len(shape)}Q", *shape, *shape))(path)  # and the largest

    return apply


def _overlapping(path: Path) -> None:
    with h5py.File(path) as file:
        address = file["best/hidden/b"].id.get_offset() - USER_BLOCK
    _place("weights/hidden/b", address + 4)(path)


def _over_the_manifest(path: Path) -> None:
    with h5py.File(path) as file:
        address = file[MANIFEST].id.get_offset() - USER_BLOCK
    _place("weights/hidden/b", address)(path)


def _superblock(offset: int, new: bytes) -> Change:
    def change(data: bytearray) -> None:
        data[USER_BLOCK + offset : USER_BLOCK + offset + len(new)] = new
        renew_checksums(data)

    return _bytes(change)


STRUCTURE: dict[str, tuple[Change, str]] = {
    # the superblock
    "superblock signature": (_superblock(0, b"\x89HDX"), "superblock: signature"),
    "superblock of version 0": (_old_format, "superblock: version: got 0, expected 3"),
    "superblock of version 2": (_superblock(8, b"\2"), "superblock: version"),
    "4-byte offsets": (_superblock(9, b"\4"), "superblock: size of offsets"),
    "4-byte lengths": (_superblock(10, b"\4"), "superblock: size of lengths"),
    "open for writing": (_superblock(11, b"\1"), "superblock: flags"),
    "open for writing and reading at once": (_superblock(11, b"\5"), "superblock: flags"),
    "base address": (_superblock(12, b"\0" * 8), "superblock: base address"),
    "extension": (_superblock(20, struct.pack("<Q", 48)), "superblock: extension"),
    "paged file with an extension": (_paged, "superblock: extension"),
    "end of file": (_superblock(28, struct.pack("<Q", 2**40)), "superblock: end of file"),
    "root elsewhere": (_superblock(36, struct.pack("<Q", 2**40)), "group ./.: libhdf5 says"),
    # links
    "soft link": (_link("state/more", lambda file: h5py.SoftLink("/weights/hidden/W")), "state/more.*soft or external"),
    "soft link in a circle": (_link("state/more", lambda file: h5py.SoftLink("/state/more")), "soft or external"),
    "external link": (_link("state/more", lambda file: h5py.ExternalLink("/etc/passwd", "/x")), "soft or external"),
    "two links to a dataset": (_link("state/again", lambda file: file["state/empty"]), "2 links"),
    "two links to a group": (_link("best/again", lambda file: file["weights/hidden"]), "2 links"),
    "a circle of groups": (_link("state/adam/again", lambda file: file["state"]), "2 links"),
    "a circle to the root": (_link("state/again", lambda file: file["/"]), "2 links"),
    "too many objects": (_file(_many_objects), "more than 65536 objects"),
    "too deep": (_link("state/" + "d/" * 15 + "x", lambda file: np.ones(3, "<f4")), "deeper than 16"),
    "empty group": (_file(lambda file: file.create_group("state/none")), "state/none.*0 links, expected at least 1"),
    "no manifest": (_file(lambda file: file.pop(MANIFEST)), "expected one dataset /manifest"),
    "manifest is a group": (
        _file(lambda file: (file.pop(MANIFEST), file.create_group(MANIFEST).create_dataset("x", data=[1.0]))),
        "manifest",
    ),
    "dataset in the root": (_link("more", lambda file: np.ones(3)), "'more'.*expected a path under"),
    "another tree": (_link("gradients/W", lambda file: np.ones(3)), "'gradients/W'.*expected a path under"),
    # names
    "name with a space": (_plain(h5t.STD_I8LE, name=b"a b"), "got the name 'a b'"),
    "name that moves the cursor": (_plain(h5t.STD_I8LE, name=b"a\x1b[2J"), r"got the name 'a\\x1b\[2J'"),
    "name beyond ASCII": (_plain(h5t.STD_I8LE, name="é".encode()), "expected ASCII"),
    "name of 256 characters": (_plain(h5t.STD_I8LE, name=b"n" * 256), "got the name 'nnn"),
    "name that begins with a dot": (_plain(h5t.STD_I8LE, name=b"..x"), "got the name '..x'"),
    # objects
    "attribute of the root": (_attribute("/"), "1 attributes"),
    "attribute of a group": (_attribute("weights/hidden"), "1 attributes"),
    "attribute of a dataset": (_attribute("weights/hidden/W"), "1 attributes"),
    "attribute of the manifest": (_attribute(MANIFEST), "1 attributes"),
    "named datatype": (_file(_named_type), "state/kind.*expected a group or a dataset"),
    "dataset of a named datatype": (_file(_committed), "state/more.*object of its own"),
    # layouts
    "chunks": (_dataset(data=np.ones(3), chunks=(3,)), "state/more.*layout"),
    "chunks that can grow": (_dataset(data=np.ones(3), maxshape=(None,)), "state/more.*layout"),
    "gzip": (_dataset(data=np.ones(3), compression="gzip"), "state/more.*layout"),
    "shuffle": (_dataset(data=np.ones(3), shuffle=True), "state/more.*layout"),
    "fletcher32": (_dataset(data=np.ones(3), fletcher32=True), "state/more.*layout"),
    "a filter without chunks": (_filter_without_chunks, "weights/hidden/W.*1 filters|libhdf5 says"),
    "compact": (_file(_compact), "state/more.*layout"),
    "virtual": (_virtual(endless=False), "state/more.*layout"),
    "virtual without end": (_virtual(endless=True), "state/more.*layout"),
    "external storage": (_dataset(shape=(3,), dtype="<f8", external=[("/etc/passwd", 0, 24)]), "in other files"),
    "no storage": (_plain(h5t.IEEE_F64LE, late=True), "0 bytes of storage, expected 24"),
    # types
    "big-endian floats": (_plain(h5t.IEEE_F32BE), "expected a dtype"),
    "big-endian integers": (_plain(h5t.STD_I16BE), "expected a dtype"),
    "float16": (_dataset(data=np.ones(3, "<f2")), "expected a dtype"),
    "long double": (_dataset(data=np.ones(3, np.longdouble)), "expected a dtype"),
    "complex": (_dataset(data=np.ones(3, "<c8")), "expected a dtype"),
    "twelve bits": (_plain(_twelve_bits()), "expected a dtype"),
    "array type": (_plain(_array_type()), "expected a dtype"),
    "truth as HDF5 enumeration": (_dataset(data=np.ones(3, bool)), "expected a dtype"),
    "fixed strings": (_dataset(data=np.array([b"a", b"bc"])), "expected a dtype"),
    "strings of variable length": (_dataset(data=["a", "bc"], dtype=h5py.string_dtype()), "expected a dtype"),
    "lists of variable length": (_dataset(shape=(2,), dtype=h5py.vlen_dtype("<i4")), "expected a dtype"),
    "compound": (_dataset(data=np.zeros(3, [("a", "<f4"), ("b", "<i2")])), "expected a dtype"),
    "opaque": (_dataset(data=np.zeros(3, "V5")), "expected a dtype"),
    "references": (_dataset(shape=(2,), dtype=h5py.ref_dtype), "expected a dtype"),
    # shapes and places
    "no dataspace": (_plain(h5t.STD_I8LE, shape=None), "no dataspace"),
    "nine dimensions": (_plain(h5t.STD_I8LE, shape=(1,) * 9), "rank 9"),
    "two arrays in one place": (_overlapping, "begins at byte .* inside"),
    "an array over the manifest": (_over_the_manifest, "begins at byte .* inside"),
    "address behind the end": (_place("weights/hidden/b", address=10**9), "ends at byte|libhdf5 says"),
    "address beyond 63 bits": (_place("weights/hidden/b", address=2**64 - 600), "weights/hidden/b"),
    "address undefined": (_place("weights/hidden/b", address=2**64 - 1), "weights/hidden/b"),
    "too little storage": (_place("weights/hidden/b", size=11), "11 bytes of storage, expected 12|libhdf5 says"),
    "too much storage": (_place("weights/hidden/b", size=13), "13 bytes of storage, expected 12|libhdf5 says"),
    "shape beyond its storage": (_place("weights/hidden/b", shape=(2**40,)), "bytes of storage|libhdf5 says"),
    "shape and storage beyond the file": (
        _place("weights/hidden/b", size=2**42, shape=(2**40,)),
        "ends at byte|libhdf5 says",
    ),
    "shape whose size overflows to 0": (
        _place("weights/hidden/W", size=0, shape=(2**32, 2**32)),
        "bytes of storage|libhdf5 says",
    ),
    "shape whose size overflows to itself": (
        _place("weights/hidden/W", size=48, shape=(2**62 + 4, 3)),
        "bytes of storage|libhdf5 says",
    ),
}


# --- the manifest -----------------------------------------------------------------------------------------------------


def table_of(arrays: Arrays) -> dict[str, Any]:
    return {
        name: {
            "dtype": dtype_code(array),
            "shape": list(array.shape),
            "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
        }
        for name, array in arrays.items()
    }


def forge(path: Path, manifest: bytes, arrays: Arrays) -> None:
    """A file whose manifest is any bytes; the digest is still that of the file that was there."""
    layout = lay_out([(name, dtype_code(array), array.shape) for name, array in arrays.items()], len(manifest))
    parts: list[bytes | memoryview] = []
    for structure, place in layout.gaps():
        parts.append(structure)
        if place is not None:
            parts.append(manifest if place.name == MANIFEST else bytes_of(arrays[place.name]))
    body = b"".join(parts)
    path.write_bytes(user_block.pack(USER_BLOCK + len(body), bytes(32)) + body)


def _manifest(change: Callable[[dict[str, Any]], Any]) -> Change:
    """The valid arrays under a manifest that was changed; what `change` returns, if bytes, takes its place."""

    def apply(path: Path) -> None:
        manifest = {"format": 1, "arrays": table_of(valid_arrays())}
        changed = change(manifest)
        forge(path, changed if isinstance(changed, bytes) else json.dumps(manifest).encode(), valid_arrays())

    return apply


def _labels(text: str | bytes) -> Change:
    """A manifest in which a piece of JSON text stands as the value of "labels"."""
    raw = text.encode() if isinstance(text, str) else text
    return _manifest(lambda manifest: json.dumps({**manifest, "labels": "HERE"}).encode().replace(b'"HERE"', raw))


def _array(name: str, **changes: Any) -> Change:
    return _manifest(lambda manifest: manifest["arrays"][name].update(changes))


MANIFEST_CASES: dict[str, tuple[Change, str]] = {
    # JSON
    "nothing but a space": (_manifest(lambda manifest: b" "), "not JSON"),
    "not JSON": (_manifest(lambda manifest: b"import os"), "not JSON"),
    "zeros": (_manifest(lambda manifest: bytes(1000)), "not JSON"),
    "UTF-16": (_manifest(lambda manifest: json.dumps(manifest).encode("utf-16")), "not JSON"),
    "a byte order mark": (_manifest(lambda manifest: b"\xef\xbb\xbf" + json.dumps(manifest).encode()), "not JSON"),
    "two documents": (_manifest(lambda manifest: json.dumps(manifest).encode() + b"{}"), "not JSON"),
    "bytes that are not UTF-8": (_labels(b'"\xff\xfe"'), "not JSON"),
    "surrogates as UTF-8": (_labels(b'"\xed\xa0\x80"'), "not JSON"),
    "half a surrogate pair": (_labels('"\\ud800"'), "not JSON.*surrogates"),
    "half a surrogate pair as a key": (_labels('{"\\udfff": 1}'), "not JSON.*surrogates"),
    "one key twice": (_labels('1, "labels": 2'), "'labels' stands twice"),
    "one key twice, deep down": (_labels('[{"a": 1, "b": 2, "a": 1}]'), "'a' stands twice"),
    "NaN": (_labels("[NaN]"), "got NaN"),
    "Infinity": (_labels("[Infinity]"), "got Infinity"),
    "-Infinity": (_labels("[-Infinity]"), "got -Infinity"),
    "a number beyond float64": (_labels("[1e999]"), "expected a finite number"),
    "an integer beyond 64 bits": (_labels(str(2**64)), "expected one of 64 bits"),
    "a negative integer beyond 64 bits": (_labels(str(-(2**63) - 1)), "expected one of 64 bits"),
    "an integer of a million digits": (_labels("9" * 10**6), "expected one of 64 bits"),
    "nested 33 deep": (_labels("[" * 32 + "]" * 32), "nested deeper than 32"),
    "nested a million deep": (_labels("[" * 10**6), "nested deeper than 32"),
    "nested a million deep in tables": (_labels('{"a":' * 10**6), "nested deeper than 32"),
    "nested behind a string full of brackets": (_labels('["\\"]]]]]]' + "]" * 100 + '", ' + "[" * 40), "nested deeper"),
    # schema
    "a list": (_manifest(lambda manifest: b"[1]"), "manifest: got a list of 1, expected a table"),
    "null": (_manifest(lambda manifest: b"null"), "manifest: got null, expected a table"),
    "no format": (_manifest(lambda manifest: manifest.pop("format")), "'format' is missing"),
    "another format": (_manifest(lambda manifest: manifest.update(format=2)), "manifest.format: got 2"),
    "format as truth": (_manifest(lambda manifest: manifest.update(format=True)), "manifest.format: got True"),
    "format as a float": (_manifest(lambda manifest: manifest.update(format=1.0)), "manifest.format: got 1.0"),
    "format as text": (_manifest(lambda manifest: manifest.update(format="1")), "manifest.format: got '1'"),
    "an unknown key": (_manifest(lambda manifest: manifest.update({"\x1b]0;": 1})), r"got the key '\\x1b\]0;'"),
    "an architecture that is text": (_manifest(lambda manifest: manifest.update(architecture="mlp")), "architecture"),
    "an architecture with code": (
        _manifest(lambda manifest: manifest.update(architecture={"name": "mlp", "import": "os"})),
        "architecture: got the key 'import'",
    ),
    "metrics that are a list": (_manifest(lambda manifest: manifest.update(metrics=[1])), "manifest.metrics"),
    "no arrays": (_manifest(lambda manifest: manifest.pop("arrays")), "'arrays' is missing"),
    "a digest that is none": (_array("weights/hidden/W", sha256="A" * 64), "sha256: got"),
    "a shape that is text": (_array("weights/hidden/W", shape="43"), "shape: got '43', expected a list"),
    "a negative shape": (_array("weights/hidden/W", shape=[-4, -3]), "shape.0.: got -4"),
    "a shape in floats": (_array("weights/hidden/W", shape=[4.0, 3.0]), "shape.0.: got 4.0"),
    "a shape in truth values": (_array("weights/hidden/W", shape=[True, True]), "shape.0.: got True"),
    "an unknown dtype": (_array("weights/hidden/W", dtype="O"), "dtype: got 'O'"),
    "more than form and digest": (_array("weights/hidden/W", file="/etc/passwd"), "got the key 'file'"),
    # against the arrays
    "an array too few": (
        _manifest(lambda manifest: manifest["arrays"].pop("state/empty")),
        "'state/empty': stands in the file, but not in the manifest",
    ),
    "an array too many": (
        _manifest(lambda manifest: manifest["arrays"].update({"best/x": manifest["arrays"]["state/empty"]})),
        "'best/x': stands in the manifest, but not in the file",
    ),
    "another shape": (_array("weights/hidden/W", shape=[3, 4]), r"got shape \[4, 3\], the manifest says \[3, 4\]"),
    "another rank": (_array("weights/hidden/W", shape=[12]), "got shape"),
    "another dtype": (_array("weights/hidden/W", dtype="i4"), "got dtype f4, the manifest says i4"),
    "another digest": (_array("weights/hidden/W", sha256="0" * 64), "'weights/hidden/W': got sha256"),
    "another digest of an empty array": (_array("state/empty", sha256="0" * 64), "'state/empty': got sha256"),
}


# --- chance -----------------------------------------------------------------------------------------------------------


def mutate(data: bytes, seed: int) -> bytes:
    """A valid file changed at random behind its user block, mostly where the structure is, with all digests renewed.

    Half of them get HDF5's own checksums renewed, too: only those get deep into libhdf5.
    """
    chance = random.Random(seed)
    changed = bytearray(data)
    headers = object_headers(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if chance.random() < 0.8:
            start, _, end = chance.choice(headers)
        else:
            start, end = USER_BLOCK, len(data)
        at = chance.randrange(start, end)
        match chance.randrange(4):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            case 2:
                width = chance.choice((2, 4, 8))
                changed[at : at + width] = chance.randbytes(width)[: len(changed) - at]
            case _:
                source = chance.randrange(start, end)
                part = bytes(changed[source : source + chance.randrange(1, 32)])
                changed[at : at + len(part)] = part[: len(changed) - at]
    if chance.random() < 0.5:
        renew_checksums(changed)
    changed[:USER_BLOCK] = user_block.pack(len(changed), hashlib.sha256(changed[USER_BLOCK:]).digest())
    return bytes(changed)
