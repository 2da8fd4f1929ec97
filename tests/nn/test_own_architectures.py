"""Architectures as a plugin writes them: masks of sequences, losses of layers, unsupervised images, own predictions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import zoo
from zoo.cli import main
from zoo.errors import UsageError
from zoo.registry.selection import plugin_files

PLUGIN = '''
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

import zoo
from zoo import nn


@dataclass(frozen=True)
class MeanOverTime(nn.Layer):
    """y = mean of x over the time steps that are real."""

    kind: ClassVar = "mean"

    def shapes(self, input_shape):
        return nn.Shapes(input_shape[1:])

    def forward(self, p, x, mode):
        real = (np.ones(x.shape[:2]) if mode.mask is None else mode.mask)[..., None].astype(x.dtype)
        count = real.sum(axis=1)

        def pullback(dy, g):
            return (dy / count)[:, None] * real

        return (x * real).sum(axis=1) / count, pullback if mode.training else None


@dataclass(frozen=True)
class Activity(nn.Layer):
    """y = x; adds the mean square of x to what is minimized, in training and held out."""

    kind: ClassVar = "activity"

    def shapes(self, input_shape):
        return nn.Shapes(input_shape)

    def forward(self, p, x, mode):
        if mode.training or mode.targets is not None:
            mode.losses.append(0.1 * (x * x).mean(axis=-1))

        def pullback(dy, g):
            return dy + 0.2 * x / x.shape[-1]

        return x, pullback if mode.training else None


class Own(nn.GradientArchitecture):
    family: ClassVar = "own"
    settings: ClassVar = nn.GradientSettings(epochs=1, batch_size=64)


@dataclass(frozen=True)
class Bag(Own):
    name: ClassVar = "bag"
    summary: ClassVar = "the mean of time steps"
    tasks: ClassVar = ("classification",)
    data: ClassVar = "reber"

    def network(self, signature):
        steps = nn.Serial(nn.Dense(8), nn.LayerNorm(), nn.Tanh())
        return nn.Serial(steps=steps, mean=MeanOverTime(), activity=Activity(), output=nn.Dense(signature.outputs))


@dataclass(frozen=True)
class Auto(Own):
    name: ClassVar = "auto"
    summary: ClassVar = "an autoencoder of tied weights with a flat output"
    tasks: ClassVar = ("unsupervised",)
    data: ClassVar = "glyphs"
    input_spec: ClassVar = zoo.InputSpec(inputs="unit")
    outputs: int = zoo.option(0, "outputs; 0: as many as inputs", low=0)

    def output_signature(self, signature):
        return replace(signature, output_shape=(signature.inputs,))

    def network(self, signature):
        decoder = nn.Dense(self.outputs) if self.outputs else nn.Tied(nn.Dense(signature.inputs), W="encoder/W.T")
        return nn.Serial(flatten=nn.Flatten(), encoder=nn.Dense(16), tanh=nn.Tanh(), decoder=decoder)

    def build(self, signature, stream):
        return AutoModel(self, signature, self.network(signature), stream, self.make_loss(signature))


class AutoModel(nn.GradientModel):
    def decode_outputs(self, outputs):
        images = outputs.reshape(len(outputs), *self.signature.input_shape)
        name = np.where(images.mean(axis=(1, 2)) > 0.1, "dark", "light")
        return {"tone": name, "image": images, "ends": images[:, 0, :2]}


@zoo.hookimpl
def zoo_architectures():
    return [Bag, Auto]
'''


@pytest.fixture(autouse=True)
def plugin(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "own.py"
    file.write_text(PLUGIN)
    with plugin_files([str(file)]):
        yield file


def sequences(count: int = 40) -> tuple[list[np.ndarray], np.ndarray]:
    """Sequences of different lengths, whose class is the sign of their mean."""
    random = np.random.default_rng(0)
    found = [random.standard_normal((random.integers(2, 9), 3)).astype("f4") for _ in range(count)]
    return found, np.array(["up" if each.mean() > 0 else "down" for each in found])


def test_layers_see_the_masks_of_sequences_in_training_and_prediction():
    x, y = sequences()
    model = zoo.train("bag", (x, y), epochs=60, learning_rate=0.02, threads=1, batch_size=8)
    assert zoo.evaluate(model, (x, y)).metrics["accuracy"] > 0.8
    together = zoo.predict(model, x, probabilities=True)
    alone = np.concatenate([zoo.predict(model, [each], probabilities=True) for each in x])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-6)


def test_losses_that_layers_add_are_counted_where_it_is_held_out():
    model = zoo.train("bag", sequences(), epochs=2, validation=0.3, threads=1)
    curves = model.history["train"]
    for part in ("", "validation/"):
        assert all(a > b for a, b in zip(curves[f"{part}objective"], curves[f"{part}loss"], strict=True))


def test_a_network_that_sees_no_mask_refuses_sequences_of_different_lengths():
    with pytest.raises(UsageError, match=r"mlp: got sequences of different lengths .*, expected samples of one shape"):
        zoo.train("mlp", sequences())


def images() -> np.ndarray:
    return np.random.default_rng(0).random((50, 6, 6)).astype("f4")


def test_unsupervised_images_with_flat_outputs_are_trained_and_measured():
    model = zoo.train("auto", images(), epochs=2, threads=1)
    others = 0.5 + 0.4 * (images() - 0.5)  # other rows than those it was trained on
    flat = model.predict(others)
    assert flat.shape == (50, 36)
    metrics = zoo.evaluate(model, others).metrics
    assert metrics["mean_squared_error"] == pytest.approx(np.square(flat - others.reshape(50, 36)).mean(), rel=0.01)
    with pytest.raises(UsageError, match=r"auto: got outputs of shape \(7,\), expected \(6, 6\), that of the inputs"):
        zoo.train("auto", images(), outputs=7)


def test_a_model_says_how_its_outputs_are_decoded(tmp_path, capsys):
    np.save(tmp_path / "images.npy", images())
    model = zoo.train("auto", str(tmp_path / "images.npy"), epochs=1, threads=1)
    found = zoo.predict(model, images())
    assert list(found) == ["tone", "image", "ends"]
    assert found["image"].shape == (50, 6, 6) and set(found["tone"]) <= {"dark", "light"}
    zoo.save(model, tmp_path / "auto.h5")
    call = ["predict", str(tmp_path / "auto.h5"), "--data", str(tmp_path / "images.npy")]
    assert main([*call, "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["columns"][:3] == ["row", "tone", "image_1_1"] and table["columns"][-2:] == ["ends1", "ends2"]
    assert len(table["columns"]) == 2 + 36 + 2
    assert table["rows"][4][1] == found["tone"][4]
    np.testing.assert_allclose(table["rows"][4][2:38], found["image"][4].ravel(), rtol=1e-5)
    assert main([*call, "--out", str(tmp_path / "out.npz")]) == 0
    with np.load(tmp_path / "out.npz") as stored:
        np.testing.assert_array_equal(stored["image"], found["image"])
    pytest.importorskip("matplotlib")
    assert main([*call, "--out", str(tmp_path / "out.png")]) == 0
    assert (tmp_path / "out.png").read_bytes()[:4] == b"\x89PNG"


def test_decoded_outputs_of_another_form_are_the_plugins_mistake(plugin):
    other = plugin.with_name("other.py")
    other.write_text(PLUGIN.replace('return {"tone": name,', 'return {"tone": name[1:],').replace('"auto"', '"wrong"'))
    with plugin_files([str(other)]):
        model = zoo.train("wrong", images(), epochs=1, threads=1)
        with pytest.raises(zoo.errors.PluginError, match="wrong: decode_outputs gave tone of 49 rows, expected 50"):
            zoo.predict(model, images())
