"""How densely units stand where samples are dense: the exponent is found again from units placed by it."""

import numpy as np
import pytest
from zoo_som.datasets.density import judge


class Placed:
    """A map whose units stand at given places."""

    def __init__(self, places):
        self.weights = {"W": np.asarray(places)[:, None]}


@pytest.mark.parametrize("exponent", [0.0, 1 / 3, 2 / 3, 1.0])
@pytest.mark.parametrize("direction", [1, -1])
def test_the_exponent_of_units_whose_density_is_a_power(exponent, direction):
    """A density ∝ x^α of units has the quantiles (i / n)^(1 / (1 + α))."""
    places = ((np.arange(100) + 0.5) / 100) ** (1 / (1 + exponent))
    assert judge(Placed(places[::direction]), None)["magnification"] == pytest.approx(exponent, abs=0.005)


def test_units_that_are_not_in_order_have_none():
    assert np.isnan(judge(Placed([0.1, 0.3, 0.2, 0.5, 0.6, 0.7, 0.8]), None)["magnification"])
