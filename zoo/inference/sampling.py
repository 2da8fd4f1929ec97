"""Sample from a generative model: text, images, or rows of a table with a drawn class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.core.model import Model
from zoo.core.protocols import GeneratesLabelledSamples, GeneratesSamples, GeneratesText
from zoo.core.random import RandomStream
from zoo.data.preprocessing.inverse import decoded_columns
from zoo.data.preprocessing.sample_cells import drawn_columns, means_alone
from zoo.data.provenance import target_columns
from zoo.errors import UsageError
from zoo.parallel.threads import Workers
from zoo.types import Array

if TYPE_CHECKING:
    from zoo.data.preprocessing.tabular import Preprocessing

OF_TEXT: Mapping[str, Any] = {"length": 500, "temperature": 1.0, "prompt": ""}
OF_SAMPLES: Mapping[str, Any] = {"count": 64, "steps": 1000, "label": None, "means": False}
CLASS = "class"  # the column of the class that was drawn, where the target's own name is not known or is taken


@dataclass(frozen=True)
class Drawn:
    """What a model generated: images (count, *input_shape), or columns of a table by name; and the class drawn beside
    each, None where the model knows none."""

    images: Array | None
    columns: Mapping[str, Array]
    classes: Array | None
    notes: tuple[str, ...] = ()


def does(model: Model) -> str:
    """What sampling such a model does, in words; `UsageError` where it generates nothing."""
    if isinstance(model, GeneratesText):
        return "writes text"
    if isinstance(model, GeneratesSamples):
        return f"draws {'rows' if of_table(model) else 'images'}"
    raise UsageError(
        f"sample: {model.architecture.name} is neither a language model nor generative, expected a language model, such"
        " as an lstm's, or a generative one, such as an rbm"
    )


def of_table(model: Model) -> bool:
    """Whether what the model samples are rows of a table, whose columns it knows."""
    return model.preprocessing is not None and getattr(model.preprocessing, "kind", "") == "table"


def refuse_unused(model: Model, asked: Mapping[str, str], likeliest: bool = False) -> None:
    """`UsageError` for what is asked for, an option by how it is written, and has no effect on samples of a model.

    likeliest: whether the temperature is 0.
    """
    what = does(model)
    unused = [name for name in OF_SAMPLES if name != "count"] if isinstance(model, GeneratesText) else OF_TEXT
    for name, written in asked.items():
        if name in unused or (name in ("out", "with_classes") and isinstance(model, GeneratesText)):
            raise UsageError(f"sample: {written} does nothing here: {model.architecture.name} {what}")
    if likeliest and "seed" in asked and isinstance(model, GeneratesText):
        raise UsageError(
            f"sample: {asked['seed']} does nothing here: {model.architecture.name} writes the likeliest symbol at"
            " --temperature 0, and draws none"
        )
    if "means" in asked and not of_table(model):
        raise UsageError(
            f"sample: {asked['means']} does nothing here: {model.architecture.name} draws images, which show means"
        )


def written(model: Model, length: int, temperature: float, prompt: str, seed: int, number: int = 0) -> Iterator[str]:
    """The symbols that follow the prompt, each as it is drawn, of the text or sequence with this number."""
    assert isinstance(model, GeneratesText)
    with Workers(1):
        yield from model.write(length, temperature, prompt, RandomStream(seed, batch=number))


def drawn(model: Model, count: int, steps: int, label: Any, means: bool, seed: int) -> Drawn:
    """Images or rows after so many steps of the model's chain, of one class where a label is given.

    Images are means of their pixels. Cells of a table are drawn given their means, or are these. The class is drawn
    with the probability that the label units have at the end; with `means` it is the likeliest.
    """
    assert isinstance(model, GeneratesSamples)
    probabilities = None
    with Workers(1):
        if isinstance(model, GeneratesLabelledSamples):
            inputs, probabilities = model.sample_labelled(count, steps, label, RandomStream(seed))
        else:
            inputs = model.sample(count, steps, label, RandomStream(seed))
    classes = None if probabilities is None else _classes(model, probabilities, label, means, seed)
    if not of_table(model):
        return Drawn(inputs, {}, classes)
    preprocessing: Any = model.preprocessing
    deviation = getattr(model, "input_deviation", None)
    values = (
        decoded_columns(inputs, preprocessing)
        if means
        else drawn_columns(inputs, preprocessing, deviation, RandomStream(seed)("cells"))
    )
    columns = dict(zip((column.name for column in preprocessing.columns), values, strict=True))
    if classes is not None:
        columns[_class_column(model, columns)] = classes
    return Drawn(None, columns, classes, () if means else tuple(_known_by_means(preprocessing, deviation)))


def _classes(model: Model, probabilities: Array, label: Any, means: bool, seed: int) -> Array:
    """A class for each row (rows, classes), in the labels' own type."""
    values = getattr(model.preprocessing, "label_values", None)
    values = np.array(model.labels) if values is None else values
    if label is not None:
        number = int(probabilities[0].argmax())  # that one is held
        return np.repeat(values[number : number + 1], len(probabilities))
    if means:
        return np.asarray(values[probabilities.argmax(axis=1)])
    edges = probabilities.astype(np.float64).cumsum(axis=1)
    place = (edges <= RandomStream(seed)("classes").random((len(edges), 1)) * edges[:, -1:]).sum(axis=1)
    return np.asarray(values[np.minimum(place, len(values) - 1)])


def _class_column(model: Model, others: Mapping[str, Array]) -> str:
    known = target_columns(model.preprocessing, model.provenance) if model.preprocessing is not None else ()
    name = known[0] if len(known) == 1 else CLASS
    while name in others:
        name = f"drawn {name}"
    return name


def _known_by_means(preprocessing: Preprocessing, deviation: float | None) -> Iterator[str]:
    """Of which columns samples are no more than means, and why."""
    alone = means_alone(preprocessing, deviation)
    if not alone:
        return
    names = f"column{'s' * (len(alone) > 1)} {', '.join(alone[:8])}{' …' if len(alone) > 8 else ''}"
    if preprocessing.inputs == "binary":
        yield f"{names}: the model knows only whether a number is above the middle: 1, or below it: 0"
    else:
        yield f"{names}: units of 0 and 1 know the mean of such numbers, --visible gaussian their spread too"
