"""A view: what `zoo playground` shows of a model as it learns, offered by a plugin through `zoo_views`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.core.model import Model
    from zoo.views.look import Look
    from zoo.views.scenes import Scene


@dataclass(frozen=True)
class View:
    """A view by name. `draw(model, look)` gives its scenes, which are data alone; it changes nothing.

    It is called between two batches, up to 30 times a second, and should take a few milliseconds. `first` views are
    open when the page is opened, others are opened by the reader. `uses` are the controls of the page that it looks at:
    "sample" (the number of a sample) and "drawing" (an image drawn by hand).
    """

    name: str
    summary: str
    applies: Callable[[Model], bool]
    draw: Callable[[Model, Look], Iterable[Scene]]
    first: bool = True
    uses: tuple[str, ...] = ()
