"""A model as a graph: raw inputs, preprocessing, the model, answers."""

from __future__ import annotations

import json
from typing import Any

import zoo
from zoo.core.graph import Graph, no_form
from zoo.core.model import Model
from zoo.core.protocols import DecodesOutputs
from zoo.interchange.onnx.answers import decoded_outputs
from zoo.interchange.onnx.file import onnx_bytes
from zoo.interchange.onnx.raw_inputs import describe_columns, encoded_inputs


def onnx_file(model: Model) -> bytes:
    """The file of a model; `UsageError` with the reason where it has no ONNX form."""
    return onnx_bytes(model_graph(model), model.architecture.name)


def model_graph(model: Model) -> Graph:
    """Raw inputs to what `zoo.predict` answers; a model without preprocessing takes encoded inputs."""
    name = model.architecture.name
    if isinstance(model, DecodesOutputs):
        raise no_form(name, "it decodes its outputs itself (`decode_outputs`), in Python")
    graph = Graph()
    encoded = encoded_inputs(graph, model)
    decoded_outputs(graph, model, model.to_onnx(encoded))
    about: dict[str, Any] = {
        "zoo": zoo.__version__,
        "architecture": name,
        "options": json.dumps(model.architecture.as_dict()),
        "signature": json.dumps(model.signature.as_dict()),
        "columns": json.dumps(describe_columns(model.preprocessing)),
    }
    graph.about.update(about)
    return graph
