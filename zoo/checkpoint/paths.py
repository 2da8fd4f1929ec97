"""Paths that say they are something else than a checkpoint: by their ending, or a folder's."""

from __future__ import annotations

import os
from pathlib import Path

from zoo.errors import UsageError

ENDING = ".h5"

# What a checkpoint would be taken for under these endings: no program could open it.
OTHERS = {
    "a picture": (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".bmp", ".tif", ".tiff", ".pdf", ".ps", ".eps"),
    "a table": (".csv", ".tsv", ".xls", ".xlsx", ".ods", ".parquet"),
    "a text": (".txt", ".text", ".md", ".rst", ".log", ".html", ".tex"),
    "a file of settings": (".toml", ".json", ".yaml", ".yml", ".ini", ".cfg"),
    "a program": (".py", ".ipynb", ".sh", ".exe"),
    "an archive": (".zip", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".7z", ".whl"),
    "a file of NumPy": (".npy", ".npz"),
    "a file of another library": (".pt", ".pth", ".ckpt", ".safetensors", ".onnx", ".keras", ".pb", ".pkl", ".joblib"),
}


def refuse_folder(path: str | Path, who: str, example: str) -> None:
    """`UsageError` for a path that names a folder, by the slash at its end or because it is there."""
    if os.path.basename(path) in ("", ".", "..") or Path(path).is_dir():
        name = os.path.join(path, example)
        raise UsageError(f"{who} {str(path)!a} names a folder, expected a file, for instance {name!a}")


def refuse_other_kind(path: str | Path, who: str) -> None:
    """`UsageError` for a path that names a folder, or whose ending says that the file is of another kind; one without
    an ending may be used."""
    refuse_folder(path, who, f"model{ENDING}")
    ending = Path(path).suffix.lower()
    for kind, endings in OTHERS.items():
        if ending in endings:
            name = Path(path).with_suffix(ENDING)
            raise UsageError(
                f"{who} {str(path)!a} ends as {kind} does, but a checkpoint is written: name it {str(name)!a}"
            )
