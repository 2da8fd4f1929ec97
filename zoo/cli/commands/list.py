"""`zoo list`: list architectures and recipes, datasets or checkpoints."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from zoo.cli.list_hints import how_to_list
from zoo.cli.output import print_json, table
from zoo.errors import UsageError, did_you_mean
from zoo.registry.cache import Offer, Plugin
from zoo.registry.lookup import registry
from zoo.registry.selection import OWN_PACKAGE


@click.command("list")
@click.argument("pattern", default="")
@click.option("--family", metavar="FAMILY", help="Only this family.")
@click.option("--datasets", is_flag=True, help="Datasets instead.")
@click.option("--checkpoints", is_flag=True, help="Checkpoints that came with zoo and with plugins instead.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(pattern: str, family: str | None, datasets: bool, checkpoints: bool, as_json: bool) -> None:
    """List architectures and recipes, datasets or checkpoints.

    PATTERN is part of a name, or a pattern: "*lstm*".
    """
    if datasets and checkpoints:
        raise click.UsageError("--datasets and --checkpoints exclude each other")
    if family and (datasets or checkpoints):
        raise click.UsageError("--family is for architectures and recipes")
    kinds = ("dataset",) if datasets else ("checkpoint",) if checkpoints else ("architecture", "recipe")
    families = _families()
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "kind": offer.kind,
            "family": offer.family or families.get(offer.architecture.rpartition(":")[2], ""),
            "architecture": offer.architecture,
            "tasks": list(offer.tasks),
            "summary": offer.summary,
            "path": offer.path,
            "package": plugin.package,
        }
        for plugin, offer, name in _named(kinds)
        if _matches(pattern, offer.name)
    ]
    if family:
        found = [each for each in found if each["family"] == family]
    if not found and (pattern or family):
        raise UsageError(_nothing(pattern, family, kinds))
    if as_json:
        print_json([{key: value for key, value in each.items() if value not in ("", [])} for each in found])
        return
    if datasets:
        table(("name", "summary"), [(each["name"], each["summary"]) for each in found])
    elif checkpoints:
        table(("name", "path"), [(each["name"], each["path"]) for each in found])
    else:
        table(("name", "family", "kind", "summary"), _rows(found))
    _notes(found)


def _nothing(pattern: str, family: str | None, kinds: tuple[str, ...]) -> str:
    """That nothing matches, and where it may be instead: the nearest name, or the list that holds it."""
    asked = " and ".join([f"the name {pattern!a}"] * bool(pattern) + [f"the family {family!a}"] * bool(family))
    offers = registry().offers("architecture", "recipe", "dataset", "checkpoint")
    if family and family not in _families().values():
        return f"list: nothing has {asked}{did_you_mean(family, set(_families().values()))}"
    elsewhere = {
        offer.family or _families().get(offer.architecture.rpartition(":")[2], "")
        for _, offer in offers
        if offer.kind in kinds and _matches(pattern, offer.name)
    }
    if elsewhere:
        return f"list: nothing has {asked}; the name is of the family {' and '.join(sorted(elsewhere))}"
    for other, flag in (
        ("dataset", " --datasets"),
        ("checkpoint", " --checkpoints"),
        ("architecture", ""),
        ("recipe", ""),
    ):
        if other not in kinds and any(offer.kind == other and _matches(pattern, offer.name) for _, offer in offers):
            return f"list: nothing here has {asked}, but as {other}: zoo list{flag} {pattern}"
    if (hint := how_to_list(pattern)) and not family:
        return f"list: nothing has {asked}{hint}"
    known = {offer.name for _, offer in offers if offer.kind in kinds}
    near = did_you_mean(pattern.strip("*"), known)
    return f"list: nothing has {asked}" + (near or "; without a name or family all are listed")


def _named(kinds: tuple[str, ...]) -> list[tuple[Plugin, Offer, str]]:
    """Everything of these kinds under the name that reaches it: with its package where two packages offer one name."""
    twice = registry().taken_twice(*kinds)
    return [
        (plugin, offer, reached_by(plugin.package, offer.name, twice.get(offer.name, ())))
        for plugin, offer in registry().offers(*kinds)
        if not offer.reason
    ]


def reached_by(package: str, name: str, packages: Sequence[str]) -> str:
    """The name that reaches what a package offers, where all of `packages` offer one of that name."""
    return f"{package}:{name}" if len(packages) > 1 and package != OWN_PACKAGE else name


def _families() -> dict[str, str]:
    return {offer.name: offer.family for _, offer in registry().offers("architecture")}


def _matches(pattern: str, name: str) -> bool:
    pattern = pattern if any(each in pattern for each in "*?[") else f"*{pattern}*"
    return fnmatch.fnmatchcase(name, pattern.lower())


def _rows(found: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """By family, each architecture followed by its recipes; one with its architecture's name is left out."""
    architectures = {each["name"] for each in found if each["kind"] == "architecture"}
    shown = [each for each in found if each["kind"] == "architecture" or each["name"] not in architectures]
    shown.sort(key=lambda each: (each["family"], each["architecture"] or each["name"], each["kind"], each["name"]))
    return [
        (
            each["name"],
            each["family"],
            each["kind"] + (f" of {each['architecture']}" * bool(each["architecture"])),
            each["summary"],
        )
        for each in shown
    ]


def _notes(found: list[dict[str, Any]]) -> None:
    """What a table does not tell, on standard error."""
    if not found:
        click.echo("zoo: there is nothing to list", err=True)
    known = registry().plugins
    broken = sum(bool(plugin.reason) for plugin in known)
    mistaken = Counter(bool(offer.reason) for plugin in known for offer in plugin.offers)[True]
    for count, what in ((broken, "plugin"), (mistaken, "recipe")):
        if count:
            click.echo(f"zoo: {count} {what}{'s' * (count > 1)} cannot be used; zoo plugins says why", err=True)
