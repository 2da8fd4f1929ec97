"""Views that any model may have: answers over the plane, a fitted curve, learning curves by layer, and the weights."""

from __future__ import annotations

import numpy as np

from zoo.core.model import Model
from zoo.plots.decision_regions import decode_inputs, decode_outputs, input_names
from zoo.plots.plain_names import shown_name
from zoo.types import Array
from zoo.views.images import input_images
from zoo.views.look import Look
from zoo.views.plane import draw_plane, is_plane
from zoo.views.scenes import Curve, Images, Matrix, Plane, Points, Scene, Text, bounds
from zoo.views.view import View

GRADIENT = "gradient/"  # how the metrics begin that are norms of a layer's gradient
MOST_ARRAYS = 6
LARGEST = 64  # rows and columns of a matrix of weights that are shown
MOST_POINTS = 1000
MOST_CLASSES = 20


def answers_in_plane(model: Model) -> bool:
    has_values = model.signature.task == "regression" and model.signature.outputs == 1
    own = model.architecture.family in ("art", "som", "rbf")  # which show more in the plane
    return is_plane(model) and not own and (model.signature.task == "classification" or has_values)


def fits_curve(model: Model) -> bool:
    one = model.signature.input_shape == (1,) and not getattr(model.preprocessing, "has_text", True)
    return one and model.signature.task == "regression" and model.signature.outputs == 1


def draw_fit(model: Model, look: Look) -> list[Scene]:
    """The data and the curve that the model makes of them."""
    rows = look.spread(MOST_POINTS)
    own = rows.inputs.reshape(-1, 1)
    margin = 0.05 * float(np.ptp(own))
    x = np.linspace(own.min() - margin, own.max() + margin, 300, dtype=own.dtype)[:, None]
    y = decode_outputs(model, model.predict(x)).reshape(-1)
    assert rows.targets is not None
    shown, targets = decode_inputs(model, x)[:, 0], decode_outputs(model, rows.targets).reshape(-1)
    dots = np.stack([decode_inputs(model, own)[:, 0], targets], axis=1).astype(np.float32)
    low, high = bounds(np.concatenate([targets, y[np.isfinite(y)]]))
    room = 0.05 * (high - low)
    extent = (float(shown[0]), float(shown[-1]), low - room, high + room)
    line = Curve("the net", shown.astype(np.float32), (("the net", y.astype(np.float32)),))
    names = (input_names(model)[0], shown_name(model.signature.labels[0]))
    return [Plane("the data and the curve it fits", extent, (Points("data", dots), line), names)]


def predicts_numbers(model: Model) -> bool:
    return model.signature.task == "regression" and not fits_curve(model)


def draw_predictions(model: Model, look: Look) -> list[Scene]:
    """Each held-out target and what the model makes of its input; on the line both are equal."""
    rows = look.spread(500, held_out=True)
    assert rows.targets is not None
    truth = decode_outputs(model, rows.targets).reshape(len(rows), -1)[:, 0]
    given = decode_outputs(model, model.answer(rows)).reshape(len(rows), -1)[:, 0]
    low, high = bounds(truth)
    room = 0.05 * (high - low)
    ends = np.array([low - room, high + room], np.float32)
    dots = Points("samples", np.stack([truth, given], axis=1).astype(np.float32))
    line = Curve("equal", ends, (("equal", ends),))
    extent = (low - room, high + room, low - room, high + room)
    return [Plane("predictions beside the truth", extent, (line, dots), ("target", "prediction"))]


def classifies_images(model: Model) -> bool:
    shape = model.signature.input_shape
    return model.signature.task == "classification" and len(shape) in (2, 3) and -1 not in shape and _is_images(model)


def _is_images(model: Model) -> bool:
    return getattr(model.preprocessing, "kind", "") == "images"


def draw_answer(model: Model, look: Look) -> list[Scene]:
    """One image, and the score of each class for it."""
    image = look.image(model)
    scores = model.predict(image)[0]
    order = np.argsort(-scores, kind="stable")[:MOST_CLASSES] if len(scores) > MOST_CLASSES else np.arange(len(scores))
    names = tuple(shown_name(model.signature.labels[int(n)]) for n in order)
    title = f"its answer: {shown_name(model.signature.labels[int(scores.argmax())])}"
    known = look.one().targets
    if look.drawing is None and known is not None:
        title += f"; right is {shown_name(model.signature.labels[int(known[0])])}"
    has_shares = model.output_kind == "probabilities"
    low, high = (0.0, 1.0) if has_shares else bounds(scores)
    what = "the image that was drawn" if look.drawing is not None else "the image"
    return [
        Images(what, input_images(image), size=84),
        Matrix(title, scores[order][None].astype(np.float32), low, high, columns=names),
    ]


def has_gradients(model: Model) -> bool:
    return hasattr(model, "layout")


def draw_gradients(model: Model, look: Look) -> list[Scene]:
    """The size of the gradient of each layer, epoch by epoch: where it vanishes, a layer stands still."""
    history = model.history
    phases = history.phases if history is not None else {}
    for curves in reversed(list(phases.values())):
        layers = {name.removeprefix(GRADIENT): curve for name, curve in curves.items() if name.startswith(GRADIENT)}
        if layers:
            places = {path: place for place, path in enumerate(model.weights)}
            order = sorted(layers, key=lambda layer: next((n for p, n in places.items() if p.startswith(layer)), 0))
            lines = tuple((shown_name(name), np.array(layers[name], np.float32)) for name in order)
            count = max(len(curve) for _, curve in lines)
            x = np.arange(1, count + 1, dtype=np.float32)
            return [Curve("size of the gradient by layer", x, lines, log=True, axes=("epoch", "mean norm"))]
    return [Text("size of the gradient by layer", ("nothing was trained by gradient for an epoch yet",))]


def has_weights(model: Model) -> bool:
    return bool(model.weights)


def draw_weights(model: Model, look: Look) -> list[Scene]:
    """The first weights as shades: blue below zero, red above."""
    scenes: list[Scene] = []
    for name, array in model.weights.items():
        values = as_matrix(array)
        if values is None:
            continue
        if len(scenes) == MOST_ARRAYS:
            break
        part = values[:LARGEST, :LARGEST].astype(np.float32)
        size = " × ".join(f"{n:,}" for n in array.shape)
        cut = f", the first {part.shape[0]} × {part.shape[1]}" if part.shape != values.shape else ""
        low, high = bounds(part, signed=True)
        scenes.append(Matrix(f"{shown_name(name)} ({size}){cut}", part, low, high, signed=True))
    return scenes or [Text("weights", ("there are none yet",))]


def as_matrix(array: Array) -> Array | None:
    """Weights as rows and columns: of convolutions the kernels side by side; None of none and of single numbers."""
    if not array.size or array.ndim == 0 or array.dtype.kind not in "fiu":
        return None
    return array.reshape(1, -1) if array.ndim == 1 else array.reshape(-1, array.shape[-1])


VIEWS = (
    View("plane", "what the model answers everywhere in the plane", answers_in_plane, draw_plane),
    View("fit", "the data and the curve it fits", fits_curve, draw_fit),
    View("image", "one image and what it answers", classifies_images, draw_answer, uses=("sample", "drawing")),
    View("predictions", "predictions beside the truth", predicts_numbers, draw_predictions),
    View("gradients", "the size of the gradient in each layer", has_gradients, draw_gradients),
    View("weights", "the weights as shades", has_weights, draw_weights, first=False),
)
