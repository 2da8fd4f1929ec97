"""The Boltzmann family: generative networks with an energy; likelihoods are checked against exact sums."""

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
    from zoo_boltzmann.boltzmann_machine import Boltzmann
    from zoo_boltzmann.dbn import Dbn
    from zoo_boltzmann.rbm import Rbm

    return [Boltzmann, Rbm, Dbn]


@hookimpl
def zoo_datasets() -> Iterable[DatasetSource]:
    from zoo_boltzmann.datasets import bars_and_stripes, encoder_problem

    return [bars_and_stripes.SOURCE, encoder_problem.SOURCE]


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return [shipped("models/boltzmann")]


@hookimpl
def zoo_checkpoints() -> Iterable[Path]:
    return [shipped("checkpoints/boltzmann")]


@hookimpl
def zoo_views() -> Iterable[View]:
    from zoo_boltzmann.views import VIEWS

    return VIEWS


@hookimpl
def zoo_plots() -> Iterable[Plot]:
    from zoo_boltzmann.plots import ACTIVITY, CHAIN, FIELDS, HINTON, RECONSTRUCTIONS

    return [FIELDS, RECONSTRUCTIONS, CHAIN, ACTIVITY, HINTON]
