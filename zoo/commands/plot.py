"""`zoo plot`: the pictures that apply to a checkpoint's model, in one PNG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.commands.eval import OnData
from zoo.commands.output import print_json, printable
from zoo.commands.progress import Lines
from zoo.errors import DataError, PluginError, UsageError, nearest
from zoo.registry import figures_for, find_checkpoint

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

    from zoo.data import Dataset, Parts
    from zoo.data.samples import Samples
    from zoo.model import Model

DOTS = 150  # per inch
ENDINGS = ("png", "pdf", "svg")


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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: str, out: str | None, wanted: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Draw the pictures of a checkpoint's family.

    FILE is a checkpoint or the name of one that was shipped.
    """
    try:
        from matplotlib.figure import Figure as Picture
    except ImportError as error:
        raise UsageError("plot: matplotlib is not installed; install zoo-networks[plot]") from error
    from zoo import run
    from zoo.commands.data import data_of

    path = find_checkpoint(file)
    data = data_of(click.get_current_context())
    if data and "name" not in data:
        raise click.UsageError(f"{', '.join(data)} without --data: name the data as well")
    ending = Path(out).suffix[1:].lower() if out is not None and Path(out).suffix else "png"
    if ending not in ENDINGS:
        raise UsageError(f"plot: --out {out!a} ends in .{ending}; expected {', '.join(f'.{each}' for each in ENDINGS)}")
    if out is not None and not Path(out).absolute().parent.is_dir():
        raise UsageError(f"plot: --out {out!a}: there is no folder {str(Path(out).absolute().parent)!a}")
    if out is not None and Path(out).exists():
        raise UsageError(f"plot: --out {out!a} exists already and is never overwritten; name another file")
    model = run.load(path)
    figures = figures_for(model)
    for name in wanted:
        if name not in {figure.name for figure in figures}:
            known = {figure.name for figure in figures}
            raise UsageError(f"plot: no figure {name!a} applies to this model{nearest(name, known)}")
    figures = [figure for figure in figures if not wanted or figure.name in wanted]
    if not figures:
        raise UsageError(
            f"plot: {printable(str(path))} has nothing to draw: no recorded epochs, and no figure of its family"
        )
    if len(figures) > 1 and ending != "png":
        names = ", ".join(figure.name for figure in figures)
        raise UsageError(f"plot: several pictures ({names}) go into one PNG only; name one with --figure, or a .png")
    samples = None
    if any(figure.needs_data for figure in figures):
        samples = _held_out(model, *run.opened(path, data or None, Lines())[1:3])
    target = Path(out) if out is not None else next_free(path.stem)
    pictures = []
    for figure in figures:
        pictures.append(Picture(figsize=(8.0, 5.0)))
        try:
            figure.draw(model, samples if figure.needs_data else None, pictures[-1])
        except Exception as error:
            raise PluginError(f"plot: figure {figure.name!a} failed: {type(error).__name__}: {error}") from error
    if len(pictures) == 1:
        pictures[0].savefig(target, dpi=DOTS, format=ending)
    else:
        _save_stacked(pictures, target)
    if as_json:
        print_json({"path": str(target), "figures": [figure.name for figure in figures]})
    else:
        click.echo(f"{', '.join(figure.name for figure in figures)}: {printable(str(target))}")


def _held_out(model: Model, dataset: Dataset, parts: Parts) -> Samples:
    """The test part; where there is none the validation part, else all rows that were trained on."""
    from zoo.prepare import samples_of

    for part in ("test", "validation", "train"):
        samples = samples_of(dataset, parts, part, model)
        if samples is not None:
            return samples
    raise DataError(f"{dataset.name}: there are no rows to draw a picture of")


def _save_stacked(pictures: Sequence[Picture], target: Path) -> None:
    """All pictures below each other in one PNG, on white."""
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import imsave

    drawn = []
    for picture in pictures:
        picture.set_dpi(DOTS)
        canvas: Any = FigureCanvasAgg(picture)
        canvas.draw()
        drawn.append(np.asarray(canvas.buffer_rgba()))
    sheet = np.full((sum(len(each) for each in drawn), max(each.shape[1] for each in drawn), 4), 255, np.uint8)
    top = 0
    for each in drawn:
        sheet[top : top + len(each), : each.shape[1]] = each
        top += len(each)
    imsave(target, sheet, format="png")


def next_free(stem: str) -> Path:
    """STEM.png, STEM-2.png, … in this folder: whichever is not there yet."""
    path, number = Path(f"{stem}.png"), 1
    while path.exists():
        number += 1
        path = Path(f"{stem}-{number}.png")
    return path
