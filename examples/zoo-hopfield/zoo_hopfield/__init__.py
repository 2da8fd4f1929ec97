"""zoo-hopfield: what this package offers to zoo."""

from pathlib import Path

import zoo

zoo_interface = 1  # the version of zoo's plugin interface this was written for


@zoo.hookimpl
def zoo_architectures():
    from zoo_hopfield.network import Hopfield  # imported late: `zoo list` need not load it

    return [Hopfield]


@zoo.hookimpl
def zoo_datasets():
    from zoo.data import DatasetSource
    from zoo_hopfield.letters import letters

    return [DatasetSource("hopfield-letters", "five letters of 5 × 5 points", open=letters, task="unsupervised")]


@zoo.hookimpl
def zoo_recipes():
    return [Path(__file__).parent / "recipes"]


@zoo.hookimpl
def zoo_plots():
    from zoo_hopfield.energy import applies, draw

    return [zoo.Plot("energy", "energy over a recall from noise", applies=applies, draw=draw)]


@zoo.hookimpl
def zoo_views():
    from zoo_hopfield.recall import applies, show

    return [zoo.View("recall", "letters recalled from noise, and their energy", applies=applies, draw=show)]
