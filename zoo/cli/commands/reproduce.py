"""`zoo reproduce`: train recipes; print published and reached metrics side by side, with a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zoo.cli.flags import TRUSTED
from zoo.cli.output import formatted, print_json, printable, table
from zoo.errors import UsageError
from zoo.registry.lookup import find_recipe
from zoo.registry.recipes import Recipe

OF_STUDIES = ("seeds", "minutes", "table", "fresh")  # have an effect where trainings are repeated


@click.command("reproduce")
@click.argument("name", required=False)
@click.option("--all", "every", is_flag=True, help="Every recipe that has a published result.")
@click.option("--family", metavar="FAMILY", help="With --all: of one family.")
@click.option(
    "--seeds", type=click.IntRange(1), metavar="N", help="Trainings, the first N seeds; default: the recipe's."
)
@click.option(
    "--minutes",
    type=click.FloatRange(0),
    metavar="N",
    help="Stop after so long; what is done is kept, and the next call goes on there.",
)
@click.option("--table", metavar="FILE.md|.json", help="Write the results into a page, with a picture of each.")
@click.option("--fresh", is_flag=True, help="Train again what earlier calls have trained.")
@click.option("--data", metavar="NAME|PATH", help="Path to the data, if not the recipe's default.")
@click.option(
    "--out", "-o", metavar="FILE", help="The checkpoint to write; default: checkpoints/NAME-1.h5, the next free number."
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help="Threads or processes; results are identical for any number.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(name: str | None, every: bool, family: str | None, data: str | None, out: str | None, **given: Any) -> None:
    """Train recipes; print published and reached metrics side by side, with a verdict.

    A recipe with a table [runs] is trained many times, on all cores, and judged by its published results: matched,
    better, near, short, or another setting. --all trains every recipe that has such results, the quickest first, and
    goes on where an earlier call stopped. Exits 1 when a recipe does not reach what it promises in [expect].
    """
    if every == (name is not None):
        raise UsageError("reproduce: expected the name of a recipe, or --all, and not both")
    if name is None:
        for flag, value in (("--data", data), ("--out", out)):
            if value is not None:
                raise UsageError(f"reproduce: {flag} has no effect with --all; name one recipe, or leave it out")
        from zoo.cli import studies  # start-up time

        studies.run_all(family, given)
        return
    if family is not None:
        raise UsageError("reproduce: --family has no effect on one recipe; leave it out, or give --all")
    recipe = find_recipe(name)
    if not recipe.expect and not recipe.published:
        raise UsageError(f"reproduce: {recipe.where} promises nothing; it has no [expect] and no [published]")
    if (recipe.runs is not None and recipe.runs.repeats) or given["seeds"] is not None or not recipe.expect:
        if out is not None:
            raise UsageError(f"reproduce: --out has no effect: {recipe.where} is trained many times; leave it out")
        from zoo.cli import studies  # start-up time

        studies.run_one(recipe, {"name": data} if data else None, given)
        return
    for flag in OF_STUDIES:
        value = given.pop(flag)
        if value is not None and value is not False:
            raise UsageError(
                f"reproduce: --{flag} has no effect: {recipe.where} is trained once; give --seeds as well, or leave it"
                " out"
            )
    _train_once(recipe, data, {"out": out, **given})


def _train_once(recipe: Recipe, data: str | None, given: dict[str, Any]) -> None:
    """A training into a checkpoint, and its metrics beside those promised and published."""
    from zoo.cli.train_session import check_out, reporting, trained
    from zoo.core.events import Event, Started
    from zoo.reproduction.study import judged_once
    from zoo.training import run

    check_out(given["out"], "reproduce")
    rows: list[run.Reached] = []
    trained_on: list[int] = []

    def work(path: Path | None, listen: Any, stop: Any) -> run.Result:
        def listening(event: Event) -> None:
            if isinstance(event, Started):
                trained_on.append(event.samples)
            listen(event)

        found = {"name": data} if data else None
        result, reached = run.reproduce(
            recipe, data=found, out=path, threads=given["threads"], listen=listening, stop=stop
        )
        rows[:] = reached
        return result

    result = trained(work, given, recipe.name)
    held = all(row.held for row in rows)
    verdicts = [judged_once(recipe, paper, result, trained_on[-1]) for paper in recipe.published]
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
                    "published": [
                        {**paper.as_dict(), "verdict": verdict.word, "gap": verdict.gap}
                        for paper, verdict in zip(recipe.published, verdicts, strict=True)
                    ],
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
                        ("yes" if row.held else "no") if row.expected is not None else "-",
                    )
                    for row in rows
                ],
                title=f"{recipe.name}, {result.part}",
            )
            for paper, verdict in zip(recipe.published, verdicts, strict=True):
                settings = f" ({printable(paper.settings)})" if paper.settings else ""
                reason = f": {printable(verdict.reason)}" if verdict.reason else ""
                click.echo(f"published: {printable(paper.source)}{settings}")
                click.echo(f"verdict of {printable(paper.metric)}: {verdict.word}{reason}")
            click.echo(f"saved {printable(str(result.path))}")
    if not held:
        click.get_current_context().exit(1)
