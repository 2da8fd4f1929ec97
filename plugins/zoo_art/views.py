"""Views of ART: boxes that grow, prototypes, the table of categories, and how many there are."""

from __future__ import annotations

import numpy as np

from zoo import Model
from zoo.plots import input_names, shown_name
from zoo.views import Boxes, Curve, Images, Look, Plane, Points, Regions, Scene, Text, View, as_bytes
from zoo_art.fuzzy_artmap import ArtmapModel
from zoo_art.kernels.fuzzy_art import FuzzyArtKernel, corners
from zoo_art.model import CategoryModel
from zoo_art.plots import voters

MOST_POINTS = 800
MOST_BOXES = 500
MOST_LINES = 12  # of the table
MOST_IMAGES = 48
SIDE = 44  # points a side at which ARTMAP is asked


def is_art(model: Model) -> bool:
    return isinstance(model, CategoryModel | ArtmapModel)


def has_boxes(model: Model) -> bool:
    return is_art(model) and isinstance(getattr(model, "kernel", None), FuzzyArtKernel) and model.signature.inputs == 2


def draw_boxes(model: Model, look: Look) -> list[Scene]:
    """Every category's box over the data; of ARTMAP in its class's colour, with the answer everywhere."""
    layers: list[Scene] = []
    extent = (-0.03, 1.03, -0.03, 1.03)
    path, arrays = next(voters(model))
    if isinstance(model, ArtmapModel) and len(arrays["W"]):
        side = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE
        votes = model.predict(np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2))
        shares = np.full((SIDE, SIDE), 150, np.uint8)
        answer = votes.argmax(axis=1).reshape(SIDE, SIDE).astype(np.int16)
        layers.append(Regions("answers", (0.0, 1.0, 0.0, 1.0), answer, shares))
    rows = look.spread(MOST_POINTS)
    classes = rows.targets.astype(np.int16) if rows.targets is not None and rows.targets.ndim == 1 else None
    layers.append(Points("data", rows.inputs.reshape(len(rows), 2).astype(np.float32), classes, size=2.5))
    low, high = corners(arrays["W"])
    owners = arrays.get("classes")
    boxes = Boxes(
        "boxes",
        np.asarray(low[:MOST_BOXES], np.float32),
        np.asarray(high[:MOST_BOXES], np.float32),
        None if owners is None else owners[:MOST_BOXES].astype(np.int16),
    )
    layers.append(boxes)
    labels = tuple(map(str, getattr(model.preprocessing, "labels", ())))[:10]
    names = input_names(model)
    of = f" of {path.rstrip('/')}" if path else ""
    count = len(arrays["W"])
    title = f"{count} box{'' if count == 1 else 'es'}{of}, inputs from 0 to 1"
    return [Plane(title, extent, tuple(layers), (names[0], names[1]), labels, square=True)]


def has_images(model: Model) -> bool:
    shape = model.signature.input_shape
    return is_art(model) and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 1)) and min(shape[:2]) > 1


def draw_prototypes(model: Model, look: Look) -> list[Scene]:
    """The prototypes of the largest categories, with the presentations each coded."""
    _, arrays = next(voters(model))
    if not len(arrays["W"]):
        return [Text("prototypes", ("there is no category yet",))]
    order = np.argsort(-arrays["sizes"], kind="stable")[:MOST_IMAGES]
    kernel = model.kernel  # type: ignore[attr-defined]
    images = kernel.prototypes(arrays["W"][order]).reshape(len(order), *model.signature.input_shape[:2])
    labels = tuple(f"{int(arrays['sizes'][j]):,}" for j in order)
    count = len(arrays["W"])
    title = f"prototypes of the {len(order)} largest of {count:,} categories" if count > len(order) else "prototypes"
    return [Images(f"{title}, and presentations coded", as_bytes(images), labels, size=42)]


def draw_table(model: Model, look: Look) -> list[Scene]:
    """The largest categories: how many presentations each coded, and when it was founded."""
    _, arrays = next(voters(model))
    order = np.argsort(-arrays["sizes"], kind="stable")[:MOST_LINES]
    owned = "classes" in arrays
    rows = []
    for j in order.tolist():
        row = [str(j + 1), f"{int(arrays['sizes'][j]):,}", f"{int(arrays['born'][j]):,}"]
        if owned:
            row.insert(1, shown_name(model.signature.labels[int(arrays["classes"][j])]))
        rows.append(tuple(row))
    columns = ("category", *(("class",) if owned else ()), "coded", "founded after")
    count = len(arrays["W"])
    return [Text(f"the largest of {count:,} categories" if count > MOST_LINES else "categories", tuple(rows), columns)]


def draw_resets(model: Model, look: Look) -> list[Scene]:
    """How often a category was reset in the search of each sample so far, most of all first."""
    resets = getattr(model, "resets", None)
    if isinstance(resets, dict):
        resets = next(iter(resets.values()), None)
    if resets is None or not len(resets):
        return [Text("resets", ("there was no search yet",))]
    counts = np.sort(np.asarray(resets, np.float32))[::-1][:400]
    x = np.arange(1, len(counts) + 1, dtype=np.float32)
    total = int(np.asarray(resets).sum())
    title = f"{total:,} resets so far, by sample, the most searched first"
    return [Curve(title, x, (("resets", np.ascontiguousarray(counts)),), axes=("sample", "resets"))]


VIEWS = (
    View("boxes", "the boxes of the categories over the data", has_boxes, draw_boxes),
    View("prototypes", "the prototypes of the largest categories", has_images, draw_prototypes),
    View("categories", "the table of the categories", is_art, draw_table),
    View("resets", "how often categories were reset in the search", is_art, draw_resets),
)
