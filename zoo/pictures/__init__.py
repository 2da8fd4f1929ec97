"""The pictures any architecture can have: learning curves, gradient sizes by layer, confusion matrix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zoo.hookspecs import hookimpl

if TYPE_CHECKING:
    from zoo.figures import Figure


@hookimpl
def zoo_figures() -> Iterable[Figure]:
    from zoo.pictures.confusion import CONFUSION
    from zoo.pictures.curves import GRADIENTS, LEARNING

    return [LEARNING, GRADIENTS, CONFUSION]
