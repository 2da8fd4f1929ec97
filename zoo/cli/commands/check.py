"""`zoo check`: run the contract suite over an architecture, or over all of a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zoo.cli.output import print_json, printable
from zoo.registry.lookup import find_architecture, find_recipe, registry
from zoo.registry.package_names import same_package

if TYPE_CHECKING:
    from zoo.testing.case import Case


@click.command("check")
@click.argument("name")
@click.option("--data", metavar="NAME|PATH", help="Data to check it on; default: the architecture's own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def command(ctx: click.Context, name: str, data: str | None, as_json: bool) -> None:
    """Run the contract suite over an architecture, or over all of a package.

    NAME is an architecture, a recipe (whose options, data and training settings are then used), a package or a plugin.
    Every check trains a small network on few samples. Exit code 1 where a promise is broken.
    """
    from zoo.data import open_dataset
    from zoo.testing.report import report

    if data is not None:
        open_dataset(data)  # what is wrong with the data is not the architecture's fault
    outcomes: list[dict[str, Any]] = []
    broken = 0
    for case in cases_of(name, data):
        if not as_json:
            click.echo(printable(str(case)))
        for found in report(case):
            broken += found.outcome == "broken"
            outcomes.append({"case": str(case), **vars(found)})
            if not as_json:
                mark = {"kept": "ok     ", "broken": "BROKEN ", "excused": "-      "}[found.outcome]
                reason = f"  {found.reason}" if found.reason else ""
                click.echo(printable(f"  {mark}{found.check:<26}{found.seconds:6.1f} s{reason}").rstrip())
                if found.outcome == "broken":
                    click.echo(printable(f"         promised: {found.promise}"))
    if as_json:
        print_json({"kept": not broken, "checks": outcomes})
    else:
        kept, excused = (sum(each["outcome"] == what for each in outcomes) for what in ("kept", "excused"))
        click.echo(f"{kept} promises kept, {broken} broken, {excused} that do not concern it")
    ctx.exit(1 if broken else 0)


def cases_of(name: str, data: str | None) -> list[Case]:
    """What is checked for a name: the small form of an architecture, a recipe, all architectures of a package."""
    from zoo.testing.case import Case

    shown = {"name": data} if data else {}
    architectures = {(plugin, offer) for plugin, offer in registry().offers("architecture")}
    of_package = sorted(
        f"{plugin.package}:{offer.name}"
        for plugin, offer in architectures
        if name in (plugin.source.entry, plugin.package) or same_package(name, plugin.package)
    )
    if name.rpartition(":")[2] in {offer.name for _, offer in architectures}:
        kind = find_architecture(name)
        return [Case(name, options=kind.small, data=shown)]
    if of_package:
        return [Case(each, options=find_architecture(each).small, data=shown) for each in of_package]
    recipe = find_recipe(name)
    chosen = f"{recipe.package}:{recipe.architecture}" if recipe.package else recipe.architecture
    training = {key: value for key, value in recipe.training.items() if key not in ("epochs", "batch_size")}
    return [Case(chosen, options=recipe.options, training=training, data=shown or recipe.data)]
