"""The outputs of an exported model: what `zoo.predict` answers, beside the probabilities or scores it rests on."""

from __future__ import annotations

import numpy as np

from zoo.core.graph import Graph, Value
from zoo.core.model import Model
from zoo.data.preprocessing.sequences import SequencePreprocessing
from zoo.data.preprocessing.tabular import Preprocessing
from zoo.interchange.onnx.raw_inputs import ROWS, TIME


def decoded_outputs(graph: Graph, model: Model, outputs: Value) -> None:
    """Names of labels or targets in their units, as the model's preprocessing decodes them."""
    known, task = model.preprocessing, model.signature.task
    shape = tuple(TIME if n < 0 else n for n in model.signature.output_shape)
    if known is None:
        graph.output("outputs", outputs, (ROWS, *shape), "what model.predict gives")
        return
    scores = "probabilities" if model.output_kind == "probabilities" else "scores"
    labels = ", ".join(model.signature.labels[:50])
    if task in ("regression", "forecast"):
        assert known.target_shift is not None and known.target_unit is not None
        values = outputs if task == "forecast" else outputs.reshape(0, model.signature.outputs)
        values = values.cast(np.float64) * known.target_unit + known.target_shift
        _in_axes(graph, "prediction", values, shape, known.target_axes, labels)
    elif task == "multi-label":
        graph.output("labels", outputs > 0.5, (ROWS, *shape), labels)
        graph.output(scores, outputs, (ROWS, *shape), labels)
    elif task in ("classification", "labelling", "language"):
        if task == "language":  # of the symbol after the end
            outputs = outputs.slice(-1, 2**31 - 1, 1).squeeze(1)
            shape = shape[1:]
        elif task == "classification":
            outputs = outputs.reshape(0, model.signature.outputs)
        _labels(graph, known, outputs, (ROWS, *shape[:-1]))
        graph.output(scores, outputs, (ROWS, *shape), labels)
    else:
        _in_axes(graph, "outputs", outputs, shape, known.target_axes, "what the model gives: see its architecture")


def _in_axes(graph: Graph, name: str, values: Value, shape: tuple[int | str, ...], axes: int, about: str) -> None:
    """One column as a vector where targets in training were one."""
    if axes == 1 and shape == (1,):
        graph.output(name, values.squeeze(1), (ROWS,), about)
    else:
        graph.output(name, values, (ROWS, *shape), about)


def _labels(
    graph: Graph, known: Preprocessing | SequencePreprocessing, outputs: Value, shape: tuple[int | str, ...]
) -> None:
    """The label with the largest output, in the type of labels in training."""
    values = known.label_values
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8")
    answer = graph.constant(values).take(outputs.argmax())
    if known.target_axes == 2 and known.task == "classification":
        answer, shape = answer.expand_dims(1), (*shape, 1)
    graph.output("label", answer, shape, ", ".join(known.labels[:50]))
