"""Data files and recipes that a stranger may send: each is hostile in one way, and otherwise in order.

`FILES` holds them by the kind of reader that has to answer, `RECIPES` those of recipes. A maker is given the path to
write to; next to it lies `secret.txt`, which must never be opened.
"""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

Make = Callable[[Path], Any]
ROWS = 24


def secret(path: Path) -> Path:
    return path.parent / "secret.txt"


# --- HDF5 -------------------------------------------------------------------------------------------------------------


def _hdf5(change: Callable[[Any, Path], Any]) -> Make:
    """A file with the targets, and whatever `change` puts under "x"."""

    def make(path: Path) -> None:
        with h5py.File(path, "w") as file:
            file["y"] = np.arange(ROWS) / 7.0
            change(file, path)

    return make


def _external(file: Any, path: Path) -> None:
    file.create_dataset("x", shape=(ROWS, 4), dtype="u1", external=[(str(secret(path)), 0, ROWS * 4)])


def _external_pipe(file: Any, path: Path) -> None:
    os.mkfifo(path.parent / "pipe")
    file.create_dataset("x", shape=(ROWS, 4), dtype="u1", external=[(str(path.parent / "pipe"), 0, ROWS * 4)])


def _virtual(file: Any, path: Path) -> None:
    layout = h5py.VirtualLayout((ROWS, 4), "f8")
    layout[:] = h5py.VirtualSource(str(secret(path)), "x", (ROWS, 4))
    file.create_virtual_dataset("x", layout)


def _foreign_filter(file: Any, path: Path) -> None:
    options = h5p.create(h5p.DATASET_CREATE)
    options.set_chunk((ROWS, 4))
    options.set_filter(32015, h5p.h5z.FLAG_OPTIONAL if hasattr(h5p, "h5z") else 1, (1,))
    h5d.create(file.id, b"x", h5t.NATIVE_DOUBLE, h5s.create_simple((ROWS, 4)), options)


def _huge(file: Any, path: Path) -> None:
    file.create_dataset("x", shape=(2**40, 4), dtype="f8", chunks=(1024, 4), compression="gzip")


def _huge_row(file: Any, path: Path) -> None:
    file.create_dataset("x", shape=(ROWS, 2**40), dtype="f8", chunks=(1, 1024))


def _links(link: Callable[[Path], Any]) -> Make:
    def change(file: Any, path: Path) -> None:
        file["x"] = link(path)

    return _hdf5(change)


def _long_name(file: Any, path: Path) -> None:
    file["x" * 5000] = np.zeros((ROWS, 4))


def _many_members(file: Any, path: Path) -> None:
    for number in range(3000):
        file.create_group(f"g{number}")


def _spoiled(path: Path) -> None:
    _hdf5(lambda file, path: file.create_dataset("x", data=np.zeros((ROWS, 4))))(path)
    data = bytearray(path.read_bytes())
    data[100:700:7] = b"\xff" * len(data[100:700:7])
    path.write_bytes(data)


HDF5: dict[str, Make] = {
    "external storage": _hdf5(_external),
    "external storage in a pipe": _hdf5(_external_pipe),
    "external link": _links(lambda path: h5py.ExternalLink(str(secret(path)), "/x")),
    "link to itself": _links(lambda path: h5py.SoftLink("/x")),
    "virtual dataset": _hdf5(_virtual),
    "foreign filter": _hdf5(_foreign_filter),
    "huge length": _hdf5(_huge),
    "huge row": _hdf5(_huge_row),
    "long name": _hdf5(_long_name),
    "many members": _hdf5(_many_members),
    "damaged": _spoiled,
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


def _npy(shape: str, descr: str = "'<f8'", data: bytes = b"\0" * 64) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header) % 2**16) + header + data


def _bytes(data: bytes) -> Make:
    return lambda path: path.write_bytes(data)


def _later(data: Callable[[], bytes]) -> Make:
    """Large files are made when they are wanted."""
    return lambda path: path.write_bytes(data())


ARRAYS: dict[str, bytes] = {
    "huge shape": _npy("(4611686018427387904, 4)"),
    "overflowing shape": _npy("(4294967296, 4294967296, 4294967296)"),
    "negative shape": _npy("(-1, 4)"),
    "shape of booleans": _npy("(True, 8)"),
    "shape of many": _npy("(" + "1," * 500 + ")"),
    "code in the header": _npy("__import__('os').system('true')"),
    "deep header": _npy("(" * 5000 + ")" * 5000),
    "objects": _npy("(8,)", "'|O'"),
    "huge type": _npy("(8,)", "'|S2147483647'"),
    "strange type": _npy("(8,)", "[('x', '<f8', (9999999, 9999999))]"),
    "cut short": _npy("(8, 4)"),
    "long header": b"\x93NUMPY\x02\0" + struct.pack("<I", 2**32 - 1) + b" " * 100,
}
NPY: dict[str, Make] = {name: _bytes(data) for name, data in ARRAYS.items()}
NPY["pickle"] = lambda path: path.write_bytes(_pickled(path))


def _npz(member: bytes | Callable[[Path], bytes], name: str = "x.npy", method: int = zipfile.ZIP_DEFLATED) -> Make:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr(name, member if isinstance(member, bytes) else member(path))

    return make


def _lying(path: Path) -> None:
    """Members whose sizes in the list are others than they have."""
    _npz(_npy("(8,)"))(path)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 2**31)
    path.write_bytes(data)


def _many_in_list(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(30_000):
            archive.writestr(f"{number}.npy", b"")


NPZ: dict[str, Make] = {name: _npz(data) for name, data in ARRAYS.items()} | {
    "pickle": _npz(_pickled),
    "bomb": _npz(_npy("(8388600,)", data=b"\0" * 2**26)),
    "traversal": _npz(_npy("(8,)"), "../secret.txt"),
    "absolute name": _npz(_npy("(8,)"), "/etc/x.npy"),
    "foreign compression": _npz(_npy("(8,)"), method=zipfile.ZIP_LZMA),
    "lying sizes": _lying,
    "many members": _many_in_list,
    "cut zip": lambda path: (_npz(_npy("(8,)"))(path), path.write_bytes(path.read_bytes()[:-30])),
}


# --- IDX, images, tables, text ----------------------------------------------------------------------------------------


def _idx(*lengths: int, kind: int = 8, data: bytes = b"\0" * 64) -> bytes:
    return struct.pack(f">HBB{len(lengths)}I", 0, kind, len(lengths), *lengths) + data


IDX: dict[str, Make] = {
    "huge lengths": _bytes(_idx(2**32 - 1, 2**32 - 1, 2**32 - 1)),
    "too long": _bytes(_idx(8, 4)),
    "too short": _bytes(_idx(80, 4)),
    "unknown type": _bytes(_idx(8, 8, kind=7)),
    "many dimensions": _bytes(_idx(*[1] * 255)),
    "cut header": _bytes(_idx(8, 8)[:6]),
    "gzip bomb": _later(lambda: gzip.compress(_idx(2**13, 2**13, data=b"\0" * 2**26), 9)),
    "huge lengths in gzip": _later(lambda: gzip.compress(_idx(2**32 - 1, 2**32 - 1))),
    "cut gzip": _bytes(gzip.compress(_idx(8, 8))[:-12]),
}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, data: bytes = b"", more: bytes = b"") -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + _chunk(b"IDAT", zlib.compress(data, 9)) + _chunk(b"IEND", b"")


IMAGE: dict[str, Make] = {
    "huge": _bytes(_png(2**31 - 1, 2**31 - 1)),
    "bomb": _later(lambda: _png(30_000, 30_000, b"\0" * 2**26)),
    "no pixels": _bytes(_png(0, 5)),
    "cut short": _bytes(_png(9, 9, b"\0" * 90)[:-20]),
    "too few pixels": _bytes(_png(900, 900, b"\0" * 90)),
    "text bomb": _later(lambda: _png(9, 9, b"\0" * 90, _chunk(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 2**26, 9)))),
    "PostScript": _bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(secret.txt) (r) file\n"),
    "vector graphics": _bytes(b'<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.txt"/></svg>'),
    "nothing": _bytes(b""),
}

TABLE: dict[str, Make] = {
    "NULs": _bytes(b"a,b\n1,\0\n\0,2\n" * 20),
    "only NULs": _bytes(b"\0" * 100_000),
    "one wide line": _bytes(b"1," * 2_000 + b"1\n"),
    "a long cell": _bytes(b"a,b\n1," + b"9" * 5_000_000 + b"\n"),
    "an open quote": _bytes(b'a,b\n1,"' + b"2\n" * 300_000),
    "only quotes": _bytes(b'"' * 300_001),
    "many columns": _bytes(b"\n".join([b",".join(b"%d" % n for n in range(2_000))] * 6)),
    "escapes": _bytes(b"\x1b]0;x\x07a,b\x1b[31m\n" + b"1,\x1b[2J\n" * 20),
    "not UTF-8": _bytes(b"a,b\n" + b"\xff\xfe,\x80\n" * 20),
    "huge numbers": _bytes(b"a,b\n" + b"1e999,-1e999\n9" + b"9" * 5000 + b",0x1\n" * 20),
}

TEXT: dict[str, Make] = {
    "NULs": _bytes(b"\0" * 100_000),
    "not UTF-8": _bytes(b"\xff\xfe\x80" * 5000),
    "every character": _bytes("".join(map(chr, range(32, 55_000))).encode()),
    "escapes": _bytes(b"\x1b]0;title\x07" * 500),
}

FILES: dict[str, tuple[str, dict[str, Make]]] = {  # by module of readers: an ending, and the files
    "hdf5_file": (".h5", HDF5),
    "npy_file": (".npy", NPY),
    "npz_file": (".npz", NPZ),
    "idx_file": ("-idx3-ubyte", IDX),
    "image_files": (".png", IMAGE),
    "tables": (".csv", TABLE),
    "sequence_table": (".csv", TABLE),
    "text_file": (".txt", TEXT),
}


# --- recipes ----------------------------------------------------------------------------------------------------------


def _toml(text: str, start: bytes = b"") -> Make:
    return lambda path: path.write_bytes(start + b'architecture = "mlp"\n' + text.encode())


RECIPES: dict[str, Make] = {
    "dotted key": _toml("options." + "a." * 50_000 + "b = 1"),
    "dotted key in blanks": _toml("options" + " . a" * 50_000 + " = 1"),
    "dotted table": _toml("[" + "a." * 50_000 + "b]"),
    "quoted dotted key": _toml("options" + '."a"' * 50_000 + " = 1"),
    "deep lists": _toml("[options]\nhidden = " + "[" * 50_000 + "]" * 50_000),
    "deep tables": _toml("options = " + "{a=" * 50_000 + "1" + "}" * 50_000),
    "huge integer": _toml("[training]\nepochs = " + "9" * 300_000),
    "hexadecimal integer": _toml("[training]\nepochs = 0x" + "f" * 300_000),
    "integer of 65 bits": _toml(f"[training]\nepochs = {2**64}"),
    "long key": _toml("[options]\n" + "k" * 100_000 + " = 1"),
    "quoted long key": _toml('[options]\n"' + "k" * 100_000 + '" = 1'),
    "many keys": _toml("[options]\n" + "".join(f"k{n} = 1\n" for n in range(60_000))),
    "many tables": _toml("[[options]]\n" * 60_000),
    "key twice": _toml("[options]\nhidden = 1\nhidden = 2"),
    "open text": _toml('summary = """' + "x" * 300_000),
    "escapes": _toml('summary = "\x1b[31m"'),
    "NULs": _bytes(b"\0" * 5000),
    "not UTF-8": _bytes(b"\xff\xfe" * 5000),
    "too long": _bytes(b"#" * 2**21),
    "another mark": _toml("", "\ufeff\ufeff".encode()),
    "data of nobody": _toml('[data]\nname = "~nosuchuser/x.csv"'),
    "data with NUL": _toml('[data]\nname = "a\\u0000b.csv"'),
}


# --- what is no plain file --------------------------------------------------------------------------------------------

PLACES: dict[str, Make] = {
    "missing": lambda path: None,
    "folder": Path.mkdir,
    "pipe": lambda path: os.mkfifo(path),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "link to itself": lambda path: path.symlink_to(path),
    "link to nothing": lambda path: path.symlink_to(path.with_name("nothing")),
    "empty": _bytes(b""),
}
