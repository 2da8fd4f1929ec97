"""`zoo new-plugin`: write a new plugin package: an architecture that trains, a recipe, tests."""

from __future__ import annotations

import click

from zoo.cli.output import print_json, printable


@click.command("new-plugin")
@click.argument("name")
@click.option("--out", "-o", metavar="FOLDER", help="Where to write it; default: zoo-NAME. It must be empty, if there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(name: str, out: str | None, as_json: bool) -> None:
    """Write a new plugin package: an architecture that trains, a recipe, tests.

    NAME is what `zoo train` will call the architecture. The package can be installed, trained and tested at once.
    """
    from zoo.registry.scaffold import words, write_package

    folder = write_package(name, out)
    written = sorted(path for path in folder.rglob("*") if path.is_file())
    if as_json:
        print_json({"path": str(folder), "written": [str(path) for path in written]})
        return
    for path in written:
        click.echo(f"wrote {printable(str(path))}")
    click.echo(f"next: cd {printable(str(folder))} && pip install -e . && zoo check {words(name)['NAME']}")
