"""The convolutional family: LeNet-5, AlexNet, VGG, GoogLeNet, ResNet, and a net described by its options."""

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
    from zoo_convolutional.alexnet import AlexNet
    from zoo_convolutional.cnn import Cnn
    from zoo_convolutional.googlenet import GoogLeNet
    from zoo_convolutional.lenet5 import LeNet5
    from zoo_convolutional.resnet import ResNet
    from zoo_convolutional.vgg import Vgg

    return [Cnn, LeNet5, AlexNet, Vgg, GoogLeNet, ResNet]


@hookimpl
def zoo_datasets() -> Iterable[DatasetSource]:
    from zoo_convolutional.datasets.emblems import SOURCE

    return [SOURCE]


@hookimpl
def zoo_views() -> Iterable[View]:
    from zoo_convolutional.views import VIEWS

    return VIEWS


@hookimpl
def zoo_plots() -> Iterable[Plot]:
    from zoo_convolutional.plots import PLOTS

    return PLOTS


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return [shipped("models/convolutional")]


@hookimpl
def zoo_checkpoints() -> Iterable[Path]:
    return [shipped("checkpoints/convolutional")]
