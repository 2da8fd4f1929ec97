"""`zoo plot`: draw the plots of a checkpoint's family."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoo.cli.data_flags import OnData, data_if_named
from zoo.cli.flags import TRUSTED
from zoo.cli.output import print_json, printable
from zoo.cli.progress import Lines
from zoo.platform.paths import next_free
from zoo.registry.lookup import find_checkpoint


@click.command("plot", cls=OnData)
@click.argument("file")
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
def command(file: str, out: str | None, wanted: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Draw the plots of a checkpoint's family.

    FILE is a checkpoint or the name of one that was shipped. Data are read with the options of training; a flag
    overrides each.
    """
    from zoo.plots import render
    from zoo.training import run

    path = find_checkpoint(file)
    ending = render.check_picture(out)
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
