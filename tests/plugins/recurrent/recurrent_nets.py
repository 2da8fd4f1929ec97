"""Recurrent layers over each other with the weights of one formula, run forward and back: for comparisons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from zoo_recurrent.layers import ElmanLayer, GruLayer, LstmLayer

from zoo.nn import Branch, Gradient, Layer, Layout, Mode, Parameters, Serial
from zoo.nn.parameters import nested
from zoo.types import Array

CELLS = {"elman": ElmanLayer, "lstm": LstmLayer, "gru": GruLayer}
TIME, BATCH, INPUTS, HIDDEN = 6, 4, 3, 5
LENGTHS = np.array([6, 2, 5, 1])
KINDS = [(cell, layers, both, ragged) for cell in CELLS for layers in (1, 2) for both in (0, 1) for ragged in (0, 1)]


def network(cell: str, layers: int, both: bool) -> Layer:
    """`layers` recurrent layers, in one direction or both."""
    one = CELLS[cell](HIDDEN)
    each = Branch(forward=one, backward=replace(one, reverse=True), join="concat") if both else one
    return Serial(**{f"layer{number}": each for number in range(1, layers + 1)})


def wavy(shape: tuple[int, ...], shift: float) -> Array:
    """Numbers between −0.6 and 0.6 that follow from shape and shift alone."""
    return 0.6 * np.sin(1.7 * np.arange(np.prod(shape)) + shift).reshape(shape)


def mask(ragged: bool) -> Array | None:
    return (np.arange(TIME) < LENGTHS[:, None]).astype(float) if ragged else None


def run(
    cell: str, layers: int, both: bool, ragged: bool, dtype: str = "float64", kernels: str = "auto"
) -> dict[str, Array]:
    """Weights by path, "y" and "dx", and "d" + path for each gradient, for y's gradient `wavy` where steps are real."""
    layer = network(cell, layers, both)
    layout = Layout(layer, (-1, INPUTS))
    parameters = Parameters(layout, np.dtype(dtype))
    for number, weights in enumerate(parameters.views.values()):
        weights[...] = wavy(weights.shape, number)
    x = wavy((BATCH, TIME, INPUTS), 0.3).astype(dtype)
    real = mask(ragged)
    y, pullback = layer.forward(parameters.tree, x, Mode(True, mask=real, kernels=kernels))
    dy = wavy(y.shape, 0.5).astype(dtype)
    if real is not None:
        dy *= real[..., None].astype(dtype)
        y = y * real[..., None]
    vector = np.empty(layout.size, dtype)
    places = {name: place.view(vector) for name, place in layout.parameters.items()}
    assert pullback is not None
    dx = pullback(dy, Gradient(nested(places)))
    assert dx is not None
    return {**parameters.views, "y": y, "dx": dx, **{f"d{name}": gradient for name, gradient in places.items()}}
