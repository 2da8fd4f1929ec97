"""Plots of ART models: boxes in the plane, prototypes as images, number of categories over training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from zoo import Array, Model, Plot
from zoo.plots import COLOURS, INK, plain_axes, shown_name, tile_columns
from zoo_art.fuzzy_artmap import ArtmapModel
from zoo_art.kernels.fuzzy_art import FuzzyArtKernel, corners
from zoo_art.model import CategoryModel

MOST_POINTS = 2000
MOST_IMAGES = 40
MOST_CLASSES = 10  # in a legend
POINT = 0.01  # a box smaller than this is drawn as a small square
GRID = 200  # points a side at which the answer is asked for


def voters(model: Model) -> Iterator[tuple[str, dict[str, Array]]]:
    """Each set of categories: its path, and its arrays by name."""
    paths = model.architecture.paths if isinstance(model, ArtmapModel) else [""]
    for path in paths:
        names = [name for name in model.weights if name.startswith(path)]
        yield path, {name[len(path) :]: model.weights[name] for name in names}


def is_art(model: Model) -> bool:
    return isinstance(model, CategoryModel | ArtmapModel) and all(len(each["W"]) for _, each in voters(model))


def has_boxes(model: Model) -> bool:
    """Boxes in the plane: Fuzzy ART and ARTMAP on two inputs."""
    return is_art(model) and isinstance(getattr(model, "kernel", None), FuzzyArtKernel) and model.signature.inputs == 2


def has_images(model: Model) -> bool:
    """Inputs that are images, grey or with one channel."""
    shape = model.signature.input_shape
    return is_art(model) and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 1)) and min(shape[:2]) > 1


def draw_boxes(model: Model, data: Any, figure: Any) -> None:
    """Every category's box, over the samples held out; of ARTMAP the answer everywhere as well, in pale colours."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Rectangle

    sets = list(voters(model))
    figure.set_size_inches(6.0, 6.3)
    axes = plain_axes(figure.add_subplot())
    axes.grid(False)
    batch = data.rows(np.arange(min(len(data), MOST_POINTS)))
    points = batch.inputs.reshape(len(batch), -1)
    classes = batch.targets if batch.targets is not None else np.zeros(len(batch), np.int64)
    if isinstance(model, ArtmapModel):
        side = (np.arange(GRID, dtype=points.dtype) + 0.5) / GRID
        grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        answer = model.predict(grid).argmax(axis=1).reshape(GRID, GRID)
        shades = ListedColormap([COLOURS[n % len(COLOURS)] for n in range(model.signature.outputs)])
        last = model.signature.outputs - 1
        axes.imshow(answer, origin="lower", extent=(0, 1, 0, 1), cmap=shades, vmin=0, vmax=last, alpha=0.18)
    size = 2.5 if len(points) > 500 else 4
    for number in np.unique(classes):
        mine = classes == number
        axes.plot(*points[mine].T, ".", color=colour_of(number), ms=size, alpha=0.6)
    path, arrays = sets[0]
    owners = arrays.get("classes")
    for j, (low, high) in enumerate(zip(*corners(arrays["W"]), strict=True)):
        colour = INK if owners is None else colour_of(owners[j])
        width, height = high - low
        axes.add_patch(Rectangle(low, width, height, fill=False, edgecolor=colour, linewidth=1.4))
        if max(width, height) < POINT:
            axes.plot(*low, "s", color=colour, ms=4, mfc="white")
    names: tuple[str, ...] = getattr(model.preprocessing, "input_names", ())
    axes.set_xlabel(shown_name(names[0]) if len(names) == 2 else "first input", color=INK)
    axes.set_ylabel(shown_name(names[1]) if len(names) == 2 else "second input", color=INK)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    of = f" of {path.rstrip('/')}" if path else ""
    shading = "; shaded: what all answer" if len(sets) > 1 else "; shaded: the answer" if owners is not None else ""
    axes.set_title(f"{len(arrays['W'])} boxes{of}{shading}", loc="left", fontsize=11, color=INK)
    explain(axes, model, np.unique(classes) if batch.targets is not None else np.zeros(0, np.int64), arrays)
    figure.tight_layout()


def colour_of(number: Any) -> str:
    return COLOURS[int(number) % len(COLOURS)]


def explain(axes: Any, model: Model, seen: Array, arrays: dict[str, Array]) -> None:
    """A legend below: the classes by colour, of the samples and of boxes that have one, and what a small square is."""
    from matplotlib.lines import Line2D

    owned = "classes" in arrays
    labels = model.signature.labels if owned else getattr(model.preprocessing, "labels", ())
    shown = range(model.signature.outputs) if owned else seen.tolist()
    if len(shown) > MOST_CLASSES:
        shown = []
    marks = [
        Line2D(
            [], [], color=colour_of(number), marker=".", linewidth=1.4 if owned else 0,
            label=shown_name(labels[number]) if number < len(labels) else f"class {number}",
        )
        for number in shown
    ]  # fmt: skip
    if not owned:
        marks.append(Line2D([], [], color=INK, linewidth=1.4, label="category"))
    low, high = corners(arrays["W"])
    if ((high - low).max(axis=1) < POINT).any():
        square: dict[str, Any] = {"color": INK, "marker": "s", "ms": 4, "mfc": "white", "linewidth": 0}
        marks.append(Line2D([], [], label="one sample, or some alike", **square))
    axes.legend(
        handles=marks,
        frameon=False,
        fontsize=9,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.09),
        ncols=4,
        columnspacing=1.4,
    )


def draw_prototypes(model: Model, data: Any, figure: Any) -> None:
    """The prototypes of the largest categories, each with its class, if it has one, and the presentations it coded."""
    _, arrays = next(voters(model))
    order = np.argsort(-arrays["sizes"], kind="stable")[:MOST_IMAGES]
    kernel: Any = model.kernel  # type: ignore[attr-defined]
    images = kernel.prototypes(arrays["W"][order]).reshape(len(order), *model.signature.input_shape[:2])
    height, width = images.shape[1:]
    columns = max(4, tile_columns(len(order), 0.95, 0.3 + 0.85 * height / width, most=12))  # four: room for the title
    rows = math.ceil(len(order) / columns)
    figure.set_size_inches(0.95 * columns, 0.4 + rows * (0.3 + 0.85 * height / width))
    for place, (j, image) in enumerate(zip(order, images, strict=True), 1):
        axes = figure.add_subplot(rows, columns, place)
        axes.imshow(image, cmap="Greys", vmin=0, vmax=max(1e-9, float(images.max())))
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_color("#CCCCCC")
        label = ""
        if "classes" in arrays:
            label = f"{shown_name(model.signature.labels[int(arrays['classes'][j])])}: "
        axes.set_title(f"{label}{int(arrays['sizes'][j]):,}", fontsize=7, color=INK, pad=2)
    total = len(arrays["W"])
    shown = f"the {len(order)} largest of {total:,}" if total > len(order) else f"all {total}"
    title = f"prototypes of {shown} categories, and presentations coded"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, color=INK)
    figure.tight_layout(rect=(0, 0, 1, 0.99))


def draw_growth(model: Model, data: Any, figure: Any) -> None:
    """How many categories there were after each presentation, in the order of training."""
    from matplotlib.ticker import MaxNLocator

    figure.set_size_inches(6.4, 3.8)
    axes = plain_axes(figure.add_subplot(), "categories over training", "presentations", "categories")
    sets = list(voters(model))
    for number, (path, arrays) in enumerate(sets):
        end = int(arrays["sizes"].sum())
        born = [*arrays["born"].tolist(), max(end, 1)]
        counts = [*range(1, len(arrays["born"]) + 1), len(arrays["born"])]
        colour = COLOURS[number % len(COLOURS)]
        axes.step(born, counts, where="post", color=colour, linewidth=1.6, label=path.rstrip("/") or None)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    if 1 < len(sets) <= 10:
        axes.legend(frameon=False, fontsize=9)
    figure.tight_layout()


BOXES = Plot("boxes", "the boxes of the categories over data of two inputs", has_boxes, draw_boxes, needs_data=True)
PROTOTYPES = Plot("prototypes", "the prototypes of the largest categories, as images", has_images, draw_prototypes)
GROWTH = Plot("categories", "how many categories there were over training", is_art, draw_growth)
