"""Plots of convolutional nets: kernels of the first layer, feature maps, misclassified images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import Array, Plot
from zoo.nn import GradientModel, Mode
from zoo.plots import INK, bare_axes, draw_misclassified, grey_levels, tile_columns

if TYPE_CHECKING:
    from zoo import Model

MOST_KERNELS = 64
MOST_MAPS = 6  # of one layer
MOST_LAYERS = 6


def is_convolutional(model: Model) -> bool:
    return model.architecture.family == "convolutional"


def classifies(model: Model) -> bool:
    return is_convolutional(model) and model.signature.task == "classification"


def first_kernels(model: Model) -> Array:
    """W (height, width, inputs, channels) of the first convolution."""
    return next(array for name, array in model.weights.items() if name.endswith("/W") and array.ndim == 4)


def feature_maps(model: GradientModel, inputs: Array) -> dict[str, Array]:
    """What each layer with height and width gives for the inputs: (rows, height, width, channels) by path."""
    found: dict[str, Array] = {}

    def watch(path: str, y: Array) -> None:
        if y.ndim == 4:
            found[path] = np.array(y)

    model.network.forward(model.parameters.tree, model.encoded(inputs), Mode(watch=watch))
    return found


def draw_kernels(model: Model, data: Any, figure: Any) -> None:
    """Each kernel of the first layer; grey: dark is negative, light positive; of three inputs: as colours."""
    W = first_kernels(model)
    count = min(MOST_KERNELS, W.shape[3])
    columns = max(4, tile_columns(count))  # four: room for the title
    lines = math.ceil(count / columns)
    figure.set_size_inches(0.62 * columns + 0.3, 0.62 * lines + 0.6)
    largest = float(np.abs(W).max()) or 1.0
    for number in range(count):
        axes = bare_axes(figure.add_subplot(lines, columns, number + 1))
        if W.shape[2] == 3:
            axes.imshow(0.5 + W[..., number] / (2 * largest))
        else:
            axes.imshow(W[..., number].mean(axis=2), cmap="gray", vmin=-largest, vmax=largest)
    figure.suptitle(f"{W.shape[3]} kernels of {W.shape[0]}×{W.shape[1]} in the first layer", fontsize=11, color=INK)
    figure.tight_layout(pad=0.4)


def draw_maps(model: Model, data: Any, figure: Any) -> None:
    """One image and, layer by layer, what the first channels make of it; light is much of a feature."""
    assert isinstance(model, GradientModel)
    image = data.rows(np.arange(1)).inputs
    maps = {
        path: y[0] for path, y in feature_maps(model, image).items() if path.count("/") == 1 and min(y.shape[1:3]) > 1
    }
    paths = [path for path in maps if not path.endswith(("channels", "flatten"))]
    if len(paths) > MOST_LAYERS:
        paths = [paths[round(place)] for place in np.linspace(0, len(paths) - 1, MOST_LAYERS)]
    figure.set_size_inches(1.05 * (MOST_MAPS + 1), 1.15 * len(paths) + 0.3)
    for line, path in enumerate(paths):
        y = maps[path]
        if line == 0:
            axes = bare_axes(figure.add_subplot(len(paths), MOST_MAPS + 1, 1))
            axes.imshow(grey_levels(image[0]), cmap="gray")
            axes.set_title("image", fontsize=8, color=INK)
        for number in range(min(MOST_MAPS, y.shape[2])):
            axes = bare_axes(figure.add_subplot(len(paths), MOST_MAPS + 1, line * (MOST_MAPS + 1) + number + 2))
            axes.imshow(y[..., number], cmap="gray")
            if number == 0:
                size = f"{y.shape[0]}×{y.shape[1]}, {y.shape[2]} channels"
                axes.set_title(f"{path.rpartition('/')[2]}: {size}", fontsize=8, color=INK, loc="left")
    figure.tight_layout(pad=0.4)


PLOTS = (
    Plot("kernels", "kernels of the first layer", is_convolutional, draw_kernels),
    Plot("maps", "feature maps of one image, layer by layer", is_convolutional, draw_maps, needs_data=True),
    Plot("misclassified", "held-out images answered wrongly", classifies, draw_misclassified, needs_data=True),
)
