"""Hopfield networks keep zoo's contract, and what was proved of them."""

import numpy as np
import pytest

import zoo
from zoo.testing import CHECKS, Case, name

CASES = (Case("hopfield"), Case("hopfield", options={"rule": "hebbian"}, training={"shards": 3}))


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_contract(case, check, tmp_path):
    check(case, tmp_path)


def stored(patterns, rule):
    return zoo.train("hopfield", np.asarray(patterns, float), rule=rule, test=0.0)


def test_the_worked_example_of_one_pattern():
    """W = ssᵀ/n without the diagonal, by either rule."""
    s = np.array([1.0, -1.0, 1.0, -1.0])
    for rule in ("hebbian", "storkey"):
        model = stored([s], rule)
        assert np.array_equal(model.weights["W"], (np.outer(s, s) - np.eye(4)) / 4)
        assert np.array_equal(model.predict(np.array([[-1.0, -1.0, 1.0, -1.0]], "f4")), [s])


def test_no_step_of_a_recall_raises_the_energy():
    """Hopfield (1982): with symmetric weights, E falls or stays at each update."""
    random = np.random.default_rng(0)
    model = stored(np.where(random.random((9, 30)) < 0.5, -1, 1), "storkey")
    W = model.weights["W"]
    assert np.allclose(W, W.T, atol=1e-6) and not np.diag(W).any()
    energies = [model.energy(state) for state in model.path(random.standard_normal((50, 30)).astype("f4"))]
    assert len(energies) > 2 and (np.diff(energies, axis=0) <= 1e-5).all()


def test_storkeys_rule_stores_more_than_hebbs():
    """Storkey (1997): n / √(2 ln n) patterns against n / (2 ln n)."""
    random = np.random.default_rng(1)
    patterns = np.where(random.random((14, 64)) < 0.5, -1.0, 1.0)
    stable = {}
    for rule in ("hebbian", "storkey"):
        recalled = stored(patterns, rule).predict(patterns.astype("f4"))
        stable[rule] = (recalled == patterns).all(axis=1).mean()
    assert stable["storkey"] == 1.0 and stable["hebbian"] < 0.75


def test_every_letter_is_recalled_with_its_top_turned_over_or_its_bottom_wiped_out():
    from zoo_hopfield.letters import letters

    model, images = zoo.train("hopfield"), letters(None).inputs.array
    turned, wiped = images.copy(), images.copy()
    turned[:, 0] *= -1
    wiped[:, 4] = -1
    for begin in (turned, wiped):
        assert np.array_equal(model.predict(begin.astype("f4")), images.reshape(5, 25))


def test_the_plot_shows_energies_that_fall(tmp_path):
    matplotlib = pytest.importorskip("matplotlib.figure")
    from zoo_hopfield.energy import applies, draw

    model = zoo.train("hopfield")
    figure = matplotlib.Figure()
    assert applies(model)
    draw(model, None, figure)
    lines = figure.axes[0].lines
    assert len(lines) == 12 and all((np.diff(line.get_ydata()) <= 1e-5).all() for line in lines)


def test_the_playground_shows_recalls_that_go_down_in_energy():
    from zoo_hopfield.recall import show

    from zoo.views import Look

    patterns = np.sign(np.random.default_rng(1).normal(size=(3, 40))).astype("f4")

    class Samples:
        def __len__(self):
            return len(patterns)

        def rows(self, numbers):
            return zoo.Batch.of(patterns[numbers])

    images, curve = show(stored(patterns, "storkey"), Look(Samples()))
    assert len(images.images) == 6
    assert all((np.diff(energy) <= 1e-4).all() for _, energy in curve.lines)
