"""`zoo show`: show options of an architecture or recipe, what a dataset is, or what is in a checkpoint."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli import dataset_info
from zoo.cli.data_flags import OnData
from zoo.cli.flags import TRUSTED, values_of
from zoo.cli.list_hints import how_to_list
from zoo.cli.output import formatted, metrics_line, print_json, printable, table
from zoo.core.metrics import Metric
from zoo.errors import DataError, UsageError, ZooError, did_you_mean
from zoo.options import Option, options_of
from zoo.platform.paths import expanded, is_path
from zoo.registry.lookup import (
    find_architecture,
    find_architecture_of,
    find_checkpoint,
    find_recipe,
    missing_component,
    registry,
    why_not_here,
)
from zoo.registry.recipes import Recipe

if TYPE_CHECKING:
    from zoo.checkpoint import Contents
    from zoo.core.architecture import Architecture


WIDTH = 80  # columns
MOST_MEMBERS = 1000  # of a manifest that are printed: a stranger's may have any number


class OnShown(OnData):
    """Takes the options of the data that it may be about."""

    subject = "name"


@click.command("show", cls=OnShown)
@click.argument("name")
@click.option("--dataset", is_flag=True, help="NAME is a dataset's, or a file or folder of data.")
@click.option("--checkpoint", "of_file", is_flag=True, help="NAME is a checkpoint's.")
@click.option("--trusted", is_flag=True, help=TRUSTED)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(name: str, dataset: bool, of_file: bool, trusted: bool, as_json: bool, **_: Any) -> None:
    """Show options of an architecture or recipe, what a dataset is, or what is in a checkpoint.

    NAME is looked for among architectures and recipes, then checkpoints, then datasets; or it is the path of a recipe,
    a checkpoint or data. Data are read as `zoo train` reads them, with the same options.
    """
    options = values_of(click.get_current_context(), "data")
    if dataset and of_file:
        raise click.UsageError("--dataset and --checkpoint exclude each other")
    if dataset or (not of_file and _is_data(name)):
        try:
            data = dataset_info.described(name, options, in_full=True)
        except DataError:
            if not as_json and is_path(name) and (columns := dataset_info.columns_of_unread(name, options)):
                dataset_info.tell_columns(columns)
            raise
        if as_json:
            print_json(dataset_info.document(data))
        else:
            dataset_info.tell(data)
        return
    if options:
        flag = "--" + min(options).replace("_", "-")
        raise UsageError(f"show: {flag} has no effect on {name!a}, which is no data; leave it out")
    if of_file or is_checkpoint(name):
        from zoo import checkpoint

        contents = checkpoint.inspect(find_checkpoint(name), trusted=trusted)
        if as_json:
            print_json(_checkpoint_document(contents))
        else:
            _print_checkpoint(contents)
        return
    recipe = find_recipe(name)
    kind = find_architecture(recipe.architecture, near=recipe.package)
    if trusted:
        raise UsageError(
            f"show: --trusted has no effect on {name!a}, an architecture or recipe: no other file is opened; leave"
            " it out"
        )
    if as_json:
        print_json(_document(kind, recipe))
    else:
        _print(kind, recipe)


def _is_data(name: str) -> bool:
    """A dataset's name that nothing else has, or the path of a file or folder of data."""
    if not is_path(name):
        others = {offer.name for _, offer in registry().offers("architecture", "recipe", "checkpoint")}
        if name.rpartition(":")[2] in others or Path(name).is_file():
            return False
        return dataset_info.is_dataset(name) or Path(name).is_dir()
    path = expanded(name)
    if path.suffix.lower() == ".toml" or not path.exists():
        return False
    if path.suffix.lower() in (".h5", ".hdf5") and not dataset_info.is_hdf5_of_others(name):
        return False
    return path.is_dir() or not dataset_info.is_checkpoint_file(name)


def is_checkpoint(name: str) -> bool:
    """A file that is no recipe, or the name of a shipped checkpoint that no architecture or recipe has."""
    if is_path(name):
        return Path(name).suffix.lower() != ".toml"
    plain = name.rpartition(":")[2]
    trainable = {offer.name for _, offer in registry().offers("architecture", "recipe")}
    if plain in trainable:
        return False
    checkpoints = {offer.name for _, offer in registry().offers("checkpoint")}
    if plain in checkpoints or Path(name).is_file():
        return True
    if name in {offer.family for _, offer in registry().offers("architecture")}:
        raise UsageError(f"show: {name!a} is a family; to list what is in it: zoo list --family {name}")
    if hint := how_to_list(name):
        raise UsageError(f"show: nothing has the name {name!a}{hint}")
    data = {offer.name for _, offer in registry().offers("dataset")}
    near = did_you_mean(plain, trainable | checkpoints | data)
    if near.startswith("; did") and not any(plugin.reason for plugin in registry().plugins):
        raise UsageError(f"there is no architecture, recipe, checkpoint or dataset {name!a}{near}")
    return False


# --- an architecture or a recipe --------------------------------------------------------------------------------------


def _document(kind: type[Architecture], recipe: Recipe) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "architecture": kind.name,
        "family": kind.family,
        "summary": recipe.summary or kind.summary,
        "tasks": list(kind.tasks),
        "data": recipe.data.get("name", kind.data),
        "package": recipe.package,
        "recipe": {**recipe.as_dict(), "path": recipe.path} if recipe.path else None,
        "options": [_option(each, recipe.options) for each in options_of(kind).values()],
        "training": [_option(each, _settings(kind, recipe)) for each in options_of(type(kind.settings)).values()],
    }


def _settings(kind: type[Architecture], recipe: Recipe) -> dict[str, Any]:
    return {**kind.settings.as_dict(), **recipe.training}


def _option(option: Option, given: Mapping[str, Any]) -> dict[str, Any]:
    described = {
        "name": option.name,
        "flag": option.flag,
        "type": option.type.__name__,
        "many": option.many,
        "default": given.get(option.name, option.default),
        "help": option.help,
    }
    limits = {each: getattr(option, each) for each in ("low", "high", "above", "below")}
    limits["choices"] = None if option.choices is None else list(option.choices)
    return described | {name: limit for name, limit in limits.items() if limit is not None}


def _print(kind: type[Architecture], recipe: Recipe) -> None:
    click.echo(f"{recipe.name}: {printable(recipe.summary or kind.summary)}")
    click.echo(f"architecture {kind.name}, family {kind.family}, for {', '.join(kind.tasks)}")
    click.echo(f"data {printable(str(recipe.data.get('name', kind.data)))}")
    if recipe.path:
        click.echo(f"recipe {printable(recipe.path)}")
    for what in ("checkpoint", "dataset"):
        if not is_path(recipe.name) and recipe.name in {offer.name for _, offer in registry().offers(what)}:
            click.echo(f"also the name of a {what}: zoo show {recipe.name} --{what}")
    for title, options, given in (
        ("Architecture", options_of(kind), recipe.options),
        ("Training", options_of(type(kind.settings)), _settings(kind, recipe)),
    ):
        click.echo()
        _print_options(title, options.values(), given)
    phases = {name: values for name, values in recipe.training.items() if isinstance(values, Mapping)}
    for phase, values in phases.items():
        click.echo(
            f"phase {printable(phase)}: "
            + printable(", ".join(f"{name} {_value(value)}" for name, value in values.items()))
        )
    if recipe.expect:
        click.echo()
        click.echo(
            "expected: "
            + ", ".join(
                f"{printable(name)} {formatted(name, value, kind.declared_metrics)}"
                for name, value in recipe.expect.items()
            )
        )
    for paper in recipe.published:
        numbers = paper.value if isinstance(paper.value, tuple) else (paper.value,)
        click.echo(
            f"published: {printable(paper.metric)}"
            f" {', '.join(formatted(paper.metric, each, kind.declared_metrics) for each in numbers)},"
            f" {printable(paper.source)}"
        )
        if paper.settings:
            click.echo(f"  with {printable(paper.settings)}")
        for item in paper.changed:
            click.echo(f"  changed here: {printable(item)}")


def _print_options(title: str, options: Iterable[Option], given: Mapping[str, Any]) -> None:
    """Flag and value of each option, and below them, in 80 columns, what it means and what it may be."""
    click.echo(f"{title} options" + ("" if options else ": none"))
    for each in options:
        click.echo(f"  {each.flag} {printable(_value(given.get(each.name, each.default)))}")
        for text in (each.help, f"[{each.expected}]"):
            click.echo(textwrap.fill(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6))


def _value(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


# --- a checkpoint ----------------------------------------------------------------------------------------------------


def _checkpoint_document(contents: Contents) -> dict[str, Any]:
    return {"path": contents.path, "bytes": contents.length, "sha256": contents.sha256, **contents.manifest}


def _print_checkpoint(contents: Contents) -> None:
    """The manifest by member, then the arrays. Every text out of the file is a stranger's: it is quoted."""
    click.echo(f"{printable(contents.path)}: {contents.length:,} bytes, SHA-256 {contents.sha256}")
    if why := _absent(contents.manifest):
        click.echo(printable(why))
    for line in _summary(contents.manifest):
        click.echo(line)
    _print_columns(contents)
    click.echo()
    shown = {name: value for name, value in contents.manifest.items() if name != "arrays"}
    leaves = _leaves(shown)
    table(("member", "value"), [(ascii(name)[1:-1][:200], _quoted(value)) for name, value in leaves[:MOST_MEMBERS]])
    if len(leaves) > MOST_MEMBERS:
        click.echo(f"and {len(leaves) - MOST_MEMBERS:,} more; --json shows all")
    click.echo()
    table(
        ("array", "type", "shape"),
        [
            (ascii(name)[1:-1], entry.dtype, " × ".join(map(str, entry.shape)) or "scalar")
            for name, entry in sorted(contents.entries.items())
        ],
    )


def _print_columns(contents: Contents) -> None:
    """The columns of a table that the model takes, in full: kind, range in training, what is put in where missing."""
    from zoo.data.stored_columns import stored_columns

    rows = list(stored_columns(contents.manifest, contents.preprocessing))
    if not rows:
        return
    click.echo()
    table(("column", "is", "kind", "range in training", "where missing"), rows[:MOST_MEMBERS])
    if len(rows) > MOST_MEMBERS:
        click.echo(f"and {len(rows) - MOST_MEMBERS:,} more")


def _summary(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Of what, on what, how far and how good, in four lines at most; whatever the file lacks, or has otherwise, is left
    out."""
    made, data, recipe = (_members(manifest.get(name)) for name in ("architecture", "dataset", "recipe"))
    if made.get("name"):
        of = f", by the recipe {_short(recipe['name'])}" if recipe.get("name") not in (None, made["name"]) else ""
        yield f"{_short(made['name'])}{of}, options: {_listed(_members(made.get('options')))}"
    if data.get("name"):
        yield f"data {_short(data['name'])}, {_short(data.get('task'))}, inputs {_short(data.get('shape'))}"
    position, training = _members(manifest.get("position")), _members(manifest.get("training"))
    if position:
        yield f"stands after epoch {_short(position.get('epoch'))} of {_short(training.get('epochs'))}"
    metrics = {
        str(name): value
        for name, value in _members(manifest.get("metrics")).items()
        if type(value) in (int, float) and abs(value) < 1e300
    }
    if metrics:
        yield f"reached {metrics_line(dict(list(metrics.items())[:6]), _declared(made))[:200]}"


def _declared(made: Mapping[str, Any]) -> tuple[Metric, ...]:
    """The metrics of the architecture a file names, where that is installed here."""
    try:
        return find_architecture_of(str(made.get("name", "")), str(made.get("package", ""))).declared_metrics
    except ZooError:
        return ()


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _short(value: Any) -> str:
    """A stranger's value in a line of ours."""
    return ascii(value).strip("'")[:80]


def _listed(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{_short(name)} {_short(_value(value))}" for name, value in list(options.items())[:8])


def _absent(manifest: Mapping[str, Any]) -> str:
    """Why the file cannot be loaded or resumed here, though it can be shown: a plugin of it is not installed, or not in
    use."""
    made_by = manifest.get("architecture")
    if not isinstance(made_by, Mapping) or not made_by.get("package"):
        return ""
    version = str((manifest.get("versions") or {}).get("plugin") or "")
    return why_not_here(made_by["name"], made_by["package"], version) or missing_component(manifest)


def _leaves(value: Any, name: str = "") -> list[tuple[str, Any]]:
    """Members of the manifest by path: ("architecture/options/hidden", [512])."""
    if isinstance(value, Mapping) and value:
        return [leaf for key, item in value.items() for leaf in _leaves(item, f"{name}/{key}" if name else str(key))]
    return [(name, value)]


def _quoted(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text):,} characters)"
