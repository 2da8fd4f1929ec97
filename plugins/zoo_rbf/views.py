"""Views of RBF networks: centres and widths over the data, the fitted curve and the functions it is the sum of."""

from __future__ import annotations

import numpy as np

from zoo import Model
from zoo.plots import decode_inputs, input_names, shown_name
from zoo.views import Boxes, Curve, Look, Plane, Points, Scene, View, is_plane, plane_layers
from zoo_rbf.model import RbfModel
from zoo_rbf.plots import centres_of, has_regions, is_rbf

MOST_CIRCLES = 150
MOST_LINES = 40


def has_plane(model: Model) -> bool:
    surface = model.signature.task == "regression" and model.signature.outputs == 1
    return is_rbf(model) and is_plane(model) and (has_regions(model) or surface)


def draw_centres(model: Model, look: Look) -> list[Scene]:
    """What the net answers everywhere, the data, and each centre with a circle of one width."""
    layers, extent, labels = plane_layers(model, look)
    names = input_names(model)
    classes = labels if model.signature.task == "classification" else ()
    return [Plane("answers, centres and widths", extent, (*layers, *circles(model)), (names[0], names[1]), classes)]


def circles(model: Model) -> tuple[Scene, ...]:
    """Centres, with a circle of one width around each, in the data's own units."""
    if not isinstance(model, RbfModel):
        return ()
    centres, widths = centres_of(model)
    r = np.abs(widths)[:, None]
    low, high = (decode_inputs(model, each)[:MOST_CIRCLES].astype(np.float32) for each in (centres - r, centres + r))
    middles = decode_inputs(model, centres).astype(np.float32)
    return Boxes("widths", low, high, round=True), Points(
        "centres", middles, np.full(len(middles), -1, np.int16), size=2.5
    )


def has_basis(model: Model) -> bool:
    return isinstance(model, RbfModel) and model.signature.inputs == 1 and model.signature.outputs == 1


def draw_basis(model: Model, look: Look) -> list[Scene]:
    """Each basis function times its weight: their sum is the curve."""
    assert isinstance(model, RbfModel)
    own = look.spread(500).inputs.reshape(-1, 1)
    x = np.linspace(own.min(), own.max(), 200, dtype=own.dtype)[:, None]
    weights = model.weights["output/W"][:, 0]
    solved = bool(weights.any())  # before, the functions alone, as their centres move
    parts = model.design_matrix(x) * weights if solved else model.design_matrix(x)
    order = np.argsort(-np.abs(parts).max(axis=0))[:MOST_LINES]
    unit = getattr(model.preprocessing, "target_unit", None)
    scale = 1.0 if unit is None or not solved else float(np.ravel(unit)[0])
    lines = tuple((f"centre {j + 1}", (scale * parts[:, j]).astype(np.float32)) for j in order)
    shown = decode_inputs(model, x)[:, 0].astype(np.float32)
    title = "its basis functions" + (", times their weights" if solved else "")
    return [Curve(title, shown, lines, axes=(input_names(model)[0], ""))]


def has_projection(model: Model) -> bool:
    """A table of more than two columns, of which two are shown."""
    return isinstance(model, RbfModel) and not is_plane(model) and model.signature.inputs > 2


def draw_projection(model: Model, look: Look) -> list[Scene]:
    """The data and the centres in the two columns that vary most."""
    rows = look.spread(800)
    x = rows.inputs.reshape(len(rows), -1)
    a, b = np.sort(np.argsort(-x.var(axis=0), kind="stable")[:2])
    names = input_names(model)
    centres, widths = centres_of(model)
    r = np.abs(widths)[:, None]
    pick = [a, b]
    own, middle, low, high = (
        decode_inputs(model, each)[:, pick].astype(np.float32) for each in (x, centres, centres - r, centres + r)
    )
    corner = np.concatenate([own, middle])
    bottom, top = corner.min(axis=0), corner.max(axis=0)
    room = 0.08 * np.where(top > bottom, top - bottom, 1)
    extent = (bottom[0] - room[0], top[0] + room[0], bottom[1] - room[1], top[1] + room[1])
    classes = None
    if model.signature.task == "classification" and rows.targets is not None:
        classes = rows.targets.astype(np.int16)
    layers = (
        Points("data", own, classes),
        Boxes("widths", low[:MOST_CIRCLES], high[:MOST_CIRCLES], round=True),
        Points("centres", middle, np.full(len(middle), -1, np.int16), size=4.0),
    )
    labels = tuple(map(shown_name, model.signature.labels)) if classes is not None else ()
    left, right, low_y, high_y = map(float, extent)
    return [Plane("centres and widths", (left, right, low_y, high_y), layers, (names[a], names[b]), labels)]


VIEWS = (
    View("centres", "answers, centres and widths in the plane", has_plane, draw_centres),
    View("basis", "the basis functions times their weights", has_basis, draw_basis),
    View("projection", "centres and widths in two columns of the data", has_projection, draw_projection),
)
