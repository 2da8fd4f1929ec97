"""What a run of the playground is: a name and what is given beside it, as the page, the address and commands have it.

A page names recipes, architectures, datasets and tables that it uploaded. It never names a path: what lies in files was
given on the command line, and is called "@given".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zoo.errors import UsageError, did_you_mean
from zoo.registry.lookup import find_architecture, find_recipe, registry
from zoo.registry.recipes import Recipe, to_toml

GIVEN = "@given"  # what the command line named
TABLE = re.compile(r"table:([0-9a-f]{16})(?:/([A-Za-z0-9 _.-]{1,60}))?")  # an uploaded table: its digest, its name
KEYS = ("name", "recipe", "options", "training", "data")
MOST_VALUES = 500


@dataclass(frozen=True)
class Given:
    """What stood on the command line: a recipe's or an architecture's name or path, or a checkpoint; data."""

    name: str = ""
    checkpoint: str = ""
    data: str = ""


@dataclass(frozen=True)
class Spec:
    """A name, with options, training settings and data that are given beside it."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)  # a whole recipe, where the name is none that is registered

    @classmethod
    def of(cls, values: Any) -> Spec:
        """From what a page sent; `UsageError` for anything that is none."""
        if not isinstance(values, Mapping):
            raise UsageError("playground: got a run that is no table of name, options, training and data")
        for key in values:
            if key not in KEYS:
                raise UsageError(f"playground: a run has no {str(key)[:40]!a}{did_you_mean(str(key), KEYS)}")
        name = values.get("name", "")
        if not isinstance(name, str) or not name:
            raise UsageError("playground: got a run without a name")
        tables: dict[str, dict[str, Any]] = {}
        for key in ("options", "training", "data", "recipe"):
            table = values.get(key) or {}
            if not isinstance(table, Mapping) or _count(table) > MOST_VALUES:
                raise UsageError(f"playground: got {key} that are no table of values")
            tables[key] = {str(name): value for name, value in table.items()}
        return cls(name, **tables)

    def as_dict(self) -> dict[str, Any]:
        values = {"name": self.name, "options": self.options, "training": self.training, "data": self.data}
        return {key: value for key, value in {**values, "recipe": self.recipe}.items() if value}

    # --- what it means ------------------------------------------------------------------------------------------------

    def recipe_for(self, given: Given) -> Recipe:
        """The recipe that its name means."""
        if self.recipe:
            recipe = Recipe.of(self.recipe, _plain_name(self.name))
            _refuse_path(recipe.architecture, "architecture")
            _check_data_name(recipe.data.get("name"), given)
            return recipe
        if self.name == GIVEN:
            if not given.name:
                raise UsageError("playground: no recipe was named on the command line")
            return find_recipe(given.name)
        _refuse_path(self.name, "recipe or architecture")
        return find_recipe(self.name)

    def data_for(self, given: Given, tables: Path) -> dict[str, Any]:
        """Name or path of the data, where one is given, and their options."""
        values = dict(self.data)
        if "name" in values:
            values["name"] = data_name(values["name"], given, tables)
        return values


def data_name(name: Any, given: Given, tables: Path) -> str:
    """The dataset's name, or the path of what was uploaded or given on the command line; `UsageError` for others."""
    _check_data_name(name, given)
    if name == GIVEN:
        return given.data
    if match := TABLE.fullmatch(name):
        path = tables / f"{match[1]}.csv"
        if not path.is_file():
            raise UsageError("playground: this table is not here; upload it, or paint it again")
        return str(path)
    return str(name)


def _check_data_name(name: Any, given: Given) -> None:
    if name is None or (name == GIVEN and given.data) or (isinstance(name, str) and TABLE.fullmatch(name)):
        return
    known = sorted({offer.name for _, offer in registry().offers("dataset")})
    if name not in known:
        raise UsageError(
            f"playground: there is no dataset {str(name)[:60]!a}{did_you_mean(str(name), known)}; a page names"
            " datasets, never a file: open your own with `zoo playground --data FILE`, or upload a table"
        )


def _refuse_path(name: str, what: str) -> None:
    known = {offer.name for _, offer in registry().offers("recipe", "architecture")}
    if name.rpartition(":")[2] not in known or "/" in name or "\\" in name:
        raise UsageError(f"playground: there is no {what} {name[:60]!a}{did_you_mean(name, known)}")


def _plain_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)[:63] or "shared"


def _count(table: Mapping[Any, Any]) -> int:
    return sum(_count(value) if isinstance(value, Mapping) else 1 for value in table.values()) + 1


# --- as text ----------------------------------------------------------------------------------------------------------


def command(spec: Spec, given: Given, tables: Path, recipe_file: str = "shared.toml") -> str:
    """The `zoo train` command that makes the same run."""
    name = given.name if spec.name == GIVEN else recipe_file if spec.recipe else spec.name
    words = ["zoo", "train", name]
    data = spec.data_for(given, tables)
    if "name" in data:
        words += ["--data", data.pop("name")]
    for values in (data, spec.options, spec.training):
        words += _flags(values)
    return " ".join(map(shlex.quote, words))


def _flags(values: Mapping[str, Any], phase: str = "") -> list[str]:
    words: list[str] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            words += _flags(value, f"{name}.")
            continue
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{phase}{'' if value else 'no-'}{flag}")
            continue
        text = ",".join(map(_text, value)) if isinstance(value, (list, tuple)) else _text(value)
        words += [f"--{phase}{flag}={text}"] if text.startswith("-") else [f"--{phase}{flag}", text]
    return words


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)


def as_recipe(spec: Spec, recipe: Recipe, data: Mapping[str, Any]) -> dict[str, Any]:
    """The whole recipe: what the name means, with what is given beside it."""
    kind = find_architecture(recipe.architecture, near=recipe.package)
    training: dict[str, Any] = dict(recipe.training)
    for key, value in spec.training.items():
        merged = isinstance(value, Mapping) and isinstance(training.get(key), Mapping)
        training[key] = {**training[key], **value} if merged else value
    options = recipe.data_options(kind.data, data)
    values = {
        "summary": recipe.summary,
        "architecture": recipe.architecture,
        "data": {"name": recipe.data.get("name", kind.data), **options, **data},
        "options": {**recipe.options, **spec.options},
        "training": training,
        "weights": dict(recipe.weights),
    }
    return {key: value for key, value in values.items() if value}


def toml(spec: Spec, recipe: Recipe, data: Mapping[str, Any]) -> str:
    """The recipe as the text of a TOML file."""
    return to_toml(as_recipe(spec, recipe, data))
