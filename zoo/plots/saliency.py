"""Plot which pixels decide: the gradient of the answer's score to the image."""

from __future__ import annotations

from typing import Any

import numpy as np

from zoo.core.model import Model
from zoo.plots.misclassified import bare_axes, grey_levels
from zoo.plots.plain_names import shown_name
from zoo.plots.plot import Plot
from zoo.plots.style import INK

SHOWN = 10  # images


def has_saliency(model: Model) -> bool:
    """Images in, classes out, and a gradient to the inputs."""
    images = getattr(model.preprocessing, "kind", "") == "images"
    return images and model.signature.task == "classification" and hasattr(model, "saliency")


def draw_saliency(model: Model, data: Any, figure: Any) -> None:
    """Images held out, and below each how much each pixel moves the score of its answer: the largest of |d score / dx|
    over the channels, each image on its own scale. Simonyan, Vedaldi and Zisserman (2013), section 3.1."""
    numbers = np.unique(np.linspace(0, len(data) - 1, min(SHOWN, len(data))).astype(np.int64))
    batch = data.rows(numbers)
    answers = model.predict(batch.inputs).argmax(axis=1)
    gradients = np.abs(model.saliency(batch))  # type: ignore[attr-defined]
    figure.set_size_inches(max(4.2, 1.05 * len(numbers)), 2.6)
    for place, (image, gradient, answer) in enumerate(zip(batch.inputs, gradients, answers, strict=True), 1):
        above = bare_axes(figure.add_subplot(2, len(numbers), place))
        above.imshow(grey_levels(image), cmap="gray")
        right = batch.targets is None or batch.targets[place - 1] == answer
        label = shown_name(model.signature.labels[int(answer)])
        above.set_title(label if right else f"{label}, wrong", fontsize=8, color=INK, pad=3)
        below = bare_axes(figure.add_subplot(2, len(numbers), len(numbers) + place))
        heat = gradient.max(axis=2) if gradient.ndim == 3 else gradient
        below.imshow(heat, cmap="inferno", vmin=0, vmax=float(heat.max()) or 1.0)
    figure.suptitle("images with their answers, and the pixels that decide them", fontsize=11, color=INK, y=0.98)
    figure.tight_layout(pad=0.4, rect=(0, 0, 1, 0.95))


SALIENCY = Plot("saliency", "which pixels decide the answers", has_saliency, draw_saliency, needs_data=True)
