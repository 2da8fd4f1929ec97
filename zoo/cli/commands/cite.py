"""`zoo cite`: what to cite for an architecture, a recipe or a checkpoint."""

from __future__ import annotations

import contextlib
from typing import Any

import click

from zoo.cli.commands.show import is_checkpoint
from zoo.cli.flags import TRUSTED
from zoo.cli.output import print_json, printable
from zoo.errors import PluginError, UsageError
from zoo.platform.trust import is_trusted
from zoo.registry.lookup import find_architecture, find_checkpoint, find_recipe, package_of


@click.command("cite")
@click.argument("name", metavar="NAME|FILE")
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(name: str, as_json: bool) -> None:
    """What to cite for an architecture, a recipe or a checkpoint.

    Prints the papers of the architecture and zoo itself; of a checkpoint also its recipe, data, seed, versions and
    digest: what somebody needs to train it again.
    """
    document = of_checkpoint(name) if is_checkpoint(name) else of_recipe(name)
    if as_json:
        print_json(document)
        return
    for paper in document["papers"] or [f"{document['architecture']}: its plugin names no paper"]:
        click.echo(printable(paper))
    if document.get("published"):
        click.echo(f"published result: {printable(document['published'])}")
    click.echo(document["software"])
    for key in ("recipe", "data", "seed", "versions", "sha256"):
        if document.get(key) not in (None, "", {}):
            value = document[key]
            text = ", ".join(f"{each} {version}" for each, version in value.items()) if key == "versions" else value
            click.echo(f"{key}: {printable(str(text))}")


def software(package: str, version: str) -> str:
    """How zoo is cited, and the package of an architecture that is not zoo's own."""
    import zoo

    own = f"zoo {zoo.__version__}: a zoo of neural-network architectures in Python"
    return own if not package or package == "zoo-networks" else f"{own}; {package} {version}"


def of_recipe(name: str) -> dict[str, Any]:
    from zoo.registry.citations import sources_of

    recipe = find_recipe(name)
    kind = find_architecture(recipe.architecture, near=recipe.package)
    return {
        "name": recipe.name,
        "architecture": kind.name,
        "papers": list(sources_of(kind)),
        "published": "; ".join(dict.fromkeys(each.source for each in recipe.published)) or None,
        "software": software(*package_of(kind)),
    }


def of_checkpoint(name: str) -> dict[str, Any]:
    """What a checkpoint says of its making; its plugin need not be installed for that."""
    from zoo import checkpoint
    from zoo.registry.citations import sources_of

    path = find_checkpoint(name)
    file = checkpoint.read(path, trusted=is_trusted())
    manifest = file.manifest
    made_by, data = manifest.get("architecture") or {}, manifest.get("dataset") or {}
    papers: list[str] = []
    package = (str(made_by.get("package", "")), str((manifest.get("versions") or {}).get(made_by.get("package"), "")))
    with contextlib.suppress(UsageError, PluginError):  # a plugin that is not here: then the file alone is cited
        papers = list(sources_of(find_architecture(str(made_by.get("name")), near=str(made_by.get("package", "")))))
    return {
        "path": str(path),
        "architecture": made_by.get("name"),
        "papers": papers,
        "software": software(*package),
        "recipe": (manifest.get("recipe") or {}).get("name"),
        "data": data.get("name"),
        "seed": (manifest.get("training") or {}).get("seed"),
        "versions": manifest.get("versions") or {},
        "sha256": file.sha256,
    }
