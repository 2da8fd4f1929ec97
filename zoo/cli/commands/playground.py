"""`zoo playground`: watch a network learn, and steer it, in the browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from zoo.cli.flags import complete_files
from zoo.cli.output import say
from zoo.errors import UsageError
from zoo.platform.paths import expanded, is_path

FIRST = "moons"  # what is shown where nothing is named
LINK = re.compile(r"https?://[^/]+/[^#]*#(run=[A-Za-z0-9_=&.-]+)")


@click.command("playground")
@click.argument("name", required=False, shell_complete=lambda ctx, parameter, text: complete_files(text))
@click.option("--data", metavar="NAME|PATH", help="A dataset's name, or a file or folder.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="The port; default: 8642, or a free one.")
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
def command(name: str | None, data: str | None, port: int | None, no_browser: bool) -> None:
    """Watch a network learn, and steer it, in the browser.

    NAME is an architecture, a recipe (by name or as a TOML file), a checkpoint, which is shown as it stands and can
    learn on, or an address that somebody shared. Without it the page begins with two half moons. The page is served
    on this machine alone; the printed address works once.
    """
    from zoo.playground.serve import serve  # start-up time: the web framework is for this command alone
    from zoo.playground.spec import GIVEN, Given

    fragment = ""
    if name and (link := LINK.fullmatch(name)):
        if data is not None:
            raise UsageError("playground: a shared address names its data; leave --data out")
        name, fragment = None, link[1]
    given, spec = _given(name, data, Given, GIVEN)

    def opened(address: str) -> None:
        click.echo(address)
        say("playground: open this address in a browser; Ctrl-C ends it")
        if not no_browser:
            import webbrowser  # start-up time

            webbrowser.open(address)

    serve(given, {"do": "start", "spec": spec}, port, opened, fragment=fragment)


def _given(name: str | None, data: str | None, kind: Any, at: str) -> tuple[Any, dict[str, Any]]:
    """What the process that trains gets as given, and the run that is shown first; errors before anything is served."""
    from zoo.registry.lookup import find_checkpoint, find_dataset, find_recipe, registry

    if data is not None and not is_path(data) and not Path(data).exists():
        find_dataset(data)
    elif data is not None and not expanded(data).exists():
        raise UsageError(f"playground: --data {data!a}: there is no such file or folder")
    values: dict[str, Any] = {}
    if data is not None:
        known = {offer.name for _, offer in registry().offers("dataset")}
        values = {"data": {"name": data if data in known else at}}
    name = name or FIRST
    if is_path(name) and Path(name).suffix.lower() != ".toml":
        path = find_checkpoint(name)
        if not path.is_file():
            raise UsageError(f"playground: {name!a}: there is no such checkpoint")
        if data is not None:
            raise UsageError("playground: a checkpoint learns on from its own data; leave --data out")
        return kind(name=name, checkpoint=str(path)), {"name": at}
    try:
        recipe = find_recipe(name)
    except UsageError:
        if name not in {offer.name for _, offer in registry().offers("checkpoint")}:
            raise
        return kind(name=name, checkpoint=str(find_checkpoint(name))), {"name": at}
    spec = {"name": at if recipe.path and is_path(name) else name, **values}
    return kind(name=name, data=data or ""), spec
