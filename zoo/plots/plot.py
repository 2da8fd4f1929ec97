"""A plot: what `zoo plot` draws of a model, offered by a plugin through `zoo_plots`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.core.model import Model


@dataclass(frozen=True)
class Plot:
    """A plot by name. `draw(model, samples, figure)` draws into an empty matplotlib Figure, whose size it may set.

    `samples` are those held out for testing, behind the model's preprocessing; None where `needs_data` is false.
    matplotlib is imported inside `draw`, where at all: a plot is offered and listed without it.
    """

    name: str
    summary: str
    applies: Callable[[Model], bool]
    draw: Callable[[Model, Any, Any], None]
    needs_data: bool = False
