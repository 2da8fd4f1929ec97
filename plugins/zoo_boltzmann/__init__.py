"""The Boltzmann family: networks with an energy, which dream, and whose likelihoods are checked against exact sums."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from zoo import hookimpl, shipped

if TYPE_CHECKING:
    from zoo import Architecture
    from zoo.data.dataset import DatasetSource
    from zoo.figures import Figure

zoo_interface = 1


@hookimpl
def zoo_architectures() -> Iterable[type[Architecture]]:
    from zoo_boltzmann.boltzmann import Boltzmann
    from zoo_boltzmann.dbn import Dbn
    from zoo_boltzmann.rbm import Rbm

    return [Boltzmann, Rbm, Dbn]


@hookimpl
def zoo_datasets() -> Iterable[DatasetSource]:
    from zoo_boltzmann import bars, encoder

    return [bars.SOURCE, encoder.SOURCE]


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return [shipped("models/boltzmann")]


@hookimpl
def zoo_checkpoints() -> Iterable[Path]:
    return [shipped("checkpoints/boltzmann")]


@hookimpl
def zoo_figures() -> Iterable[Figure]:
    from zoo_boltzmann.pictures import ACTIVITY, CHAIN, FIELDS, RECONSTRUCTIONS

    return [FIELDS, RECONSTRUCTIONS, CHAIN, ACTIVITY]
