"""Models without an ONNX form say why, and a form does not outlive the computation it describes."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import zoo
from zoo.core.graph import Graph
from zoo.interchange.onnx.model import model_graph
from zoo.nn import Dense, Layer, Relu, Shapes, SquaredError


@dataclass(frozen=True)
class Doubled(Relu):
    """2 max(x, 0): inherits the form of Relu, which it is not."""

    kind: ClassVar[str] = "doubled"

    def forward(self, p, x, mode):
        y, pullback = Relu.forward(self, p, x, mode)
        return 2 * y, pullback


@dataclass(frozen=True)
class Halved(Layer):
    """x / 2, with a form."""

    kind: ClassVar[str] = "halved"

    def shapes(self, input_shape):
        return Shapes(input_shape)

    def forward(self, p, x, mode):
        return x / 2, None

    def to_onnx(self, p, x, shape):
        return x / 2


class Squared(SquaredError):
    def outputs(self, z):
        return z * z


def value():
    return Graph().input("x", np.float32, ("rows", 3))


def test_a_layer_of_a_third_party_gives_its_own_form():
    found = Halved().to_onnx({}, value(), (3,))
    assert [node.kind for node in found.graph.nodes] == ["Div"]


def test_a_form_is_not_inherited_past_another_computation():
    with pytest.raises(zoo.UsageError, match=r"the layer doubled .* has no ONNX form"):
        Doubled().to_onnx({}, value(), (3,))
    with pytest.raises(zoo.UsageError, match="outputs of its own"):
        Squared().to_onnx(value())
    Dense(3).to_onnx({"W": np.eye(3, dtype=np.float32), "b": np.zeros(3, np.float32)}, value(), (3,))


def test_a_model_that_predicts_otherwise_has_no_form_until_it_says_one():
    model = zoo.train("mlp", "moons", epochs=1)

    class Reversed(type(model)):
        def predict(self, inputs):
            return super().predict(inputs)[:, ::-1]

    model.__class__ = Reversed
    with pytest.raises(zoo.UsageError, match="mlp has no ONNX form, since Reversed does not define `to_onnx`"):
        model_graph(model)


def test_a_model_that_decodes_its_outputs_is_refused():
    model = zoo.train("mlp", "moons", epochs=1)

    class Decoding(type(model)):
        def decode_outputs(self, outputs):
            return {"class": outputs.argmax(axis=1)}

    model.__class__ = Decoding
    with pytest.raises(zoo.UsageError, match="it decodes its outputs itself"):
        model_graph(model)


def test_the_reasons_of_the_families_are_those_in_the_documentation():
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    model = zoo.train("boltzmann", hidden=13, epochs=1)
    with pytest.raises(zoo.UsageError, match="up to 12 hidden units"):
        model_graph(model)
    assert "more than 12 hidden units" in page
    for name in zoo.list_architectures():
        assert f"`{name}`" in page, "docs/export.md names every architecture"
