"""A figure: a picture that `zoo plot` draws of a model, offered by the core or by a plugin through `zoo_figures`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.model import Model


@dataclass(frozen=True)
class Figure:
    """A picture by name. `draw(model, rows, figure)` draws into an empty matplotlib figure.

    `rows` are encoded samples of the part held out for testing (`zoo.Rows`), or None where `needs_data` is false.
    matplotlib is imported inside `draw`, where at all: a figure is offered and listed without it.
    """

    name: str
    summary: str
    applies: Callable[[Model], bool]
    draw: Callable[[Model, Any, Any], None]
    needs_data: bool = False
    size: tuple[float, float] = (8.0, 5.0)  # inches
