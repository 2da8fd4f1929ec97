"""Images in files: a folder with a subfolder of PNG or JPEG files for each class, or files to be predicted.

Pillow reads them: pip install 'zoo-networks[images]'. A set larger than memory stays in its files, and an image is read
whenever its row is asked for.
"""

from __future__ import annotations

import contextlib
import importlib
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.dataset import Array, Dataset, InMemory, Joined, Source
from zoo.data.options import DataOptions
from zoo.data.readers.image_remarks import LOOKED_AT, remarks_on_classes, remarks_on_sizes
from zoo.data.readers.reader import Reader
from zoo.data.readers.streams import block_of
from zoo.data.targets import label_order
from zoo.errors import DataError, ZooWarning

if TYPE_CHECKING:
    from zoo.data.preprocessing import Preprocessing

SUFFIXES = (".png", ".jpg", ".jpeg")
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
PARTS = ("train", "test")  # subfolders that hold a training and a test part, each with a folder per class
LARGEST = 4096  # pixels on a side


@dataclass(frozen=True, eq=False)
class ImageRows:
    """Rows that are image files, each scaled until it covers the shape, and its middle cut out."""

    files: tuple[Path, ...]
    size: tuple[int, ...]  # of one: (height, width), or (height, width, 3)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.files), *self.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.uint8)

    @property
    def block(self) -> int | None:
        return block_of(int(np.prod(self.size)), 1)

    def read(self, start: int, stop: int) -> Array:
        return self._read(self.files[start:stop])

    def take(self, numbers: Array) -> Array:
        return self._read([self.files[number] for number in numbers])

    def _read(self, files: Sequence[Path]) -> Array:
        rows = np.empty((len(files), *self.size), np.uint8)
        for row, file in zip(rows, files, strict=True):
            row[...] = read_image(file, self.size)
        return rows


def read_image(file: Path, size: tuple[int, ...]) -> Array:
    """The pixels (height, width) or (height, width, 3) of a file; `DataError` naming it where it is no whole image."""
    Image = pillow("PIL.Image", file)
    fit = pillow("PIL.ImageOps", file).fit
    try:
        with _opened(Image, file) as image:
            image.load()
            image = image.convert("L" if len(size) == 2 else "RGB")
            if image.size != (size[1], size[0]):
                image = fit(image, (size[1], size[0]), Image.Resampling.BILINEAR)
            return np.asarray(image)
    # Damaged files make Pillow raise whatever its decoders meet: SyntaxError, struct.error, EOFError, …
    except Exception as error:
        raise DataError(
            f"{file}: cannot be read as an image ({_reason(error)});"
            " get it anew, or leave such files out with --corrupt skip"
        ) from error


def _opened(Image: Any, file: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        return Image.open(file, formats=("PNG", "JPEG"))


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
    """A folder of classes, or of `train` and `test` with a folder per class each; to predict, any folder of images."""
    if like is not None:
        return _to_predict(path, images_in(path), options, like)
    names = PARTS if all((path / part).is_dir() for part in PARTS) else ("",)
    parts = [list(_by_class(path / name if name else path)) for name in names]
    labels = sorted({label for part in parts for _, label in part})
    labels.sort(key=label_order(tuple(labels)))
    size = _size([file for part in parts for file, _ in part], options)
    kept = [_readable(part, size, options) for part in parts]
    for part, name in zip(kept, names, strict=True):
        if not part:
            raise DataError(f"{path / name}: holds no image that can be read")
    sources = [_source([file for file, _ in part], size, options) for part in kept]
    empty = [f"{name}/{each.name}" if name else each.name for name in names for each in _empty(path / name)]
    classes = {name: [label for _, label in part] for name, part in zip(names, kept, strict=True)}
    sizes = _sizes([file for part in kept for file, _ in part][:LOOKED_AT])
    number = {label: n for n, label in enumerate(labels)}
    targets = np.array([number[label] for part in kept for _, label in part], np.min_scalar_type(len(labels)))
    return Dataset(
        name=path.name,
        task="classification",
        inputs=sources[0] if len(sources) == 1 else Joined(sources[0], sources[1]),
        targets=InMemory(targets),
        labels=tuple(labels),
        kind="images",
        own_test=len(kept[1]) if len(kept) > 1 else 0,
        splits="last" if options.held_out == "last" else "random",
        test=options.test,
        path=str(path.absolute()),
        options=options.changed(),
        remarks=(*remarks_on_classes(classes, empty), *remarks_on_sizes(sizes, size, bool(options.image_size))),
    )


def open_file(path: Path, options: DataOptions, like: Preprocessing | None) -> Dataset:
    """One image, to be predicted."""
    if like is None:
        raise DataError(f"{path}: is one image, expected a folder that holds a subfolder of images for each class")
    return _to_predict(path, [path], options, like)


def _to_predict(path: Path, files: list[Path], options: DataOptions, like: Preprocessing) -> Dataset:
    """Images without classes, of the shape of those in training, in the order of their names."""
    if like.kind != "images" or len(like.shape) not in (2, 3) or like.shape[2:] not in ((), (3,)):
        raise DataError(f"{path}: got images, expected {like.kind} of {like.shape} as in training")
    kept = [file for file, _ in _readable([(file, "") for file in files], like.shape, options)]
    if not kept:
        raise DataError(f"{path}: holds no image that can be read")
    return Dataset(
        name=path.name,
        task="unsupervised",
        inputs=_source(kept, like.shape, options),
        kind="images",
        files=tuple(file.relative_to(path).as_posix() for file in kept) if path.is_dir() else (),
        path=str(path.absolute()),
        options=options.changed(),
    )


def images_in(folder: Path) -> list[Path]:
    """The image files in a folder and below it, by name."""
    return sorted(filter(_is_image, folder.rglob("*")))


def _is_image(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".")


def _by_class(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files with the name of the folder they lie in, mixed: what streams is shuffled by blocks of neighbours."""
    found = [(file, each.name) for each in _class_folders(folder) for file in images_in(each)]
    if not found:
        raise DataError(
            f"{folder}: holds no subfolders with PNG or JPEG files; expected one for each class, named after it"
        )
    return iter(sorted(found, key=lambda pair: (zlib.crc32(pair[0].relative_to(folder).as_posix().encode()), pair[0])))


def _class_folders(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))


def _empty(folder: Path) -> list[Path]:
    """The class folders that hold no image."""
    return [each for each in _class_folders(folder) if not any(map(_is_image, each.rglob("*")))]


def _sizes(files: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """(height, width) of those files whose first bytes say it."""
    sizes = {}
    for file in files:
        with contextlib.suppress(Exception), _opened(pillow("PIL.Image", file), file) as image:
            sizes[file] = (image.height, image.width)
    return sizes


def _size(files: list[Path], options: DataOptions) -> tuple[int, ...]:
    """The shape all images are brought to: of the option's size, else of the first image; grey where all are grey."""
    Image, height, width = pillow("PIL.Image", files[0]), options.image_size, options.image_size
    grey, first = True, True
    for file in files:
        try:
            with _opened(Image, file) as image:
                grey = grey and image.mode in ("1", "L", "I;16", "I")
                if first and not options.image_size:
                    (width, height), first = image.size, False
        except Exception:
            continue  # whether it is refused or skipped is decided when it is read
        if not grey and not first:
            break
    if not 0 < max(height, width) <= LARGEST:
        raise DataError(
            f"{files[0]}: images would be {height}×{width} pixels, expected 1 to {LARGEST} on a side; set --image-size"
        )
    colours = {"auto": () if grey else (3,), "grey": (), "colour": (3,)}[options.image_colour]
    return (height, width, *colours)


def _readable(files: list[tuple[Path, str]], size: tuple[int, ...], options: DataOptions) -> list[tuple[Path, str]]:
    """Those files that hold whole images; others are refused, or left out with a warning."""
    if options.corrupt == "error":
        return files  # a damaged one is named when it is read: at the latest when preprocessing is fitted
    kept, bad = [], []
    for file, label in files:
        try:
            read_image(file, size)
            kept.append((file, label))
        except DataError:
            bad.append(file)
    if bad:
        others = f" and {len(bad) - 1} more: cannot be read as images and are" if bad[1:] else ""
        what = others or ": cannot be read as an image and is"
        warnings.warn(f"{bad[0]}{what} left out", ZooWarning, stacklevel=2)
    return kept


def _source(files: list[Path], size: tuple[int, ...], options: DataOptions) -> Source:
    rows = ImageRows(tuple(files), size)
    if len(files) * int(np.prod(size)) > options.in_memory * 1_000_000:
        return rows
    return InMemory(rows.read(0, len(files)))


def _has_images(path: Path, head: bytes) -> bool:
    return path.is_dir() and any(
        file.suffix.lower() in SUFFIXES for pattern in ("*", "*/*", "*/*/*") for file in path.glob(pattern)
    )


TAKES = ("image_size", "image_colour", "corrupt", "in_memory")
FOLDER = Reader(
    "a folder of images",
    "a folder with a subfolder of PNG or JPEG files for each class",
    TAKES,
    _has_images,
    open_folder,
)
FILE = Reader(
    "an image", "a PNG or JPEG file, to be predicted", TAKES, lambda path, head: head.startswith(MAGIC), open_file
)
