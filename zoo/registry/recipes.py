"""Recipes: TOML files that say what to train, on which data, how, and what to expect. Reading one runs nothing.

summary = "LeNet-5 on MNIST"
architecture = "lenet5"
[data]
name = "mnist"          # a registered dataset, or a path relative to this file
[options]               # of the architecture; only what differs from its defaults
[training]              # epochs, batch_size, …; [training.PHASE] for one phase
[weights]               # first weights by their names, where these are given; the others are drawn
"hidden1/W" = [[0.1, 0.2], [0.3, 0.4]]
[expect]
accuracy = 0.985        # what it reaches, held by `zoo reproduce`
[published]             # where a paper gives a number
metric = "accuracy"
value = 0.9905
source = "LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document recognition"
settings = "60,000 images, 20 epochs"
changed = []            # what is otherwise here, item by item; `zoo.registry.published` has all keys
[runs]                  # how `zoo reproduce` repeats it
seeds = 10
samples = 60000
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zoo.errors import OptionError, UsageError, did_you_mean
from zoo.platform.paths import expanded, is_path
from zoo.platform.system import open_regular
from zoo.registry.published import Published, Runs, number, published_in, runs_in
from zoo.registry.recipe_limits import MOST_BYTES, problem_in, problem_with

TEXTS = ("summary", "architecture")
TABLES = ("data", "options", "training", "weights", "expect", "published", "runs")
MOST_AXES = 4  # of an array of weights


def shipped(folder: str) -> Path:
    """The folder of that name that came with zoo: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / folder
    return inside if inside.is_dir() else package.parent / folder


@dataclass(frozen=True)
class Recipe:
    """What one TOML file says. Options, training and data are checked against an architecture later, not here."""

    name: str
    architecture: str
    summary: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, Any] = field(default_factory=dict)  # numbers, or lists of them, by the paths of weights
    expect: Mapping[str, float] = field(default_factory=dict)
    published: tuple[Published, ...] = ()
    runs: Runs | None = None  # how `zoo reproduce` repeats it
    path: str = ""  # of the file; empty for an architecture's own defaults
    package: str = ""  # that ships it

    @property
    def where(self) -> str:
        """How errors call it."""
        return f"recipe {self.path or self.name!a}"

    def data_options(self, own: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The options of its data (`own` where it names none); other data, a name in `changes`, take those alone that
        say how sequences are cut."""
        stored = {"name": own, **self.data}
        name = changes.get("name", stored["name"])
        if name == stored["name"]:
            return {key: value for key, value in stored.items() if key != "name"}
        from zoo.data.recipe_windows import cuts_kept  # start-up time: only for other data

        return cuts_kept(stored, name, changes)

    def as_dict(self) -> dict[str, Any]:
        """The recipe as JSON and TOML have it, without name, path and package; what is empty is left out."""
        values: dict[str, Any] = {name: getattr(self, name) for name in (*TEXTS, *TABLES[:-2])}
        tables = [each.as_dict() for each in self.published]
        values["published"] = tables[0] if len(tables) == 1 else tables
        values["runs"] = self.runs.as_dict() if self.runs else {}
        return {name: _plain(value) for name, value in values.items() if value}

    def as_toml(self) -> str:
        """The text of a file that reads as this recipe."""
        return to_toml(self.as_dict())

    @classmethod
    def of(cls, values: Mapping[str, Any], name: str, path: str = "") -> Recipe:
        """The recipe that a parsed file holds; `OptionError` where it holds anything else."""
        recipe = cls(name, "", path=path)
        for key in values:
            if key not in (*TEXTS, *TABLES):
                raise OptionError(f"{recipe.where}: there is no key {key!a}{did_you_mean(key, (*TEXTS, *TABLES))}")
        for key in TEXTS:
            if not isinstance(values.get(key, ""), str):
                raise OptionError(f"{recipe.where}: {key} is {ascii(values[key])[:80]}, expected text")
        for key in TABLES:
            of_tables = key == "published" and isinstance(values.get(key), list)
            if not isinstance(values.get(key, {}), Mapping) and not of_tables:
                raise OptionError(f"{recipe.where}: {key} is {ascii(values[key])[:80]}, expected a table [{key}]")
        if not values.get("architecture"):
            raise OptionError(f'{recipe.where}: it names no architecture; expected a line such as architecture = "mlp"')
        for key in ("data", "options", "training"):
            _check_values(values.get(key, {}), f"{recipe.where} [{key}]", tables=key == "training")
        weights = _weights(values.get("weights", {}), f"{recipe.where} [weights]")
        expect = {
            key: number(value, key, f"{recipe.where} [expect]") for key, value in values.get("expect", {}).items()
        }
        runs = runs_in(values["runs"], recipe.where) if values.get("runs") else None
        return dataclasses.replace(
            recipe,
            architecture=values["architecture"],
            summary=values.get("summary", ""),
            data=_beside(dict(values.get("data", {})), path),
            options=dict(values.get("options", {})),
            training=dict(values.get("training", {})),
            weights=weights,
            expect=expect,
            published=published_in(values["published"], recipe.where, runs) if values.get("published") else (),
            runs=runs,
        )


def read_recipe(path: str | Path) -> Recipe:
    """The recipe in a TOML file, named by the file. `UsageError`: it cannot be read; `OptionError`: it is wrong."""
    path = Path(path)
    return Recipe.of(_parsed(path, "recipe"), path.stem, str(path.absolute()))


def _parsed(path: Path, what: str) -> dict[str, Any]:
    """What a TOML file holds, which errors call a recipe or something else."""
    try:
        with open_regular(path) as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        error = error if isinstance(error, OSError) else OSError(str(error))
        raise UsageError(f"{what} {str(path)!a}: cannot be read: {error.strerror or error}") from error
    if len(content) > MOST_BYTES:
        raise OptionError(f"{what} {str(path)!a}: has more than {MOST_BYTES:,} bytes, too many for a TOML file")
    try:
        text = content.decode("utf-8-sig")
        if problem := problem_with(text):
            raise OptionError(f"{what} {str(path)!a}: {problem}")
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        reason = " ".join(str(error).split()) if isinstance(error, ValueError) else "nested too deeply"
        raise OptionError(f"{what} {str(path)!a}: not a TOML file: {ascii(reason)[1:-1]}") from error
    if problem := problem_in(values):
        raise OptionError(f"{what} {str(path)!a}: {problem}")
    return values


def to_toml(values: Mapping[str, Any]) -> str:
    """TOML of a mapping of texts, numbers, booleans, lists of them and tables.

    None, which is only ever a default, is left out: TOML has no such value.
    """
    import tomli_w  # seldom needed

    return tomli_w.dumps(_without_none(values))


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(value) if isinstance(value, Mapping) else _plain(value)
        for key, value in values.items()
        if value is not None
    }


def _plain(value: Any) -> Any:
    """Mappings as dicts, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _check_values(values: Mapping[str, Any], where: str, tables: bool = False) -> None:
    """Refuses what no option can be: dates, tables (but those of phases), infinities and NaN."""
    for key, value in values.items():
        if tables and isinstance(value, Mapping):
            _check_values(value, f"{where[:-1]}.{key}]")
            continue
        for item in value if isinstance(value, list) else [value]:
            finite = not isinstance(item, float) or math.isfinite(item)
            if not isinstance(item, (bool, int, float, str)) or not finite:
                raise OptionError(
                    f"{where}: {key} is {ascii(item)[:80]}, expected a finite number, text, true or false"
                )


def _weights(values: Mapping[str, Any], where: str, path: str = "") -> dict[str, Any]:
    """Numbers and lists of numbers by their paths; a table is a part of the path: [weights.hidden1] W is hidden1/W."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        place = f"{path}/{key}" if path else key
        if isinstance(value, Mapping):
            found |= _weights(value, where, place)
        elif _are_numbers(value, MOST_AXES):
            found[place] = value
        else:
            raise OptionError(
                f"{where}: {place} is {ascii(value)[:80]}, expected finite numbers, or lists of them at most"
                f" {MOST_AXES} deep"
            )
    return found


def _are_numbers(value: Any, axes: int) -> bool:
    if isinstance(value, list):
        return axes > 0 and all(_are_numbers(each, axes - 1) for each in value)
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def read_weights(path: str | Path) -> dict[str, Any]:
    """First weights by their paths out of a TOML file: all that it holds, or what a recipe has under [weights]."""
    path = Path(path)
    values = _parsed(path, "weights")
    inside = values.get("weights", {}) if set(values) & {*TEXTS, *TABLES} else values
    where = f"weights {str(path)!a}"
    found = _weights(inside if isinstance(inside, Mapping) else {}, where)
    if not found:
        raise OptionError(
            f'{where}: it holds no weights; expected lines such as "hidden1/W" = [[0.1, 0.2], [0.3, 0.4]]'
        )
    return found


def _beside(data: dict[str, Any], path: str) -> dict[str, Any]:
    """[data] with a path in `name` made absolute: it is relative to the recipe's folder."""
    name = data.get("name")
    if path and isinstance(name, str) and is_path(name):
        try:
            data["name"] = str(Path(path).parent / expanded(name))
        except UsageError as error:
            raise OptionError(f"recipe {path!a} [data]: name is {error}") from error
    return data
