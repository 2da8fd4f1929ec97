"""`zoo eval`: measure a checkpoint on data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoo.cli.classification_table import print_report
from zoo.cli.data_flags import OnData, data_if_named
from zoo.cli.flags import TRUSTED
from zoo.cli.output import metrics_line, print_json, printable
from zoo.registry.lookup import find_checkpoint

if TYPE_CHECKING:
    from zoo.inference.evaluate import Evaluation

MOST_NAMED = 8  # targets, at most, that a line names


@click.command("eval", cls=OnData)
@click.argument("file")
@click.option("--data", metavar="NAME|PATH", help="Other data than the file names: a dataset's name, a file or folder.")
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help="Threads or processes; they change no bit of results.",
)
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(file: str, threads: int | None, as_json: bool, **given: Any) -> None:
    """Measure a checkpoint on data.

    FILE is a checkpoint or the name of one that was shipped. Without --data it is measured on the held-out part of the
    data it was trained on; on new data where those have a test part on that, else on all rows. Data are read with the
    options of training; a flag overrides each. Data that it was trained on are recognized, also under another path.

    A model that classifies has a table besides: precision, recall, F1, ROC AUC and the confusion matrix by class. With
    --json these stand under "classification", the other metrics under "metrics".
    """
    from zoo.cli.progress import Lines
    from zoo.training import run

    path = find_checkpoint(file)
    data = data_if_named(click.get_current_context(), path)
    result = run.evaluate(path, data, threads=threads, listen=Lines())
    if as_json:
        report = None if result.classification is None else result.classification.as_dict()
        document = {"path": str(path), "data": result.data, "part": result.part, "metrics": result.metrics}
        print_json({**document, "quantities": result.quantities, "classification": report})
    else:
        click.echo(
            f"{printable(result.data)}, {printable(result.part)}:"
            f" {metrics_line(result.metrics, result.declared_metrics)}"
        )
        if line := _units(result):
            click.echo(printable(line))
        if result.classification is not None:
            print_report(result.classification)


def _units(result: Evaluation) -> str:
    """In which units the errors of quantities are; "" where there are none."""
    errors = [each for each in ("root_mean_squared_error", "mean_absolute_error") if each in result.metrics]
    if not result.quantities or not errors:
        return ""
    of = ", ".join(result.quantities[:MOST_NAMED]) + (", …" if len(result.quantities) > MOST_NAMED else "")
    squared = "; mean_squared_error in their square" if "mean_squared_error" in result.metrics else ""
    mean = ", a mean over them" if len(result.quantities) > 1 else ""
    return f"{' and '.join(errors)} in the units of {of}{mean}{squared}"
