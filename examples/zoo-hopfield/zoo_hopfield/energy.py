"""The plot of this family: energy going down, sweep by sweep, as patterns are recalled from noise."""

import numpy as np

from zoo_hopfield.network import HopfieldModel

RECALLS = 12


def applies(model):
    return isinstance(model, HopfieldModel)


def draw(model, samples, figure):
    """A line for each of some recalls that begin at random states; `samples` are not needed."""
    random = np.random.default_rng(0)
    axes = figure.subplots()
    units = model.signature.inputs
    begin = np.where(random.random((RECALLS, units)) < 0.5, -1.0, 1.0).astype("f4")
    for line in np.array([model.energy(state) for state in model.path(begin)]).T:
        axes.plot(line, marker="o", color="tab:blue", alpha=0.5)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("sweeps over all units")
    axes.set_ylabel("energy")
    axes.set_title("recall goes down in energy until nothing changes")
