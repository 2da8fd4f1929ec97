"""`zoo compare`: compare checkpoints, or architectures on data, in one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoo.cli.data_flags import OnData, data_if_named
from zoo.cli.flags import TRUSTED
from zoo.cli.interrupt import Stop
from zoo.cli.output import print_json, printable, table
from zoo.cli.progress import Shown

if TYPE_CHECKING:
    from zoo.training.comparison import Comparison


@click.command("compare", cls=OnData)
@click.argument("names", nargs=-1, required=True, metavar="FILE|NAME…")
@click.option("--data", metavar="NAME|PATH", help="The data to train NAMEs on, and to measure every model on.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Seed of every training.  [default: 0]")
@click.option(
    "--epochs", type=click.IntRange(1), metavar="N", help="Epochs of every training; default: what each proposes."
)
@click.option("--out", "-o", metavar="FOLDER", help="Save each trained model in this folder, as NAME.h5.")
@click.option(
    "--threads", type=click.IntRange(1), metavar="N", help="Threads or processes; they change no bit of results."
)
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    names: tuple[str, ...],
    seed: int | None,
    epochs: int | None,
    out: str | None,
    threads: int | None,
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Compare checkpoints, or architectures on data, in one table.

    A FILE is measured as `zoo eval` does: on the held-out part of its own data, or on --data. A NAME of an architecture
    or recipe is trained on --data with the settings proposed for these, the same seed and the same split, and measured
    on the part held out. The best value of each metric is marked with *, where values can be compared; where models
    were measured on different samples, a line says so.

    Exits 1 when a training failed.
    """
    from zoo.training.comparison import compare

    data = data_if_named(click.get_current_context())
    training = {key: value for key, value in (("seed", seed), ("epochs", epochs)) if value is not None}
    with Shown(quiet) as shown, Stop() as stop:
        compared = compare(names, data, training=training, out=out, threads=threads, listen=shown, stop=stop)
    if as_json:
        print_json(compared.as_dict())
    else:
        _print(compared)
    if stop():
        click.get_current_context().exit(stop.exit_code)
    if any(row.failed for row in compared.rows):
        click.get_current_context().exit(1)


def _print(compared: Comparison) -> None:
    table(*compared.table)
    if any(compared.best(name) for name in compared.metrics):
        click.echo("* best")
    if compared.note:
        click.echo(printable(compared.note))
