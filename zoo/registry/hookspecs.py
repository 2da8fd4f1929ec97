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
    from collections.abc import Callable

    import click

    from zoo.cluster.engine import EngineKind
    from zoo.core.architecture import Architecture
    from zoo.core.events import Event
    from zoo.data.dataset import DatasetSource
    from zoo.data.readers.reader import Reader
    from zoo.nn.activations import Activation
    from zoo.nn.initializers import Initializer
    from zoo.nn.losses import Loss
    from zoo.nn.optimizers import Optimizer
    from zoo.plots.plot import Plot
    from zoo.views.view import View

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
    """Plots that people in the field draw: `zoo plot FILE` draws those that apply to the model in FILE.

    @zoo.hookimpl
    def zoo_plots():
        return [zoo.Plot("energy", "energy over the steps of recall", applies=is_hopfield, draw=draw_energy)]
    """


@hookspec
def zoo_views() -> Iterable[View]:  # type: ignore[empty-body]
    """Views of models that learn: `zoo playground` shows those that apply to the model in work.

    `draw` gives scenes of data (`zoo.views`), which the page draws: no JavaScript is written.

    @zoo.hookimpl
    def zoo_views():
        return [zoo.View("recall", "energy of the states in a recall", applies=is_hopfield, draw=recall)]
    """


@hookspec
def zoo_event(event: Event) -> None:
    """Called with each event of training; changes nothing. After an error the hook is not called again in this run.

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


@hookspec
def zoo_losses() -> Iterable[Loss]:  # type: ignore[empty-body]
    """Losses: instances of subclasses of `zoo.nn.Loss`, which become choices of --loss by their `name`.

    @zoo.hookimpl
    def zoo_losses():
        return [Huber()]
    """


@hookspec
def zoo_optimizers() -> Iterable[type[Optimizer]]:  # type: ignore[empty-body]
    """Optimizers: subclasses of `zoo.nn.Optimizer`, which become choices of --optimizer by their `name`.

    A field, declared with `zoo.option`, is set by the training setting of that name, such as --momentum, or else by
    --optimizer-settings name=value; a setting that an optimizer does not have is refused.

    @zoo.hookimpl
    def zoo_optimizers():
        return [Lion]
    """


@hookspec
def zoo_activations() -> Iterable[Activation]:  # type: ignore[empty-body]
    """Activations: instances of subclasses of `zoo.nn.Activation`, which become choices of --activation by their
    `kind`, wherever an architecture offers all there are.

    @zoo.hookimpl
    def zoo_activations():
        return [Gelu()]
    """


@hookspec
def zoo_schedules() -> Iterable[Callable[..., float]]:  # type: ignore[empty-body]
    """Learning-rate schedules: functions that become choices of --schedule by their name.

    The first parameter is `progress`, the share of the phase done; others are the settings the schedule takes,
    `rate_decay` and `milestones`. The result is the share of the learning rate.

    @zoo.hookimpl
    def zoo_schedules():
        return [inverse_square_root]
    """


@hookspec
def zoo_initializers() -> Iterable[Initializer]:  # type: ignore[empty-body]
    """Initializers: instances of subclasses of `zoo.nn.Initializer`, which become choices of --initializer by their
    `name`.

    @zoo.hookimpl
    def zoo_initializers():
        return [Orthogonal()]
    """


@hookspec
def zoo_readers() -> Iterable[Reader]:  # type: ignore[empty-body]
    """Readers of files: `zoo.data.Reader`s, asked by --data PATH for files that no reader of binary formats in zoo
    knows, before files are taken for text or tables.

    @zoo.hookimpl
    def zoo_readers():
        return [Reader("Parquet", "Parquet files (*.parquet)", ("target",), is_parquet, open_parquet)]
    """


@hookspec
def zoo_engines() -> Iterable[EngineKind]:  # type: ignore[empty-body]
    """Engines that measure training steps on other processes and machines: `--cluster` names one by a text it takes.

    @zoo.hookimpl
    def zoo_engines():
        return [EngineKind("ray", "Ray: ray://HOST:PORT", "ray://head:10001", is_ray, open_ray)]
    """
