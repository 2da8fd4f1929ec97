"""Views of convolutional nets: kernels, the maps of an image that is chosen or drawn, and what the net answers."""

from __future__ import annotations

import numpy as np

from zoo import Array, Model
from zoo.nn import GradientModel
from zoo.plots import shown_name
from zoo.views import Images, Look, Scene, View, as_bytes
from zoo_convolutional.plots import feature_maps, first_kernels, is_convolutional

MOST_KERNELS = 64
MOST_MAPS = 16  # of one layer
MOST_LAYERS = 6


def has_kernels(model: Model) -> bool:
    return is_convolutional(model) and any(
        name.endswith("/W") and array.ndim == 4 for name, array in model.weights.items()
    )


def draw_kernels(model: Model, look: Look) -> list[Scene]:
    """The kernels of the first layer, blue below zero and red above; of colour images in their own colours."""
    W = first_kernels(model)
    kernels = np.moveaxis(W, 3, 0)[:MOST_KERNELS]
    size = f"{W.shape[3]} kernels of {W.shape[0]} × {W.shape[1]} in the first layer"
    if W.shape[2] == 3:
        return [Images(size, as_bytes(kernels, signed=True), size=40)]
    return [Images(size, as_bytes(kernels.mean(axis=3), signed=True), signed=True, size=40)]


def draw_maps(model: Model, look: Look) -> list[Scene]:
    """One image and, layer by layer, what the first channels make of it; light is much of a feature."""
    assert isinstance(model, GradientModel)
    image = look.image(model)
    maps = {path: y[0] for path, y in feature_maps(model, image).items() if path.count("/") == 1}
    paths = [path for path, y in maps.items() if min(y.shape[:2]) > 1 and not path.endswith(("channels", "flatten"))]
    if len(paths) > MOST_LAYERS:
        paths = [paths[round(place)] for place in np.linspace(0, len(paths) - 1, MOST_LAYERS)]
    scenes: list[Scene] = []
    for path in paths:
        y = maps[path]
        name = f"{shown_name(path.rpartition('/')[2])}: {y.shape[2]} channels of {y.shape[0]} × {y.shape[1]}"
        scenes.append(Images(name, as_maps(y), size=44))
    return scenes


def as_maps(y: Array) -> Array:
    """The channels of one image (height, width, channels) as images, the first of them."""
    return as_bytes(np.moveaxis(y, 2, 0)[:MOST_MAPS])


VIEWS = (
    View("maps", "what each layer makes of one image", is_convolutional, draw_maps, uses=("sample", "drawing")),
    View("kernels", "the kernels of the first layer", has_kernels, draw_kernels),
)
