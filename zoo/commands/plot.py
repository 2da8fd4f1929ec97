"""`zoo plot`: the pictures that apply to a checkpoint's model, in one PNG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoo.commands.eval import OnData
from zoo.commands.flags import TRUSTED
from zoo.commands.output import print_json, printable
from zoo.commands.progress import Lines
from zoo.registry import find_checkpoint


@click.command("plot", cls=OnData)
@click.argument("file")
@click.option(
    "--out",
    "-o",
    metavar="PNG",
    help="The picture to write; default: FILE's name in this folder, the next free number.",
)
@click.option("--figure", "wanted", metavar="NAME", multiple=True, help="Only this picture; may be given again.")
@click.option("--data", metavar="NAME|PATH", help="Other data than the file names: a dataset's name, a file or folder.")
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: str, out: str | None, wanted: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Draw the pictures of a checkpoint's family.

    FILE is a checkpoint or the name of one that was shipped. Data are read with the options of training; a flag
    overrides each.
    """
    from zoo import drawing, run
    from zoo.commands.data import data_if_named

    path = find_checkpoint(file)
    data = data_if_named(click.get_current_context())
    ending = drawing.check_picture(out)
    model = run.load(path)
    figures = drawing.chosen_figures(model, wanted, ending, printable(str(path)))
    drawing.refuse_unused(figures, "--data" if data is not None else "")
    target = Path(out) if out is not None else drawing.next_free(path.stem)
    drawing.draw(model, figures, target, ending, lambda: run.opened(path, data, Lines())[1:3])
    if as_json:
        print_json({"path": str(target), "figures": [figure.name for figure in figures]})
    else:
        click.echo(f"{', '.join(figure.name for figure in figures)}: {printable(str(target))}")
