"""Plots of Boltzmann machines: receptive fields, reconstructions, samples along the chain, hidden activity."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo import Array, Model, Plot, RandomStream, Reconstructs
from zoo.plots import COLOURS, INK, MOST_SQUARES, draw_hinton, plain_axes, tile_columns
from zoo_boltzmann.restricted_machine import Machine

MOST_FIELDS = 100
STAGES = (0, 1, 3, 10, 30, 100, 300, 1000)  # Gibbs steps after which a chain is shown
CHAINS = 8
SHOWN = 12  # images beside their reconstructions
ACTIVITY_ROWS = 2000
FRAME = "#999999"  # of one image among others


def has_machine(model: Model) -> bool:
    return model.architecture.family == "boltzmann" and hasattr(model, "machine")


def sees_images(model: Model) -> bool:
    return has_machine(model) and len(model.signature.input_shape) == 2


def reconstructs(model: Model) -> bool:
    return model.architecture.family == "boltzmann" and isinstance(model, Reconstructs)


def picture(values: Array, shape: tuple[int, ...]) -> Array:
    """One input as an image; a row of values is one line."""
    return values.reshape(shape if len(shape) == 2 else (1, -1))


def tiles(images: list[list[Array]], gap: int = 1) -> Array:
    """Rows of images of one size, set apart by gaps of NaN, which stay white."""
    height, width = images[0][0].shape
    columns = max(map(len, images))
    sheet = np.full((len(images) * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for row, line in enumerate(images):
        for column, image in enumerate(line):
            top, left = row * (height + gap), column * (width + gap)
            sheet[top : top + height, left : left + width] = image
    return sheet


def show(axes: Any, images: list[list[Array]], **look: Any) -> None:
    """Rows of images of one size, each in a thin grey frame: a white one would be lost on the white page."""
    from matplotlib.patches import Rectangle

    axes.imshow(tiles(images), interpolation="nearest", **look)
    height, width = images[0][0].shape
    for row, line in enumerate(images):
        for column in range(len(line)):
            corner = (column * (width + 1) - 0.5, row * (height + 1) - 0.5)
            axes.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=FRAME, linewidth=0.6, clip_on=False))
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def draw_fields(model: Model, data: Any, figure: Any) -> None:
    """The weights into each hidden unit of the lowest machine, laid out as the input is: receptive fields."""
    machine: Machine = model.machine()  # type: ignore[attr-defined]
    shape, inputs = model.signature.input_shape, model.signature.inputs
    W = machine.W[:inputs]
    strongest = np.argsort(-np.linalg.norm(W, axis=0))[:MOST_FIELDS]
    columns = tile_columns(len(strongest), shape[1] + 1, shape[0] + 1)
    fields = [W[:, unit].reshape(shape) for unit in strongest]
    lines = [fields[start : start + columns] for start in range(0, len(fields), columns)]
    limit = float(np.percentile(np.abs(W[:, strongest]), 99.5)) or 1.0
    height, width = tiles(lines).shape
    figure.set_size_inches(6.4, 6.4 * height / width + 0.5)
    axes = figure.add_subplot()
    show(axes, lines, cmap="RdBu_r", vmin=-limit, vmax=limit)
    which = f"the {len(strongest)} strongest of {W.shape[1]:,}" if W.shape[1] > len(strongest) else f"all {W.shape[1]}"
    axes.set_title(f"receptive fields of {which} hidden units", loc="left", fontsize=11, color=INK)
    figure.tight_layout()


def draw_reconstructions(model: Model, data: Any, figure: Any) -> None:
    """Inputs above what the model gives back of them."""
    assert isinstance(model, Reconstructs)
    numbers = np.unique(np.linspace(0, len(data) - 1, min(SHOWN, len(data))).astype(np.int64))
    inputs = data.rows(numbers).inputs
    again, shape = model.reconstruct(inputs), model.signature.input_shape
    lines = [[picture(each, shape) for each in part] for part in (inputs, again)]
    height, width = lines[0][0].shape
    figure.set_size_inches(8.0, max(1.4, 8.0 * 2 * height / (len(numbers) * width) + 0.5))
    axes = figure.add_subplot()
    show(axes, lines, cmap="gray", vmin=min(0, float(inputs.min())), vmax=max(1, float(inputs.max())))
    axes.set_title("inputs, and below each its reconstruction", loc="left", fontsize=11, color=INK)
    figure.tight_layout()


def chain_stages(machine: Machine, inputs: int, random: np.random.Generator) -> list[Array]:
    """Means of the visible units after so many Gibbs steps as `STAGES` says, of chains from the base rates."""
    stages, done = [], 0
    net = np.repeat(machine.base[None], CHAINS, axis=0)
    v = machine.visible.sample(net, random, np.empty_like(net), np.empty_like(net))
    for stage in STAGES:
        h = machine.features(v)
        for _ in range(stage - done):
            h = machine.features(v)
            h = (random.random(h.shape, h.dtype) < h).astype(h.dtype)
            net = machine.visible_net(h)
            v = machine.visible.sample(net.copy(), random, np.empty_like(net), np.empty_like(net))
        done = stage
        mean = v if stage == 0 else machine.visible.mean(machine.visible_net(h))
        stages.append(mean[:, :inputs])
    return stages


def draw_chain(model: Model, data: Any, figure: Any) -> None:
    """Chains that begin at the base rates, after 0, 1, 3, … Gibbs steps in the lowest machine."""
    machine: Machine = model.machine()  # type: ignore[attr-defined]
    shape = model.signature.input_shape
    stages = chain_stages(machine, model.signature.inputs, RandomStream(0)("picture of the chain"))
    lines = [[stage[chain].reshape(shape) for stage in stages] for chain in range(CHAINS)]
    height, width = tiles(lines).shape
    figure.set_size_inches(6.4, 6.4 * height / width + 0.7)
    axes = figure.add_subplot()
    show(axes, lines, cmap="gray", vmin=0, vmax=1)
    width = shape[1] + 1
    axes.set_xticks([width * (place + 0.5) - 1 for place in range(len(STAGES))], [f"{stage:,}" for stage in STAGES])
    axes.tick_params(length=0, colors=INK)
    axes.set_xlabel("Gibbs steps", color=INK)
    axes.set_title("samples along the chain, each line one chain", loc="left", fontsize=11, color=INK)
    figure.tight_layout()


def draw_activity(model: Model, data: Any, figure: Any) -> None:
    """How active hidden units are: on average over the data, and in each single case."""
    machine: Machine = model.machine()  # type: ignore[attr-defined]
    batch = data.rows(np.arange(min(ACTIVITY_ROWS, len(data))))
    p = machine.features(model.clamped(batch, RandomStream(0)))  # type: ignore[attr-defined]
    figure.set_size_inches(8.4, 3.4)
    bins = np.linspace(0, 1, 41)
    for place, (values, title) in enumerate(
        ((p.mean(axis=0), "mean of each hidden unit"), (p.ravel(), "each unit for each input")), 1
    ):
        axes = plain_axes(figure.add_subplot(1, 2, place), title, "p(h = 1 | v)", "share")
        weights = np.full(values.size, 1 / values.size)
        axes.hist(values, bins=bins, weights=weights, color=COLOURS[0])
        axes.set_xlim(0, 1)
    figure.tight_layout()


def has_hinton(model: Model) -> bool:
    """A machine of few units: restricted, or with any pair of units connected."""
    weights = model.weights.get("W")
    return model.architecture.family == "boltzmann" and weights is not None and max(weights.shape) <= MOST_SQUARES


def draw_weights(model: Model, data: Any, figure: Any) -> None:
    """A Hinton diagram: of a restricted machine from visible to hidden units, else between all units, the hidden ones
    last."""
    restricted = has_machine(model)
    title = "weights, visible to hidden" if restricted else f"weights, {model.signature.inputs} visible units first"
    axes = ("visible unit", "hidden unit") if restricted else ("unit", "unit")
    draw_hinton({title: model.weights["W"]}, figure, *axes)


HINTON = Plot("hinton", "weights as squares: white positive, black negative", has_hinton, draw_weights)
FIELDS = Plot("fields", "receptive fields: the weights into each hidden unit", sees_images, draw_fields)
RECONSTRUCTIONS = Plot(
    "reconstructions", "inputs beside their reconstructions", reconstructs, draw_reconstructions, needs_data=True
)
CHAIN = Plot("chain", "samples along the Gibbs chain", sees_images, draw_chain)
ACTIVITY = Plot("activity", "histogram of hidden activity", has_machine, draw_activity, needs_data=True)
