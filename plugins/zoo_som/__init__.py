"""Self-organizing maps: training rules, map measures and plots."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import hookimpl, shipped

if TYPE_CHECKING:
    from zoo import Architecture, Plot, View
    from zoo.data import DatasetSource

zoo_interface = 1


@hookimpl
def zoo_architectures() -> Iterable[type[Architecture]]:
    from zoo_som.som import Som

    return [Som]


@hookimpl
def zoo_datasets() -> Iterable[DatasetSource]:
    from zoo_som.datasets.animals import SOURCE as ANIMALS
    from zoo_som.datasets.cities import SOURCE as CITIES
    from zoo_som.datasets.colours import SOURCE as COLOURS
    from zoo_som.datasets.density import SOURCE as DENSITY
    from zoo_som.datasets.iris import SOURCE as IRIS

    return [COLOURS, IRIS, ANIMALS, CITIES, DENSITY]


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return [shipped("models/som")]


@hookimpl
def zoo_checkpoints() -> Iterable[Path]:
    return [shipped("checkpoints/som")]


@hookimpl
def zoo_views() -> Iterable[View]:
    from zoo_som.views import VIEWS

    return VIEWS


@hookimpl
def zoo_plots() -> Iterable[Plot]:
    from zoo_som.plots.som_plots import PLOTS

    return PLOTS
