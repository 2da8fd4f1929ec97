"""Describe a dataset for `zoo show`: samples, targets, source, and the commands that train on it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.output import printable, table
from zoo.errors import DataError, PluginError, UsageError, ZooError
from zoo.platform.paths import expanded, is_path
from zoo.registry.lookup import find_dataset, find_recipe, registry

if TYPE_CHECKING:
    from zoo.data import Dataset
    from zoo.data.readers.csv.overview import ColumnOverview

MOST_NAMES = 12  # of columns or classes that are printed
MOST_RECIPES = 6
MOST_COLUMNS = 200  # of a table that are printed in full
# What a newcomer may train on data of a kind, where no recipe is made for them.
BEGIN_WITH = {"table": "mlp", "images": "cnn", "sequences": "lstm", "unsupervised": "som"}


def is_dataset(name: str) -> bool:
    """Whether a name is a registered dataset's."""
    if is_path(name):
        return False
    return name.rpartition(":")[2] in {offer.name for _, offer in registry().offers("dataset")}


@dataclass(frozen=True)
class Described:
    """A dataset in words and numbers; without `dataset` where it is not here and would have to be downloaded."""

    name: str
    summary: str
    origin: str
    task: str
    dataset: Dataset | None
    part: str  # what is held out for testing, in words
    commands: Sequence[str]  # that train on it
    columns: Sequence[ColumnOverview] = field(default=())  # of a table in a file


def described(name: str, options: Mapping[str, Any] | None = None, *, in_full: bool = False) -> Described:
    """The dataset of that name, or in the file or folder at that path, read with these options; opens it, but downloads
    nothing.

    With `in_full` a table is gone through once more for what is in its columns.
    """
    from zoo.data import open_dataset, split

    task, opened, summary, origin = "", True, "", "read from"
    if is_dataset(name):
        source = find_dataset(name)
        name, task, opened, summary = source.name, source.task, source.here(), source.summary
        package = next(plugin.package for plugin, offer in registry().look_up(name, "dataset"))
        origin = f"comes with {package}"
    why_not, dataset = "downloaded when first used", None
    try:
        dataset = open_dataset(name, **options or {}) if opened else None
    except DataError as error:
        if not summary:
            raise
        why_not = f"not here: {error}"
    if dataset is None:
        return Described(name, summary, f"{origin}; {why_not}", task, None, "", commands(name, task))
    if dataset.path:
        origin = f"read from {dataset.path}"
    parts = split(dataset, 0)
    part = replace(parts, trained=None).describe("test") if len(parts.test) else ""
    kind = "unsupervised" if dataset.task == "unsupervised" else dataset.kind
    lines = commands(name, dataset.task, BEGIN_WITH.get(kind, ""), options)
    columns = _columns(dataset) if in_full else ()
    return Described(name, summary, origin, dataset.task, dataset, part, lines, columns)


def _columns(dataset: Dataset) -> Sequence[ColumnOverview]:
    """The columns of a table in a file; none of other data."""
    from zoo.data.options import DataOptions
    from zoo.data.readers.csv.overview import table_overview

    if dataset.kind != "table" or not dataset.understood or not dataset.path:
        return ()
    return table_overview(Path(dataset.path), DataOptions.of(dataset.options, dataset.path))


def commands(name: str, task: str, begin_with: str = "", options: Mapping[str, Any] | None = None) -> list[str]:
    """Lines that train on a dataset: what a newcomer may begin with, then the recipes made for it."""
    flags = [f"--{key.replace('_', '-')} {shlex.quote(str(value))}" for key, value in (options or {}).items()]
    lines = []
    for _, offer in registry().offers("recipe"):
        try:
            recipe = find_recipe(offer.name)
        except (PluginError, UsageError):
            continue
        if recipe.data.get("name") == name:
            lines.append(f"zoo train {offer.name}")
    able = {offer.name for _, offer in registry().offers("architecture") if task in offer.tasks}
    if begin_with in able:
        line = f"zoo train {begin_with}"
        first = line if line in lines else " ".join([line, "--data", shlex.quote(name), *flags])
        lines = [first, *(each for each in lines if each != first)]
    return lines


def document(data: Described) -> dict[str, Any]:
    """What --json prints."""
    document: dict[str, Any] = {"name": data.name, "kind": "dataset", "summary": data.summary, "task": data.task}
    if data.dataset is not None:
        dataset = data.dataset
        document |= {
            "samples": len(dataset),
            "shape": list(dataset.inputs.shape[1:]),
            "inputs": dataset.kind,
            "columns": [column.name for column in dataset.columns],
            "table": [column.document() for column in data.columns],
            "labels": list(dataset.labels),
            "path": dataset.path,
            "held_out": data.part,
            "understood": list(dataset.understood),
            "notes": list(dataset.notes),
        }
    return document | {"train": list(data.commands)}


def tell(data: Described) -> None:
    """Prints what it is, in a few lines."""
    click.echo(f"{printable(data.name)}: dataset{f', {printable(data.summary)}' if data.summary else ''}")
    click.echo(printable(data.origin))
    if data.dataset is not None:
        click.echo(printable(samples(data.dataset)))
        click.echo(printable(learned(data.dataset)))
        for line in data.dataset.understood:
            click.echo(printable(line))
        for note in data.dataset.notes:
            click.echo(printable(note))
        if data.part:
            click.echo(data.part)
        if data.columns:
            click.echo()
            tell_columns(data.columns)
            click.echo()
    elif data.task:
        click.echo(f"for {data.task}")
    if data.commands:
        more = f"; and {len(data.commands) - MOST_RECIPES} more" if len(data.commands) > MOST_RECIPES else ""
        click.echo(f"train on it: {printable('; '.join(data.commands[:MOST_RECIPES]))}{more}")


def tell_columns(columns: Sequence[ColumnOverview]) -> None:
    """Prints what is in the columns of a table."""
    from zoo.data.readers.csv.overview import lines

    headings, *rows = lines(columns[:MOST_COLUMNS])
    table(headings, rows)
    if len(columns) > MOST_COLUMNS:
        click.echo(f"and {len(columns) - MOST_COLUMNS:,} more columns; --json shows all")


def columns_of_unread(name: str, options: Mapping[str, Any]) -> Sequence[ColumnOverview]:
    """The columns of a table that cannot be trained on as it is, such as one with missing cells; none of other data."""
    from zoo.data.open import reader_of
    from zoo.data.options import DataOptions
    from zoo.data.readers.csv import dispatch
    from zoo.data.readers.csv.overview import table_overview

    try:
        path, values = expanded(name), DataOptions.of(options, name)
        return table_overview(path, values) if reader_of(path, values) is dispatch.READER else ()
    except ZooError:
        return ()


def samples(dataset: Dataset) -> str:
    """How many samples of which shape: "1,000 rows of 2 columns: x, y"."""
    count, shape = f"{len(dataset):,}", dataset.inputs.shape[1:]
    if dataset.kind == "images":
        size = "×".join(map(str, shape[:2]))
        depth = "" if dataset.inputs.dtype == "uint8" else f", values of {dataset.inputs.dtype.name}"
        return f"{count} images of {size}, {'grey' if len(shape) == 2 else f'{shape[2]} channels'}{depth}"
    columns = names([column.name for column in dataset.columns], "column")
    if dataset.kind == "sequences":
        steps = f"{shape[0]} time steps" if shape[0] >= 0 else "any length"
        return f"{count} sequences of {steps}, {columns}"
    return f"{count} rows, {columns}"


def learned(dataset: Dataset) -> str:
    """What is learned of a sample: "classification, 2 classes: upper, lower"."""
    if dataset.has_classes or dataset.task == "labelling":
        of = "classification" if dataset.task == "classification" else dataset.task
        return f"for {of}, {names(dataset.labels, 'class', 'classes')}"
    if not dataset.labels:
        return f"for {dataset.task}"
    return f"for {dataset.task}, {names(dataset.labels, 'label' if dataset.task == 'multi-label' else 'target')}"


def names(all_names: Sequence[str], one: str, many: str = "") -> str:
    """A count and the first names: "2 columns: x, y"."""
    count = len(all_names)
    shown = ", ".join(all_names[:MOST_NAMES]) + (", …" if count > MOST_NAMES else "")
    return f"{count:,} {one if count == 1 else many or one + 's'}: {shown}"


def hint(name: str) -> str:
    """What to say to whoever names data, or a checkpoint, where what is to be trained was expected; "" for others."""
    if is_dataset(name):
        what = "a dataset"
    elif is_path(name) and Path(name).suffix.lower() != ".toml" and expanded(name).exists():
        if is_checkpoint_file(name):
            return f"{name!a} is a checkpoint; to go on with it: zoo train --resume {shlex.quote(name)}"
        what = "data"
    else:
        return ""
    try:
        lines = described(name).commands
    except ZooError:
        lines = []
    return f"{name!a} is {what}; to train on it: {lines[0] if lines else f'zoo train NAME --data {shlex.quote(name)}'}"


def is_hdf5_of_others(name: str) -> bool:
    """Whether a file is HDF5, and no checkpoint by how it begins."""
    from zoo.data.readers.hdf5 import is_hdf5

    path = expanded(name)
    if not path.is_file() or is_checkpoint_file(name):
        return False
    with path.open("rb") as file:
        return is_hdf5(file.read(4096))


def is_checkpoint_file(name: str) -> bool:
    """Whether a file begins as a checkpoint does."""
    from zoo.checkpoint.format.user_block import looks_like

    path = expanded(name)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return looks_like(file.read(16))
