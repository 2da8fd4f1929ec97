"""Files that must be refused: for every rule of loading at least one that breaks it and is otherwise in order.

`BROKEN` are changes that the user block, or the file itself, must give away. `STRUCTURE` and `MANIFEST` are changes to
what the digest covers: made alone they must stop at the digest; with the digests renewed, at the rule they break.
`mutate` changes valid files at random.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5s

from zoo import checkpoint
from zoo.checkpoint.format.arrays import bytes_of, dtype_code
from zoo.checkpoint.format.index import MANIFEST, USER_BLOCK, Entry
from zoo.checkpoint.format.layout import lay_out
from zoo.checkpoint.format.user_block import UserBlock, place_of_manifest
from zoo.testing.resealing import sealed
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
    """The same content as other software, or another version of HDF5, may lay it out: unaligned, manifest first."""
    found = checkpoint.read(path)
    manifest = {**found.manifest, "arrays": table_of(found.arrays)}
    room = len(json.dumps(manifest)) + 30 * len(found.arrays)
    path.unlink()
    with h5py.File(path, "w", libver=("v110", "v110"), userblock_size=USER_BLOCK) as file:
        file.create_dataset(MANIFEST, data=np.full(room, ord(" "), "u1"))
        for name, array in found.arrays.items():
            file[name] = array
            manifest["arrays"][name]["offset"] = file[name].id.get_offset() if array.size else 0
        file[MANIFEST][: len(json.dumps(manifest))] = np.frombuffer(json.dumps(manifest).encode(), "u1")
        place = file[MANIFEST].id.get_offset()
    path.write_bytes(sealed(bytearray(path.read_bytes()), place, room))


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


def _resealed(place: Callable[[bytearray], tuple[int, int]]) -> Change:
    """Another place and size for the manifest, under a digest that is right."""
    return _bytes(lambda data: sealed(data, *place(data)))


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
    "older version": (_put(7, b"\x01"), "format version 1, which h5py has to parse.*--trusted"),
    "newer version": (_put(7, b"\x03"), "format version 3, expected 2"),
    "cut inside the block": (_bytes(lambda data: data[:100]), "cut short"),
    "cut behind the block": (_bytes(lambda data: data[:USER_BLOCK]), "cut short"),
    "cut by a byte": (_bytes(lambda data: data[:-1]), "cut short"),
    "longer by a byte": (_bytes(lambda data: data + b"\0"), "cut short or damaged"),
    "length": (_put(8, struct.pack("<Q", 2**63)), f"expected {2**63}"),
    "only a block": (_bytes(lambda data: sealed(data[:USER_BLOCK], USER_BLOCK, 1)), "cut short"),
    "manifest in the user block": (_resealed(lambda data: (USER_BLOCK - 1, 100)), "at byte 511"),
    "manifest behind the end": (_resealed(lambda data: (len(data), 1)), "1 bytes at byte"),
    "manifest that ends behind the end": (_resealed(lambda data: (len(data) - 9, 10)), "10 bytes at byte"),
    "manifest of no bytes": (_resealed(lambda data: (USER_BLOCK, 0)), "manifest of 0 bytes"),
    "manifest that is too large": (_resealed(lambda data: (USER_BLOCK, 2**23 + 1)), "expected 1 to 8388608 bytes"),
    "manifest whose end overflows": (_resealed(lambda data: (2**64 - 1, 2)), "at byte 18446744073709551615"),
    "manifest of the largest size": (_resealed(lambda data: (USER_BLOCK, 2**64 - 1)), "18446744073709551615 bytes"),
    "place of the manifest": (_put(16, b"\x40\x03"), "SHA-256"),
    "size of the manifest": (_put(24, b"\x40\x03"), "SHA-256"),
    "digest": (_put(40, b"\0\1\2\3"), "SHA-256"),
    "bytes behind the digest": (_put(USER_BLOCK - 1, b"x"), "expected zeros"),
    "last byte": (_bytes(lambda data: data[:-1] + bytes([data[-1] ^ 1])), "SHA-256"),
    "first byte behind the block": (_put(USER_BLOCK, b"\0"), "SHA-256"),
}


# --- the manifest -----------------------------------------------------------------------------------------------------


def table_of(arrays: Arrays, offsets: dict[str, int] | None = None) -> dict[str, Any]:
    """The manifest's table of arrays, with their offsets where they are known."""
    return {
        name: {
            "dtype": dtype_code(array),
            "shape": list(array.shape),
            **({} if offsets is None else {"offset": offsets[name]}),
            "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
        }
        for name, array in arrays.items()
    }


def forge(path: Path, change: Callable[[dict[str, Any]], Any], arrays: Arrays | None = None) -> None:
    """The valid arrays, or others, under a manifest that was changed; what `change` returns, if bytes, takes its place.
    The digest is not renewed."""
    arrays = valid_arrays() if arrays is None else arrays
    text = b""

    def size(entries: list[Entry]) -> int:
        nonlocal text
        manifest = {"format": 2, "arrays": table_of(arrays, {entry.name: entry.offset for entry in entries})}
        changed = change(manifest)
        text = changed if isinstance(changed, bytes) else json.dumps(manifest).encode()
        return len(text)

    layout = lay_out([(name, dtype_code(array), array.shape) for name, array in arrays.items()], size)
    parts: list[bytes | memoryview] = []
    for structure, place in layout.gaps():
        parts.append(structure)
        if place is not None:
            parts.append(text if place is layout.manifest else bytes_of(arrays[place.name]))
    block = UserBlock(layout.length, layout.manifest.offset, layout.manifest.size)
    path.write_bytes(block.pack() + b"".join(parts))


def _manifest(change: Callable[[dict[str, Any]], Any]) -> Change:
    return lambda path: forge(path, change)


def _labels(text: str | bytes) -> Change:
    """A manifest in which a piece of JSON text stands as the value of "labels"."""
    raw = text.encode() if isinstance(text, str) else text
    return _manifest(lambda manifest: json.dumps({**manifest, "labels": "HERE"}).encode().replace(b'"HERE"', raw))


def _array(name: str, **changes: Any) -> Change:
    return _manifest(lambda manifest: manifest["arrays"][name].update(changes))


def _renamed(name: str) -> Change:
    """One more array, of no values, under a name."""
    empty = {"dtype": "f8", "shape": [0], "offset": 0, "sha256": hashlib.sha256().hexdigest()}
    return _manifest(lambda manifest: manifest["arrays"].update({name: empty}))


def _many_objects(manifest: dict[str, Any]) -> None:
    empty = {"dtype": "f8", "shape": [0], "offset": 0, "sha256": hashlib.sha256().hexdigest()}
    manifest["arrays"] |= {f"state/g{number}/x/y": empty for number in range(22_000)}


def _overlapping(by: int) -> Callable[[dict[str, Any]], Any]:
    def change(manifest: dict[str, Any]) -> None:
        manifest["arrays"]["weights/hidden/b"]["offset"] = manifest["arrays"]["best/hidden/b"]["offset"] + by

    return change


def _swapped(manifest: dict[str, Any]) -> None:
    """Two arrays of one form in each other's place."""
    first, second = (manifest["arrays"][f"{group}/hidden/b"] for group in ("weights", "best"))
    first["offset"], second["offset"] = second["offset"], first["offset"]


def _over_the_manifest(by: int) -> Change:
    def apply(path: Path) -> None:
        at, _ = place_of_manifest(path.read_bytes())
        width = len(str(at + by))
        forge(path, lambda manifest: manifest["arrays"]["weights/hidden/b"].update(offset=10**width - 1))
        at, size = place_of_manifest(path.read_bytes())
        data = path.read_bytes()
        text = data[at : at + size].replace(str(10**width - 1).encode(), str(at + by).rjust(width).encode())
        path.write_bytes(data[:at] + text + data[at + size :])

    return apply


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
    "another format": (_manifest(lambda manifest: manifest.update(format=1)), "manifest.format: got 1"),
    "format as truth": (_manifest(lambda manifest: manifest.update(format=True)), "manifest.format: got True"),
    "format as a float": (_manifest(lambda manifest: manifest.update(format=1.0)), "manifest.format: got 1.0"),
    "format as text": (_manifest(lambda manifest: manifest.update(format="2")), "manifest.format: got '2'"),
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
    "a shape beyond 63 bits": (_array("weights/hidden/W", shape=[2**63]), "shape.0.: got 9223372036854775808"),
    "an offset that is text": (_array("weights/hidden/W", offset="600"), "offset: got '600'"),
    "an offset as a float": (_array("weights/hidden/W", offset=1024.0), "offset: got 1024.0"),
    "an offset as truth": (_array("weights/hidden/W", offset=True), "offset: got True"),
    "a negative offset": (_array("weights/hidden/W", offset=-64), "offset: got -64"),
    "an offset beyond 63 bits": (_array("weights/hidden/W", offset=2**63), "offset: got 9223372036854775808"),
    "no offset": (_manifest(lambda manifest: manifest["arrays"]["state/empty"].pop("offset")), "'offset' is missing"),
    "nine dimensions": (_array("weights/hidden/W", shape=[1] * 9), "shape: got a list of 9"),
    # names
    "another tree": (_renamed("gradients/W"), "'gradients/W': expected a path under one of"),
    "a name at the top": (_renamed("more"), "'more': expected a path under one of"),
    "the manifest as an array": (_renamed("manifest"), "'manifest': expected a path under one of"),
    "a group as an array": (_renamed("weights"), "'weights': expected a path under one of"),
    "a name that begins another's path": (_renamed("weights/hidden"), "'weights/hidden': its name begins"),
    "a name with a slash too many": (_renamed("weights//W"), "got the name ''"),
    "a name that leads upwards": (_renamed("weights/../W"), r"got the name '\.\.'"),
    "an absolute name": (_renamed("/weights/W"), "'/weights/W': expected a path under one of"),
    "too deep": (_renamed("state/" + "d/" * 15 + "x"), "17 steps in its path, expected up to 16"),
    "name with a space": (_renamed("state/a b"), "got the name 'a b'"),
    "name that moves the cursor": (_renamed("state/a\x1b[2J"), r"got the name 'a\\x1b\[2J'"),
    "name beyond ASCII": (_renamed("state/\u00e9"), "got the name"),
    "name of 256 characters": (_renamed("state/" + "n" * 256), "got the name 'nnn"),
    "too many objects": (_manifest(_many_objects), "expected at most 65536 objects"),
    # places
    "a place in the user block": (_array("weights/hidden/b", offset=USER_BLOCK - 4), "byte 508, inside the user block"),
    "the first byte of all": (_array("weights/hidden/b", offset=0), "begins at byte 0, inside the user block"),
    "two arrays in one place": (_manifest(_overlapping(0)), "begins at byte .* inside array"),
    "two arrays that overlap": (_manifest(_overlapping(4)), "begins at byte .* inside array"),
    "an array over the manifest": (_over_the_manifest(0), "array 'manifest': begins at byte .*, inside array"),
    "an array into the manifest": (_over_the_manifest(-8), "array 'manifest': begins at byte .*, inside array"),
    "a place behind the end": (_array("weights/hidden/b", offset=10**9), "ends at byte 1000000012, expected at most"),
    "a place whose end overflows": (_array("weights/hidden/b", offset=2**63 - 4), "ends at byte 9223372036854775816"),
    "a shape beyond the file": (_array("weights/hidden/b", shape=[2**40]), "inside array|ends at byte"),
    "a size that overflows to 0": (_array("weights/hidden/W", shape=[2**32, 2**32]), "larger than any array can be"),
    "a size that overflows to itself": (_array("weights/hidden/W", shape=[2**62 + 4, 3]), "larger than any array"),
    "an empty array too large for NumPy": (_array("state/empty", shape=[0, 2**62]), "larger than any array can be"),
    "an empty array with a place": (_array("state/empty", offset=1024), "expected 0 for an array without values"),
    # against the bytes
    "a smaller shape": (_array("weights/hidden/W", shape=[4, 2]), "'weights/hidden/W': got sha256"),
    "another place": (_manifest(_swapped), "'best/hidden/b': got sha256"),
    "another digest": (_array("weights/hidden/W", sha256="0" * 64), "'weights/hidden/W': got sha256"),
    "another digest of an empty array": (_array("state/empty", sha256="0" * 64), "'state/empty': got sha256"),
}


# --- what HDF5 tools see, and zoo does not look at --------------------------------------------------------------------


def _file(change: Callable[[h5py.File], Any]) -> Change:
    def apply(path: Path) -> None:
        with h5py.File(path, "r+", libver=("v110", "v110")) as file:
            change(file)

    return apply


def _link(name: str, target: Callable[[h5py.File], Any]) -> Change:
    def change(file: h5py.File) -> None:
        file[name] = target(file)

    return _file(change)


def _instead(name: str, target: Callable[[h5py.File], Any]) -> Change:
    """Something else under the name of an array, whose values stay where they are."""

    def change(file: h5py.File) -> None:
        file.move(name, "state/moved")
        file[name] = target(file)
        del file["state/moved"]

    return _file(change)


def _dataset(**options: Any) -> Change:
    """One more dataset, made with h5py's options."""
    return _file(lambda file: file.create_dataset("state/more", **options))


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


def _many_links(file: h5py.File) -> None:
    group = file.create_group("history/many")
    group["l"] = np.ones(3, "<f4")
    for index in range(70_000):
        group.id.links.create_hard(f"l{index}".encode(), group.id, b"l")


def _bomb(file: h5py.File) -> None:
    """A terabyte of zeros in a few bytes."""
    file.create_dataset("state/more", shape=(2**37,), dtype="f8", chunks=(2**20,), fillvalue=1.0)


# (change, what `zoo verify --hdf5` says): zoo reads the arrays that were saved all the same.
STRUCTURE: dict[str, tuple[Change, str]] = {
    "no manifest": (_file(lambda file: file.move(MANIFEST, "state/manifest")), "HDF5 sees no dataset /manifest"),
    "an array is not there": (_file(lambda file: file.pop("best/hidden/b")), "'best/hidden/b': HDF5 does not see it"),
    "other values": (_instead("best/hidden/b", lambda file: np.full(3, 2, "f4")), "'best/hidden/b': HDF5 sees other"),
    "other shape": (_instead("best/hidden/b", lambda file: np.ones(4, "f4")), r"shape \(4,\), expected f4 of .*\(3,\)"),
    "other type": (_instead("best/hidden/b", lambda file: np.ones(3, "i4")), "HDF5 sees '<i4' .*, expected f4"),
    "big-endian values": (_instead("best/hidden/b", lambda file: np.ones(3, ">f4")), "HDF5 sees '>f4'"),
    "another dataset": (_link("more", lambda file: np.ones(3)), "'more': HDF5 sees '<f8', of which zoo knows nothing"),
    "soft link": (_link("state/more", lambda file: h5py.SoftLink("/weights/hidden/W")), "'a soft or external link'"),
    "soft link in a circle": (_link("state/more", lambda file: h5py.SoftLink("/state/more")), "soft or external"),
    "external link": (_link("state/more", lambda file: h5py.ExternalLink("/etc/passwd", "/x")), "soft or external"),
    "external link for an array": (
        _instead("best/hidden/b", lambda file: h5py.ExternalLink("/etc/passwd", "/x")),
        "'best/hidden/b': HDF5 sees 'a soft or external link'",
    ),
    "a circle of groups": (_link("state/adam/again", lambda file: file["state"]), "nested deeper than 20"),
    "too many objects": (_file(_many_links), "more than 70000 objects"),
    "named datatype": (_link("state/kind", lambda file: np.dtype("<f4")), "HDF5 sees 'a named type'"),
    "external storage": (_dataset(shape=(3,), dtype="<f8", external=[("/etc/passwd", 0, 24)]), "cannot be read"),
    "virtual": (_virtual(endless=False), "HDF5 sees 'a virtual dataset'"),
    "virtual without end": (_virtual(endless=True), "HDF5 sees 'a virtual dataset'"),
    "a terabyte of zeros": (_file(_bomb), "'state/more': HDF5 sees '<f8'"),
    "gzip": (_dataset(data=np.ones(3), compression="gzip"), "'state/more': HDF5 sees '<f8'"),
    "strings": (_dataset(data=["a", "bc"], dtype=h5py.string_dtype()), r"'state/more': HDF5 sees '.O'"),
    "compound": (_dataset(data=np.zeros(3, [("a", "<f4"), ("b", "<i2")])), "'state/more': HDF5 sees"),
    "no dataspace": (_link("state/more", lambda file: h5py.Empty("f")), "'state/more': HDF5 sees '<f4'"),
    "not HDF5 at all": (_put(USER_BLOCK, b"\x89HDX"), "h5py cannot view it"),
    "a superblock that leads nowhere": (_put(USER_BLOCK + 36, struct.pack("<Q", 2**40)), "h5py cannot view it"),
}


# --- chance -----------------------------------------------------------------------------------------------------------


def mutate(data: bytes, seed: int) -> bytes:
    """A valid file changed at random: most often the manifest, with all digests renewed, as text or as values; else the
    numbers of the user block, the structure or the values; one in ten with the old digest."""
    chance = random.Random(seed)
    changed = bytearray(data)
    at, size = place_of_manifest(data)
    kind = chance.random()
    if kind < 0.3:
        manifest, original = (json.loads(data[at : at + size]) for _ in range(2))
        for _ in range(chance.choice((1, 1, 2, 4))):
            _change_a_value(manifest["arrays"], original["arrays"], chance)
        text = json.dumps(manifest).encode()
        changed[at:] = text  # the structure behind it is nobody's
        return bytes(sealed(changed, at, len(text)))
    areas = ((at, at + size), (8, 32), (USER_BLOCK, len(data)))
    start, end = areas[0] if kind < 0.7 else areas[1] if kind < 0.8 else areas[2]
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        _change_bytes(changed, chance, start, end)
    if chance.random() < 0.1:
        return bytes(changed)
    length, *place = struct.unpack_from("<QQQ", changed, 8)
    if kind >= 0.7 and kind < 0.8 and chance.random() < 0.5:  # also another length
        block = UserBlock(length, *place)
        digest = hashlib.sha256(block.numbers() + changed[USER_BLOCK:]).digest()
        return UserBlock(length, *place, digest).pack() + bytes(changed[USER_BLOCK:])
    return bytes(sealed(changed, *place))


def _change_a_value(table: dict[str, Any], original: dict[str, Any], chance: random.Random) -> None:
    """Another name, dtype, shape, place or digest for one array, or one array more or fewer."""
    name, another = (chance.choice(sorted(table)) for _ in range(2))
    form, other = table[name], original[chance.choice(sorted(original))]
    was = original.get(name, other)
    match chance.randrange(9):
        case 0:
            form["offset"] = chance.choice((0, 511, 512, other["offset"], was["offset"] + chance.randrange(-64, 64)))
        case 1:
            form["offset"] = chance.choice((2**31, 2**32, 2**63 - 1, 2**63, 2**64, -1, 1.5, None, "1024"))
        case 2:
            form["shape"] = [*was["shape"], chance.choice((0, 1, 2, 2**31, 2**62, 2**63, -1))]
        case 3:
            form["shape"] = chance.choice((other["shape"], was["shape"][::-1], [], [1] * 9, [0, 2**62], None))
        case 4:
            form["dtype"] = chance.choice((other["dtype"], "f4", "i4", "u1", "f8", "f2", "O", ""))
        case 5:
            form["sha256"] = chance.choice((other["sha256"], "0" * 64, was["sha256"][::-1], ""))
        case 6:
            table[name], table[another] = table[another], table[name]
        case 7 if len(table) > 1:
            del table[name]
        case _:
            table[chance.choice((f"{name}/x", name[:-1], f"state/{name}", "manifest", "weights"))] = dict(form)


def _change_bytes(changed: bytearray, chance: random.Random, start: int, end: int) -> None:
    at = chance.randrange(start, end)
    match chance.randrange(4):
        case 0:
            changed[at] ^= 1 << chance.randrange(8)
        case 1:
            changed[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, *b'0"{}[],:'))
        case 2:
            width = chance.choice((2, 4, 8))
            changed[at : at + width] = chance.randbytes(width)[: len(changed) - at]
        case _:
            source = chance.randrange(start, end)
            part = bytes(changed[source : source + chance.randrange(1, 32)])
            changed[at : at + len(part)] = part[: len(changed) - at]


def expected(data: bytes) -> Arrays:
    """What the manifest of a file says, read without zoo: to compare with what zoo reads."""
    at, size = place_of_manifest(data)
    found = {}
    for name, form in json.loads(data[at : at + size])["arrays"].items():
        dtype, count = np.dtype("<" + form["dtype"]), math.prod(form["shape"])
        part = data[form["offset"] : form["offset"] + count * dtype.itemsize]
        found[name] = np.frombuffer(part, dtype, count).reshape(form["shape"])
    return found
