"""The embedded datasets, which need no file, MNIST, which needs four, and tables of published results."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.data.dataset import DatasetSource
from zoo.registry.hookspecs import hookimpl

zoo_interface = 1


@hookimpl
def zoo_datasets() -> Iterable[DatasetSource]:
    """Every dataset that comes with zoo."""
    from zoo.datasets import boolean, glyphs, mnist, moons, nand, published, spirals, xor

    return [
        *(module.SOURCE for module in (nand, xor, moons, spirals, glyphs, mnist)),
        boolean.BOOLEAN,
        boolean.DICHOTOMY,
        *published.SOURCES,
    ]
