"""`zoo plot`: draw the plots of a checkpoint's family."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoo.cli.data_flags import OnData, data_if_named
from zoo.cli.flags import TRUSTED
from zoo.cli.output import print_json, printable
from zoo.cli.progress import Lines
from zoo.errors import UsageError
from zoo.platform.paths import next_free
from zoo.registry.lookup import find_checkpoint


@click.command("plot", cls=OnData)
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option(
    "--out",
    "-o",
    metavar="PNG",
    help="The picture to write; default: FILE's name in this folder, the next free number.",
)
@click.option("--plot", "wanted", metavar="NAME", multiple=True, help="Only this plot; may be given again.")
@click.option("--data", metavar="NAME|PATH", help="Other data than the file names: a dataset's name, a file or folder.")
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(files: tuple[str, ...], out: str | None, wanted: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Draw the plots of a checkpoint's family.

    FILE is a checkpoint or the name of one that was shipped. Data are read with the options of training; a flag
    overrides each. Of several files their learning curves are drawn together.
    """
    from zoo.plots import render
    from zoo.training import run

    ending = render.check_picture(out)
    if len(files) > 1:
        other = data_if_named(click.get_current_context())
        _together(files, out, ending, wanted, other is not None, as_json)
        return
    path = find_checkpoint(files[0])
    model = run.load(path)
    plots = render.chosen_plots(model, wanted, ending, printable(str(path)))
    needed = any(plot.needs_data for plot in plots)
    data = data_if_named(click.get_current_context(), path if needed else None)
    render.refuse_unused(plots, data is not None)
    target = Path(out) if out is not None else next_free(path.stem, "png")
    render.draw(model, plots, target, ending, lambda: run.opened(path, data, Lines())[1:3])
    if as_json:
        print_json({"path": str(target), "plots": [plot.name for plot in plots]})
    else:
        click.echo(f"{', '.join(metric.name for metric in plots)}: {printable(str(target))}")


def _together(
    files: tuple[str, ...], out: str | None, ending: str, wanted: tuple[str, ...], has_data: bool, as_json: bool
) -> None:
    """The learning curves of several files in one plot."""
    from zoo.plots import render
    from zoo.plots.compared_curves import check_runs, names_of
    from zoo.training import run

    if has_data:
        raise UsageError(
            "plot: --data has no effect on learning curves, drawn from the checkpoints alone; leave it out"
        )
    models = {name: run.load(find_checkpoint(file)) for name, file in zip(names_of(files), files, strict=True)}
    check_runs(models, wanted)
    target = Path(out) if out is not None else next_free("learning", "png")
    render.draw_runs(models, target, ending)
    if as_json:
        print_json({"path": str(target), "plots": ["learning"]})
    else:
        click.echo(f"learning: {printable(str(target))}")
