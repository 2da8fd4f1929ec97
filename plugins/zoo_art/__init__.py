"""Adaptive resonance: ART 1, ART 2-A, Fuzzy ART and Fuzzy ARTMAP, which learn new data without forgetting."""

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
    from zoo_art.art1 import Art1
    from zoo_art.art2a import Art2a
    from zoo_art.fuzzy_art import FuzzyArt
    from zoo_art.fuzzy_artmap import FuzzyArtmap

    return [Art1, Art2a, FuzzyArt, FuzzyArtmap]


@hookimpl
def zoo_datasets() -> Iterable[DatasetSource]:
    from zoo_art.datasets.circle_in_square import SOURCE as CIRCLE
    from zoo_art.datasets.letters import SOURCE as LETTERS

    return [CIRCLE, LETTERS]


@hookimpl
def zoo_views() -> Iterable[View]:
    from zoo_art.views import VIEWS

    return VIEWS


@hookimpl
def zoo_plots() -> Iterable[Plot]:
    from zoo_art.plots import BOXES, GROWTH, PROTOTYPES

    return [BOXES, PROTOTYPES, GROWTH]


@hookimpl
def zoo_recipes() -> Iterable[Path]:
    return [shipped("models/art")]


@hookimpl
def zoo_checkpoints() -> Iterable[Path]:
    return [shipped("checkpoints/art")]
