"""The command-line flags of data: how files are read, and the options of a named dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from zoo.cli.flags import Flag, Sections, values_of
from zoo.data.options import DataOptions
from zoo.errors import ZooError
from zoo.options import options_of
from zoo.platform.paths import is_path
from zoo.registry.lookup import find_dataset, registry


@dataclass(frozen=True)
class FirstPass:
    """What a command's arguments give before the options that depend on them are known."""

    data: str | None = None  # what --data names
    unknown: Sequence[str] = ()  # arguments and options that the command does not have by itself


class OnData(Sections):
    """A command with the options of the dataset that --data names, or those of them that it `takes`."""

    takes: tuple[str, ...] = ()
    subject = "data"  # the parameter that names the data

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse twice: first the options that the command always has, which tell what others there are."""
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        given, rest, _ = parser.parse_args(list(args))
        subject = given.get(self.subject)
        ctx.obj = tuple(self.called_for(FirstPass(subject if isinstance(subject, str) else None, rest)))
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The parameters of the command, then those that its arguments call for."""
        flags = ctx.obj if isinstance(ctx.obj, tuple) else self.called_for(FirstPass())
        return [*super().get_params(ctx), *flags]

    def called_for(self, first: FirstPass) -> list[Flag]:
        """The options that the arguments call for."""
        return [each for each in data_flags(first.data, None) if not self.takes or each.option.name in self.takes]


def data_flags(name: str | None, given: Mapping[str, Any] | None) -> list[Flag]:
    """The options of reading data, and of the dataset when it is one with options of its own.

    `given` replaces defaults in help; None: there are none, as a checkpoint has its own.
    """
    kind: type = DataOptions
    if name and not is_path(name) and name in {offer.name for _, offer in registry().offers("dataset")}:
        kind = find_dataset(name).options
    names = list(dict.fromkeys([*options_of(kind), *options_of(DataOptions)]))
    known = {**options_of(DataOptions), **options_of(kind)}
    if given is None:
        return [Flag("data", known[each], None) for each in names]
    return [Flag("data", known[each], given.get(each, known[each].default)) for each in names]


def data_of(ctx: click.Context) -> dict[str, Any]:
    """--data and the options of data, as `zoo.training.run` takes them."""
    name = {"name": ctx.params["data"]} if ctx.params.get("data") is not None else {}
    return {**name, **values_of(ctx, "data")}


def data_if_named(ctx: click.Context, file: str | Path | None = None) -> dict[str, Any] | None:
    """As `data_of`; None where nothing is given. Options of data without data are of those that the checkpoint `file`
    names; `UsageError` where it names none."""
    data = data_of(ctx)
    if data and "name" not in data:
        name = _trained_on(file) if file is not None else None
        if name is None:
            flags = ", ".join(f"--{name.replace('_', '-')}" for name in data)
            raise click.UsageError(f"{flags} without --data: name the data as well")
        data = {"name": name, **data}
    return data or None


def _trained_on(file: str | Path) -> str | None:
    """What a checkpoint was trained on, where that can be opened again."""
    from zoo.checkpoint import inspect

    try:
        stored = inspect(Path(file)).manifest.get("dataset")
    except ZooError:
        return None  # which is said where the file is loaded
    name = stored.get("name") if isinstance(stored, Mapping) and stored.get("given") is not True else None
    return name if isinstance(name, str) else None
