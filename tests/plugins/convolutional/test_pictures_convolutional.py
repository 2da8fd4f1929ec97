"""What the pictures show is what the net computed; Sobel's kernels in the layer are Sobel's operator."""

from __future__ import annotations

import numpy as np
import pytest
from zoo_convolutional.plots import PLOTS, feature_maps, first_kernels
from zoo_convolutional.sobel import gradients, sobel

from zoo.plots import misclassified as module
from zoo.plots.misclassified import misclassified
from zoo.registry import lookup
from zoo.training import run
from zoo.training.prepare import samples_of


@pytest.fixture(scope="module")
def trained():
    model = run.load(lookup.find_checkpoint("cnn-glyphs"), trusted=True)
    opened = run.opened(lookup.find_checkpoint("cnn-glyphs"))
    return model, samples_of(opened[1], opened[2], "test", model)


def test_the_shipped_checkpoint_keeps_its_recipes_promise():
    evaluation = run.evaluate(lookup.find_checkpoint("cnn-glyphs"))
    assert evaluation.metrics["accuracy"] >= lookup.find_recipe("cnn").expect["accuracy"]


def test_feature_maps_are_what_each_layer_gives(trained):
    model, samples = trained
    x = samples.rows(np.arange(2)).inputs
    maps = feature_maps(model, x)
    W, b = (model.weights[f"net/convolution1/{name}"] for name in "Wb")
    patch = np.pad(x, ((0, 0), (1, 1), (1, 1)))[:, 10:13, 7:10]
    expected = np.einsum("nij,ijc->nc", patch, W[:, :, 0]) + b
    assert np.allclose(maps["net/convolution1"][:, 10, 7], expected, atol=1e-4)
    assert (maps["net/relu1"] >= 0).all()
    assert first_kernels(model) is W


def test_misclassified_are_all_the_errors_surest_first(trained):
    model, samples = trained
    wrong = misclassified(model, samples)
    batch = samples.rows(np.arange(len(samples)))
    answers = model.predict(batch.inputs).argmax(1)
    assert len(wrong) == (answers != batch.targets).sum() > 0
    sure = [each[3] for each in wrong]
    assert sure == sorted(sure, reverse=True) and all(true != answer for _, true, answer, _ in wrong)


def test_where_no_image_is_misclassified_the_picture_says_so(monkeypatch):
    from matplotlib.figure import Figure

    monkeypatch.setattr(module, "misclassified", lambda model, data: [])
    figure = Figure()
    module.draw_misclassified(None, range(1200), figure)
    assert [text.get_text() for text in figure.texts] == ["none of 1,200 wrong"] and not figure.axes


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.name)
def test_every_picture_draws(plot, trained, tmp_path):
    matplotlib = pytest.importorskip("matplotlib.figure", reason="matplotlib is not installed")
    model, samples = trained
    assert plot.applies(model)
    paper = matplotlib.Figure()
    plot.draw(model, samples if plot.needs_data else None, paper)
    paper.savefig(tmp_path / "picture.png")
    assert len(paper.axes) > 3 and (tmp_path / "picture.png").stat().st_size > 2000


def test_sobel_finds_the_edge_and_its_direction():
    image = np.zeros((8, 9))
    image[:, 5:] = 1  # an upright edge between columns 4 and 5
    found = gradients(image)
    assert found.shape == (6, 7, 2)
    assert (found[:, 3:5, 0] == 4).all() and (found[..., 1] == 0).all()
    assert set(np.flatnonzero(sobel(image).any(axis=0))) == {3, 4}
    assert np.array_equal(gradients(image.T)[..., 1], found[..., 0].T)
