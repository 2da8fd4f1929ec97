"""`zoo train`: train an architecture or a recipe, or go on with a checkpoint."""

from __future__ import annotations

import dataclasses
import re
import shlex
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from zoo.cli.cluster_flags import cluster_flags, cluster_of
from zoo.cli.data_flags import FirstPass, OnData, data_flags, data_of
from zoo.cli.dataset_info import hint
from zoo.cli.flags import TRUSTED, Flag, Sections, complete_files, flags_of, values_of
from zoo.cli.interrupt import Stop
from zoo.cli.output import metrics_line, print_json, printable, say
from zoo.cli.train_session import Work, check_out, reporting, trained
from zoo.core.settings import SCHEDULES_FROM, TrainingPlan, TrainingSettings
from zoo.data.options import DataOptions
from zoo.errors import UsageError
from zoo.options import options_of
from zoo.platform.paths import is_path
from zoo.registry.lookup import find_architecture, find_checkpoint, find_recipe, refuse_shipped, registry
from zoo.registry.recipes import Recipe

if TYPE_CHECKING:
    from zoo.core.architecture import Architecture
    from zoo.core.events import Listener
    from zoo.training.prepare import Run
    from zoo.training.run import Result

NAMED_FIRST = "before NAME; options of an architecture, of its data and phases follow it: zoo train NAME {} …"
UNREMEMBERED = (
    "--no-provenance: the file will not say what it was trained on: zoo eval needs --data and tells no row that was"
    " trained on, files are read with the default options, and --resume is left to zoo.resume(FILE, data=…)"
)
ON_RESUME = "--epochs, --schedule-from, --threads, --save-every, --keep-every and --out"


RESUME = "--resume"  # the name, in the group, of the command that goes on with a file


class Train(Sections, click.Group):
    """A command for every architecture and recipe, made when it is asked for, and one for --resume.

    Options of any training may also stand before NAME: they are handed on to the command of that name.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        parser = self.make_parser(ctx)
        parser.ignore_unknown_options = True
        given, rest, _ = parser.parse_args(list(args))
        if given.get("resume") is not None:
            return super().parse_args(ctx, ["--", RESUME, *args])
        if not rest or rest[0].startswith("-"):  # an option that is unknown before NAME
            return self._parse_without_name(ctx, args)
        before = args[: len(args) - len(rest)]
        before = before[:-1] if before[-1:] == ["--"] else before
        return super().parse_args(ctx, ["--", rest[0], *before, *rest[1:]])

    def _parse_without_name(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            named = NAMED_FIRST.format(error.option_name)
            raise UsageError(f"train: there is no option {error.option_name!a} {named}") from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_summaries("architecture", "recipe"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """The command of an architecture or recipe; `UsageError` with near names where there is none."""
        return _resume_command() if cmd_name == RESUME else _named_command(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if ctx.resilient_parsing:  # for the shell
            command = _resume_command() if args[0] == RESUME else remembered_command(args[0])
            return (args[0], command, args[1:]) if command is not None else (None, None, [])
        return args[0], self.get_command(ctx, args[0]), args[1:]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for kind, title in (("architecture", "Architectures"), ("recipe", "Recipes")):
            with formatter.section(title):
                indent = " " * formatter.current_indent
                names = textwrap.wrap(
                    ", ".join(_summaries(kind)), formatter.width - len(indent), break_on_hyphens=False
                )
                formatter.write("".join(f"{indent}{line}\n" for line in names))
        super().format_options(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names that begin so, none of them imported; paths of recipes; options as click has them."""
        options = click.Command.shell_complete(self, ctx, incomplete)
        summaries = _summaries("recipe", "architecture").items()
        named = [CompletionItem(name, help=text) for name, text in summaries if name.startswith(incomplete)]
        return [*named, *options, *(complete_files(incomplete) if is_path(incomplete) else ())]


class TrainNamed(OnData):
    """Training from the start: with the options of its architecture, its settings, its data and its phases."""

    def __init__(self, kind: type[Architecture], recipe: Recipe, **more: Any) -> None:
        super().__init__("train", **more)
        self.kind, self.recipe = kind, recipe

    def called_for(self, first: FirstPass) -> list[Flag]:
        name = first.data or str(self.recipe.data.get("name", self.kind.data))
        flags = data_flags(name, self.recipe.data_options(self.kind.data, {"name": name}))
        flags += _phase_flags(type(self.kind.settings), first.unknown)
        _refuse_twins([*self.params, *flags], self.kind)
        return flags

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.epilog = _phases(self.kind, self.recipe)
        super().format_epilog(ctx, formatter)


class Resume(OnData):
    """Going on with a file: what the file fixes cannot be changed, and says so."""

    def called_for(self, first: FirstPass) -> list[Flag]:
        return [] if first.data is None else data_flags(first.data, None)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise UsageError(
                f"train --resume: {error.option_name} cannot be given; only {ON_RESUME} may change, everything else is"
                " as the file has it (with --data NEW: also the options of those data)"
            ) from None
        except click.UsageError as error:
            if "unexpected extra argument" in error.format_message():
                raise UsageError("train --resume: got a name as well; the file says what is trained") from None
            raise


# --- the commands -----------------------------------------------------------------------------------------------------


def _summaries(*kinds: str) -> dict[str, str]:
    """What can be trained, each with a line about it; of a name with both, the recipe's."""
    offers = registry().offers(*kinds)
    return {offer.name: offer.summary for kind in kinds for _, offer in offers if offer.kind == kind}


def _run_flags() -> list[click.Option]:
    return [
        click.Option(
            ["--data"],
            metavar="NAME|PATH",
            help="A dataset's name, or a file or folder.",
            shell_complete=_complete_data,
        ),
        click.Option(
            ["--out", "-o"],
            metavar="FILE",
            shell_complete=_complete_file,
            help="The checkpoint to write; default: checkpoints/NAME-1.h5, the next free number.",
        ),
        click.Option(
            ["--threads"],
            type=click.IntRange(1),
            metavar="N",
            help="Threads or processes; they change no bit of results.",
        ),
        *cluster_flags(),
        click.Option(["--save-every"], metavar="SPAN", help="How often to save: 1epoch, 200steps, 30s; default: 5min."),
        click.Option(
            ["--log"],
            metavar="KIND:PLACE",
            multiple=True,
            help="Also write metrics to tensorboard:DIR or mlflow:URI; may be given again.",
        ),
        click.Option(
            ["--keep-every"],
            metavar="EPOCHS",
            help="Keep every so many epochs in a file of its own: 10epochs; {epoch} in --out is their number.",
        ),
        click.Option(["--trusted"], is_flag=True, expose_value=False, help=TRUSTED),
        click.Option(["--quiet", "-q"], is_flag=True, help="No progress."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print the result as one JSON document."),
    ]


def _provenance_flag() -> click.Option:
    help = "Leave out of the file what it was trained on: path and options of the data, digest, hashes of rows."
    return click.Option(["--no-provenance", "provenance"], is_flag=True, flag_value=False, default=True, help=help)


def _init_flag() -> click.Option:
    help = (
        "Begin with the layers of this checkpoint that have the same names and shapes; those not taken are listed. Or"
        " with the weights in a TOML file, by their names."
    )
    return click.Option(["--init-from"], metavar="FILE", help=help, shell_complete=_complete_file)


def _resume_flag(**more: Any) -> click.Option:
    further = "--resume FILE --data NEW learns on from new data, into a new file."
    help = f"Go on where FILE stands; only {ON_RESUME} may change. {further}"
    return click.Option(["--resume"], metavar="FILE", help=help, shell_complete=_complete_file, **more)


def _schedule_flag() -> click.Option:
    help = "With --resume and other --epochs: schedules as from the start of all of them, or fresh ones for the rest."
    return click.Option(["--schedule-from"], type=click.Choice(SCHEDULES_FROM), help=help)


def _complete_file(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return complete_files(incomplete)


def _complete_data(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    named = [
        CompletionItem(name, help=text) for name, text in _summaries("dataset").items() if name.startswith(incomplete)
    ]
    return [*named, *complete_files(incomplete)]


def _missing_name(**given: Any) -> None:
    """What `zoo train` runs before the command of NAME, or instead of it where there is none."""
    if click.get_current_context().invoked_subcommand is None:
        raise UsageError("train: missing NAME; `zoo list` shows what can be trained, for instance: zoo train mlp")


def _refuse_resume(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise UsageError("train --resume: got a name as well; the file says what is trained")


def _named_command(name: str) -> TrainNamed:
    try:
        recipe = find_recipe(name)
    except UsageError:
        if message := hint(name):
            raise UsageError(f"train: {message}") from None
        raise
    kind = find_architecture(recipe.architecture, near=recipe.package)
    parameters: list[click.Parameter] = [
        *_run_flags(),
        _provenance_flag(),
        _init_flag(),
        _resume_flag(hidden=True, expose_value=False, callback=_refuse_resume),
        *flags_of("architecture", kind, recipe.options),
        *flags_of("training", type(kind.settings), {**kind.settings.as_dict(), **recipe.training}),
    ]

    def train(**given: Any) -> None:
        _train(recipe, kind, click.get_current_context())

    return TrainNamed(kind, recipe, params=parameters, callback=train, help=_about(kind, recipe))


def remembered_command(name: str) -> click.Command | None:
    """The flags of an architecture, or of a recipe's, as the catalogue has them: for the shell, without an import."""
    offers = registry().offers("architecture", "recipe")
    recipes = {offer.name: offer.architecture for _, offer in offers if offer.kind == "recipe"}
    wanted = name.rpartition(":")[2]
    known = {offer.name: offer for _, offer in offers if offer.kind == "architecture"}
    offer = known.get(recipes.get(wanted, wanted))
    if offer is None:
        return None
    components: dict[str, list[str]] = {}
    flags: list[click.Parameter] = [*_run_flags(), _provenance_flag(), _init_flag()]
    for text in offer.flags:
        flag, *choices = text.split(" ")
        for place in [each for each in choices if each.startswith("@")]:
            kind = place[1:]
            components.setdefault(kind, [each.name for _, each in registry().offers(kind)])
            choices += components[kind]
        choices = list(dict.fromkeys(each for each in choices if not each.startswith("@")))
        flags.append(click.Option([flag], type=click.Choice(choices) if choices else None))
    return click.Command("train", params=[*flags, *data_flags(None, None)])


def _about(kind: type[Architecture], recipe: Recipe) -> str:
    data = recipe.data.get("name", kind.data)
    lines = [
        recipe.summary or kind.summary,
        f"Trains {kind.name}, of the family {kind.family}, on {data} or other --data.",
    ]
    if recipe.path:
        lines.append(f"Recipe: {recipe.path}")
    if recipe.name == kind.name and kind.for_other_data("table", 1000, {}) is not None:
        lines.append("With a table as --data: settings for its number of rows instead of these; they are printed.")
    return "\n\n".join(map(printable, lines))


def _phases(kind: type[Architecture], recipe: Recipe) -> str | None:
    """The line about phases, for an architecture with more than one."""
    values = {**kind.settings.as_dict(), **recipe.training}
    plan = TrainingPlan.of(type(kind.settings), values, recipe.where)
    names = [phase.name for phase in kind.of(recipe.options, recipe.where).phases(plan)]
    if len(names) < 2:
        return None
    return f"Phases: {', '.join(names)}. A training option for one of them: --{names[0]}.epochs 5."


def _phase_flags(kind: type[TrainingSettings], unknown: Iterable[str]) -> list[Flag]:
    """Flags for single phases, as far as they are used: --PHASE.epochs 5. Which phases there are, the run checks."""
    found: dict[tuple[str, str], Flag] = {}
    by_flag = {option.flag[2:]: option for option in options_of(kind).values()}
    for each in unknown:
        match = re.fullmatch(r"--([A-Za-z0-9_-]+)\.(no-)?([a-z0-9-]+)(=.*)?", each, re.DOTALL)
        if match and match[3] in by_flag:
            option = by_flag[match[3]]
            found[match[1], match[3]] = Flag("training", option, option.default, phase=match[1])
    return list(found.values())


def _refuse_twins(parameters: Iterable[click.Parameter], kind: type[Architecture]) -> None:
    """One flag name never means two."""
    seen: set[str] = set()
    for each in parameters:
        for flag in (*each.opts, *each.secondary_opts):
            if flag in seen and isinstance(each, click.Option):
                raise UsageError(
                    f"train: {flag} would mean two things for {kind.name} on these data; one option needs another name"
                )
            seen.add(flag)


def _resume_command() -> Resume:
    epochs = dataclasses.replace(options_of(TrainingSettings)["epochs"], help="passes of the last phase in all")
    parameters: list[click.Parameter] = [
        _resume_flag(required=True),
        *_run_flags(),
        Flag("training", epochs, None),
        _schedule_flag(),
    ]
    text = (
        f"Go on exactly where FILE stands. Only {ON_RESUME} may change.\n\n"
        "With --data NEW: its model learns on from new data, into a new file. They are read with the data options of"
        " FILE; a flag overrides each."
    )
    return Resume("train", params=parameters, callback=_resume, help=text)


command = Train(
    "train",
    params=[
        *_run_flags(),
        _provenance_flag(),
        _init_flag(),
        _resume_flag(),
        _schedule_flag(),
        *flags_of("training", TrainingSettings),
        *flags_of("data", DataOptions),
    ],
    callback=_missing_name,
    invoke_without_command=True,
    subcommand_metavar="NAME [OPTIONS OF NAME]",
    help="Train an architecture or a recipe, or go on with a checkpoint.\n\nzoo list says what each NAME is; zoo train"
    " NAME --help shows every option of NAME.",
)


# --- running ----------------------------------------------------------------------------------------------------------


def _train(recipe: Recipe, kind: type[Architecture], ctx: click.Context) -> None:
    from zoo.training import run

    given = ctx.params
    check_out(given["out"], "train", ", or go on with --resume")
    prepared = run.prepare(
        recipe,
        options=values_of(ctx, "architecture"),
        training=values_of(ctx, "training"),
        data=data_of(ctx),
        init_from=given["init_from"],
    )

    prepared.remembered = given["provenance"]
    if not prepared.remembered:
        say(UNREMEMBERED)
    if not given["quiet"]:
        for line in prepared.dataset.understood:
            say(line)
        if prepared.dataset.has_classes and prepared.model.signature.task == "unsupervised":
            how = "; --labels learns them" if hasattr(kind, "labels") else ""
            say(f"  but {kind.name} learns from the inputs alone: classes serve to look at what it found{how}")
    for note in prepared.dataset.notes:  # also with --quiet: they say what could be wrong
        say(f"{prepared.dataset.name}: {note}")
    if not given["quiet"]:
        for line in prepared.notes:
            say(line)
        if line := _settings_line(recipe, kind, prepared, str(data_of(ctx).get("name", ""))):
            say(line)

    def train(out: Path | None, listen: Listener, stop: Stop) -> Result:
        return run.train(
            prepared,
            out=out,
            threads=given["threads"],
            cluster=cluster_of(given),
            save_every=given["save_every"],
            keep_every=given["keep_every"],
            listen=listen,
            stop=stop,
        )

    _train_and_tell(train, given, recipe.name)


def _settings_line(recipe: Recipe, kind: type[Architecture], prepared: Run, used: str) -> str:
    """Which settings are trained with, where the data are others than the recipe's; "" where they are the recipe's."""
    own = str(recipe.data.get("name", kind.data))
    if used in ("", own) or (prepared.recipe is recipe and not recipe.path):
        return ""
    if not prepared.recipe.path:
        options, training = prepared.model.architecture.as_dict(), prepared.plan.as_dict()
        chosen = {name: options[name] for name in {**recipe.options, **prepared.recipe.options}}
        chosen |= {name: training[name] for name in prepared.recipe.training}
        count = len(prepared.parts.train)
        others = "recipe's" if recipe.path else "defaults"
        what = f"settings for {count:,} rows to train on, not the {others}, which were chosen for {own}"
    else:
        chosen = {**recipe.options, **{name: value for name, value in recipe.training.items() if name != "epochs"}}
        chosen |= {name: value for name, value in recipe.data.items() if prepared.dataset.options.get(name) == value}
        what = f"settings of the recipe {recipe.name}, which were chosen for {own}"
    shown = ", ".join(f"{name} {_shown(value)}" for name, value in chosen.items() if not isinstance(value, Mapping))
    return f"{what}: {shown}" if shown else ""


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _resume(**given: Any) -> None:
    from zoo.training import run

    ctx = click.get_current_context()
    epochs = values_of(ctx, "training").get("epochs")
    data = data_of(ctx)
    check_out(given["out"], "train --resume")
    path = _to_resume(given["resume"], bool(given["out"] or data))

    def resume(out: Path | None, listen: Listener, stop: Stop) -> Result:
        common: dict[str, Any] = {name: given[name] for name in ("threads", "save_every", "keep_every")}
        common |= {"cluster": cluster_of(given), "listen": listen, "stop": stop}
        if data:
            if given["schedule_from"]:
                raise UsageError("train --resume: --schedule-from has no effect with --data: new data begin one anew")
            training = {} if epochs is None else {"epochs": epochs}
            return run.continue_from(path, data=data, training=training, out=out, **common)
        return run.resume(path, epochs=epochs, schedule_from=given["schedule_from"], out=out, **common)

    # Only new data make a new file where none is named.
    name = re.sub(r"-[0-9]+$", "", path.stem) if data else ""
    _train_and_tell(resume, given, name)


def _to_resume(file: str, into_another: bool) -> Path:
    """The checkpoint that --resume names: a file, or by its name a shipped one, which goes on in another file only."""
    path = find_checkpoint(file)
    if not into_another:
        again = f"zoo train --resume {shlex.quote(file)} --out {{name}}-more.h5"
        refuse_shipped(path, f"train --resume: {file!a}", again)
    return path


def _train_and_tell(work: Work, given: Mapping[str, Any], name: str) -> None:
    """Trains, then prints what it came to."""
    result = trained(work, given, name)
    with reporting(result):
        if given["as_json"]:
            document = {"path": str(result.path), "stopped": False, "part": result.part, "metrics": result.metrics}
            print_json(document | {"notes": list(result.notes)})
        else:
            for note in result.notes:
                click.echo(printable(note))
            click.echo(f"{result.part}: {metrics_line(result.metrics, result.declared_metrics)}")
            click.echo(f"saved {printable(str(result.path))}")
