"""What feedforward nets are drawn by, and that it is what they answer."""

from typing import Any

import numpy as np
import pytest
from zoo_feedforward.plots import PLOTS

import zoo
from zoo.data.python_data import given_dataset
from zoo.plots.decision_regions import decode_inputs, plane_grid, predict_points
from zoo.plots.learning_curves import GRADIENTS, phases_in_order
from zoo.registry import lookup
from zoo.training import run
from zoo.training.prepare import samples_of

X, Y = np.random.default_rng(0).normal(size=(80, 2)), np.random.default_rng(1).normal(size=80)


def drawn(name: str, model: zoo.Model, samples: Any, tmp_path: Any) -> Any:
    """The axes of a plot that applies, drawn and saved."""
    matplotlib = pytest.importorskip("matplotlib.figure", reason="matplotlib is not installed")
    (plot,) = [each for each in PLOTS if each.name == name and each.applies(model)]
    paper = matplotlib.Figure()
    plot.draw(model, samples, paper)
    paper.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5000
    return paper.axes


@pytest.mark.parametrize("name", ["xor", "moons", "nand"])
def test_regions_are_the_classes_that_are_answered(name: str, tmp_path: Any) -> None:
    model, dataset, parts, _ = run.opened(lookup.find_checkpoint(name))
    samples = samples_of(dataset, parts, "test", model)
    assert samples is not None
    (axes,) = drawn("regions", model, samples, tmp_path)
    batch = samples.rows(np.arange(len(samples)))
    points, _ = plane_grid(batch)
    assert np.array_equal(axes.images[0].get_array().ravel(), predict_points(model, points).argmax(axis=1))
    shown = np.concatenate([line.get_xydata() for line in axes.lines])
    raw = dataset.inputs.take(parts.test)
    assert np.allclose(np.sort(shown, axis=0), np.sort(raw, axis=0), atol=1e-5)  # in the inputs' own units
    assert np.allclose(decode_inputs(model, batch.inputs), raw, atol=1e-5)


def test_predictions_are_drawn_in_the_units_of_the_target(tmp_path: Any) -> None:
    prepared = run.prepare("mlp", dataset=given_dataset((X, 1000 + 300 * Y), {}), training={"epochs": 2})
    result = run.train(prepared)
    model, samples = result.model, prepared.samples("test")
    axes, against = drawn("predictions", model, samples, tmp_path)
    truth = prepared.dataset.targets.take(prepared.parts.test)[:, 0]
    assert np.allclose(axes.lines[0].get_ydata(), np.sort(truth), rtol=1e-4)  # the rows are in no order
    assert axes.lines[1].get_linestyle() == "None"
    answers = zoo.predict(model, X[prepared.parts.test])
    assert np.allclose(against.lines[0].get_ydata(), answers, rtol=1e-4)
    assert np.allclose(axes.lines[1].get_ydata(), answers[np.argsort(truth)], rtol=1e-4)
    assert against.get_title(loc="left") == f"r_squared {result.metrics['r_squared']:.4g}"


def test_predictions_of_a_series_keep_its_order(tmp_path: Any) -> None:
    waves = np.sin(np.arange(200) / 9)
    prepared = run.prepare("mlp", dataset=given_dataset((waves[:-1, None], waves[1:]), {}), training={"epochs": 1})
    samples = prepared.samples("train")
    axes, _ = drawn("predictions", run.train(prepared).model, samples, tmp_path)
    assert axes.lines[1].get_linestyle() == "--" and axes.get_xlabel() == "sample"


def test_misread_images_are_those_with_another_answer(tmp_path: Any) -> None:
    prepared = run.prepare("mlp", data={"name": "glyphs"}, options={"hidden": 8}, training={"epochs": 1})
    result = run.train(prepared)
    axes = drawn("misclassified", result.model, prepared.samples("test"), tmp_path)
    assert len(axes) == 40
    for each in axes:
        true, answer = each.get_title().splitlines()[0].split(" → ")
        assert true != answer


def test_figures_apply_where_there_is_something_to_see() -> None:
    applies = {name: {each.name for each in PLOTS if each.applies(zoo.load(name))} for name in ("xor", "sinc")}
    assert applies == {"xor": {"regions", "network", "hinton"}, "sinc": set()}
    three = zoo.train("mlp", data=(np.zeros((9, 3)) + np.arange(9)[:, None], np.arange(9) % 2), epochs=1)
    assert [each.name for each in PLOTS if each.applies(three)] == ["hinton"]


def test_layers_of_a_loaded_model_are_drawn_from_input_to_output(tmp_path: Any) -> None:
    matplotlib = pytest.importorskip("matplotlib.figure", reason="matplotlib is not installed")
    model = zoo.train("mlp", data="xor", hidden=(3,) * 11, activation="tanh", epochs=2)
    zoo.save(model, tmp_path / "deep.h5")
    paper = matplotlib.Figure()
    GRADIENTS.draw(zoo.load(tmp_path / "deep.h5"), None, paper)
    (axes,) = paper.axes
    expected = [*(f"hidden{number}" for number in range(1, 12)), "output"]
    assert [line.get_label() for line in axes.lines] == expected


def test_phases_of_a_loaded_model_are_in_the_order_they_were_trained_in() -> None:
    """The shipped radial basis functions: centres, then widths, then the output, which the alphabet has otherwise."""
    model = zoo.load("sinc")
    assert list(phases_in_order(model)) == ["centres", "k-means", "widths", "output"]
    assert model.history is not None and set(model.history.phases) == set(phases_in_order(model))


def test_a_net_is_drawn_with_the_numbers_it_computes_with(tmp_path: Any) -> None:
    updates = list(zoo.steps("backprop", epochs=2))
    model, prepared = updates[-1].model, run.prepare("backprop")
    (axes,) = drawn("network", model, prepared.samples("train"), tmp_path)
    written = {text.get_text() for text in axes.texts}
    for name in ("hidden1/W", "output/W"):
        assert {f"{value:.6g}" for value in model.weights[name].ravel()} <= written
    outputs = model.predict(np.array([[0.05, 0.10]]))
    assert {f"{value:.4g}" for value in outputs[0]} | {"0.05", "0.1", "i1", "o1\ntarget 0.01"} <= written


def test_squares_are_as_large_as_weights_and_white_where_positive(tmp_path: Any) -> None:
    model = zoo.load("xor")
    axes = drawn("hinton", model, None, tmp_path)
    for each, name in zip(axes, ("hidden1/W", "output/W"), strict=True):
        (squares,) = each.collections
        W = model.weights[name].ravel()
        areas = np.array([np.ptp(path.vertices[:, 0]) ** 2 for path in squares.get_paths()])
        np.testing.assert_allclose(areas / areas.max(), np.abs(W) / np.abs(W).max(), atol=1e-6)
        assert np.array_equal(squares.get_facecolors()[:, 0] == 1, W >= 0)
