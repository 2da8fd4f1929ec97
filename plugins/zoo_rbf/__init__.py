"""Radial basis functions: networks of them, GRNN and PNN."""

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
    from zoo_rbf.grnn_pnn import Grnn, Pnn
    from zoo_rbf.rbf import Rbf

    return [Rbf, Grnn, Pnn]


@hookimpl
def zoo_datasets() -> Iterable[DatasetSource]:
    from zoo_rbf.datasets.mackey_glass import SOURCE as MACKEY_GLASS
    from zoo_rbf.datasets.sinc import SOURCE as SINC

    return [MACKEY_GLASS, SINC]


@hookimpl
def zoo_views() -> Iterable[View]:
    from zoo_rbf.views import VIEWS

    return VIEWS


@hookimpl
def zoo_plots() -> Iterable[Plot]:
    from zoo_rbf.plots import PREDICTIONS, REGIONS, SURFACE

    return [SURFACE, REGIONS, PREDICTIONS]


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return [shipped("models/rbf")]


@hookimpl
def zoo_checkpoints() -> Iterable[Path]:
    return [shipped("checkpoints/rbf")]
