"""The view of this family in `zoo playground`: letters recalled from noise, and how their energy falls."""

import numpy as np

from zoo.views import Curve, Images, as_bytes
from zoo_hopfield.network import HopfieldModel

RECALLS = 8
FLIPPED = 0.25  # of the points of a letter


def applies(model):
    return isinstance(model, HopfieldModel)


def show(model, look):
    """A row of letters with some points flipped, below each what the net makes of it; and the energy on the way."""
    patterns = look.spread(RECALLS).inputs
    flips = look.random("flipped points").random(patterns.shape) < FLIPPED
    begin = np.where(flips, -patterns, patterns).astype("f4").reshape(len(patterns), -1)
    path = list(model.path(begin))
    shape = patterns.shape[1:] if patterns.ndim == 3 else (1, patterns.shape[1])
    images = as_bytes(np.concatenate([begin, path[-1]]).reshape(-1, *shape))
    yield Images("letters with a quarter of their points flipped, and what is recalled", images, (), len(begin))
    energies = np.array([model.energy(state) for state in path], "f4")
    lines = tuple((f"letter {number + 1}", energies[:, number]) for number in range(len(begin)))
    yield Curve("energy, sweep by sweep", np.arange(len(path), dtype="f4"), lines, axes=("sweep", "energy"))
