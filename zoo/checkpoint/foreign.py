"""What a file that is no checkpoint looks like by its first bytes, and what it is for here."""

from __future__ import annotations

import re

_DATA = "data go behind the checkpoint, with --data"
_OTHERS = "a model of another library is not read; train one with zoo train"
_MAGIC = (  # how files begin, what they are, what to do
    (b"\x89HDF\r\n\x1a\n", "HDF5, but not as zoo saves it", _DATA),
    (b"\x93NUMPY", "NPY", _DATA),
    (b"PK\x03\x04", "a zip archive, such as NPZ or a model of another library", _DATA),
    (b"PK\x05\x06", "an empty zip archive", "name another file"),
    (b"\x1f\x8b", "a gzip file", "unpack it, if a checkpoint is in it"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", _DATA),
    (b"\xff\xd8\xff", "a JPEG image", _DATA),
    (b"GIF8", "a GIF image", _DATA),
    (b"II*\0", "a TIFF image", _DATA),
    (b"MM\0*", "a TIFF image", _DATA),
    (b"%PDF", "PDF", "name another file"),
    (b"\x80\x02", "a Python pickle, which is never unpickled", _OTHERS),
    (b"\x80\x03", "a Python pickle, which is never unpickled", _OTHERS),
    (b"\x80\x04", "a Python pickle, which is never unpickled", _OTHERS),
    (b"\x80\x05", "a Python pickle, which is never unpickled", _OTHERS),
    (b"\0\0\x08\x01", "IDX", _DATA),
    (b"\0\0\x08\x03", "IDX", _DATA),
    (b"version https://git-lfs", "a pointer of Git LFS", "get the file itself: git lfs pull"),
)


def described(first: bytes) -> str:
    """What to say of a file that begins with these bytes, some hundred of them, and is not a checkpoint."""
    if not first:
        return "it is not a zoo checkpoint: the file is empty; save or download it again"
    what, todo = next(((what, todo) for magic, what, todo in _MAGIC if first.startswith(magic)), _of_text(first))
    return f"it is not a zoo checkpoint; it looks like {what}; {todo}"


def _of_text(first: bytes) -> tuple[str, str]:
    text = first.decode("utf-8", "replace")
    if "\0" in text or text.count("\ufffd") > 1 or not text.strip():
        return "binary data of no kind that is known here, or a damaged checkpoint", "save or download it again"
    start = text.lstrip("\ufeff \r\n\t")
    lines = [line for line in start.splitlines() if line.strip()]
    if start[:1] == "<":
        return "HTML or XML", "download the file itself"
    if re.match(r"\[?\w+\]?\s*(=|$)", lines[0]) and any(re.match(r"\w+ *= *\S", line) for line in lines):
        return "TOML, perhaps a recipe", "a recipe is trained: zoo train FILE.toml"
    if start[0] in "{[":
        return "JSON", "name another file"
    whole = lines[:-1] if len(lines) > 1 else lines  # the last may be cut
    for delimiter in ",;\t|":
        counts = {line.count(delimiter) for line in whole}
        if len(counts) == 1 and counts != {0} and (len(whole) > 1 or len(lines) == 1):
            return "CSV, a table", _DATA
    return "text", _DATA
