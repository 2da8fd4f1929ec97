"""The pictures any architecture can have: learning curves, gradient sizes by layer, confusion matrix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zoo.registry.hookspecs import hookimpl

if TYPE_CHECKING:
    from zoo.plots.plot import Plot


@hookimpl
def zoo_plots() -> Iterable[Plot]:
    from zoo.plots.confusion_matrix import CONFUSION
    from zoo.plots.learning_curves import GRADIENTS, LEARNING

    return [LEARNING, GRADIENTS, CONFUSION]
