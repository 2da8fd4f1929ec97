"""Views of a model that `zoo playground` shows while it learns: scenes of data that the page draws.

Importing this package imports none of its modules: each name is fetched from its module when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zoo.lazy_names import lazy_names
from zoo.registry.hookspecs import hookimpl

if TYPE_CHECKING:  # the list of public names, also at run time: see lazy_names
    from zoo.views.images import as_bytes as as_bytes
    from zoo.views.images import input_images as input_images
    from zoo.views.look import Look as Look
    from zoo.views.plane import is_plane as is_plane
    from zoo.views.plane import plane_grid as plane_grid
    from zoo.views.plane import plane_layers as plane_layers
    from zoo.views.plane import shown_points as shown_points
    from zoo.views.scenes import Boxes as Boxes
    from zoo.views.scenes import Curve as Curve
    from zoo.views.scenes import Graph as Graph
    from zoo.views.scenes import Images as Images
    from zoo.views.scenes import Matrix as Matrix
    from zoo.views.scenes import Plane as Plane
    from zoo.views.scenes import Points as Points
    from zoo.views.scenes import Regions as Regions
    from zoo.views.scenes import Scene as Scene
    from zoo.views.scenes import Text as Text
    from zoo.views.view import View as View
else:
    __getattr__, __dir__ = lazy_names(__name__)


@hookimpl
def zoo_views() -> Iterable[View]:
    from zoo.views.general import VIEWS

    return VIEWS
