"""Plots of feedforward nets: decision regions, predictions beside targets, misclassified images."""

from __future__ import annotations

from zoo import Model, Plot
from zoo.nn import GradientModel
from zoo.plots import draw_misclassified, draw_predictions, draw_regions
from zoo_feedforward.network_plot import draw_layers_hinton, draw_network, has_hinton, is_small_net


def is_feedforward(model: Model) -> bool:
    return model.architecture.family == "feedforward"


def has_regions(model: Model) -> bool:
    """Two numbers in, classes out."""
    return (
        is_feedforward(model)
        and model.signature.task == "classification"
        and model.signature.input_shape == (2,)
        and not getattr(model.preprocessing, "has_text", False)
    )


def predicts_numbers(model: Model) -> bool:
    return is_feedforward(model) and model.signature.task == "regression"


def reads_images(model: Model) -> bool:
    """(height, width) or (height, width, channel) in, a probability for each class out."""
    classifies = isinstance(model, GradientModel) and model.signature.task == "classification"
    return classifies and is_feedforward(model) and len(model.signature.input_shape) > 1


PLOTS = (
    Plot("network", "the net as circles and lines, with its numbers", is_small_net, draw_network, needs_data=True),
    Plot("hinton", "weights as squares: white positive, black negative", has_hinton, draw_layers_hinton),
    Plot("regions", "which class is answered where, with the samples", has_regions, draw_regions, needs_data=True),
    Plot("predictions", "predictions against the truth", predicts_numbers, draw_predictions, needs_data=True),
    Plot("misclassified", "held-out images answered wrongly", reads_images, draw_misclassified, needs_data=True),
)
