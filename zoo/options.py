"""Options are the fields of a frozen dataclass: repr, equality, JSON, TOML and command-line flags all come from them.

    @dataclass(frozen=True)
    class Mlp(Options):
        hidden: tuple[int, ...] = option((512,), "units of each hidden layer", low=1, high=1_000_000)

Types: bool, int, float, str, `T | None` (None only as a default) and `tuple[T, ...]`, of which a single value is
one item. A value of another type is taken where it equals one of the option's: `np.int64(8)`, `np.float32(0.5)`, an
array for a tuple, 20 for the choice "20". Numbers have a range, to which a checkpoint from a stranger is held.
Infinities and NaN are refused. Every way in (Python, TOML, JSON, flags) meets `check`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import math
import numbers
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from zoo import wording
from zoo.errors import OptionError, did_you_mean

LARGEST = {int: 2**31 - 1, float: 1e30}
SET = "set"  # of `needs`: any value but 0, False and the empty text
Needs = Mapping[str, Collection[Any]]  # option → values of it under which another has an effect, or SET
MOST_ITEMS = 4096  # of a tuple: as many layers can be laid out in a second, to see that a file's weights are not theirs


def option(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Collection[str] | Callable[[], Collection[str]] | None = None,
    above: float | None = None,
    below: float | None = None,
    needs: Needs | None = None,
    aliases: Mapping[Any, str] | None = None,
    listed: bool = False,
) -> Any:
    """A field with one line of help and its range: `low` ≤ value ≤ `high`, `above` < value < `below`, or `choices`.

    For a tuple the range is that of its items. Where `default` is None, the data or another option decide, and the help
    line says how. `needs` are other options of the class, each with the values under which this one has an effect:
    `{"schedule": ("step",)}`; `SET` is any value but 0, False and the empty text. Given without them, it is refused.
    `aliases` are other ways to write a choice: `{",": "comma"}`. A text that is `listed` names several things with
    commas between them, and may be given as a list of them.
    """
    if isinstance(choices, tuple):
        wording.CHOICES.update(choices)
    limits = {"low": low, "high": high, "above": above, "below": below, "choices": choices, "needs": needs}
    limits |= {"aliases": aliases, "listed": listed}
    return dataclasses.field(default=default, metadata={"help": help, **limits})


@dataclass(frozen=True)
class Option:
    """One option as read from its field: what a flag, a help line and a check need to know."""

    name: str
    type: type  # bool, int, float or str: of the value, or of a tuple's items
    many: bool  # a tuple of values
    optional: bool  # None is the default and cannot be given
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    choices: Collection[str] | None = None
    needs: Needs | None = None
    aliases: Mapping[Any, str] | None = None
    listed: bool = False

    @property
    def flag(self) -> str:
        return flag_of(self.name)

    @property
    def expected(self) -> str:
        """What a value must be, in words: "a whole number from 1 to 100", "one of adam, sgd"."""
        if self.choices is not None:
            one = "one of " + ", ".join(map(self.shown, self.choices))
        else:
            one = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[self.type] + self.range
        return f"a list, each item {one}" if self.many else one

    def shown(self, choice: str) -> str:
        """A choice, and the first other way to write it that is a text: "comma (,)"."""
        also = next((each for each, means in (self.aliases or {}).items() if means == choice and type(each) is str), "")
        return f"{choice} ({also})" if also.strip() else choice

    @property
    def range(self) -> str:
        """Where a number must lie, in words: " from 1 to 1,000,000", " above 0", " from 0 to below 1"."""
        low, high, above, below = (
            None if limit is None else f"{limit:,.0f}" if abs(limit) < 1e9 and limit == int(limit) else f"{limit:g}"
            for limit in (self.low, self.high, self.above, self.below)
        )
        start = f" from {low}" if low is not None else f" above {above}" if above is not None else ""
        end = f" to {high}" if high is not None else f" to below {below}" if below is not None else ""
        if start and end:
            return start + end
        if low is not None:
            return f" {low} or more"
        return start or end.replace(" to below", " below").replace(" to ", " at most ")

    def check(self, value: Any, where: str) -> Any:
        """The value as the field's type; `OptionError` when it is of another type or out of range."""
        if value is None and self.optional:
            return None
        if hasattr(value, "tolist"):  # NumPy's numbers and arrays, pandas' columns: as Python has them
            value = value.tolist()
        if not self.many:
            return self._check_one(value, where)
        if isinstance(value, (str, numbers.Number)):  # one value where several may stand
            value = (value,)
        if not isinstance(value, (list, tuple, range)):
            raise self._refused(value, where)
        if len(value) > MOST_ITEMS:
            raise OptionError(f"{where}: {self.name} has {len(value):,} items, expected {MOST_ITEMS:,} at most")
        return tuple(self._check_one(item, where) for item in value)

    def _check_one(self, value: Any, where: str) -> Any:
        value = self._as_type(value)
        if self.listed and isinstance(value, (list, tuple)):
            value = ",".join(self._check_one(item, where) for item in value)
        if self.aliases and value in self.aliases:
            value = self.aliases[value]
        if type(value) is not self.type:
            raise self._refused(value, where)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            inside = (
                abs(value) <= LARGEST[self.type]  # also false for NaN
                and (self.low is None or value >= self.low)
                and (self.high is None or value <= self.high)
                and (self.above is None or value > self.above)
                and (self.below is None or value < self.below)
            )
            if not inside:
                raise self._refused(value, where)
        if self.choices is not None and value not in self.choices:
            near = did_you_mean(str(value), self.choices)
            near = "" if near.startswith("; there is") else near  # all of which were listed
            raise OptionError(f"{where}: {self.name} is {value!a}, expected {self.expected}{near}")
        if isinstance(value, str) and len(value) > 4096:
            raise OptionError(f"{where}: {self.name} has {len(value)} characters, expected 4096 at most")
        return value

    def _as_type(self, value: Any) -> Any:
        """The value as this option's type where one of that type equals it, else the value as it is."""
        if hasattr(value, "tolist"):
            value = value.tolist()
        if isinstance(value, bool):  # is no number here, and no number is true or false
            return value
        if isinstance(value, str):
            return "".join(value)  # a subclass of str, such as NumPy's, as plain text
        if self.type is str and isinstance(value, numbers.Integral):
            return str(int(value))  # a depth among "18", "34"; a column by its number
        if self.type is float and isinstance(value, numbers.Integral):
            return float(int(value)) if abs(int(value)) < 2**1000 else math.inf
        if self.type in (int, float) and isinstance(value, numbers.Number) and not isinstance(value, numbers.Integral):
            try:
                exact = self.type(value)  # type: ignore[call-overload, arg-type]
            except (TypeError, ValueError, OverflowError):  # complex; NaN and infinities have no whole number
                return value
            return exact if exact == value or exact != exact else value
        return int(value) if self.type is int and isinstance(value, numbers.Integral) else value

    def others(self, value: Any) -> Iterator[Any]:
        """Some values that this option takes and that are not `value`: the default first."""
        numbers_near = (0, 1, 2, 0.5, 0.25, 3, 0.1, 10, self.low, self.high)
        of_type: dict[type, tuple[Any, ...]] = {bool: (False, True), str: ("", "1", "x")}
        tries = of_type.get(self.type, numbers_near) if self.choices is None else self.choices
        for each in (self.default, *((each,) if self.many else each for each in tries if each is not None)):
            with contextlib.suppress(OptionError):
                if (other := self.check(each, self.name)) != value:
                    yield other

    def parse(self, text: str, where: str) -> Any:
        """The value of a flag: `64`, `0.1`, `true`, `relu`, and `128,64` for a tuple (the empty text: no items)."""
        if self.many:
            return self.check([self._parse_one(item.strip(), where) for item in text.split(",") if item.strip()], where)
        return self.check(self._parse_one(text, where), where)

    def _parse_one(self, text: str, where: str) -> Any:
        try:
            if self.type is bool:
                return {"true": True, "yes": True, "false": False, "no": False}[text.lower()]
            return int(text.replace("_", "")) if self.type is int else self.type(text)
        except (ValueError, KeyError):
            raise self._refused(text, where) from None

    def _refused(self, value: Any, where: str) -> OptionError:
        return OptionError(f"{where}: {self.name} is {ascii(value)[:80]}, expected {self.expected}")


def flag_of(name: str) -> str:
    """The flag of an option, or of one for a phase: "--batch-size", "--rbm1.batch-size"."""
    phase, dot, option = name.rpartition(".")
    return f"--{phase}{dot}{option.replace('_', '-')}"


def options_of(cls: type) -> dict[str, Option]:
    """The options of a dataclass by name, in the order of its fields."""
    return _options_of(cls)


def without_effect(values: Options, name: str) -> str:
    """Why an option has no effect beside the others of these values: "" where it has one."""
    for other, wanted in (options_of(type(values))[name].needs or {}).items():
        got = getattr(values, other)
        if got if wanted == SET else got in wanted:
            continue
        flag = "--" + other.replace("_", "-")
        if wanted == SET:
            return f"without {flag}"
        if isinstance(wanted, range):
            return f"with {flag} {got}, only with {wanted.start} or more"
        expected = " or ".join(str(each).lower() if isinstance(each, bool) else str(each) for each in wanted)
        return f"with {flag} {str(got).lower()}, only with {expected}"
    return ""


def check_given(cls: type, values: Mapping[str, Any], where: str) -> None:
    """`OptionError` for a value that its option refuses, before it is merged with what a file has: so that the error
    names who gave it. Names that are no options are left to the merged whole."""
    known = options_of(cls)
    for name, value in values.items():
        if name in known:
            known[name].check(value, where)


@functools.cache
def _options_of(cls: type) -> dict[str, Option]:
    hints = typing.get_type_hints(cls)
    found = {}
    for field in dataclasses.fields(cls):
        if "help" not in field.metadata:
            raise TypeError(f"{cls.__name__}.{field.name} is not declared with zoo.option(default, help)")
        kind, optional, many = hints[field.name], False, False
        if typing.get_origin(kind) in (types.UnionType, typing.Union):
            kinds = [k for k in typing.get_args(kind) if k is not type(None)]
            kind, optional = kinds[0], len(kinds) < len(typing.get_args(kind))
        if typing.get_origin(kind) is tuple:
            kind, many = typing.get_args(kind)[0], True
        if kind not in (bool, int, float, str):
            raise TypeError(f"{cls.__name__}.{field.name} has type {hints[field.name]}, which no option can have")
        limits = dict(field.metadata)
        if callable(limits["choices"]):
            limits["choices"] = limits["choices"]()
        choices: Any = limits["choices"]
        if choices is not None:  # of components those of zoo alone: no plugin is asked for its own here
            wording.CHOICES.update(getattr(choices, "own", choices))
        found[field.name] = Option(field.name, kind, many, optional, field.default, **limits)
    return found


@dataclass(frozen=True)
class Options:
    """A value whose fields are options; made only of values that pass their checks."""

    def __post_init__(self) -> None:
        for name, each in options_of(type(self)).items():
            object.__setattr__(self, name, each.check(getattr(self, name), self._who()))

    @classmethod
    def _who(cls) -> str:
        return getattr(cls, "name", None) or cls.__name__

    @classmethod
    def of(cls, values: Mapping[str, Any], where: str | None = None) -> Self:
        """The options from a mapping (JSON, TOML); an unknown name is an `OptionError` with the nearest match."""
        where = where or cls._who()
        known = options_of(cls)
        for name in values:
            if name not in known:
                raise OptionError(f"{where}: there is no option {name!a}{did_you_mean(str(name), known)}")
        return cls(**{name: known[name].check(value, where) for name, value in values.items()})

    def as_dict(self) -> dict[str, Any]:
        """All options as JSON has them: tuples as lists."""
        values = {name: getattr(self, name) for name in options_of(type(self))}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def changed(self) -> dict[str, Any]:
        """The options that differ from their defaults, as JSON has them."""
        defaults = {name: each.default for name, each in options_of(type(self)).items()}
        return {name: value for name, value in self.as_dict().items() if getattr(self, name) != defaults[name]}

    def replace(self, **changes: Any) -> Self:
        return dataclasses.replace(self, **changes)
