"""Decode the pixels of an image file: orientation, transparency, palette and bit depth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.types import Array

DEPTHS = ("uint8", "uint16", "float32")  # types of pixels, the deepest last
GREY = frozenset(("1", "L", "LA", "La", "I", "F"))
TURNED = frozenset((5, 6, 7, 8))  # EXIF orientations that exchange height and width
ORIENTATION = 0x0112


@dataclass(frozen=True)
class Form:
    """What every image of a set is brought to."""

    size: tuple[int, ...]  # (height, width), or (height, width, 3)
    dtype: str = "uint8"  # one of DEPTHS
    background: str = "white"  # what shows through transparent pixels


class DepthError(ValueError):
    """The image has pixels of a type that has no meaning beside the others."""


def depth_of(image: Any) -> str:
    """The type that holds an image's pixels without loss."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):
        return "uint16"
    return "float32" if image.mode in ("I", "F") else "uint8"


def is_grey(image: Any) -> bool:
    """Whether an image has no colours; of one with a palette the palette decides."""
    if image.mode == "P":
        palette = np.array(image.getpalette("RGB") or [0, 0, 0]).reshape(-1, 3)
        return bool((palette == palette[:, :1]).all())
    return image.mode in GREY or image.mode.startswith("I;16")


def has_transparency(image: Any) -> bool:
    """Whether pixels may be transparent: an alpha channel, or a colour that stands for none."""
    return image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info


def size_of(image: Any) -> tuple[int, int]:
    """(height, width) of the image upright, which its first bytes tell."""
    width, height = image.size
    turned = image.getexif().get(ORIENTATION) in TURNED
    return (width, height) if turned else (height, width)


def pixels(image: Any, form: Form, pillow: Any, operations: Any) -> Array:
    """The pixels of a loaded image as (height, width) or (height, width, 3), upright, of the form's type.

    The image is scaled until it covers the size, and its middle cut out. 8 bits become 16 by · 257 and 16 become 8 by
    / 257, so that black stays black and white white; `DepthError` where floating-point values meet others.
    `pillow` and `operations` are the modules PIL.Image and PIL.ImageOps.
    """
    operations.exif_transpose(image, in_place=True)
    own, (height, width) = depth_of(image), form.size[:2]
    if "float32" in (own, form.dtype) and own != form.dtype:
        raise DepthError(f"has pixels of the type {own}, expected {form.dtype} as the others have")
    if own != "uint8":
        image = pillow.fromarray(np.asarray(image).astype(np.float32))
    elif has_transparency(image):
        image = image.convert("RGBA")
        image = pillow.alpha_composite(pillow.new("RGBA", image.size, form.background), image)
    if own == "uint8":
        image = image.convert("L" if len(form.size) == 2 else "RGB")
    if image.size != (width, height):
        image = operations.fit(image, (width, height), pillow.Resampling.BILINEAR)
    values: Array = np.asarray(image)
    if own == "uint8" and form.dtype == "uint16":
        values = values.astype(np.uint16) * 257
    elif own == "uint16":
        values = np.rint(values if form.dtype == "uint16" else values / 257).astype(form.dtype)
    if values.ndim < len(form.size):
        values = np.repeat(values[:, :, None], form.size[2], axis=2)
    return values


def deepest(depths: Iterable[str]) -> str:
    """The type that holds the pixels of all."""
    return max(depths, key=DEPTHS.index, default="uint8")
