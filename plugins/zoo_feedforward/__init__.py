"""The feedforward family: perceptron, logistic regression, multilayer perceptron."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import hookimpl, shipped

if TYPE_CHECKING:
    from zoo import Architecture, Plot, View
    from zoo.data import DatasetSource


@hookimpl
def zoo_architectures() -> Iterable[type[Architecture]]:
    from zoo_feedforward.logistic import Logistic
    from zoo_feedforward.mlp import Mlp
    from zoo_feedforward.perceptron import Perceptron

    return [Perceptron, Logistic, Mlp]


@hookimpl
def zoo_datasets() -> Iterable[DatasetSource]:
    from zoo_feedforward.datasets import worked_example

    return [worked_example.SOURCE]


@hookimpl
def zoo_views() -> Iterable[View]:
    from zoo_feedforward.views import VIEWS

    return VIEWS


@hookimpl
def zoo_plots() -> Iterable[Plot]:
    from zoo_feedforward.plots import PLOTS

    return PLOTS


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return [shipped("models/feedforward")]


@hookimpl
def zoo_checkpoints() -> Iterable[Path]:
    return [shipped("checkpoints/feedforward")]
