"""Read images: a folder with a subfolder per class, or single files for prediction.

Pillow reads them: pip install 'zoo-networks[images]'. A set larger than memory stays in its files, and an image is read
whenever its row is asked for.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import struct
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import Dataset, InMemory, Joined, Source
from zoo.data.options import DataOptions
from zoo.data.readers.blocks import block_of
from zoo.data.readers.image_checks import LOOKED_AT, remarks_on_classes, remarks_on_pixels, remarks_on_sizes
from zoo.data.readers.image_folders import (
    KINDS,
    SUFFIXES,
    by_class,
    descended,
    empty_classes,
    images_in,
    left_out,
    listed_once,
    parts_of,
)
from zoo.data.readers.pixels import DEPTHS, Form, deepest, depth_of, has_transparency, is_grey, pixels, size_of
from zoo.data.readers.reader import BINARY, READERS, Reader
from zoo.data.targets import label_order
from zoo.errors import DataError, warn
from zoo.platform.reading import reading
from zoo.platform.system import open_regular
from zoo.platform.trust import is_trusted
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")  # those that Pillow is let read
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
AT_ONCE = 64  # images that a thread reads one after the other
THREADS = min(4, os.cpu_count() or 1)
LARGEST = 4096  # pixels on a side
MOST_PIXELS = 25_000_000  # of one image, and a quarter of its file's length in bytes: decoded they take 8 bytes each


@dataclass(frozen=True, eq=False)
class ImageRows:
    """Rows that are image files, each brought to one form."""

    files: tuple[Path, ...]
    form: Form
    trusted: bool = False  # whether images may be of any size

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.files), *self.form.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.form.dtype)

    @property
    def block(self) -> int | None:
        return block_of(int(np.prod(self.form.size)) * self.dtype.itemsize, 1)

    def read(self, start: int, stop: int) -> Array:
        return self._read(self.files[start:stop])

    def take(self, numbers: Array) -> Array:
        return self._read([self.files[number] for number in numbers])

    def _read(self, files: Sequence[Path]) -> Array:
        if not files:
            return np.empty((0, *self.form.size), self.dtype)
        with bombs_refused(files[0]):
            return self._read_all(files)

    def _read_all(self, files: Sequence[Path]) -> Array:
        rows = np.empty((len(files), *self.form.size), self.dtype)
        pieces = [range(start, min(start + AT_ONCE, len(files))) for start in range(0, len(files), AT_ONCE)]

        def read(piece: range) -> int:
            for place in piece:
                rows[place] = read_image(files[place], self.form, self.trusted)
            return piece.stop

        if len(pieces) < 2:
            for piece in pieces:
                read(piece)
            return rows
        # Pillow decodes without Python's lock; the first file that cannot be read is the one named.
        with reading("reading images", len(files)) as read_by_now, ThreadPoolExecutor(THREADS) as pool:
            try:
                for done in pool.map(read, pieces):
                    read_by_now(done)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return rows


def read_image(file: Path, form: Form, trusted: bool | None = None) -> Array:
    """The pixels (height, width) or (height, width, 3) of a file; `DataError` naming it where it is no whole image."""
    Image, operations = pillow("PIL.Image", file), pillow("PIL.ImageOps", file)
    try:
        with _opened(Image, file) as image:
            if not (is_trusted() if trusted is None else trusted):
                _bound(image, file)
            image.load()
            return pixels(image, form, Image, operations)
    except damage(Image) as error:
        raise DataError(
            f"{file}: cannot be read as an image ({_reason(error)});"
            " get it anew, or leave such files out with --corrupt skip"
        ) from error


def damage(Image: Any) -> tuple[type[Exception], ...]:
    """What Pillow raises for damaged files: its own refusals, and whatever its decoders meet."""
    own = (Image.DecompressionBombError, Image.DecompressionBombWarning, SyntaxError, OSError, EOFError)
    return (*own, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, struct.error, zlib.error)


@contextlib.contextmanager
def bombs_refused(file: Path) -> Iterator[None]:
    """Inside it an image with very many pixels is an error where Pillow warns. Filters of warnings are the process's,
    threads that read inside have this one, too."""
    Image = pillow("PIL.Image", file)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


@contextlib.contextmanager
def _opened(Image: Any, file: Path) -> Iterator[Any]:
    """A plain file as an image, of which only the first bytes are read."""
    with open_regular(file) as opened, Image.open(opened, formats=FORMATS) as image:
        yield image


def _bound(image: Any, file: Path) -> None:
    """Let an image that would fill the memory be decoded smaller, or refuse it."""
    (width, height), most = image.size, MOST_PIXELS + file.stat().st_size // 4
    if width * height > most:  # JPEG itself decodes to a half, a quarter or an eighth
        scale = next((each for each in (2, 4) if width * height <= most * each**2), 8)
        image.draft(None, (width // scale, height // scale))
    if math.prod(image.size) > most:
        raise ValueError(
            f"{width}×{height} pixels, expected {most:,} at most of a file of its length, unless --trusted"
        )


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def pillow(module: str, where: Path) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise DataError(
            f"{where}: reading images needs the package Pillow: pip install 'zoo-networks[images]'"
        ) from None


# --- a folder ---------------------------------------------------------------------------------------------------------


def open_folder(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """A folder of classes, or of parts (train, validation, test) with a folder per class each; to predict, any folder
    of images."""
    if like is not None:
        return _to_predict(path, images_in(path), options, like)
    with listed_once():
        return _opened_folder(path, options)


def _opened_folder(path: Path, options: DataOptions) -> Dataset:
    root = descended(path)
    folders = parts_of(root)
    parts = {name: by_class(folder) for name, folder in folders.items()}
    labels = sorted({label for part in parts.values() for _, label in part})
    labels.sort(key=label_order(tuple(labels)))
    form, seen = form_of([file for part in parts.values() for file, _ in part], options)
    kept = {name: _readable(part, form, options) for name, part in parts.items()}
    for name, part in kept.items():
        if not part:
            raise DataError(f"{folders[name]}: holds no image that can be read")
    source: Source | None = None
    for part in kept.values():
        rows = _source([file for file, _ in part], form, options)
        source = rows if source is None else Joined(source, rows)
    assert source is not None
    classes = {name: [label for _, label in part] for name, part in kept.items()}
    sizes = _sizes([file for part in kept.values() for file, _ in part][:LOOKED_AT])
    number = {label: n for n, label in enumerate(labels)}
    targets = np.array([number[label] for part in kept.values() for _, label in part], np.min_scalar_type(len(labels)))
    notes = [
        *_remarks_on_parts(folders, kept, path, root),
        *remarks_on_classes(
            classes, [_place(each, root) for folder in folders.values() for each in empty_classes(folder)]
        ),
        *left_out(path, list(folders.values())),
        *remarks_on_pixels(seen, form),
        *remarks_on_sizes(sizes, form.size, bool(options.image_size)),
    ]
    return Dataset(
        name=path.name,
        task="classification",
        inputs=source,
        targets=InMemory(targets),
        labels=tuple(labels),
        kind="images",
        own_validation=len(kept.get("validation", ())),
        own_test=len(kept.get("test", ())),
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        path=str(path.absolute()),
        options=options.changed(),
        notes=tuple(notes),
    )


def _place(folder: Path, root: Path) -> str:
    return folder.relative_to(root).as_posix()


def _remarks_on_parts(folders: dict[str, Path], kept: dict[str, Any], path: Path, root: Path) -> Iterator[str]:
    if root != path:
        yield f"the class folders lie in {root.relative_to(path).as_posix()}/"
    if "validation" in folders:
        each = ", ".join(f"{folder.name}/ {len(kept[name]):,}" for name, folder in folders.items())
        yield f"the folders are the parts, in images: {each}; --validation draws no other part"


def open_file(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """One image, to be predicted."""
    if like is None:
        raise DataError(f"{path}: is one image, expected a folder that holds a subfolder of images for each class")
    return _to_predict(path, [path], options, like)


def _to_predict(path: Path, files: list[Path], options: DataOptions, like: Preprocessing) -> Dataset:
    """Images without classes, of the shape of those in training, in the order of their names."""
    if like.kind != "images" or len(like.shape) not in (2, 3) or like.shape[2:] not in ((), (3,)):
        raise DataError(f"{path}: got images, expected {like.kind} of {like.shape} as in training")
    form = Form(like.shape, like.dtype if like.dtype in DEPTHS else "uint8", options.background)
    kept = [file for file, _ in _readable([(file, "") for file in files], form, options)]
    if not kept:
        raise DataError(f"{path}: holds no image that can be read")
    return Dataset(
        name=path.name,
        task="unsupervised",
        inputs=_source(kept, form, options),
        kind="images",
        files=tuple(file.relative_to(path).as_posix() for file in kept) if path.is_dir() else (path.name,),
        path=str(path.absolute()),
        options=options.changed(),
    )


def _sizes(files: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """(height, width) of those files whose first bytes say it."""
    sizes = {}
    with bombs_refused(files[0]):
        for file in files:
            Image = pillow("PIL.Image", file)
            with contextlib.suppress(DataError, *damage(Image)), _opened(Image, file) as image:
                sizes[file] = size_of(image)
    return sizes


def form_of(files: list[Path], options: DataOptions) -> tuple[Form, Counter[str]]:
    """What all images are brought to: the option's size, else the first image's; grey where all are grey; the deepest
    type of pixels. With it how many of those looked at have pixels of each type, and how many transparency."""
    Image, height, width = pillow("PIL.Image", files[0]), options.image_size, options.image_size
    grey, first = True, True
    unread: tuple[type[Exception], ...] = (DataError, *damage(Image))
    seen: Counter[str] = Counter()
    with bombs_refused(files[0]), reading("looking at the images", len(files)) as seen_by_now:
        for number, file in enumerate(files):
            seen_by_now(number)
            if number >= LOOKED_AT and not grey and not first:
                break
            try:
                with _opened(Image, file) as image:
                    grey = grey and is_grey(image)
                    if first and not options.image_size:
                        height, width = size_of(image)
                    first = False
                    seen[depth_of(image)] += 1
                    seen["transparent"] += has_transparency(image)
            except unread:
                continue  # whether it is refused or skipped is decided when it is read
    if not 0 < max(height, width) <= LARGEST:
        raise DataError(
            f"{files[0]}: images would be {height}×{width} pixels, expected 1 to {LARGEST} on a side; set --image-size"
        )
    colours = {"auto": () if grey else (3,), "grey": (), "colour": (3,)}[options.image_colour]
    depth = deepest(each for each in seen if each != "transparent")
    return Form((height, width, *colours), depth, options.background), seen


def _readable(files: list[tuple[Path, str]], form: Form, options: DataOptions) -> list[tuple[Path, str]]:
    """Those files that hold whole images; others are refused, or left out with a warning."""
    if options.corrupt == "error":
        return files  # a damaged one is named when it is read: at the latest when preprocessing is fitted
    kept, bad = [], []
    with bombs_refused(files[0][0]) if files else contextlib.nullcontext():
        for file, label in files:
            try:
                read_image(file, form)
                kept.append((file, label))
            except DataError:
                bad.append(file)
    if bad:
        others = f" and {len(bad) - 1} more: cannot be read as images and are" if bad[1:] else ""
        what = others or ": cannot be read as an image and is"
        warn(f"{bad[0]}{what} left out")
    return kept


def _source(files: list[Path], form: Form, options: DataOptions) -> Source:
    rows = ImageRows(tuple(files), form, is_trusted())
    if int(np.prod(rows.shape)) * rows.dtype.itemsize > options.in_memory * 1_000_000:
        return rows
    return InMemory(rows.read(0, len(files)))


def _has_images(path: Path, head: bytes) -> bool:
    return path.is_dir() and any(
        file.suffix.lower() in SUFFIXES for pattern in ("*", "*/*", "*/*/*") for file in path.glob(pattern)
    )


def _is_file(path: Path, head: bytes) -> bool:
    """By its first bytes; of a BMP, which begin with two letters, by its name as well."""
    if head.startswith(b"BM"):
        return path.suffix.lower() in (".bmp", ".dib")
    return head.startswith(MAGIC) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")


TAKES = ("image_size", "image_colour", "background", "corrupt", "in_memory")
FOLDER = READERS.add(
    Reader(
        "a folder of images",
        f"a folder with a subfolder of {KINDS} files for each class",
        TAKES,
        _has_images,
        open_folder,
        order=BINARY + 10,
    )
)
FILE = READERS.add(
    Reader("an image", f"a {KINDS} file, to be predicted", TAKES, _is_file, open_file, order=BINARY + 10)
)
