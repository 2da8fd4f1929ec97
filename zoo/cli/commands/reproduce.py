"""`zoo reproduce`: train a recipe; print published, expected and reached metrics side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoo.cli.flags import TRUSTED
from zoo.cli.output import formatted, print_json, printable, table
from zoo.errors import UsageError
from zoo.registry.lookup import find_recipe


@click.command("reproduce")
@click.argument("name")
@click.option("--data", metavar="NAME|PATH", help="Where the recipe's data are, when not where it says.")
@click.option(
    "--out", "-o", metavar="FILE", help="The checkpoint to write; default: checkpoints/NAME-1.h5, the next free number."
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help="Threads or processes; they change no bit of results.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(name: str, data: str | None, out: str | None, **given: Any) -> None:
    """Train a recipe; print published, expected and reached metrics side by side.

    Exits 1 when the recipe does not reach what it promises.
    """
    from zoo.cli.train_session import check_out, reporting, trained
    from zoo.training import run

    recipe = find_recipe(name)
    if not recipe.expect:
        raise UsageError(f"reproduce: {recipe.where} promises nothing; it has no [expect]")
    check_out(out, "reproduce")
    rows: list[run.Reached] = []

    def work(path: Path | None, listen: Any, stop: Any) -> run.Result:
        result, reached = run.reproduce(
            recipe, data={"name": data} if data else None, out=path, threads=given["threads"], listen=listen, stop=stop
        )
        rows[:] = reached
        return result

    result = trained(work, {"out": out, **given}, recipe.name)
    held = all(row.held for row in rows)
    with reporting(result):
        if given["as_json"]:
            print_json(
                {
                    "name": recipe.name,
                    "path": str(result.path),
                    "part": result.part,
                    "held": held,
                    "metrics": [
                        {
                            "metric": row.name,
                            "published": row.published,
                            "expected": row.expected,
                            "reached": row.reached,
                            "held": row.held,
                        }
                        for row in rows
                    ],
                    "published": recipe.published.as_dict() if recipe.published else None,
                }
            )
        else:
            table(
                ("metric", "published", "expected", "reached", "held"),
                [
                    (
                        row.name,
                        formatted(row.name, row.published, row.declared),
                        formatted(row.name, row.expected, row.declared),
                        formatted(row.name, row.reached, row.declared),
                        "yes" if row.held else "no",
                    )
                    for row in rows
                ],
                title=f"{recipe.name}, {result.part}",
            )
            if recipe.published:
                settings = f" ({printable(recipe.published.settings)})" if recipe.published.settings else ""
                click.echo(f"published: {printable(recipe.published.source)}{settings}")
            click.echo(f"saved {printable(str(result.path))}")
    if not held:
        click.get_current_context().exit(1)
