"""The program `zoo`: a table of commands, each imported when called, and the one place where errors are printed."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.interrupt import Stop, StoppedAtOnce
from zoo.cli.list_hints import how_to_list
from zoo.cli.output import say
from zoo.cli.piped import without_pipes
from zoo.cli.reading_bar import ReadingBar
from zoo.cli.standard_streams import OutputLost, standard_streams
from zoo.errors import UsageError, ZooError, did_you_mean
from zoo.platform.reading import listening
from zoo.platform.trust import trusting
from zoo.printable import one_line
from zoo.registry.selection import is_disabled, plugin_files

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from zoo.registry.cache import Offer, Plugin

COMMANDS_FOLDER = Path(__file__).parent / "commands"
# The order of `zoo --help`; a command that is not in it stands at the end.
ORDER = (
    "list",
    "show",
    "train",
    "eval",
    "compare",
    "predict",
    "sample",
    "sweep",
    "reproduce",
    "plot",
    "verify",
    "plugins",
)


def _commands() -> dict[str, str]:
    """What `zoo --help` prints, by name: the first line of each file in `commands/`, read without importing it.

    The line is "`zoo NAME`: what it does.", which a test holds to the command's own help.
    """
    found = {}
    for path in sorted(COMMANDS_FOLDER.glob("[a-z]*.py")):
        with path.open(encoding="utf-8") as file:
            line = file.readline().strip().strip('"')
        name, _, text = line.removeprefix("`zoo ").partition("`: ")
        found[name] = text[:1].upper() + text[1:]
    return {name: found.pop(name) for name in ORDER} | found


COMMANDS = _commands()


PIPE_CLOSED = 128 + 13  # as a shell knows a program that SIGPIPE ended


class Program(click.Group):
    """Commands by name: ours from the table, others from plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            command: click.Command = importlib.import_module(f"zoo.cli.commands.{cmd_name.replace('-', '_')}").command
            if others := [plugin.package for plugin, offer in _remembered_commands() if offer.name == cmd_name]:
                ways = " or ".join(f"zoo {each}:{cmd_name}" for each in others)
                say(f"zoo: warning: {cmd_name!r} is zoo's own here; {' and '.join(others)} has one, too: {ways}")
            return command
        from zoo.registry.lookup import registry

        if cmd_name.rpartition(":")[2] in {offer.name for _, offer in registry().offers("command")}:
            return registry().command(cmd_name)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            from zoo.registry.lookup import registry

            known = {*COMMANDS, *(offer.name for _, offer in registry().offers("command"))}
            raise UsageError(f"there is no command {args[0]!a}{how_to_list(args[0]) or did_you_mean(args[0], known)}")
        if command is not None and ctx.resilient_parsing:
            from zoo.cli.flags import complete_paths  # start-up time: for the shell alone

            if args[0] != "train":  # which completes names by itself
                complete_paths(command)
        return args[0], command, args[1:]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, none of them imported; options as click has them."""
        from click.shell_completion import CompletionItem  # start-up time: only for the shell

        options = click.Command.shell_complete(self, ctx, incomplete)
        others = {offer.name: offer.summary for _, offer in _remembered_commands()}
        named = [(name, help) for name, help in {**others, **COMMANDS}.items() if name.startswith(incomplete)]
        return [*(CompletionItem(name, help=help) for name, help in named), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        others = sorted(
            (f"{plugin.package}:{offer.name}" if offer.name in COMMANDS else offer.name, offer.summary)
            for plugin, offer in _remembered_commands()
        )
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))
        if others:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(others)


def _remembered_commands() -> list[tuple[Plugin, Offer]]:
    """Commands of plugins as last remembered: help, and what is zoo's own, look into no plugin."""
    from zoo.registry.cache import remembered

    return [
        (plugin, offer)
        for plugin in remembered()
        if not plugin.reason and not is_disabled(plugin.package, plugin.source.entry)
        for offer in plugin.offers
        if offer.kind == "command"
    ]


@click.group(
    cls=Program,
    epilog="Begin with: zoo train mlp. Anywhere: --traceback, for the whole story of an error; --plugin FILE.py, for a"
    " plugin of one file.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="zoo-networks", prog_name="zoo")
def program() -> None:
    """A zoo of neural-network architectures: every family one way to train, inspect, resume and evaluate."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives the exit code: 0, 2 for a wrong call, 130 after Ctrl-C, 141 when nobody reads its
    output any more, 1 for anything else. Without `arguments` it is the program, with those of the command line."""
    is_program = arguments is None
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    ours = arguments.index("--") if "--" in arguments else len(arguments)
    with_traceback = "--traceback" in arguments[:ours]
    arguments = [each for place, each in enumerate(arguments) if each != "--traceback" or place > ours] or ["--help"]
    try:
        code = _main(arguments, with_traceback)
        if is_program:
            Stop.leave(code)
        return code
    finally:
        Stop.restore()


def _main(arguments: list[str], with_traceback: bool) -> int:
    with warnings.catch_warnings(), standard_streams() as streams:
        warnings.showwarning = _print_warning
        code = _run(arguments, with_traceback)
        if lost := streams.lost():
            if not lost.broken:
                say(f"zoo: error: {lost}")
            code = code or (PIPE_CLOSED if lost.broken else 1)
        return code


def _run(arguments: list[str], with_traceback: bool) -> int:
    try:
        arguments, files = without_plugin_files(arguments)
        ours = arguments.index("--") if "--" in arguments else len(arguments)
        quiet = not sys.stderr.isatty() or bool({"--quiet", "-q"} & {*arguments[:ours]})
        bar = None if quiet else ReadingBar()
        with (
            plugin_files(files),
            trusting("--trusted" in arguments[:ours]),
            listening(bar),
            without_pipes(arguments) as arguments,
        ):
            try:
                code = program.main(arguments, prog_name="zoo", standalone_mode=False)
            finally:
                if bar is not None:
                    bar.close()
        return code if isinstance(code, int) else 0
    except StoppedAtOnce as stopped:
        return stopped.code
    except OutputLost:
        return 0  # of the command; what became of its output, the caller says
    except (KeyboardInterrupt, click.Abort):
        say("zoo: stopped")
        return 128 + signal.SIGINT
    except Exception as error:
        if with_traceback:
            import traceback  # start-up time: of errors alone

            traceback.print_exc()
        message, code = message_and_code(error)
        say(f"zoo: error: {message}")
        return code


def without_plugin_files(arguments: list[str]) -> tuple[list[str], list[str]]:
    """(the arguments without --plugin FILE, wherever it stood before a --; these files)."""
    rest, files, given = [], [], iter(arguments)
    for argument in given:
        if argument == "--":
            rest += [argument, *given]
        elif argument == "--plugin":
            file = next(given, None)
            if file is None or file == "--":
                raise UsageError("--plugin: got no file, expected --plugin FILE.py")
            files.append(file)
        elif argument.startswith("--plugin="):
            files.append(argument.removeprefix("--plugin="))
        else:
            rest.append(argument)
    return rest or ["--help"], files


def message_and_code(error: Exception) -> tuple[str, int]:
    """An error as one line and an exit code."""
    if isinstance(error, ZooError):
        message, code = str(error), error.exit_code
    elif isinstance(error, click.ClickException):
        message, code = _told_by_click(error), error.exit_code
    elif isinstance(error, MemoryError):
        message, code = "out of memory; try a smaller --batch-size, or data in HDF5 or NPY, which are read in blocks", 1
    elif isinstance(error, OSError):
        place = f"{os.fspath(error.filename)!a}: " if isinstance(error.filename, (str, bytes)) else ""
        message, code = f"{place}{error.strerror or error}", 1
    else:
        from zoo.registry.culprit import culprit

        text = f"{type(error).__name__}: {error}".removesuffix(": ")
        doing = next((note for note in getattr(error, "__notes__", ()) if note.startswith("while ")), "")
        message = f"this is a mistake in {culprit(error)}: {text}{f', {doing}' if doing else ''}"
        message, code = f"{message}; --traceback says where", 1
    return one_line(message), code


def _told_by_click(error: click.ClickException) -> str:
    """click's own errors in the words of ours: who, got, expected or the nearest."""
    from zoo.cli.flags import command_name  # start-up time: only for an error

    context = getattr(error, "ctx", None)
    who = "" if context is None or context.parent is None else command_name(context)
    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        parameters = [] if context is None else context.command.get_params(context)
        phase, dot, plain = error.option_name.removeprefix("--").rpartition(".")  # --PHASE.epochs
        near = did_you_mean(f"--{plain}", [flag for each in parameters for flag in _flags(each)])
        message = f"there is no option {error.option_name!a}" + near.replace("'--", f"'--{phase}{dot}")
    message = message[:1].lower() + message[1:].rstrip(".")
    return f"{who}: {message}" if who else message


def _flags(parameter: click.Parameter) -> list[str]:
    if getattr(parameter, "hidden", False) or not isinstance(parameter, click.Option):
        return []
    return [*parameter.opts, *parameter.secondary_opts]


def _print_warning(message: Warning | str, *place: Any, **more: Any) -> None:
    say("zoo: warning: " + " ".join(str(message).split()))
