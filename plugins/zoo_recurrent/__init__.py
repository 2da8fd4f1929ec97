"""The recurrent family: Elman, Jordan, LSTM and GRU, in one direction or both, on sequences of any length."""

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
    from zoo_recurrent.elman import Elman
    from zoo_recurrent.gru import Gru
    from zoo_recurrent.jordan import Jordan
    from zoo_recurrent.lstm import Lstm

    return [Elman, Jordan, Lstm, Gru]


@hookimpl
def zoo_datasets() -> Iterable[DatasetSource]:
    from zoo_recurrent.datasets import SOURCES

    return SOURCES


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return [shipped("models/recurrent")]


@hookimpl
def zoo_checkpoints() -> Iterable[Path]:
    return [shipped("checkpoints/recurrent")]


@hookimpl
def zoo_views() -> Iterable[View]:
    from zoo_recurrent.views import VIEWS

    return VIEWS


@hookimpl
def zoo_plots() -> Iterable[Plot]:
    from zoo_recurrent.plots import PLOTS

    return PLOTS
