"""The plots of this family, by name."""

from __future__ import annotations

from zoo import Plot
from zoo_som.model import SomModel
from zoo_som.plots.hits import draw_classes, draw_hits, has_classes, has_hits
from zoo_som.plots.mesh import draw_mesh, has_mesh
from zoo_som.plots.planes import draw_colours, draw_images, draw_planes, is_coloured, is_images, is_table
from zoo_som.plots.u_matrix import draw_u_matrix

PLOTS = (
    Plot("u-matrix", "distances between neighbouring units", lambda model: isinstance(model, SomModel), draw_u_matrix),
    Plot("mesh", "the map among the data of two inputs", has_mesh, draw_mesh, needs_data=True),
    Plot("colours", "each unit in its own colour", is_coloured, draw_colours),
    Plot("weights", "the weights of each unit as an image", is_images, draw_images),
    Plot("components", "how each column of the data runs over the map", is_table, draw_planes),
    Plot("hits", "training samples each unit won, as pies by class", has_hits, draw_hits),
    Plot("classes", "the class of each unit", has_classes, draw_classes),
)
