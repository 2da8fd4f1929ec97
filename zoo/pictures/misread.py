"""Images that were taken for another class: what a net of whatever family got wrong, the surest errors first."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zoo.evaluation import pieces
from zoo.model import Model
from zoo.pictures.arranging import across
from zoo.pictures.look import INK

Array = np.ndarray[Any, Any]

MOST_WRONG = 40


def misclassified(model: Model, data: Any) -> list[tuple[Array, int, int, float]]:
    """(image, class, answer, how sure) of each sample answered wrongly, the surest first."""
    wrong = []
    for rows in pieces(data):
        outputs = model.predict(rows.inputs)
        answers = outputs.argmax(axis=1)
        assert rows.targets is not None
        for row in np.flatnonzero(answers != rows.targets):
            answer = int(answers[row])
            wrong.append((rows.inputs[row], int(rows.targets[row]), answer, float(outputs[row, answer])))
    return sorted(wrong, key=lambda each: -each[3])


def draw_misclassified(model: Model, data: Any, figure: Any) -> None:
    """Images of the held-out part that were answered wrongly, the surest errors first: class → answer."""
    wrong = misclassified(model, data)
    labels = model.signature.labels
    count = min(MOST_WRONG, len(wrong))
    columns = max(4, across(count, 0.82, 1.0, most=12))
    lines = max(1, math.ceil(count / columns))
    figure.set_size_inches(0.82 * columns, 1.0 * lines + 0.5)
    for number, (image, true, answer, sure) in enumerate(wrong[:count]):
        axes = bare(figure.add_subplot(lines, columns, number + 1))
        axes.imshow(shown(image), cmap="gray")
        axes.set_title(f"{labels[true]} → {labels[answer]}\n{100 * sure:.0f} %", fontsize=7, color=INK, pad=2)
    figure.suptitle(
        f"{len(wrong):,} of {len(data):,} wrong" + (f", the surest {count}" if count < len(wrong) else ""),
        fontsize=11,
        color=INK,
    )
    figure.tight_layout(pad=0.4)


def shown(image: Array) -> Array:
    """An encoded image as a picture: its darkest value black, its lightest white."""
    picture = image[..., 0] if image.ndim == 3 and image.shape[2] != 3 else image
    low, high = float(picture.min()), float(picture.max())
    scaled: Array = (picture - low) / ((high - low) or 1.0)
    return scaled


def bare(axes: Any) -> Any:
    """Axes without ticks and frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return axes
