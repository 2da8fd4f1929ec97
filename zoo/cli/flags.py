"""Turn options into flags: each field of an options class becomes a flag with its type, range, default and help."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from zoo.options import Option, options_of

TRUSTED = (
    "Trust the files of this call: data may lead to other files and unpack to any size, and checkpoints of format"
    " version 1 are parsed by h5py."
)
METAVARS = {int: "N", float: "X", str: "TEXT"}


if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # of older versions of click, not generic


class Value(ParamType):
    """A value as `Option.parse` reads and checks it."""

    def __init__(self, option: Option, flag: str) -> None:
        self.option = dataclasses.replace(option, name=flag)  # errors call it as it was typed
        self.name = flag

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        who = "zoo" if ctx is None else command_name(ctx)
        return self.option.parse(value, who) if isinstance(value, str) else value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The choices of the option; of a list those after the last comma."""
        before, comma, begun = incomplete.rpartition(",") if self.option.many else ("", "", incomplete)
        choices = self.option.choices or (("true", "false") if self.option.type is bool else ())
        return [CompletionItem(f"{before}{comma}{each}") for each in choices if each.startswith(begun)]


class Flag(click.Option):
    """The flag of one option; `section` is its heading in help and the group its value belongs to."""

    def __init__(self, section: str, option: Option, default: Any, phase: str = "") -> None:
        prefix = f"{phase}." if phase else ""
        flag = f"--{prefix}{option.flag[2:]}"
        name = f"{section}__{phase}__{option.name}".replace("-", "_").lower()
        switch = option.type is bool and not option.many
        help = f"{option.help}  {_limits(option, default, switch)}".rstrip()
        if switch:
            super().__init__(
                [f"{flag}/--{prefix}no-{option.flag[2:]}", name], default=None, help=help, hidden=bool(phase)
            )
        else:
            metavar = METAVARS.get(option.type, "TEXT") if option.choices is None else "CHOICE"
            super().__init__(
                [flag, name],
                type=Value(option, flag),
                metavar=f"{metavar},…" if option.many else metavar,
                default=None,
                help=help,
                hidden=bool(phase),
            )
        self.section, self.option, self.phase = section, option, phase


class Sections(click.Command):
    """A command whose help groups the flags under their sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for each in self.get_params(ctx):
            if isinstance(each, click.Argument):  # stands in the first line
                continue
            record = each.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(each, "section", "run"), []).append(record)
        for name, records in sections.items():
            with formatter.section(f"{name.capitalize()} options"):
                formatter.write_dl(records)


def flags_of(
    section: str, kind: type, given: Mapping[str, Any] | None = None, names: Iterable[str] | None = None
) -> list[Flag]:
    """A flag for every option of a class (or those with these names); `given` replaces the class's defaults in help."""
    known = options_of(kind)
    chosen = known if names is None else names
    return [Flag(section, known[name], (given or {}).get(name, known[name].default)) for name in chosen]


def values_of(ctx: click.Context, section: str) -> dict[str, Any]:
    """What was given on the command line for one section, by option name; for a phase in a mapping of its own."""
    found: dict[str, Any] = {}
    for each in ctx.command.get_params(ctx):
        if isinstance(each, Flag) and each.section == section and each.name is not None:
            value = ctx.params.get(each.name)
            if value is not None:
                (found.setdefault(each.phase, {}) if each.phase else found)[each.option.name] = value
    return found


def command_name(ctx: click.Context) -> str:
    """The command as errors name it: "train mlp"."""
    return ctx.command_path.removeprefix("zoo").strip() or "zoo"


def complete_files(incomplete: str) -> list[CompletionItem]:
    """What makes the shell complete names of files."""
    return [CompletionItem(incomplete, type="file")]


NAMED: dict[str, tuple[str, ...]] = {  # parameters that name files, and what else they name, as the catalogue calls it
    "out": (),
    "like": (),
    "data": ("dataset",),
    "file": ("checkpoint",),
    "files": ("checkpoint",),
    "names": ("checkpoint", "architecture", "recipe"),
    "name": ("architecture", "recipe", "dataset", "checkpoint"),
}


def complete_paths(command: click.Command) -> None:
    """Makes the shell complete files, and names that are remembered, where a command's parameters name such."""
    for parameter in command.params:
        if parameter.name in NAMED and command.name != "new-plugin":  # whose name is a new one
            kinds = NAMED[parameter.name]
            parameter.shell_complete = functools.partial(_names_and_files, kinds)  # type: ignore[method-assign]


def _names_and_files(kinds: tuple[str, ...], ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    from zoo.registry.lookup import registry  # start-up time: for the shell alone

    offers = {offer.name: offer.summary for _, offer in registry().offers(*kinds)} if kinds else {}
    named = [CompletionItem(name, help=text) for name, text in offers.items() if name.startswith(incomplete)]
    return [*named, *complete_files(incomplete)]


def _limits(option: Option, default: Any, switch: bool) -> str:
    """What follows the help line: "[from 1 to 100; default: 10]"."""
    parts = []
    if option.choices is not None:
        parts.append(", ".join(map(option.shown, option.choices)))
    elif option.range:
        parts.append(option.range.strip())
    if default is not None and default != "" and default != ():
        parts.append("default: " + _text(default, switch))
    return f"[{'; '.join(parts)}]" if parts else ""


def _text(value: Any, switch: bool) -> str:
    if isinstance(value, bool):
        return ("yes" if value else "no") if switch else str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(_text(each, False) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
