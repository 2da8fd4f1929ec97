"""Decide which subfolders of an image folder are parts and which are classes, and what is left out."""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path

from zoo.data.readers.folders import leads_up, plain
from zoo.errors import DataError

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif"),
    *(".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
)
KINDS = "PNG, JPEG, WebP, GIF, BMP or TIFF"
PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
MOST_DEPTH = 64  # folders in folders
NOT_MEANT = ("__macosx", "__pycache__", "@eadir")  # folders that systems make, in lower case


def is_image(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not _is_hidden(file)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower() in NOT_MEANT


_listed: ContextVar[dict[Path, list[Path]] | None] = ContextVar("listed", default=None)


@contextlib.contextmanager
def listed_once() -> Iterator[None]:
    """Inside it every folder is gone through once, however often its files are asked for."""
    token = _listed.set({})
    try:
        yield
    finally:
        _listed.reset(token)


def files_in(folder: Path) -> Iterator[Path]:
    """All files in a folder and below it that are not hidden."""
    known = _listed.get()
    if known is None:
        return _files_in(folder, MOST_DEPTH)
    if folder not in known:
        known[folder] = list(_files_in(folder, MOST_DEPTH))
    return iter(known[folder])


def _files_in(folder: Path, depth: int) -> Iterator[Path]:
    if not depth:
        raise DataError(f"{folder}: folders are nested deeper than {MOST_DEPTH}; move the images up, or remove it")
    for each in sorted(folder.iterdir()):
        if _is_hidden(each):
            continue
        if each.is_dir():
            if not leads_up(plain(each)):
                yield from _files_in(each, depth - 1)
        elif is_image(each):
            yield plain(each)
        else:
            yield each


def images_in(folder: Path) -> list[Path]:
    """The image files in a folder and below it, by name; none in hidden folders."""
    return sorted(filter(is_image, files_in(folder)))


def class_folders(folder: Path) -> list[Path]:
    folders = (each for each in folder.iterdir() if each.is_dir() and not _is_hidden(each))
    return sorted(each for each in folders if not leads_up(plain(each)))


def parts_of(folder: Path) -> dict[str, Path]:
    """The folders of "train", "validation" and "test" that a folder has, in any spelling; {"": folder} where it has
    none. The training part and another have to be there, and nothing else that holds images."""
    named: dict[str, list[Path]] = {}
    for each in class_folders(folder):
        part = next((part for part, names in PARTS.items() if each.name.lower() in names), "")
        if part or images_in(each):
            named.setdefault(part, []).append(each)
    if "train" not in named or len(named) < 2 or "" in named:
        return {"": folder}
    twice = next((folders for folders in named.values() if len(folders) > 1), None)
    if twice is not None:
        raise DataError(f"{folder}: holds both {twice[0].name}/ and {twice[1].name}/, expected one; rename the other")
    return {part: named[part][0] for part in PARTS if part in named}


def descended(folder: Path) -> Path:
    """The folder in which the class folders lie: this one, or the only one in it, where that holds nothing but folders
    of images."""
    while True:
        holding = [each for each in class_folders(folder) if images_in(each)]
        if len(holding) != 1 or any(map(is_image, folder.iterdir())):
            return folder
        below = [each for each in class_folders(holding[0]) if images_in(each)]
        if len(below) < 2 or any(map(is_image, holding[0].iterdir())):
            return folder
        folder = holding[0]


def by_class(folder: Path) -> list[tuple[Path, str]]:
    """Files with the name of the folder they lie in, mixed, since data read in blocks are shuffled by blocks."""
    found = [(file, class_name(each)) for each in class_folders(folder) for file in images_in(each)]
    if not found:
        raise DataError(
            f"{folder}: holds no subfolders with {KINDS} files; expected one for each class, named after it"
        )
    return sorted(found, key=lambda pair: (zlib.crc32(os.fsencode(pair[0].relative_to(folder).as_posix())), pair[0]))


def class_name(folder: Path) -> str:
    """The name of a class; `DataError` where it is no text, and could not be saved as such."""
    try:
        folder.name.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{folder}: the folder's name is not UTF-8, and no name of a class; rename it") from error
    return folder.name


def empty_classes(folder: Path) -> list[Path]:
    """The class folders that hold no image."""
    return [each for each in class_folders(folder) if not images_in(each)]


def left_out(root: Path, folders: Sequence[Path]) -> Iterator[str]:
    """What of a folder of images is not read, by number: `folders` hold the classes."""
    beside = [each for folder in {root, *folders} for each in folder.iterdir() if each.is_file() and is_image(each)]
    if beside:
        where = (
            "lies beside the class folders and has no class"
            if len(beside) == 1
            else ("lie beside the class folders and have no class")
        )
        yield f"{_counted(beside, 'image')} {where}: left out"
    others = [file for folder in folders for each in class_folders(folder) for file in files_in(each)]
    others = [file for file in others if not is_image(file)]
    if others:
        yield f"{_counted(others, 'file')} {'is' if len(others) == 1 else 'are'} no {KINDS}: left out"
    hidden = [Path(each) for each, _, _ in os.walk(root) if each != str(root) and _is_hidden(Path(each))]
    hidden = [
        each for each in hidden if any(_suffix(file) in SUFFIXES for _, _, found in os.walk(each) for file in found)
    ]
    if hidden:
        yield f"{_counted(hidden, 'hidden folder')} {'holds' if len(hidden) == 1 else 'hold'} images: left out"


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _counted(paths: Sequence[Path], what: str) -> str:
    """ "3 files (a.txt, …)"."""
    more = ", …" if len(paths) > 1 else ""
    return f"{len(paths):,} {what}{'s' if len(paths) > 1 else ''} ({paths[0].name}{more})"
