"""Pictures show what they say: every border of the U-matrix in its place, pies as large and as divided as the hits."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure as Picture
from zoo_som.plots.hits import draw_hits
from zoo_som.plots.tiles import class_colours, outline
from zoo_som.plots.u_matrix import relief

import zoo
from zoo.registry.lookup import plots_for


def test_the_relief_of_four_squares(make):
    model = make(rows=2, columns=2, values=2, grid="rectangular")
    W = model.weights["W"] = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 0.0], [1.0, 0.0]])
    centres, heights = relief(model)
    found = {(float(x), float(y)): height for (x, y), height in zip(centres, heights, strict=True)}
    between = {(0.5, 0.0): (0, 1), (0.0, 0.5): (0, 2), (1.0, 0.5): (1, 3), (0.5, 1.0): (2, 3)}
    for place, (a, b) in between.items():
        assert found[place] == pytest.approx(np.linalg.norm(W[a] - W[b]))
    diagonals = np.linalg.norm(W[0] - W[3]) / 2**0.5, np.linalg.norm(W[1] - W[2]) / 2**0.5
    assert found[0.5, 0.5] == pytest.approx(np.mean(diagonals))
    assert found[0.0, 0.0] == pytest.approx(np.mean([found[0.5, 0.0], found[0.0, 0.5], diagonals[0]]))
    assert len(found) == 9


@pytest.mark.parametrize("toroidal", [False, True])
def test_the_relief_of_hexagons_has_a_tile_for_every_border(make, toroidal):
    model = make(rows=4, columns=5, toroidal=toroidal)
    centres, heights = relief(model)
    assert len(centres) == len(heights) and np.isfinite(heights).all()
    inside = 4 * 5 + 4 * 4 + 3 * 9  # units, borders along the rows, borders between rows
    assert len(centres) == inside if not toroidal else len(centres) > inside
    # Tiles half as wide as units stand half a cell apart, none on top of another.
    apart = np.linalg.norm(centres[:, None] - centres, axis=2) + np.eye(len(centres))
    assert apart.min() == pytest.approx(0.5)


def test_tiles_touch():
    for hexagonal in (False, True):
        corners = outline(hexagonal)
        assert np.ptp(corners[:, 0]) == pytest.approx(1.0)  # from side to side one cell
        x, y = corners.T
        area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
        assert area == pytest.approx(3**0.5 / 2 if hexagonal else 1.0)  # all of the cell that a unit has


def test_pies_are_as_large_and_divided_as_the_hits(make):
    model = make(rows=1, columns=3, classes=2, grid="rectangular")
    model.weights["hits"][...] = [[30, 10], [0, 10], [0, 0]]
    picture = Picture()
    draw_hits(model, None, picture)
    pies = [each for each in picture.axes[0].collections if isinstance(each, PolyCollection)][-1]
    areas = []
    for path in pies.get_paths():
        x, y = path.vertices[:-1].T
        areas.append(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
    assert areas == pytest.approx([0.75 * np.pi * 0.46**2, 0.25 * np.pi * 0.46**2, 0.25 * np.pi * 0.46**2], rel=0.01)


def test_classes_named_by_colours_have_them():
    assert class_colours(("red", "lime")) == ["#ff0000", "#00ff00"]
    for labels in (
        ("a", "b"),
        tuple("0123456789"),
        tuple(f"c{n}" for n in range(15)),
        tuple(f"c{n}" for n in range(40)),
    ):
        assert len(set(class_colours(labels))) == len(labels)


@pytest.mark.parametrize("toroidal", [False, True])
@pytest.mark.parametrize("grid", ["hexagonal", "rectangular"])
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("size", [(1, 2), (7, 4)])
def test_every_picture_of_every_map_can_be_drawn(make, tmp_path, grid, toroidal, classes, size):
    model = make(rows=size[0], columns=size[1], classes=classes, grid=grid, toroidal=toroidal)
    model.weights["hits"][0] = 3
    names = {plot.name for plot in plots_for(model)}
    assert names == {"u-matrix", "components", "hits"} | ({"classes", "confusion"} if classes else set())
    for plot in plots_for(model):
        if not plot.needs_data:
            picture = Picture()
            plot.draw(model, None, picture)
            picture.savefig(tmp_path / "picture.png", dpi=40)
            width, height = picture.get_size_inches()
            assert width < 12 and height < 12


def test_a_mesh_joins_each_unit_to_its_neighbours_once():
    from zoo_som.plots.mesh import edges

    points = np.random.default_rng(0).random((50, 2))
    flat = zoo.train("som", points, rows=3, columns=4, grid="rectangular", epochs=1)
    assert len(edges(flat)) == 3 * 3 + 2 * 4
    ring = zoo.train("som", points, rows=1, columns=7, grid="rectangular", toroidal=True, epochs=1)
    assert sorted(map(tuple, edges(ring).tolist())) == [(0, 1), (0, 6), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]
    hexagons = zoo.train("som", points, rows=2, columns=2, epochs=1)
    assert len(edges(hexagons)) == 5
