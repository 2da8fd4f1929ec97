"""`zoo completion`: print the script that makes a shell complete commands, names, options and files."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(shell: str, as_json: bool) -> None:
    """Print the script that makes a shell complete commands, names, options and files.

    In bash: eval "$(zoo completion bash)", in ~/.bashrc for every session; in zsh the same with zsh; in fish: zoo
    completion fish | source. Names and options come from what is remembered of plugins, so none is imported.
    """
    from click.shell_completion import get_completion_class  # start-up time: of this command alone

    from zoo.cli.app import program
    from zoo.cli.output import print_json

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no script for {shell}")
    script = kind(program, {}, "zoo", "_ZOO_COMPLETE").source()
    if as_json:
        print_json({"shell": shell, "script": script})
    else:
        click.echo(script)
