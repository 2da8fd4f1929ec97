"""Declare what a part of the manifest may look like: `Table({"name": Text(), "epochs": Whole(1, 10**6)})`.

Each kind of value is a frozen dataclass with one method, `check(value, where)`, which raises a CheckpointError that
names the place ("architecture.options.hidden[2]"), what stands there and what was expected. Nothing is converted: a
number in quotes is not a number, 1 is not true, and a key nobody expects is an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from typing import Protocol

from zoo.checkpoint.format.errors import quoted
from zoo.errors import CheckpointError


class Schema(Protocol):
    """Anything that can say whether a value is as expected."""

    def check(self, value: object, where: str) -> None: ...


@dataclass(frozen=True)
class Anything:
    """Whatever JSON can say."""

    def check(self, value: object, where: str) -> None:
        return


@dataclass(frozen=True)
class Null:
    """null."""

    def check(self, value: object, where: str) -> None:
        _expect(value is None, value, where, "null")


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def check(self, value: object, where: str) -> None:
        _expect(isinstance(value, bool), value, where, "true or false")


@dataclass(frozen=True)
class Whole:
    """An integer from `least` to `most`, both included."""

    least: int = -(2**63)
    most: int = 2**63 - 1

    def check(self, value: object, where: str) -> None:
        fits = isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most
        _expect(fits, value, where, f"an integer from {self.least} to {self.most}")


@dataclass(frozen=True)
class Real:
    """A finite number from `least` to `most`, both included; integers count."""

    least: float = -math.inf
    most: float = math.inf

    def check(self, value: object, where: str) -> None:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        fits = number and (isinstance(value, int) or math.isfinite(value)) and self.least <= value <= self.most  # type: ignore[operator,arg-type]
        _expect(fits, value, where, f"a finite number from {self.least:g} to {self.most:g}")


@dataclass(frozen=True)
class Text:
    """A string of at most `most` characters; where given, all of it matches `pattern`, or is one of `choices`."""

    most: int = 10_000
    pattern: str | None = None
    choices: tuple[str, ...] | None = None

    def check(self, value: object, where: str) -> None:
        fits = isinstance(value, str) and len(value) <= self.most
        _expect(fits, value, where, f"up to {self.most} characters of text")
        if self.pattern is not None:
            _expect(bool(re.fullmatch(self.pattern, str(value))), value, where, f"text like {self.pattern}")
        if self.choices is not None:
            _expect(value in self.choices, value, where, "one of " + ", ".join(self.choices))


@dataclass(frozen=True)
class Items:
    """A list of `least` to `most` values, each like `each`."""

    each: Schema = field(default_factory=Anything)
    least: int = 0
    most: int = 2**20

    def check(self, value: object, where: str) -> None:
        fits = isinstance(value, list) and self.least <= len(value) <= self.most
        _expect(fits, value, where, f"a list of {self.least} to {self.most} values")
        for index, item in enumerate(value):  # type: ignore[arg-type, var-annotated]
            self.each.check(item, f"{where}[{index}]")


@dataclass(frozen=True)
class Table:
    """A table whose keys are known: all of `required`, any of `optional`, no other."""

    required: Dict[str, Schema] = field(default_factory=dict)
    optional: Dict[str, Schema] = field(default_factory=dict)

    def check(self, value: object, where: str) -> None:
        known = {**self.required, **self.optional}
        _expect(isinstance(value, dict), value, where, "a table")
        assert isinstance(value, dict)
        for key in value:
            if key not in known:
                raise CheckpointError(f"{where}: got the key {quoted(key)}, expected only {', '.join(sorted(known))}")
        for key in self.required:
            if key not in value:
                raise CheckpointError(f"{where}: the key {key!r} is missing")
        for key, item in value.items():
            known[key].check(item, f"{where}.{key}")


@dataclass(frozen=True)
class Mapping:
    """A table with any keys like `key`, at most `most` of them, whose values are like `each`."""

    each: Schema = field(default_factory=Anything)
    key: Schema = field(default_factory=lambda: Text(most=255))
    most: int = 65_536

    def check(self, value: object, where: str) -> None:
        fits = isinstance(value, dict) and len(value) <= self.most
        _expect(fits, value, where, f"a table of at most {self.most} keys")
        assert isinstance(value, dict)
        for key, item in value.items():
            self.key.check(key, f"a key of {where}")
            self.each.check(item, f"{where}.{quoted(key)}")


@dataclass(frozen=True)
class OneOf:
    """A value like any one of `kinds`: `OneOf(Null(), Real())`. The error is that of the last."""

    kinds: tuple[Schema, ...]

    def __init__(self, *kinds: Schema) -> None:
        object.__setattr__(self, "kinds", kinds)

    def check(self, value: object, where: str) -> None:
        for kind in self.kinds[:-1]:
            try:
                kind.check(value, where)
            except CheckpointError:
                continue
            return
        self.kinds[-1].check(value, where)


def _expect(fits: bool, value: object, where: str, expected: str) -> None:
    if not fits:
        raise CheckpointError(f"{where}: got {_shown(value)}, expected {expected}")


def _shown(value: object) -> str:
    """A value out of a file, short enough for a message."""
    names = {type(None): "null", dict: "a table", list: "a list"}
    kind = names.get(type(value), "")
    if isinstance(value, dict | list):
        return f"{kind} of {len(value)}"
    return kind or (quoted(value) if isinstance(value, str) else quoted(repr(value)).strip("'"))
