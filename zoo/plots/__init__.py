"""Plots that any architecture can have, and what plugins draw their own with.

Importing this package imports none of its modules: each name is fetched from its module when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zoo.lazy_names import lazy_names
from zoo.registry.hookspecs import hookimpl

if TYPE_CHECKING:  # the list of public names, also at run time: see lazy_names
    from zoo.plots.contact_sheet import tile_columns as tile_columns
    from zoo.plots.decision_regions import GRID_POINTS as GRID_POINTS
    from zoo.plots.decision_regions import decode_inputs as decode_inputs
    from zoo.plots.decision_regions import decode_outputs as decode_outputs
    from zoo.plots.decision_regions import draw_regions as draw_regions
    from zoo.plots.decision_regions import input_names as input_names
    from zoo.plots.decision_regions import plane_grid as plane_grid
    from zoo.plots.decision_regions import predict_points as predict_points
    from zoo.plots.decision_regions import spread_rows as spread_rows
    from zoo.plots.hinton import MOST_SQUARES as MOST_SQUARES
    from zoo.plots.hinton import draw_hinton as draw_hinton
    from zoo.plots.misclassified import bare_axes as bare_axes
    from zoo.plots.misclassified import draw_misclassified as draw_misclassified
    from zoo.plots.misclassified import grey_levels as grey_levels
    from zoo.plots.plain_names import shown_name as shown_name
    from zoo.plots.plot import Plot as Plot
    from zoo.plots.predictions import draw_predictions as draw_predictions
    from zoo.plots.style import COLOURS as COLOURS
    from zoo.plots.style import INK as INK
    from zoo.plots.style import integer_ticks as integer_ticks
    from zoo.plots.style import plain_axes as plain_axes
else:
    __getattr__, __dir__ = lazy_names(__name__)


@hookimpl
def zoo_plots() -> Iterable[Plot]:
    from zoo.plots.confusion_matrix import CONFUSION
    from zoo.plots.learning_curves import GRADIENTS, LEARNING
    from zoo.plots.saliency import SALIENCY

    return [LEARNING, GRADIENTS, CONFUSION, SALIENCY]
