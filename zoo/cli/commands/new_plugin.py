"""`zoo new-plugin`: write a new plugin package: an architecture that trains, a recipe, tests."""

from __future__ import annotations

import click

from zoo.cli.output import printable


@click.command("new-plugin")
@click.argument("name")
@click.option("--out", "-o", metavar="FOLDER", help="Where to write it; default: zoo-NAME. It must be empty, if there.")
def command(name: str, out: str | None) -> None:
    """Write a new plugin package: an architecture that trains, a recipe, tests.

    NAME is what `zoo train` will call the architecture. The package can be installed, trained and tested at once.
    """
    from zoo.registry.scaffold import words, write_package

    folder = write_package(name, out)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        click.echo(f"wrote {printable(str(path))}")
    click.echo(f"next: cd {printable(str(folder))} && pip install -e . && zoo check {words(name)['NAME']}")
