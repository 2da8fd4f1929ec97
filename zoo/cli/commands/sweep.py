"""`zoo sweep`: train a grid of options over seeds on all cores, into one table."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.data_flags import OnData, data_flags, data_of
from zoo.cli.flags import TRUSTED, Flag, ParamType, Sections, command_name, flags_of, values_of
from zoo.cli.interrupt import Stop
from zoo.cli.output import print_json, say, table
from zoo.errors import UsageError
from zoo.options import Option
from zoo.registry.lookup import find_architecture, find_recipe

if TYPE_CHECKING:
    from zoo.sweeps.grid import SweepRun

EVERY = 2.0  # seconds between two lines of progress


class Values(ParamType):
    """Values of an option that takes several itself: 32,64 are two values, "32,32;64" are two as well."""

    def __init__(self, option: Option, flag: str) -> None:
        self.option, self.name = dataclasses.replace(option, name=flag), flag

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        who = "zoo" if ctx is None else command_name(ctx)
        parts = value.split(";") if ";" in value else value.split(",")
        return tuple(self.option.parse(part, who) for part in parts if part.strip())


class OfSweep(OnData):
    """The command, with the options of the architecture that NAME means, each of which takes several values."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        given, _, _ = parser.parse_args(list(args))
        name = given.get("name")
        if isinstance(name, str):
            if name.startswith("-"):
                raise UsageError(f"sweep: there is no option {name!a} before NAME; NAME comes first: zoo sweep mlp …")
            ctx.obj = tuple(_flags(name, given.get("data")))
        return Sections.parse_args(self, ctx, args)


def _flags(name: str, data: str | None) -> list[Flag]:
    recipe = find_recipe(name)
    kind = find_architecture(recipe.architecture, near=recipe.package)
    source = data or str(recipe.data.get("name", kind.data))
    training = {**kind.settings.as_dict(), **recipe.training}
    flags = [
        *flags_of("architecture", kind, recipe.options),
        *flags_of("training", type(kind.settings), training),
        *data_flags(source, recipe.data_options(kind.data, {"name": source})),
    ]
    return list(map(_several, flags))


def _several(flag: Flag) -> Flag:
    """The flag for several values, with commas between them; free text, which has commas itself, stays one value."""
    option = flag.option
    if option.many:
        flag.type = Values(option, flag.opts[0])
    elif option.name != "seed" and (option.type is not str or option.choices is not None) and not option.listed:
        several = Flag(flag.section, dataclasses.replace(option, many=True), None)
        several.help = option.help if flag.type.name == "boolean" else flag.help
        return several
    return flag


@click.command("sweep", cls=OfSweep)
@click.argument("name", metavar="NAME")
@click.option("--data", metavar="NAME|PATH", help="A dataset's name, or a file or folder.")
@click.option("--seeds", type=click.IntRange(1, 100_000), metavar="N", default=5, help="How many seeds.  [default: 5]")
@click.option("--out", "-o", metavar="FILE.csv", help="Keep every run in this file; the same call goes on there.")
@click.option("--plot", metavar="FILE", help="Draw the metrics against the first option varied: .png, .pdf or .svg.")
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Trainings at a time; default: one for each core.")
@click.option("--trusted", is_flag=True, expose_value=False, help=TRUSTED)
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(
    name: str,
    seeds: int,
    out: str | None,
    plot: str | None,
    threads: int | None,
    quiet: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Train a grid of options over seeds on all cores, into one table.

    Options are those of `zoo train NAME`; with several values, --hidden 16,32,64, one is varied. Of an option that
    takes several itself each is a value, unless semicolons part them: --hidden '64;32,32'. Every combination is trained
    with the first seeds and measured on the part held out; the table has mean and standard deviation of each. A
    training that diverges is a run that failed. With --out every run is kept, and a sweep that was ended goes on.
    """
    from zoo.options import options_of
    from zoo.plots.render import check_picture
    from zoo.sweeps.grid import Grid
    from zoo.sweeps.sweep import sweep

    if plot is not None:
        check_picture(plot, "sweep: --plot")
    ctx = click.get_current_context()
    recipe = find_recipe(name)
    kind = find_architecture(recipe.architecture, near=recipe.package)
    sections = {"options": values_of(ctx, "architecture"), "training": values_of(ctx, "training"), "data": data_of(ctx)}
    flags = [flag for flag in ctx.command.get_params(ctx) if isinstance(flag, Flag)]
    known = {
        "options": options_of(kind),
        "training": options_of(type(kind.settings)),
        "data": {
            flag.option.name: dataclasses.replace(flag.option, many=False) for flag in flags if flag.section == "data"
        },
    }
    known["data"] |= {flag.option.name: flag.option for flag in flags if isinstance(flag.type, Values)}
    groups = {group: {key: _as_given(value) for key, value in values.items()} for group, values in sections.items()}
    shown = [time.monotonic()]

    def progress(done: int, count: int, run: SweepRun) -> None:
        now = time.monotonic()
        if not quiet and (now - shown[0] > EVERY or done == count):
            shown[0] = now
            say(f"sweep: {done:,} of {count:,} runs")

    with Stop() as stop:
        found = sweep(
            Grid.of(recipe, groups, known, seeds, None), out=out, processes=threads, progress=progress, stop=stop
        )
    if as_json:
        print_json(found.as_dict())
    elif found.runs:
        table(*found.table)
    if out is not None:
        say(f"wrote {out}")
    if stop() and not found.complete:
        kept = "what was trained is kept, and the same call goes on there" if out is not None else "nothing is kept"
        say(f"zoo: stopped, {len(found.runs):,} of {found.asked:,} runs are done; {kept}")
        ctx.exit(stop.exit_code)
    if plot is not None:
        say(f"wrote {found.plot(plot)}")
    if all(run.failed for run in found.runs):
        ctx.exit(1)


def _as_given(value: Any) -> Any:
    """What a flag gave as `Grid.of` takes it: several values as a list, one as itself."""
    if not isinstance(value, tuple):
        return value
    return value[0] if len(value) == 1 else list(value)
