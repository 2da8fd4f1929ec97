"""Small machines with random weights, for oracles."""

import numpy as np
from zoo_boltzmann.restricted_machine import Machine
from zoo_boltzmann.visible_units import Bernoulli, Visible


def random_machine(
    visible: int, hidden: int, seed: int = 0, scale: float = 1.0, kind: Visible | None = None, dtype: type = np.float64
) -> Machine:
    random = np.random.default_rng(seed)
    draw = lambda *shape: (scale * random.standard_normal(shape)).astype(dtype)  # noqa: E731
    return Machine(draw(visible, hidden), draw(visible), draw(hidden), draw(visible), kind or Bernoulli())
