"""What is odd about a folder of images by class: classes with no image or a single one, images that change much.

Each gives one line before training; none is an error, since the folder may be meant so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from zoo.data.readers.pixels import DEPTHS, Form

LOOKED_AT = 2000  # images whose size is looked up, which takes 0.1 ms each; they are in mixed order
MUCH = 4  # times as large, or as small, on a side
CUT = 0.5  # share of an image's area that is lost
NAMED = 4  # classes or images in one line


def remarks_on_classes(parts: Mapping[str, Sequence[str]], empty: Sequence[str]) -> Iterator[str]:
    """`parts`: the class of every image, by part ("": the only one); `empty`: class folders without an image."""
    if empty:
        which = "class folder {} holds" if len(empty) == 1 else "class folders {} hold"
        yield f"{which.format(_named(empty))} no image file"
    counts = {part: Counter(labels) for part, labels in parts.items()}
    first = next(iter(counts.values()))
    if single := sorted(label for label, count in first.items() if count == 1):
        one = "class {} has a single image" if len(single) == 1 else "classes {} have a single image each"
        then = " to train on" if len(counts) > 1 else ", which cannot be both learned from and tested on"
        yield one.format(_named(single)) + then
    if unlearned := sorted({label for each in counts.values() for label in each} - first.keys()):
        one = "class {} has" if len(unlearned) == 1 else "classes {} have"
        yield f"{one.format(_named(unlearned))} images to test on, but none to train on"


def remarks_on_pixels(seen: Mapping[str, int], form: Form) -> Iterator[str]:
    """`seen`: how many of the images looked at have pixels of each type, and how many are "transparent"."""
    counts = {depth: seen[depth] for depth in DEPTHS if seen.get(depth)}
    if len(counts) > 1:
        each = ", ".join(f"{count:,} of {depth}" for depth, count in counts.items())
        yield f"images have different types of pixels ({each}), all brought to {form.dtype}"
    if count := seen.get("transparent", 0):
        which = "1 image has transparent pixels" if count == 1 else f"{count:,} images have transparent pixels"
        other = "black" if form.background == "white" else "white"
        yield f"{which}, laid on {form.background}; --background {other} lays them on {other}"


def remarks_on_sizes(sizes: Mapping[Path, tuple[int, int]], size: tuple[int, ...], asked: bool) -> Iterator[str]:
    """`sizes`: (height, width) by file; `size` all are brought to, which somebody `asked` for or the first one has."""
    height, width = size[:2]
    to = f"{height}×{width}"
    scales = {file: max(height / h, width / w) for file, (h, w) in sizes.items()}
    larger = [file for file, scale in scales.items() if scale >= MUCH]
    if larger:
        yield f"{_images(larger, sizes)} enlarged {MUCH} times or more on a side, to {to}"
    smaller = [file for file, scale in scales.items() if scale <= 1 / MUCH]
    if smaller and not asked:
        yield (
            f"{_images(smaller, sizes)} made {MUCH} times smaller or more on a side, to {to}, the size of the first;"
            " another: --image-size"
        )
    cut = [file for file, (h, w) in sizes.items() if height * width <= (1 - CUT) * h * w * scales[file] ** 2]
    if cut:
        yield f"{_images(cut, sizes)} cut to the middle {100 * (1 - CUT):.0f} % or less, to be {to}"


def _images(files: Sequence[Path], sizes: Mapping[Path, tuple[int, int]]) -> str:
    """ "2 of 30 images (cat/a.png of 3×3, …) are"."""
    height, width = sizes[files[0]]
    first = f"{files[0].parent.name}/{files[0].name} of {height}×{width}"
    more = ", …" if len(files) > 1 else ""
    return f"{len(files):,} of {len(sizes):,} images ({first}{more}) {'is' if len(files) == 1 else 'are'}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(repr, names[:NAMED])) + more
