"""Plot misclassified images, the most confident errors first."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zoo.core.model import Model
from zoo.inference.batched import in_batches
from zoo.plots.contact_sheet import tile_columns
from zoo.plots.plain_names import shown_name
from zoo.plots.style import INK
from zoo.types import Array

MOST_WRONG = 40
LETTER = 0.06  # inches of a title's letter, about


def misclassified(model: Model, data: Any) -> list[tuple[Array, int, int, float]]:
    """(image, class, answer, how sure) of each sample answered wrongly, the surest first."""
    wrong = []
    for batch in in_batches(data):
        outputs = model.predict(batch.inputs)
        answers = outputs.argmax(axis=1)
        assert batch.targets is not None
        for row in np.flatnonzero(answers != batch.targets):
            answer = int(answers[row])
            wrong.append((batch.inputs[row], int(batch.targets[row]), answer, float(outputs[row, answer])))
    return sorted(wrong, key=lambda each: -each[3])


def draw_misclassified(model: Model, data: Any, figure: Any) -> None:
    """Images of the held-out part that were answered wrongly, the surest errors first: class → answer."""
    wrong = misclassified(model, data)
    if not wrong:
        figure.set_size_inches(4, 1)
        figure.text(0.5, 0.5, f"none of {len(data):,} wrong", ha="center", va="center", fontsize=11, color=INK)
        return
    labels = [shown_name(label) for label in model.signature.labels]
    count = min(MOST_WRONG, len(wrong))
    longest = max(len(f"{labels[true]} → {labels[answer]}") for _, true, answer, _ in wrong[:count])
    wide = max(0.82, LETTER * longest)
    columns = max(min(4, count), tile_columns(count, wide, 1.0, most=12))
    lines = math.ceil(count / columns)
    height = 1.15 * lines + 0.35
    figure.set_size_inches(max(2.5, wide * columns), height)
    for number, (image, true, answer, sure) in enumerate(wrong[:count]):
        axes = bare_axes(figure.add_subplot(lines, columns, number + 1))
        axes.imshow(grey_levels(image), cmap="gray")
        axes.set_title(f"{labels[true]} → {labels[answer]}\n{100 * sure:.0f} %", fontsize=7, color=INK, pad=2)
    figure.suptitle(
        f"{len(wrong):,} of {len(data):,} wrong" + (f", the surest {count}" if count < len(wrong) else ""),
        fontsize=11,
        color=INK,
        y=1 - 0.1 / height,
    )
    figure.tight_layout(pad=0.4, rect=(0, 0, 1, 1 - 0.25 / height))  # below the heading


def grey_levels(image: Array) -> Array:
    """An encoded image as a picture: its darkest value black, its lightest white."""
    picture = image[..., 0] if image.ndim == 3 and image.shape[2] != 3 else image
    low, high = float(picture.min()), float(picture.max())
    scaled: Array = (picture - low) / ((high - low) or 1.0)
    return scaled


def bare_axes(axes: Any) -> Any:
    """Axes without ticks and frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return axes
