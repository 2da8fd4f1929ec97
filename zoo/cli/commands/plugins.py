"""`zoo plugins`: list installed plugins and their state."""

from __future__ import annotations

from collections import Counter

import click

from zoo.cli.commands.list import reached_by
from zoo.cli.output import print_json, printable, table
from zoo.registry.cache import KINDS, Plugin
from zoo.registry.lookup import registry


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(as_json: bool) -> None:
    """List installed plugins and their state.

    A broken one is tried again, and the reason is printed when it still cannot be used. ZOO_DISABLE_PLUGINS=1 switches
    off all that did not come with zoo, ZOO_DISABLE_PLUGINS=NAME,NAME those packages or plugins.
    """
    plugins = registry().examine_broken()
    disabled = registry().disabled
    if as_json:
        print_json([_document(plugin) for plugin in plugins] + [_document(each, "disabled") for each in disabled])
        return
    columns = ("plugin", "package", "version", "state", "offers")
    table(
        columns,
        [
            (each.source.entry, each.package, each.source.version, each.state, "" if each.reason else _offered(each))
            for each in plugins
        ]
        + [(each.source.entry, each.package, each.source.version, "disabled", "") for each in disabled],
    )
    for kinds in (("architecture", "recipe"), ("dataset",), ("checkpoint",), ("command",)):
        for name, packages in registry().taken_twice(*kinds).items():
            ways = " or ".join(reached_by(package, name, packages) for package in packages)
            click.echo(f"{name}: offered by {' and '.join(packages)}; ask for {ways}")
    for plugin in plugins:
        if plugin.reason:
            click.echo(printable(f"{plugin.source.entry}: {plugin.reason}"))
        for offer in plugin.offers:
            if offer.reason and not plugin.reason:
                click.echo(printable(f"{plugin.source.entry}: {offer.reason}"))


def _offered(plugin: Plugin) -> str:
    """ "3 architectures, 5 recipes"."""
    counts = Counter(offer.kind for offer in plugin.offers if not offer.reason)
    return ", ".join(f"{counts[kind]} {_plural(kind, counts[kind])}" for kind in KINDS if counts[kind]) or "nothing"


def _plural(kind: str, count: int) -> str:
    return kind + ("es" if kind.endswith("s") else "s") * (count > 1)


def _document(plugin: Plugin, state: str = "") -> dict[str, object]:
    return {
        "plugin": plugin.source.entry,
        "package": plugin.package,
        "version": plugin.source.version,
        "module": plugin.source.module,
        "state": state or plugin.state,
        "reason": plugin.reason,
        "offers": [
            {"kind": offer.kind, "name": offer.name} | ({"reason": offer.reason} if offer.reason else {})
            for offer in plugin.offers
        ],
    }
