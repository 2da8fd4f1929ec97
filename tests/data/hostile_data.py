"""Data files, folders and recipes that a stranger may send: each is hostile in one way, and otherwise in order.

Of each case it is known what becomes of it: it is refused, in words of which a part is given, or read, and then as
these values. A maker is given the path to write to; next to it lies `secret.txt`, which must never be opened.
"""

from __future__ import annotations

import gzip
import io
import os
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

Make = Callable[[Path], Any]
ROWS = 24
X = np.arange(ROWS * 4).reshape(ROWS, 4) % 251  # what is read where the inputs are in order
SECRET = b"the secret 4711 " * 48
FULL = 2**28  # values that bombs claim or unpack to: gigabytes, out of a file of far less


@dataclass(frozen=True)
class Case:
    make: Make
    refused: str = ""  # a regular expression that the error's text matches; "" where the file is read
    read: dict[str, Any] = field(default_factory=dict)  # some of what is then found; see hostile_process.py
    options: dict[str, Any] = field(default_factory=dict)


def refused(make: Make, text: str, **options: Any) -> Case:
    return Case(make, text, options=options)


def read(make: Make, options: dict[str, Any] | None = None, **found: Any) -> Case:
    return Case(make, read=found, options=options or {})


def secret(path: Path) -> Path:
    return path.parent / "secret.txt"


def _bytes(data: bytes) -> Make:
    return lambda path: path.write_bytes(data)


def _later(data: Callable[[], bytes]) -> Make:
    """Large files are made when they are wanted."""
    return lambda path: path.write_bytes(data())


def zeros_deflated(length: int, wrapper: str = "") -> bytes:
    """A stream that inflates to so many zeros, put together from equal blocks: quick to make, however long.

    `wrapper`: "zlib", "gzip" or none.
    """
    step = 2**20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packer.compress(bytes(step)), packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(step)) + packer.flush(zlib.Z_FULL_FLUSH)
    whole, rest = divmod(length, step)
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = block * whole + last.compress(bytes(rest)) + last.flush()
    if wrapper == "zlib":
        check = 1 + (length % 65521 << 16)  # Adler-32 of zeros
        return b"\x78\xda" + body + struct.pack(">I", check)
    if wrapper == "gzip":
        return b"\x1f\x8b\x08\0\0\0\0\0\2\xff" + body + struct.pack("<II", 0, length % 2**32)
    return body


# --- HDF5 -------------------------------------------------------------------------------------------------------------


def _hdf5(change: Callable[[Any, Path], Any], **how: Any) -> Make:
    """A file with the targets, and whatever `change` puts under "x"."""

    def make(path: Path) -> None:
        with h5py.File(path, "w", **how) as file:
            file["y"] = np.arange(ROWS) / 7.0
            change(file, path)

    return make


def _dataset(**options: Any) -> Make:
    return _hdf5(lambda file, path: file.create_dataset("x", **options))


def _external(file: Any, path: Path, name: str = "x") -> None:
    file.create_dataset(name, shape=(ROWS, 4), dtype="u1", external=[(str(secret(path)), 0, ROWS * 4)])


def _external_pipe(file: Any, path: Path) -> None:
    os.mkfifo(path.parent / "pipe")
    file.create_dataset("x", shape=(ROWS, 4), dtype="u1", external=[(str(path.parent / "pipe"), 0, ROWS * 4)])


def _external_test_part(file: Any, path: Path) -> None:
    file["x"] = X
    _external(file, path, "x_test")
    file["y_test"] = np.arange(ROWS) / 7.0


def _external_targets(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["x"] = X
        file.create_dataset("y", shape=(ROWS,), dtype="u1", external=[(str(secret(path)), 0, ROWS)])


def _virtual(source: Callable[[Path], str]) -> Make:
    def change(file: Any, path: Path) -> None:
        file["here"] = X
        layout = h5py.VirtualLayout((ROWS, 4), "f8")
        layout[:] = h5py.VirtualSource(source(path), "here", (ROWS, 4))
        file.create_virtual_dataset("x", layout)

    return _hdf5(change)


def _foreign_filter(file: Any, path: Path) -> None:
    options = h5p.create(h5p.DATASET_CREATE)
    options.set_chunk((ROWS, 4))
    options.set_filter(32015, 1, (1,))  # 1: optional
    h5d.create(file.id, b"x", h5t.NATIVE_DOUBLE, h5s.create_simple((ROWS, 4)), options)


def _bomb(rows: int, kind: str = "f8") -> Make:
    """Chunks that all hold the same few bytes, which inflate to zeros; made in no time."""

    def change(file: Any, path: Path) -> None:
        chunk = 2**20
        made = file.create_dataset("x", shape=(rows, 4), dtype=kind, chunks=(chunk, 4), compression="gzip")
        packed = zlib.compress(bytes(chunk * 4 * made.dtype.itemsize), 9)
        for start in range(0, rows, chunk):
            made.id.write_direct_chunk((start, 0), packed)

    return _hdf5(change)


def _zeros(rows: int, width: int, chunk: int) -> Make:
    """Inputs alone: bytes of zeros in chunks of so many rows."""

    def make(path: Path) -> None:
        with h5py.File(path, "w") as file:
            made = file.create_dataset("x", shape=(rows, width), dtype="u1", chunks=(chunk, width), compression="gzip")
            packed = zeros_deflated(chunk * width, "zlib")
            for start in range(0, rows, chunk):
                made.id.write_direct_chunk((start, 0), packed)

    return make


def _links(link: Callable[[Path], Any]) -> Make:
    def change(file: Any, path: Path) -> None:
        file["x"] = link(path)

    return _hdf5(change)


def _loop(file: Any, path: Path) -> None:
    file["x"] = X
    group = file.create_group("loop")
    group["back"] = file["/"]
    group["again"] = group


def _named(name: str | bytes) -> Make:
    def change(file: Any, path: Path) -> None:
        file[name] = X

    return _hdf5(change)


def _many_members(file: Any, path: Path) -> None:
    for number in range(3000):
        file.create_group(f"g{number}")


def _spoiled(path: Path) -> None:
    _dataset(data=X)(path)
    data = bytearray(path.read_bytes())
    data[100:700:7] = b"\xff" * len(data[100:700:7])
    path.write_bytes(data)


def _cut(path: Path) -> None:
    _dataset(data=X)(path)
    path.write_bytes(path.read_bytes()[:-300])


def _deep_type(file: Any, path: Path) -> None:
    kind: Any = np.dtype("f8")
    for _ in range(200):
        kind = np.dtype([("inner", kind)])
    file.create_dataset("x", shape=(ROWS,), dtype=kind)


def _spoiled_chunk(file: Any, path: Path) -> None:
    made = file.create_dataset("x", shape=(ROWS, 4), dtype="f8", chunks=(ROWS, 4), compression="gzip")
    made.id.write_direct_chunk((0, 0), b"\x78\xda" + b"\xff" * 400)


def _inflating_chunk(file: Any, path: Path) -> None:
    """A chunk of 1 KB that inflates to a gigabyte, where 768 bytes are expected."""
    made = file.create_dataset("x", shape=(ROWS, 4), dtype="f8", chunks=(ROWS, 4), compression="gzip")
    made.id.write_direct_chunk((0, 0), zeros_deflated(2**30, "zlib"))


def _long_texts(file: Any, path: Path) -> None:
    file["x"] = X
    del file["y"]
    file.create_dataset("y", data=["a" * 2**22] + ["b"] * (ROWS - 1), dtype=h5py.string_dtype())


READS = {"shape": [ROWS, 4], "sum": float(X.sum()), "first": [0, 1, 2, 3], "task": "regression"}
HDF5: dict[str, Case] = {
    "external storage": refused(_hdf5(_external), r"'x' has its values in other files \(external storage\)"),
    "external storage in a pipe": refused(_hdf5(_external_pipe), "external storage"),
    "external storage of targets": refused(_external_targets, "'y' has its values in other files"),
    "external storage of the test part": refused(_hdf5(_external_test_part), "'x_test' has its values in other files"),
    "external link": refused(_links(lambda path: h5py.ExternalLink(str(secret(path)), "/x")), "'x' is a link into"),
    "link to itself": refused(_links(lambda path: h5py.SoftLink("/x")), "'x' is a soft link"),
    "link through a group": refused(_links(lambda path: h5py.SoftLink("/a/../../x")), "'x' is a soft link"),
    "virtual dataset": refused(_virtual(lambda path: str(secret(path))), "'x' is a virtual dataset"),
    "virtual dataset in itself": refused(_virtual(lambda path: "."), "'x' is a virtual dataset"),
    "foreign filter": refused(_hdf5(_foreign_filter), "'x' goes through the filter 32015"),
    "scale-offset": refused(_dataset(data=X.astype("i4"), chunks=True, scaleoffset=True), "goes through the filter 6"),
    "huge length": refused(_dataset(shape=(2**40, 4), dtype="f8", chunks=(1024, 4), compression="gzip"), "claims"),
    "huge row": refused(_dataset(shape=(ROWS, 2**40), dtype="f8", chunks=(1, 1024)), "'x' claims .* more than can be"),
    "huge chunk": refused(
        _dataset(shape=(ROWS, 2**30), dtype="u1", chunks=(1, 2**30), compression="gzip"), "'x' (claims|has chunks)"
    ),
    "bomb": refused(_bomb(FULL), "'x': holds 268,435,456 rows in 8.. megabytes"),
    "many rows": refused(_zeros(FULL // 4, 4, 2**20), "'x': holds 67,108,864 rows in 0.. megabytes"),
    "wide bomb": read(_zeros(2**18, 2**10, 2**12), shape=[2**18, 2**10], streams=True, first=[0] * 4),
    "large chunks": read(_zeros(2**18, 2**10, 2**16), shape=[2**18, 2**10], streams=True, first=[0] * 4),
    "as much as may be": read(_zeros(112 * 2**8, 2**12, 2**11), shape=[112 * 2**8, 2**12], streams=False, sum=0),
    "one chunk": read(_zeros(2**14, 2**12, 2**14), shape=[2**14, 2**12], streams=False, sum=0),
    "many columns": read(_zeros(64, 2**18, 8), shape=[64, 2**18], streams=False, sum=0),
    "huge chunks": refused(_zeros(256, 2**20, 128), "has chunks of 134217728 bytes, expected 67108864 at most"),
    "chunk that inflates further": refused(_hdf5(_inflating_chunk), "rows 1 to 24 of 'x' cannot be read"),
    "spoiled chunk": refused(_hdf5(_spoiled_chunk), "rows 1 to 24 of 'x' cannot be read"),
    "long name": refused(_named("x" * 5000), "name of 5000 characters"),
    "escapes in a name": refused(_named("a\x1b[31mb"), r"holds 'a\\x1b\[31mb', 'y', expected inputs"),
    "name that is not UTF-8": refused(_named(b"\xff\xfe"), "holds .* expected inputs and targets"),
    "many members": refused(_hdf5(_many_members), "3001 objects at its top"),
    "group in itself": read(_hdf5(_loop), **READS),
    "no rows of endless width": refused(_dataset(shape=(0, 2**40), dtype="u1"), "'x'.*expected|there are no rows"),
    "deep type": refused(_hdf5(_deep_type), "compound type|cannot be read|damaged"),
    "references": refused(
        _hdf5(lambda file, path: file.create_dataset("x", data=[file.ref] * ROWS, dtype=h5py.ref_dtype)), "has the type"
    ),
    "lists of any length": refused(_dataset(shape=(ROWS, 4), dtype=h5py.vlen_dtype("f8")), "has the type"),
    "long texts": refused(_hdf5(_long_texts), "24 texts of up to 4194304 characters, too much text"),
    "damaged": refused(_spoiled, "damaged or cut short|cannot be read|sent nonsense|was ended"),
    "cut short": refused(_cut, "damaged or cut short"),
    "no HDF5": refused(_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 4000), "damaged or cut short"),
    # No harm, and read as they are.
    "a user block": read(_hdf5(lambda file, path: file.create_dataset("x", data=X), userblock_size=512), **READS),
    "all its own filters": read(
        _dataset(data=X, chunks=(5, 3), compression="gzip", shuffle=True, fletcher32=True), **READS
    ),
    "LZF": read(_dataset(data=X, chunks=(5, 3), compression="lzf"), **READS),
    "big-endian": read(_dataset(data=X.astype(">f4")), **READS),
    "truth values": read(_dataset(data=X % 2 == 1), shape=[ROWS, 4], first=[0, 1, 0, 1]),
    "newest format": read(_hdf5(lambda file, path: file.create_dataset("x", data=X), libver="latest"), **READS),
}


# --- NPY and NPZ ------------------------------------------------------------------------------------------------------


class Opens:
    """Unpickled, it opens the file it is named after."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self.path),)


def _pickled(path: Path) -> bytes:
    held = io.BytesIO()
    np.save(held, np.array([Opens(secret(path))], object), allow_pickle=True)
    return held.getvalue()


def _npy(
    shape: str, descr: str = "'<f8'", data: bytes = b"\0" * 64, order: str = "False", version: bytes = b"\1\0"
) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(header) % 2**16) + header + data


ARRAYS: dict[str, tuple[bytes, str]] = {  # the bytes of an NPY file, and how it is refused
    "huge shape": (_npy("(4611686018427387904, 4)"), "more than can be"),
    "overflowing shape": (_npy("(4294967296, 4294967296, 4294967296)"), "expected 633825300114114700748351602688 "),
    "negative shape": (_npy("(-1, 4)"), "more than can be"),
    "shape of booleans": (_npy("(True, 8)"), "more than can be"),
    "shape of many": (_npy("(" + "1," * 500 + ")"), "more than can be"),
    "code in the header": (_npy("__import__('os').system('true')"), "not a well-formed NPY array"),
    "deep header": (_npy("(" * 5000 + ")" * 5000), "not a well-formed NPY array"),
    "objects": (_npy("(8,)", "'|O'"), "Python objects, which are never unpickled"),
    "hidden objects": (_npy("(8,)", "[('x', '|O')]"), "Python objects, which are never unpickled"),
    "huge type": (_npy("(8,)", "'|S2147483647'"), "64 bytes.*, expected 17179869176"),
    "strange type": (_npy("(8,)", "[('x', '<f8', (9999999, 9999999))]"), "not a well-formed NPY array|expected"),
    "cut short": (_npy("(8, 4)"), "holds 64 bytes.*, expected 256"),
    "one byte too many": (_npy("(8,)", data=b"\0" * 65), "holds 65 bytes.*, expected 64"),
    "long header": (b"\x93NUMPY\x02\0" + struct.pack("<I", 2**32 - 1) + b" " * 100, "not a well-formed NPY array"),
    "another version": (_npy("(8,)", version=b"\3\0"), r"NPY version \(3, 0\), expected 1.0 or 2.0"),
    "no rows of endless width": (_npy("(0, 281474976710656)", data=b""), "expected .rows|there are no rows"),
    "compound": (_npy("(8,)", "[('x', '<f8')]"), "expected (numbers|whole or real numbers)"),
    "times": (_npy("(8,)", "'<M8[s]'"), "expected (numbers|whole or real numbers)"),
}
GOOD = _npy("(4, 2)", "'<i4'", np.arange(8, dtype="<i4").tobytes())
TURNED = _npy("(4, 2)", "'<i4'", np.arange(8, dtype="<i4").tobytes(), order="True")
NPY: dict[str, Case] = {name: refused(_bytes(data), text) for name, (data, text) in ARRAYS.items()} | {
    "pickle": refused(lambda path: path.write_bytes(_pickled(path)), "Python objects, which are never unpickled"),
    "plain": read(_bytes(GOOD), shape=[4, 2], sum=28, first=[0, 1]),
    "turned": read(_bytes(TURNED), shape=[4, 2], sum=28, first=[0, 4]),
    "infinities": read(_bytes(_npy("(4, 2)", data=np.full(8, np.inf).tobytes())), shape=[4, 2], first=[None, None]),
}


def _npz(member: bytes | Callable[[Path], bytes], name: str = "x.npy", method: int = zipfile.ZIP_DEFLATED) -> Make:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr(name, member if isinstance(member, bytes) else member(path))

    return make


def _changed_in_list(at: int, new: bytes) -> Make:
    """Another value in the list of members, which stands at the end, than in front of the member."""

    def make(path: Path) -> None:
        _npz(GOOD)(path)
        data = bytearray(path.read_bytes())
        entry = data.rfind(b"PK\x01\x02")
        data[entry + at : entry + at + len(new)] = new
        path.write_bytes(data)

    return make


def _zip_bomb(path: Path) -> None:
    """An array of 2 GiB in 2 MB."""
    head = _npy(f"({FULL},)", data=b"")
    length = len(head) + 8 * FULL
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(head) + packed.flush(zlib.Z_FULL_FLUSH) + zeros_deflated(8 * FULL)
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(body), length, 5, 0) + b"x.npy"
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(body), length, 5, 0, 0, 0, 0, 0, 0)
    entry += b"x.npy"
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local) + len(body), 0)
    path.write_bytes(local + body + entry + end)


def _overlapping(path: Path) -> None:
    """Two members of the list that are the same bytes."""
    _npz(GOOD)(path)
    data = path.read_bytes()
    at = data.rfind(b"PK\x01\x02")
    entry, end = data[at : data.rfind(b"PK\x05\x06")], bytearray(data[data.rfind(b"PK\x05\x06") :])
    other = entry.replace(b"x.npy", b"y.npy")
    struct.pack_into("<HHI", end, 8, 2, 2, len(entry) + len(other))
    path.write_bytes(data[:at] + entry + other + end)


def _twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", GOOD)
        archive.writestr("X.npy", TURNED)
        archive.writestr("x", b"")


def _same_name_twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", GOOD)
        archive.writestr("y.npy", TURNED)
    path.write_bytes(path.read_bytes().replace(b"y.npy", b"x.npy"))


def _many_in_list(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1000):
            archive.writestr(f"{'n' * 1000}{number}.npy", b"")


NPZ: dict[str, Case] = {name: refused(_npz(data), text) for name, (data, text) in ARRAYS.items()} | {
    "pickle": refused(_npz(_pickled), "Python objects, which are never unpickled"),
    "bomb": refused(_zip_bomb, "unpacks to 2,048 megabytes"),
    "traversal": refused(_npz(GOOD, "../secret.txt"), "holds nothing, expected inputs"),
    "absolute name": refused(_npz(GOOD, "/etc/x.npy"), "holds '/etc/x', expected inputs"),
    "escapes in a name": refused(_npz(GOOD, "a\x1b[31m.npy"), r"holds 'a\\x1b\[31m', expected inputs"),
    "foreign compression": refused(_npz(GOOD, method=zipfile.ZIP_LZMA), "compressed by method 14, expected stored"),
    "more in the list": refused(_changed_in_list(24, struct.pack("<I", 2**27)), "claims 134217728 bytes"),
    "less in the list": refused(
        _changed_in_list(24, struct.pack("<I", 100)), "holds -?[0-9]+ bytes|ends after|damaged"
    ),
    "encrypted": refused(_changed_in_list(8, b"\1"), "damaged or cut short: .*(encrypted|password)"),
    "place beyond the end": refused(_changed_in_list(42, struct.pack("<I", 2**31)), "damaged or cut short"),
    "checksum": refused(_changed_in_list(16, b"\1\2\3\4"), "damaged or cut short: Bad CRC-32"),
    "overlapping": refused(_overlapping, "damaged or cut short"),
    "names that differ in case": refused(_twice, "holds both"),
    "same name twice": refused(_same_name_twice, "holds both"),
    "many members": refused(_many_in_list, "list of members takes .* bytes, expected 1048576 at most"),
    "cut zip": refused(
        lambda path: (_npz(GOOD)(path), path.write_bytes(path.read_bytes()[:-30])), "damaged or cut short"
    ),
    "bytes before the zip": read(
        lambda path: (_npz(GOOD)(path), path.write_bytes(b"PK\3\4" + bytes(96) + path.read_bytes())),
        shape=[4, 2],
        sum=28,
    ),
    "plain": read(_npz(GOOD), shape=[4, 2], sum=28, first=[0, 1]),
    "turned": read(_npz(TURNED), shape=[4, 2], sum=28, first=[0, 4]),
}


# --- IDX, images ------------------------------------------------------------------------------------------------------


def _idx(*lengths: int, kind: int = 8, data: bytes = b"\0" * 64) -> bytes:
    return struct.pack(f">HBB{len(lengths)}I", 0, kind, len(lengths), *lengths) + data


def _idx_bomb() -> bytes:
    head = _idx(2**14, 2**14, data=b"")
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packed.compress(head) + packed.flush(zlib.Z_FULL_FLUSH) + zeros_deflated(FULL) + bytes(8)


def _more_than_said() -> bytes:
    """Its header says 8 × 8; gigabytes follow."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packed.compress(_idx(8, 8, data=b"")) + packed.flush(zlib.Z_FULL_FLUSH) + zeros_deflated(2**31) + bytes(8)


IDX: dict[str, Case] = {
    "huge lengths": refused(_bytes(_idx(2**32 - 1, 2**32 - 1, 2**32 - 1)), "takes 79228162458924105385300197375 bytes"),
    "too long": refused(_bytes(_idx(8, 4)), "more bytes follow than the 32"),
    "too short": refused(_bytes(_idx(80, 4)), "takes 320 bytes, but the file holds 64"),
    "unknown type": refused(_bytes(_idx(8, 8, kind=7)), "starts with the bytes 00 00 07 02"),
    "many dimensions": refused(_bytes(_idx(*[1] * 255)), "starts with the bytes 00 00 08 ff"),
    "no dimensions": refused(_bytes(_idx()), "starts with the bytes 00 00 08 00"),
    "lengths of nothing": refused(_bytes(_idx(0, 2**32 - 1, data=b"")), "there are no rows"),
    "cut header": refused(_bytes(_idx(8, 8)[:6]), "ends within its header"),
    "gzip bomb": refused(_later(_idx_bomb), "unpacks to 256 megabytes"),
    "more than it says": refused(_later(_more_than_said), "more bytes follow than the 64"),
    "huge lengths in gzip": refused(_later(lambda: gzip.compress(_idx(2**32 - 1, 2**32 - 1))), "holds far less"),
    "cut gzip": refused(_bytes(gzip.compress(_idx(8, 8))[:-12]), "damaged or cut short|holds [0-9]+; get it anew"),
    "spoiled gzip": refused(_bytes(gzip.compress(_idx(8, 8))[:-8] + bytes(8)), "damaged or cut short"),
    "plain": read(_bytes(_idx(16, 4, data=bytes(range(64)))), shape=[16, 4], sum=2016),
    "compressed": read(_bytes(gzip.compress(_idx(16, 4, data=bytes(range(64))))), shape=[16, 4], sum=2016),
}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, packed: bytes = b"", more: bytes = b"", bits: int = 8) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _gif(width: int, height: int) -> bytes:
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0, 0, 0)
        + b","
        + struct.pack("<HHHHB", 0, 0, width, height, 0)
        + b"\2\1\0\0;"
    )


def _tiff(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    table = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *each) for each in entries)
    return b"II*\0" + struct.pack("<I", 8) + table + struct.pack("<I", following) + bytes(100)


def _beside(data: Callable[[], bytes], ending: str = ".png") -> Make:
    """A folder of two classes, of which the second has the hostile image."""

    def make(folder: Path) -> None:
        for label in ("a", "b"):
            (folder / label).mkdir(parents=True)
            (folder / label / "1.png").write_bytes(_png(9, 9, zlib.compress(b"\0" * 90)))
        (folder / "b" / f"2{ending}").write_bytes(data())

    return make


def _image(data: bytes, ending: str = ".png") -> Make:
    return _beside(lambda: data, ending)


NINE = zlib.compress((b"\0" + bytes([7] * 9)) * 9)
IMAGE: dict[str, Case] = {
    "huge": refused(_image(_png(2**31 - 1, 2**31 - 1)), "cannot be read as an image"),
    "bomb": refused(
        _beside(lambda: _png(2**14, 2**14, zeros_deflated(FULL + 2**14, "zlib"))), "16384×16384 pixels|exceeds limit"
    ),
    "bomb below Pillow's limit": refused(
        _beside(lambda: _png(9_000, 9_000, zeros_deflated(81_009_000, "zlib"))), "9000×9000 pixels"
    ),
    "no pixels": refused(_image(_png(0, 5)), "cannot be read as an image"),
    "cut short": refused(_image(_png(9, 9, NINE)[:-30]), "cannot be read as an image"),
    "too few pixels": refused(_image(_png(900, 900, NINE)), "cannot be read as an image"),
    "more pixels than said": read(_beside(lambda: _png(9, 9, zeros_deflated(FULL, "zlib"))), shape=[3, 9, 9], sum=0),
    "text bomb": refused(
        _beside(lambda: _png(9, 9, NINE, _chunk(b"zTXt", b"k\0\0" + zeros_deflated(FULL, "zlib")))),
        "cannot be read as an image",
    ),
    "profile bomb": refused(
        _beside(lambda: _png(9, 9, NINE, _chunk(b"iCCP", b"k\0\0" + zeros_deflated(FULL, "zlib")))),
        "cannot be read as an image",
    ),
    "huge GIF": refused(_image(_gif(65535, 65535), ".gif"), "65535×65535 pixels|exceeds limit"),
    "huge TIFF": refused(
        _image(
            _tiff(
                [
                    (256, 4, 1, 2**31 - 1),
                    (257, 4, 1, 2**31 - 1),
                    (259, 3, 1, 1),
                    (262, 3, 1, 1),
                    (273, 4, 1, 8),
                    (278, 4, 1, 9),
                    (279, 4, 1, 9),
                ]
            ),
            ".tif",
        ),
        "cannot be read as an image",
    ),
    "TIFF of a million values": refused(_image(_tiff([(273, 4, 2**32 - 1, 8)]), ".tif"), "cannot be read as an image"),
    "TIFF in a circle": refused(_image(_tiff([(256, 4, 1, 9)], following=8), ".tif"), "cannot be read as an image"),
    "huge BMP": refused(
        _image(
            b"BM"
            + struct.pack("<IHHI", 54, 0, 0, 54)
            + struct.pack("<IiiHHIIiiII", 40, 2**31 - 1, -(2**31), 1, 24, 0, 0, 0, 0, 0, 0),
            ".bmp",
        ),
        "cannot be read as an image",
    ),
    "PostScript": refused(
        _image(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(secret.txt) (r) file\n"),
        "cannot identify image file",
    ),
    "vector graphics": refused(
        _image(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.txt"/></svg>'),
        "cannot identify image file",
    ),
    "nothing": refused(_image(b""), "cannot identify image file"),
    "plain": read(_image(_png(9, 9, NINE)), shape=[3, 9, 9], sum=7 * 81, labels=["a", "b"]),
}
PICTURE: dict[str, Case] = {  # one image is no data to train on, whatever is in it
    "bomb": refused(
        _later(lambda: _png(2**14, 2**14, zeros_deflated(FULL, "zlib"))), "is one image, expected a folder"
    ),
    "plain": refused(_bytes(_png(9, 9, NINE)), "is one image, expected a folder"),
}


# --- tables, text -----------------------------------------------------------------------------------------------------


def _wide(columns: int, rows: int = 6) -> bytes:
    return b"\n".join([b",".join(b"%d" % ((7 * n + k) % 1000) for n in range(columns)) for k in range(rows)])


def _wide_text(columns: int) -> bytes:
    head = b",".join(b"c%d" % n for n in range(columns))
    rows = [b",".join(b"%c%d" % (97 + k % 2, n % 3) for n in range(columns)) for k in range(6)]
    return b"\n".join([head, *rows])


def _quoted_lines() -> bytes:
    return b"a,b\n" + b'1,"' + b"x\n" * 60_000 + b'"\n' + b"2,y\n" * 9


def _days(count: int) -> bytes:
    first = np.datetime64("1000-01-01")
    return b"".join(b"%s,%d\n" % (str(first + n).encode(), n % 2) for n in range(count))


TABLE: dict[str, Case] = {
    "NULs": refused(_bytes(b"a,b\n1,\0\n\0,2\n" * 20), "holds NUL characters"),
    "only NULs": refused(_bytes(b"\0" * 100_000), "holds NUL characters"),
    "NULs far behind": refused(
        _bytes(b"a,b\n" + b"1,2\n" * 40_000 + b"\0,2\n"), r"NUL|row 40000 \(line 40002\)|row 40001"
    ),
    "one wide line": refused(
        _later(lambda: b"1," * 2_000_000 + b"1\n"), "line 1 has 2,000,001 cells, expected 100,000 columns at most"
    ),
    "a long cell": refused(_bytes(b"a,b\n1," + b"9" * 500_000 + b"\n"), "field larger than field limit"),
    "a longer cell": refused(
        _bytes(b"a,b\n1," + b"9" * 5_000_000 + b"\n"), "row at line 2 has more than 4,194,304 char"
    ),
    "a long line later": refused(
        _later(lambda: b"a,b\n" + b"1,2\n" * 20_000 + b"11," * 2_000_000), "row at line 20002 has more than 4,194,304"
    ),
    "a row of many lines": refused(
        _later(lambda: b"a,b\n" + b"1,2\n" * 20 + b'1,"\n",' * 900_000), "more than 4,194,304 characters|field larger"
    ),
    "an open quote": refused(_bytes(b'a,b\n1,"' + b"2\n" * 300_000), "field larger than field limit|unexpected end"),
    "only quotes": refused(_bytes(b'"' * 300_001), "field larger than field limit|unexpected end|line 1"),
    "a cell of many lines": read(_later(_quoted_lines), rows=10, task="classification"),
    "many columns": read(_later(lambda: _wide(20_000)), shape=[6, 19_999], columns=["column 1", "column 2"]),
    "many columns of text": read(_later(lambda: _wide_text(10_000)), shape=[6, 9_999], columns=["c0", "c1"]),
    "ragged": refused(_bytes(b"a,b\n" + b"1,2\n" * 20 + b"1,2,3\n"), r"row 21 \(line 22\) has 3 cells, expected 2"),
    "escapes": read(
        _bytes(b"\x1b]0;x\x07a,b\x1b[31m\n" + b"1,\x1b[2J\n2,\x07\n" * 20), rows=40, columns=["\x1b]0;x\x07a"]
    ),
    "not UTF-8": refused(_bytes(b"a,b\n" + b"\xff\xfe,\x80\n" * 20), "line 2 is not utf-8 text"),
    "huge numbers": refused(
        _bytes(b"a,b\n" + b"1e999,-1e999\n9" + b"9" * 5000 + b",0x1\n" * 20),
        "row 1 .line 2.: got '1e999', expected a number",
    ),
    "formulas": read(_bytes(b"a,b\n" + b"1,=cmd()\n2,@x\n" * 20), shape=[40, 1], labels=["=cmd()", "@x"]),
    "escapes in a bad cell": refused(
        _bytes(b"a,b\n" + b"1,2\n" * 40 + b"\x1b[2J,2\n"), r"row 41 .line 42.: got '\\x1b\[2J', expected a number"
    ),
    "plain": read(_bytes(b"a,b\n" + b"1,2.5\n2,3.5\n" * 20), shape=[40, 1], sum=60, task="regression"),
}
SEQUENCES: dict[str, Case] = {  # read with --sequence 1
    name: Case(case.make, case.refused, options={"sequence": "1"})
    for name, case in TABLE.items()
    if name in ("NULs", "only NULs", "one wide line", "a long cell", "an open quote", "ragged", "not UTF-8")
} | {
    "escapes in the option": refused(
        _bytes(b"a,b\n" + b"1,2\n" * 20), r"--sequence names the column '\\x1b\[2Jx'", sequence="\x1b[2Jx"
    ),
    "escapes in the header": refused(
        _bytes(b"\x1b[31ma,b,c\n" + b"1,2,3\n" * 20),
        r"there is '?\\x1b\[31ma|did you mean '\\x1b\[31ma'",
        sequence="[31ma",
    ),
    "plain": read(_bytes(b"s,a,b\n" + b"1,2.5,0\n2,3.5,1\n" * 20), {"sequence": "s"}, rows=2),
}


def _digits(rows: int) -> Make:
    return _later(lambda: b"a,b\n" + b"1,0\n2,1\n" * (rows // 2))


def _wide_cell(rows: int) -> Make:
    half = b"1,0\n2,1\n" * (rows // 4)
    return _later(lambda: b"a,b\n" + half + b"0.1,1\n" + half)


def _different(head: bytes, row: bytes, rows: int) -> Make:
    """A column of few texts in the rows that are looked at first, then of another in every row."""
    few = b"".join(row % each for each in (b"ab", b"cd")) * 6000
    return _later(lambda: head + few + b"".join(row % (b"q%d" % n) for n in range(rows)))


def long_tables(rows: int) -> dict[str, Case]:
    """Tables of so many rows of a few bytes each, so that what a row takes beside its cells weighs most."""
    texts = r"more than [0-9,]+, too many to encode"
    few = rows < 500_000  # then they are not too many
    return {
        "digits": read(_digits(rows), rows=rows, sum=1.5 * rows),
        "digits that are quantities": read(_digits(rows), {"task": "regression"}, rows=rows, task="regression"),
        "digits, and a cell that is none": read(_wide_cell(rows), rows=rows + 1, task="classification"),
        "digits in quotes": read(
            _later(lambda: b"a,b\n" + b'"1",0\n2,"1"\n' * (rows // 8)), rows=rows // 4, task="classification"
        ),
        "a series of digits": read(
            _later(lambda: b"a,b\n" + b"1,2\n3,4\n1,5\n" * (rows // 6)),
            {"window": 5},
            rows=rows // 6 * 3 - 5,
            columns=["b", "a"],
        ),
        "a series of days": read(
            _later(lambda: b"d,y\n" + _days(rows // 4)), {"window": 5}, rows=rows // 4 - 5, columns=["y"]
        ),
        "days": read(_later(lambda: b"d,y\n" + _days(rows // 4)), rows=rows // 4, task="classification"),
        "sequences of digits": read(
            _later(lambda: b"s,a,b\n" + b"".join(b"%d,3,1\n" % (n // 9000) for n in range(rows // 4))),
            {"sequence": "s"},
            rows=-(-(rows // 4) // 9000),
        ),
        "different texts": refused(_different(b"t,y\n", b"%s,0\n", rows // 4), "too many to encode" if few else texts),
        "different targets": refused(
            _different(b"y,t\n", b"0,%s\n", rows // 4), "too many to be|tell rows apart" if few else texts
        ),
    }


TEXT: dict[str, Case] = {
    "NULs": refused(_bytes(b"\0" * 100_000), "holds NUL characters"),
    "not UTF-8": refused(_bytes(b"\xff\xfe\x80" * 5000), "line 1 is not utf-8 text"),
    "nothing but blanks": refused(_bytes(b" \n" * 5000), "nothing but blanks"),
    "every character": read(_bytes("".join(map(chr, range(32, 55_000))).encode()), rows=1099, task="language"),
    "escapes": read(_bytes(b"\x1b]0;title\x07" * 500), rows=99, task="language"),
    "too short": refused(_bytes(b"abc"), "has 3 characters, expected"),
}


# --- folders ----------------------------------------------------------------------------------------------------------


def _good_image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_png(9, 9, NINE))


def _good_table(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a,b\n" + b"1,2.5\n2,3.5\n" * 4)


GOOD_FILES: dict[str, Callable[[Path], None]] = {".png": _good_image, ".csv": _good_table}


def _folder(ending: str, put: Callable[[Path, Callable[[Path], None]], Any]) -> Make:
    """A folder of two classes of good files, and what `put` adds to it."""

    def make(folder: Path) -> None:
        for label in ("a", "b"):
            GOOD_FILES[ending](folder / label / f"1{ending}")
            GOOD_FILES[ending](folder / label / f"2{ending}")
        put(folder, GOOD_FILES[ending])

    return make


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path may be 107 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _deep(folder: Path, good: Callable[[Path], None]) -> None:
    here = os.getcwd()
    os.chdir(folder / "b")
    try:
        for _ in range(2500):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)


def folders(ending: str) -> dict[str, Case]:
    """Folders that hold something beside good files of this ending."""
    shape, e = {"rows": 4, "labels": ["a", "b"]}, ending
    circle, deep = _folder(e, lambda f, good: (f / "b" / "up").symlink_to(f)), _folder(e, _deep)
    if e == ".png":  # whose folders are looked through to their ground
        circle, deep = refused(circle, "is a link, which is not followed"), refused(deep, "nested deeper than 64")
    else:
        circle, deep = read(circle, **shape), read(deep, **shape)  # b/up is no file, and nothing below b is looked at
    return {
        "link out": refused(
            _folder(e, lambda f, good: (f / "b" / f"3{e}").symlink_to(f.parent / "secret.txt")),
            f"3{e}: is a link, which is not followed",
        ),
        "link to a device": refused(
            _folder(e, lambda f, good: (f / "b" / f"3{e}").symlink_to("/dev/zero")), "is a link"
        ),
        "link to nothing": refused(_folder(e, lambda f, good: (f / "b" / f"3{e}").symlink_to("nothing")), "is a link"),
        "link to itself": refused(
            _folder(e, lambda f, good: (f / "b" / f"3{e}").symlink_to(f"3{e}")), "is a link|cannot be read"
        ),
        "linked class": refused(_folder(e, lambda f, good: (f / "c").symlink_to(f / "a")), "is a link"),
        "class outside": refused(_folder(e, lambda f, good: (f / "c").symlink_to("/usr")), "is a link"),
        "pipe": refused(_folder(e, lambda f, good: os.mkfifo(f / "b" / f"3{e}")), "is a pipe, device or socket"),
        "socket": refused(_folder(e, lambda f, good: _socket(f / "b" / f"3{e}")), "is a pipe, device or socket"),
        "folder with a file's name": read(_folder(e, lambda f, good: (f / "b" / f"3{e}").mkdir()), **shape),
        "circle": circle,
        "names for terminals": read(
            _folder(e, lambda f, good: good(f / "\x1b[31mc\nd" / f"\x1b[2J{e}")),
            rows=5,
            labels=["\x1b[31mc\nd", "a", "b"],
        ),
        "bad file with a name for terminals": refused(
            _folder(e, lambda f, good: (f / "b" / f"\x1b[2J\n{e}").write_bytes(b"\0" * 9)), r"\\x1b\[2J"
        ),
        "name that is not UTF-8": read(
            _folder(e, lambda f, good: good(Path(os.fsdecode(bytes(f) + b"/b/\xff" + e.encode())))), rows=5
        ),
        "class that is not UTF-8": refused(
            _folder(e, lambda f, good: good(Path(os.fsdecode(bytes(f) + b"/\xff/1" + e.encode())))), r"\\udcff"
        ),
        "long names": read(
            _folder(e, lambda f, good: good(f / ("c" * 255) / f"1{e}")), rows=5, labels=["a", "b", "c" * 255]
        ),
        "many classes": read(_folder(e, lambda f, good: [good(f / f"c{n}" / f"1{e}") for n in range(400)]), rows=404),
        "deep": deep,
    }


def _proben1(rows: str = "0.5 1 1 0\n0.25 0 0 1\n0.75 1 1 0\n0.5 0 0 1\n", **counts: object) -> Make:
    """Two inputs, two outputs, four rows, as the counts say or not."""
    header = {"bool_in": 0, "real_in": 2, "bool_out": 2, "real_out": 0}
    header |= {"training_examples": 2, "validation_examples": 1, "test_examples": 1, **counts}
    text = "".join(f"{name}={value}\n" for name, value in header.items() if value is not None)
    return lambda path: path.write_text(text + rows)


PROBEN1: dict[str, Case] = {
    "plain": read(_proben1(), rows=4),
    "many rows promised": refused(_proben1(training_examples=999_999_999_999), "holds 4 rows, expected"),
    "wide rows promised": refused(_proben1(real_in=999_999_999_999), "expected|GB|megabytes|unpack"),
    "no count": refused(_proben1(test_examples=None), "has no line test_examples=NUMBER"),
    "a count of a million digits": refused(_proben1(real_in="9" * 10**6), "has no line"),
    "no inputs": refused(_proben1(real_in=0, bool_out=4), "counts 0 inputs"),
    "not finite": refused(_proben1("nan 1 1 0\n" * 4), "not finite"),
    "overflow": refused(_proben1("1e999 1 1 0\n" * 4), "not finite"),
    "text": refused(_proben1("a 1 1 0\n" * 4), "holds 'a', expected numbers"),
    "a short row": refused(_proben1("1 1 0\n" * 4), "has 3 values, expected 2 inputs and 2 outputs"),
    "a long row": refused(_proben1("1 " * 10**6 + "\n" + "0.5 1 1 0\n" * 3), "values, expected 2 inputs"),
    "cut short": refused(_proben1("0.5 1 1 0\n"), "holds 1 rows, expected 4"),
}


FILES: dict[str, tuple[str, dict[str, Case]]] = {  # by module of readers: an ending, and the files
    "hdf5": (".h5", HDF5),
    "npy": (".npy", NPY),
    "npz": (".npz", NPZ),
    "idx": ("-idx3-ubyte", IDX),
    "images": (".png", PICTURE),
    "dispatch": (".csv", TABLE),
    "sequences": (".csv", SEQUENCES),
    "text": (".txt", TEXT),
    "proben1": (".dt", PROBEN1),
}
FOLDERS: dict[str, dict[str, Case]] = {
    "images": IMAGE,
    "image folders": folders(".png"),
    "sequence folders": folders(".csv"),
}


# --- recipes ----------------------------------------------------------------------------------------------------------


def _toml(text: str, start: bytes = b"") -> Make:
    return lambda path: path.write_bytes(start + b'architecture = "mlp"\n' + text.encode())


RECIPES: dict[str, Case] = {
    "dotted key": refused(_toml("options." + "a." * 500_000 + "b = 1"), "dotted key has more than 16 parts"),
    "dotted key in blanks": refused(_toml("options" + " . a" * 250_000 + " = 1"), "dotted key has more than 16 parts"),
    "dotted table": refused(_toml("[" + "a." * 500_000 + "b]"), "dotted key has more than 16 parts"),
    "quoted dotted key": refused(_toml("options" + '."a"' * 250_000 + " = 1"), "dotted key has more than 16 parts"),
    "many dotted keys": refused(
        _toml("".join(f"options.{'a.' * 14}k{n} = 1\n" for n in range(20_000))), "keys and tables"
    ),
    "deep lists": refused(_toml("[options]\nhidden = " + "[" * 500_000 + "]" * 500_000), "nested deeper than 16"),
    "deep tables": refused(
        _toml("options = " + "{a=" * 200_000 + "1" + "}" * 200_000), "keys and tables|nested deeper"
    ),
    "many values": refused(_toml("[options]\nhidden = [" + "1," * 500_000 + "]"), "more than 100000 values"),
    "huge integer": refused(_toml("[training]\nepochs = " + "9" * 1_000_000), "has 1000000 characters"),
    "hexadecimal integer": refused(_toml("[training]\nepochs = 0x" + "f" * 1_000_000), "has 1000002 characters"),
    "integer of 65 bits": refused(_toml(f"[training]\nepochs = {2**64}"), "integer of 65 bits"),
    "long key": refused(_toml("[options]\n" + "k" * 1_000_000 + " = 1"), "has 1000000 characters"),
    "quoted long key": refused(_toml('[options]\n"' + "k" * 1_000_000 + '" = 1'), "has 1000000 characters"),
    "many keys": refused(_toml("[options]\n" + "".join(f"k{n} = 1\n" for n in range(80_000))), "80002 keys and tables"),
    "many tables": refused(_toml("[[options]]\n" * 80_000), "80001 keys and tables"),
    "key twice": refused(_toml("[options]\nhidden = 1\nhidden = 2"), "not a TOML file: .*overwrite"),
    "open text": refused(_toml('summary = """' + "x" * 1_000_000), "not a TOML file: Unterminated|has .* characters"),
    "many quotes": refused(_toml("summary = " + '"' * 1_000_000), "has 125000 characters"),
    "backslashes": refused(_toml('summary = "' + "\\" * 1_000_000), "not a TOML file"),
    "escapes": refused(_toml('summary = "\x1b[31m"'), r"not a TOML file: Illegal character '\\\\x1b'"),
    "escaped escapes": read(_toml('summary = "\\u001b[31m"')),
    "NULs": refused(_bytes(b"\0" * 5000), r"not a TOML file: Invalid statement|Illegal character"),
    "not UTF-8": refused(_bytes(b"\xff\xfe" * 5000), "not a TOML file: 'utf-8' codec"),
    "too long": refused(_bytes(b"#" * 2**21), "more than 1,048,576 bytes"),
    "a mark": read(_toml("", "\ufeff".encode())),
    "two marks": refused(_toml("", "\ufeff\ufeff".encode()), "not a TOML file"),
    "infinity": refused(_toml("[training]\nlearning_rate = inf"), "expected a finite number"),
    "date": refused(_toml("[training]\nlearning_rate = 2020-01-01"), "expected a finite number"),
    "data of nobody": refused(_toml('[data]\nname = "~nosuchuser/x.csv"'), "~nosuchuser.* not known here"),
    "data with NUL": refused(_toml('[data]\nname = "a\\u0000b.csv"'), "NUL character"),
    "data in a pipe": refused(
        lambda path: (os.mkfifo(path.parent / "p.csv"), _toml('[data]\nname = "p.csv"')(path)),
        "is a pipe, expected a plain file",
    ),
    "epochs of a text": refused(_toml('[training]\nepochs = "' + "9" * 20_000 + '"'), "epochs"),
}


# --- what is no plain file --------------------------------------------------------------------------------------------

PLACES: dict[str, tuple[Make, str]] = {  # with how data, and a recipe, are refused there
    "missing": (lambda path: None, "no such file|No such file"),
    "folder": (Path.mkdir, "folder is empty|expected a plain file"),
    "pipe": (lambda path: os.mkfifo(path), "neither a file nor a folder|expected a plain file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "neither a file nor a folder|expected a plain file"),
    "link to itself": (lambda path: path.symlink_to(path), "no such file|symbolic links|cannot be read"),
    "link to nothing": (lambda path: path.symlink_to(path.with_name("nothing")), "no such file|No such file"),
    "empty": (_bytes(b""), "the file is empty|names no architecture|nothing but blanks"),
}
