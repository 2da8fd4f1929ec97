"""Every hook a plugin can implement, on one page.

A plugin is a module named by an entry point of the group "zoo"; its functions marked with `zoo.hookimpl` are found by
their names. All hooks are optional. This is a whole plugin, with the lines of pyproject.toml that announce it:

    [project.entry-points.zoo]
    hopfield = "zoo_hopfield"

    # zoo_hopfield.py
    import zoo

    @zoo.hookimpl
    def zoo_architectures():
        from zoo_hopfield.network import Hopfield   # imported late: what is not asked for costs nothing
        return [Hopfield]

A plugin is loaded alone, when something needs it. What it offers is then remembered until its version or its files
change, so every answer must follow from those and not from the weather. A plugin that fails is reported by
`zoo plugins` and harms nothing else. `zoo_interface = 1` in the module says for which version of this page it was
written.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from zoo.core.architecture import Architecture
    from zoo.core.events import Event
    from zoo.data.dataset import DatasetSource
    from zoo.plots.plot import Plot

INTERFACE = 1  # grows when a plugin written for an older page would no longer work

hookspec = pluggy.HookspecMarker("zoo")
hookimpl = pluggy.HookimplMarker("zoo")


@hookspec
def zoo_architectures() -> Iterable[type[Architecture]]:  # type: ignore[empty-body]
    """Kinds of network: they appear in `zoo list`, and `zoo train NAME` takes their options as flags.

    @zoo.hookimpl
    def zoo_architectures():
        return [Hopfield, DenseAssociativeMemory]
    """


@hookspec
def zoo_datasets() -> Iterable[DatasetSource]:  # type: ignore[empty-body]
    """Data with a name: `--data NAME` and `[data] name = "NAME"` take them; they appear in `zoo list --datasets`.

    @zoo.hookimpl
    def zoo_datasets():
        return [Letters()]
    """


@hookspec
def zoo_recipes() -> Iterable[str | Path]:  # type: ignore[empty-body]
    """Recipes: TOML files, or folders whose *.toml files are recipes, each named by its file.

    @zoo.hookimpl
    def zoo_recipes():
        return [Path(__file__).parent / "recipes"]
    """


@hookspec
def zoo_checkpoints() -> Iterable[str | Path]:  # type: ignore[empty-body]
    """Trained checkpoints that come with the package: HDF5 files, or folders of *.h5, each named by its file.

    @zoo.hookimpl
    def zoo_checkpoints():
        return [Path(__file__).parent / "checkpoints"]
    """


@hookspec
def zoo_plots() -> Iterable[Plot]:  # type: ignore[empty-body]
    """Pictures people in the field draw: `zoo plot FILE` draws those that apply to the model in FILE.

    @zoo.hookimpl
    def zoo_plots():
        return [zoo.Plot("energy", "energy over the steps of recall", applies=is_hopfield, draw=draw_energy)]
    """


@hookspec
def zoo_event(event: Event) -> None:
    """Hears what happens in training and changes nothing. An error here ends the listening alone.

    @zoo.hookimpl
    def zoo_event(event):
        if isinstance(event, EpochDone):
            logbook.write(event.metrics)
    """


@hookspec
def zoo_commands() -> Iterable[click.Command]:  # type: ignore[empty-body]
    """Commands of the command line, each under its own name: `zoo recall FILE`.

    @zoo.hookimpl
    def zoo_commands():
        return [recall]
    """
